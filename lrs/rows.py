"""From a statement to the rows that find it again (DESIGN, one statement's way). Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from lrs.agents import key_of
from lrs.facts import ANONYMOUS, Fact, activity_told, actor_told, listed_told, verb_told
from lrs.formats import uuid_of
from lrs.terms import term_id as term
from lrs.validation.shapes import Form
from lrs.validation.statements import VOIDED

AGENT, RELATED_AGENT, ACTIVITY, RELATED_ACTIVITY, VERB, REGISTRATION = range(1, 7)
PLACES = 11
"""Bits of a position that are the place in the batch; the rest is the microsecond of `stored`."""

VOIDED_TERM = term(VOIDED)


@dataclass(slots=True)
class Draft:
    """A valid statement on its way: its text still open for `stored`, and everything its rows are made of.

    `statement` is what lrs.reading read of it. `related` holds (kind, term) pairs, `facts` what it tells of activities,
    verbs and agents (lrs.facts).
    """

    store_id: int
    id: UUID
    sent_id: bool
    text: bytes
    authority_text: bytes
    authority: Mapping[str, Any]
    statement: Form
    timestamp: datetime | None
    actor: int
    verb: int
    activity: int | None
    authority_term: int
    registration: UUID | None
    target: UUID | None
    related: set[tuple[int, int]]
    defines: bool = True
    facts: list[Fact] = field(default_factory=list)

    @property
    def voids(self) -> UUID | None:
        """The statement that this one voids."""
        return self.target if self.verb == VOIDED_TERM else None

    @property
    def parsed(self) -> dict[str, Any]:
        """The JSON of the open text, for the few who compare whole statements."""
        parsed: dict[str, Any] = msgspec.json.decode(self.text + b"}")
        return parsed


def draft_of(
    statement: Form,
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
    thing = statement.object
    kind = thing.get("objectType", "Activity")
    registration = statement.context and statement.context.registration
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
        verb=verb_told(statement.verb)[1],
        activity=activity_told(thing)[1] if kind == "Activity" else None,
        authority_term=_agent_term(authority),
        registration=uuid_of(registration) if registration else None,
        target=uuid_of(thing["id"]) if kind == "StatementRef" else None,
        related=set(),
        defines=defines,
    )
    draft.actor = _agents_of(draft, statement.actor, AGENT)
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


def _parts_of(draft: Draft, statement: Form | Mapping[str, Any], agent_kind: int, activity_kind: int) -> None:
    """Object, context and verb of a statement or sub-statement."""
    draft.facts.append(verb_told(statement["verb"]))
    thing = statement["object"]
    kind = thing.get("objectType", "Activity")
    if kind == "Activity":
        fact = activity_told(thing)
        draft.facts.append(fact)
        if activity_kind == RELATED_ACTIVITY:
            draft.related.add((RELATED_ACTIVITY, fact[1]))
    elif kind in ("Agent", "Group"):
        _agents_of(draft, thing, agent_kind)
    context = statement.get("context")
    if context:
        activities = context.get("contextActivities")
        if activities:
            facts = listed_told(activities)
            draft.facts += facts
            draft.related.update([(RELATED_ACTIVITY, fact[1]) for fact in facts])
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


def _agents_of(draft: Draft, agent: Mapping[str, Any], kind: int) -> int:
    """Note an agent, or a group with its members, as matching; the term of the agent or group itself."""
    own, facts = actor_told(agent)
    for fact in facts:
        draft.related.add((RELATED_AGENT, fact[1]))
        if kind == AGENT:
            draft.related.add((AGENT, fact[1]))
    draft.facts += facts
    return own


def _agent_term(agent: Mapping[str, Any]) -> int:
    """The term of an authority: of its identifier, or of the two identifiers of a group's members."""
    key = key_of(agent)
    return term(key if key is not None else "|".join(str(key_of(member)) for member in agent["member"]))


def registration_term(registration: UUID) -> int:
    """64 bits of a registration: its halves, exclusive or; the same expression stands in statements.sql."""
    value = (registration.int >> 64) ^ (registration.int & 0xFFFFFFFFFFFFFFFF)
    return value - (1 << 64) if value >= 1 << 63 else value
