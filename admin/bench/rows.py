"""The rows of made-up statements, computed rather than read out of their text: what a filling copies in. Pure.

What recurs is read once by the store's own code (facts, terms, evidence) and remembered; a test compares the whole with
what the store writes of the same texts.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

import msgspec

from adaptive.evidence import Evidence, evidence_from
from admin.bench.statements import START, Crowd, Happening, happening
from lrs.agents import agent_key
from lrs.credentials import Credential
from lrs.facts import Fact, tell_activity, tell_actor, tell_listed, tell_verb
from lrs.formats import timestamp_text
from lrs.observers import Arrival
from lrs.payloads import pack
from lrs.reading import told
from lrs.rows import AGENT, PLACES, RELATED_ACTIVITY, RELATED_AGENT
from lrs.statement_text import close_text
from lrs.statements import moment_of
from lrs.terms import term_id
from lrs.validation import parts

SPACING = 1_000
"""Microseconds between two filled statements."""
PARTS = 100_000
STATEMENT_COLUMNS = (
    "store_id", "position", "actor", "verb", "activity", "authority", "id", "registration", "payload",
)  # fmt: skip
RELATED_COLUMNS = ("store_id", "kind", "main", "term", "verb", "position")
EVIDENCE_COLUMNS = (*Evidence._fields, "version")
FOLDED = 0
"""Filled evidence counts as folded against the first version, so that nothing waits in a filled database."""

OWN = [
    EVIDENCE_COLUMNS.index(name)
    for name in (
        "agent_id", "timestamp", "statement_id", "stored", "registration", "score", "seconds", "response_hash",
    )
]  # fmt: skip

decode = msgspec.json.decode
decode_activity = msgspec.json.Decoder(parts.activity_record.form).decode
decode_around = msgspec.json.Decoder(parts.context_activities_record.form).decode
Row = tuple[Any, ...]


@dataclass(slots=True)
class Rows:
    """Rows in the order of STATEMENT_COLUMNS, RELATED_COLUMNS and EVIDENCE_COLUMNS, and what they tell."""

    statements: list[Row]
    related: list[Row]
    evidence: list[Row]
    facts: set[Fact]


def rows_of(credential: Credential, crowd: Crowd, numbers: Iterable[int], base: int) -> Rows:
    """The rows of these statements; statement n is stored n × SPACING after `base` (microseconds since 1970)."""
    rows = Rows([], [], [], set())
    authority, authority_text = term_id(agent_key(credential.authority)), msgspec.json.encode(credential.authority)
    store = credential.store_id
    for number in numbers:
        what, moment = happening(crowd, number), base + number * SPACING
        actor, around, position = _actor(what.actor), _around(what.context_activities), moment << PLACES
        verb, activity = _verb(what.verb), _activity(what.activity)
        payload = pack(stored_text(what, moment, authority_text))
        rows.statements.append(
            (store, position, actor.term, verb[1], activity[1], authority, what.id, what.registration, payload)
        )
        rows.related += [(store, kind, True, term, verb[1], position) for kind, term in actor.related + around.related]
        rows.evidence += _evidence(store, what, actor, moment)
        rows.facts.update(actor.facts, around.facts, (verb, activity))
    return rows


def stored_text(what: Happening, moment: int, authority: bytes) -> bytes:
    """The JSON as it is stored at a moment, in microseconds since 1970."""
    opened = f'{what.text[:-1]},"version":"1.0.0"'.encode()
    return close_text(opened, timestamp_text(moment_of(moment)), authority, timestamp=False)


@dataclass(frozen=True, slots=True)
class _Part:
    term: int
    related: tuple[tuple[int, int], ...]
    facts: tuple[Fact, ...]


@lru_cache(PARTS)
def _actor(text: str) -> _Part:
    told = tell_actor(decode(text))
    own, facts = told.term, told.facts
    members = [fact[1] for fact in facts if fact[1] != own]
    return _Part(own, tuple((kind, term) for kind in (AGENT, RELATED_AGENT) for term in members), facts)


@lru_cache(PARTS)
def _around(text: str) -> _Part:
    facts = tell_listed(decode_around(text)).facts
    return _Part(0, tuple((RELATED_ACTIVITY, fact[1]) for fact in facts), facts)


@lru_cache(PARTS)
def _activity(text: str) -> Fact:
    return tell_activity(decode_activity(text)).facts[0]


@lru_cache(PARTS)
def _verb(text: str) -> Fact:
    return tell_verb(decode(text)).facts[0]


def _evidence(store: int, what: Happening, actor: _Part, moment: int) -> Iterator[Row]:
    """The evidence of a statement: what any with these parts holds, and what is this one's own."""
    scored, group = what.score is not None, bool(actor.related)
    shared = _shared_evidence(store, what.verb, what.activity, what.context_activities, scored, group)
    if shared is None:
        return
    row = [*shared, FOLDED]
    own = (actor.term, what.moment, what.id, moment_of(moment), what.registration)
    result = (what.score, what.seconds, term_id(what.response)) if scored else (None, None, None)
    for at, value in zip(OWN, own + result, strict=True):
        row[at] = value
    yield tuple(row)


@lru_cache(PARTS)
def _shared_evidence(store: int, verb: str, activity: str, around: str, scored: bool, group: bool) -> Row | None:
    statement = {
        "actor": {"objectType": "Group" if group else "Agent", "mbox": "mailto:anyone@bench.example"},
        "verb": decode(verb),
        "object": decode(activity),
        "context": {"contextActivities": decode(around)},
        "result": {"success": True} if scored else {},
    }
    return evidence_from(Arrival(store, UUID(int=0), START, 0, START, told(statement)))
