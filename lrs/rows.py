"""From a statement to the rows that find it again (DESIGN, one statement's way). Pure."""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from uuid import UUID

import msgspec

from lrs.agents import key_of
from lrs.credentials import Credential
from lrs.facts import ANONYMOUS, Told, activity_told, actor_told, listed_told, verb_told
from lrs.reading import told
from lrs.terms import term_id as term
from lrs.uuids import uuid_of
from lrs.validation.known import object_type, once
from lrs.validation.shapes import Form
from lrs.validation.statements import VOIDED

AGENT, RELATED_AGENT, ACTIVITY, RELATED_ACTIVITY, VERB, REGISTRATION = range(1, 7)
PLACES = 11
"""Bits of a position that are the place in the batch; the rest is the microsecond of `stored`."""

VOIDED_TERM = term(VOIDED)


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends a request: the store, the authority as JSON and as a term, and whether it may define activities."""

    store_id: int
    authority_text: bytes
    authority_term: int
    defines: bool

    @classmethod
    def of(cls, credential: Credential) -> Self:
        authority = credential.authority
        text, key = msgspec.json.encode(authority), _agent_term(authority)
        return cls(credential.store_id, text, key, credential.allows("define"))


@dataclass(slots=True)
class Draft:
    """A valid statement on its way: its text still open for `stored`, and everything its rows are made of.

    `statement` is what lrs.reading read of it. `related` holds (kind, term) pairs, `told` what it tells of activities,
    verbs and agents.
    """

    store_id: int
    id: UUID
    sent_id: bool
    text: bytes
    authority_text: bytes
    statement: Form
    timestamp: datetime | None
    actor: int
    verb: int
    activity: int | None
    authority_term: int
    registration: UUID | None
    target: UUID | None
    related: set[tuple[int, int]]
    defines: bool
    told: list[Told]

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
    statement: Form, text: bytes, sender: Sender, statement_id: UUID, sent_id: bool, timestamp: datetime | None
) -> Draft:
    """All that is known of a valid statement before the moment it is stored."""
    thing, context = statement.object, statement.context
    kind = object_type(thing)
    registration = None if context is None else context.registration
    actor, verb = actor_told(statement.actor), verb_told(statement.verb)
    draft = Draft(
        sender.store_id,
        statement_id,
        sent_id,
        text,
        sender.authority_text,
        statement,
        timestamp,
        actor.term,
        verb.term,
        activity_told(thing).term if kind == "Activity" else None,
        sender.authority_term,
        None if registration is None else uuid_of(registration),
        uuid_of(thing["id"]) if kind == "StatementRef" else None,
        set(),
        sender.defines,
        [verb],
    )
    _note_agents(draft, actor, AGENT)
    _note_parts(draft, thing, context, AGENT, ACTIVITY)
    if kind == "SubStatement":
        draft.told.append(verb_told(thing["verb"]))
        _note_agents(draft, actor_told(thing["actor"]), RELATED_AGENT)
        _note_parts(draft, thing["object"], thing.get("context"), RELATED_AGENT, RELATED_ACTIVITY)
    draft.related.discard((RELATED_AGENT, draft.authority_term))
    draft.related.discard((RELATED_ACTIVITY, draft.activity or 0))
    return draft


def _note_parts(draft: Draft, thing: Any, context: Any, agent_kind: int, activity_kind: int) -> None:
    """Note object and context of a statement or sub-statement."""
    kind = object_type(thing)
    if kind == "Activity":
        told = activity_told(thing)
        draft.told.append(told)
        if activity_kind == RELATED_ACTIVITY:
            draft.related.add((RELATED_ACTIVITY, told.term))
    elif kind in ("Agent", "Group"):
        _note_agents(draft, actor_told(thing), agent_kind)
    if context is None:
        return
    activities = context.get("contextActivities")
    if activities is not None:
        draft.told.append(listed_told(activities))
        draft.related.update(once(_related_activities, activities))
    for agent in _context_agents(context):
        _note_agents(draft, actor_told(agent), RELATED_AGENT)


def _related_activities(activities: Mapping[str, Any]) -> tuple[tuple[int, int], ...]:
    return tuple([(RELATED_ACTIVITY, fact[1]) for fact in listed_told(activities).facts])


def _note_agents(draft: Draft, told: Told, kind: int) -> None:
    """Note an agent, or a group with its members, as matching."""
    draft.told.append(told)
    for fact in told.facts:
        if fact[1] != draft.actor:
            draft.related.add((RELATED_AGENT, fact[1]))
            if kind == AGENT:
                draft.related.add((AGENT, fact[1]))


def _context_agents(context: Any) -> Sequence[Any]:
    found = [context[name] for name in ("instructor", "team") if name in context]
    if "contextAgents" in context:
        found += [each["agent"] for each in context["contextAgents"]]
    if "contextGroups" in context:
        found += [each["group"] for each in context["contextGroups"]]
    return found


def _agent_term(agent: Mapping[str, Any]) -> int:
    """The term of an authority: of its identifier, or of the two identifiers of a group's members."""
    key = key_of(agent)
    return term(key if key is not None else "|".join(str(key_of(member)) for member in agent["member"]))


def registration_term(registration: UUID) -> int:
    """64 bits of a registration: its halves, exclusive or."""
    value = (registration.int >> 64) ^ (registration.int & 0xFFFFFFFFFFFFFFFF)
    return value - (1 << 64) if value >= 1 << 63 else value


def terms_of(row: Mapping[str, Any], text: bytes) -> set[tuple[int, int]]:
    """All (kind, term) pairs that a stored statement matches by itself: by its columns and by what its JSON names."""
    statement = msgspec.json.decode(text)
    sender = Sender(0, b"", row["authority"], False)
    draft = draft_of(told(statement), b"", sender, uuid_of(statement["id"]), True, None)
    return draft.related | _own_terms(row)


def _own_terms(row: Mapping[str, Any]) -> set[tuple[int, int]]:
    """What a statement matches by its columns."""
    found = {(RELATED_AGENT, row["authority"]), (VERB, row["verb"])}
    if row["actor"] != ANONYMOUS:
        found |= {(AGENT, row["actor"]), (RELATED_AGENT, row["actor"])}
    if row["activity"] is not None:
        found |= {(ACTIVITY, row["activity"]), (RELATED_ACTIVITY, row["activity"])}
    if row["registration"] is not None:
        found.add((REGISTRATION, registration_term(row["registration"])))
    return found


def inherited(row: Mapping[str, Any], matched: Set[tuple[int, int]], verbs: Set[int]) -> Iterator[tuple[int, int, int]]:
    """Kind, term and verb of the related rows of a statement that matches all this through its references.

    A term comes with its own verb, unless its columns tell it, and with those of its targets, for pairs with a verb;
    a verb or a registration only with its own.
    """
    own = _own_terms(row)
    for pair in matched:
        for verb in verbs if pair[0] < VERB else {row["verb"]}:
            if verb != row["verb"] or pair not in own:
                yield *pair, verb
