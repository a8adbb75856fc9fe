"""From a statement to the rows that find it again (DESIGN, one statement's way). Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import msgspec

from lrs.agents import everyone, identity, key_of
from lrs.terms import term_id
from lrs.validation.statements import VOIDED

AGENT, RELATED_AGENT, ACTIVITY, RELATED_ACTIVITY, VERB, REGISTRATION = range(1, 7)
ANONYMOUS = 0
PLACES = 11
"""Bits of a position that are the place in the batch; the rest is the microsecond of `stored`."""

term = lru_cache(200_000)(term_id)
VOIDED_TERM = term_id(VOIDED)
_encode = msgspec.json.encode


@dataclass(slots=True)
class Draft:
    """A valid statement on its way: its text still open for `stored`, and everything its rows are made of.

    `related` holds (kind, term) pairs; `activities`, `verbs` and `agents` what it tells of each by term.
    """

    store_id: int
    id: UUID
    sent_id: bool
    text: bytes
    authority_text: bytes
    authority: Mapping[str, Any]
    statement: dict[str, Any]
    timestamp: datetime | None
    actor: int
    verb: int
    activity: int | None
    authority_term: int
    registration: UUID | None
    target: UUID | None
    related: set[tuple[int, int]]
    defines: bool = True
    activities: list[tuple[int, str, bytes]] = field(default_factory=list)
    verbs: list[tuple[int, str, bytes]] = field(default_factory=list)
    agents: list[tuple[int, dict[str, Any], str | None, bool]] = field(default_factory=list)

    @property
    def voids(self) -> UUID | None:
        """The statement that this one voids."""
        return self.target if self.verb == VOIDED_TERM else None


def draft_of(
    statement: dict[str, Any],
    text: bytes,
    *,
    store_id: int,
    statement_id: UUID,
    sent_id: bool,
    timestamp: datetime | None,
    authority: Mapping[str, Any],
    authority_text: bytes,
    defines: bool,
) -> Draft:
    """All that is known of a valid statement before the moment it is stored."""
    thing = statement["object"]
    kind = thing.get("objectType", "Activity")
    registration = statement.get("context", {}).get("registration")
    draft = Draft(
        store_id=store_id,
        id=statement_id,
        sent_id=sent_id,
        text=text,
        authority_text=authority_text,
        authority=authority,
        statement=statement,
        timestamp=timestamp,
        actor=ANONYMOUS,
        verb=term(statement["verb"]["id"]),
        activity=term(thing["id"]) if kind == "Activity" else None,
        authority_term=_agent_term(authority),
        registration=UUID(registration) if registration else None,
        target=UUID(thing["id"]) if kind == "StatementRef" else None,
        related=set(),
        defines=defines,
    )
    draft.actor = _agents_of(draft, statement["actor"], AGENT)
    _parts_of(draft, statement, AGENT, ACTIVITY)
    if kind == "SubStatement":
        _agents_of(draft, thing["actor"], RELATED_AGENT)
        _parts_of(draft, thing, RELATED_AGENT, RELATED_ACTIVITY)
    draft.related -= {
        (AGENT, draft.actor),
        (RELATED_AGENT, draft.actor),
        (RELATED_AGENT, draft.authority_term),
        (RELATED_ACTIVITY, draft.activity or 0),
    }
    return draft


def _parts_of(draft: Draft, statement: Mapping[str, Any], agent_kind: int, activity_kind: int) -> None:
    """Object, context and verb of a statement or sub-statement."""
    verb = statement["verb"]
    draft.verbs.append((term(verb["id"]), verb["id"], _encode(verb.get("display", {}))))
    thing = statement["object"]
    kind = thing.get("objectType", "Activity")
    if kind == "Activity":
        if activity_kind == RELATED_ACTIVITY:
            _activities_of(draft, (thing,))
        else:
            _learn(draft, thing)
    elif kind in ("Agent", "Group"):
        _agents_of(draft, thing, agent_kind)
    context = statement.get("context")
    if context:
        for activities in context.get("contextActivities", {}).values():
            _activities_of(draft, activities if type(activities) is list else (activities,))
        for agent in _context_agents(context):
            _agents_of(draft, agent, RELATED_AGENT)


def _context_agents(context: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for name in ("instructor", "team"):
        if name in context:
            yield context[name]
    for each in context.get("contextAgents", ()):
        yield each["agent"]
    for each in context.get("contextGroups", ()):
        yield each["group"]


def _activities_of(draft: Draft, activities: Iterable[Mapping[str, Any]]) -> None:
    for activity in activities:
        draft.related.add((RELATED_ACTIVITY, _learn(draft, activity)))


def _learn(draft: Draft, activity: Mapping[str, Any]) -> int:
    key = term(activity["id"])
    definition = activity.get("definition")
    draft.activities.append((key, activity["id"], _encode(definition) if definition else b"{}"))
    return key


def _agents_of(draft: Draft, agent: Mapping[str, Any], kind: int) -> int:
    """Note an agent, or a group with its members, as matching; the term of the agent or group itself."""
    first = ANONYMOUS
    for each in everyone(agent):
        key = key_of(each)
        if key is None:
            continue
        known = term(key)
        draft.related.add((RELATED_AGENT, known))
        if kind == AGENT:
            draft.related.add((AGENT, known))
        draft.agents.append((known, identity(each), each.get("name"), each.get("objectType") == "Group"))
        if each is agent:
            first = known
    return first


def _agent_term(agent: Mapping[str, Any]) -> int:
    """The term of an authority: of its identifier, or of the two identifiers of a group's members."""
    key = key_of(agent)
    return term(key if key is not None else "|".join(str(key_of(member)) for member in agent["member"]))


def registration_term(registration: UUID) -> int:
    """64 bits of a registration: its halves, exclusive or; the same expression stands in statements.sql."""
    value = (registration.int >> 64) ^ (registration.int & 0xFFFFFFFFFFFFFFFF)
    return value - (1 << 64) if value >= 1 << 63 else value
