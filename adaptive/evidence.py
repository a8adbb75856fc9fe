"""Evidence from statements: who answered what, how well, and which skills it tells of. Pure.

A statement is evidence when a person answered, passed, failed, completed, mastered or was scored on an activity with
`result.success` or `result.score`; without either, `completed` and `experienced` are kept as encounters. Which rows
are echoes of others (a quiz's total beside its answers, cmi5's passed beside completed) is decided in fold order, by
`adaptive.echoes`, because a single statement cannot tell.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from enum import IntEnum
from math import isfinite
from operator import attrgetter
from typing import Any, NamedTuple
from uuid import UUID

from adaptive.context_skills import NOWHERE, containers_and_skills, is_skill, surroundings
from lrs.facts import activity_term, person_told
from lrs.observers import Arrival, Insertion
from lrs.queries import queries_beside
from lrs.reading import told
from lrs.statements import columns
from lrs.terms import term_id
from lrs.uuids import uuid_of
from lrs.validation.known import object_type, once
from lrs.validation.shapes import Form

EXTENSIONS = "https://proximal.example/xapi/extensions/"
HINTS = EXTENSIONS + "hints"
CONFIDENCE = EXTENSIONS + "confidence"
INTERACTION_TYPE = "http://adlnet.gov/expapi/activities/cmi.interaction"
_ADL = "http://adlnet.gov/expapi/verbs/"
_DURATION = re.compile(r"P(?:([\d.]+)D)?(?:T(?:([\d.]+)H)?(?:([\d.]+)M)?(?:([\d.]+)S)?)?")
_SECONDS = re.compile(r"PT\d+(?:\.\d+)?S", re.ASCII)
_DURATION_UNITS = (86400.0, 3600.0, 60.0, 1.0)
_LONGEST = 1e9
"""Seconds, some 31 years: no answer takes longer, and what is far longer fits no column."""

EARLIEST, LATEST = datetime(2, 1, 1, tzinfo=UTC), datetime(9998, 12, 31, tzinfo=UTC)
"""What times are held to: the ends of the calendar are infinite to the driver, and leave nothing to reckon with."""


class Kind(IntEnum):
    """What a row tells of: a mere encounter, one item, or the whole of a quiz, lesson or course."""

    ENCOUNTER = 0
    ITEM = 1
    WHOLE = 2


class Verb(IntEnum):
    """Verbs that are evidence; the codes are stored."""

    ANSWERED = 1
    PASSED = 2
    FAILED = 3
    COMPLETED = 4
    SCORED = 5
    MASTERED = 6
    EXPERIENCED = 7


VERBS = {_ADL + verb.name.lower(): verb for verb in Verb}
ENCOUNTERS = frozenset({Verb.COMPLETED, Verb.EXPERIENCED, Verb.ANSWERED})
NOTHING: Mapping[str, Any] = {}
_BARE = told({"actor": NOTHING, "verb": NOTHING, "object": NOTHING, "result": {}, "context": {}})
_IMPLIED = {Verb.PASSED: 1.0, Verb.MASTERED: 1.0, Verb.FAILED: 0.0}


class Evidence(NamedTuple):
    """A row of `evidence` as its statement gives it. Ids are term ids; `score` is in [0, 1], `seconds` the duration.

    `choices` is from how many alternatives one right answer was picked; `response_hash` tells equal answers apart.
    """

    store_id: int
    agent_id: int
    timestamp: datetime
    statement_id: UUID
    stored: datetime
    position: int
    item_id: int
    kind: int
    verb: int
    score: float | None
    choices: int | None
    hints: int
    confidence: float | None
    seconds: float | None
    registration: UUID | None
    response_hash: int | None
    skill_ids: tuple[int, ...]
    container_ids: tuple[int, ...]


class Void(NamedTuple):
    """A statement that was taken back."""

    store_id: int
    statement_id: UUID
    stored: datetime


_QUERIES = queries_beside(__file__)
_INSERT: str = _QUERIES.insert.sql
_INSERT_VOIDS: str = _QUERIES.insert_voids.sql
_ALIKE = 5
_SHARED = attrgetter("store_id", "stored", "kind", "verb", "hints")
_OWN = attrgetter(
    "agent_id", "timestamp", "statement_id", "position", "item_id", "score", "choices", "confidence", "seconds",
    "registration", "response_hash",
)  # fmt: skip


class EvidenceReader:
    """The observer that joins the record to the engine."""

    name = "evidence"

    def read(self, arrival: Arrival) -> Sequence[Evidence | Void]:
        if arrival.voids is not None:
            return (Void(arrival.store_id, arrival.voids, arrival.stored),)
        row = evidence_from(arrival)
        return () if row is None else (row,)

    def insertions(self, rows: Sequence[Evidence | Void]) -> Sequence[Insertion]:
        evidence = [_stored(row) for row in sorted(row for row in rows if type(row) is Evidence)]
        voids = sorted(row for row in rows if type(row) is Void)
        found = [Insertion(_INSERT, columns(evidence, len(Evidence._fields), alike=_ALIKE))] if evidence else []
        return [*found, Insertion(_INSERT_VOIDS, columns(voids, len(Void._fields)))] if voids else found


def _stored(row: Evidence) -> tuple[Any, ...]:
    """A row as the INSERT takes it, what rows share first: Postgres has no arrays of arrays of different lengths."""
    return (*_SHARED(row), *_OWN(row), array_text(row.skill_ids), array_text(row.container_ids))


def array_text(ids: Iterable[int]) -> str:
    """Ids as Postgres writes an array of them."""
    return "{" + ",".join(map(str, ids)) + "}"


class _Item(NamedTuple):
    """What an activity is as an item: its term, whether it is a skill, asks a question, or asks for an opinion."""

    id: int
    skill: bool
    question: bool
    opinion: bool
    choices: int | None


def _item(activity: Mapping[str, Any]) -> _Item:
    definition = activity.get("definition") or NOTHING
    interaction, kind = definition.get("interactionType"), definition.get("type")
    question = bool(interaction) or kind == INTERACTION_TYPE
    return _Item(activity_term(activity), is_skill(activity), question, interaction == "likert", choices_of(definition))


def evidence_from(arrival: Arrival) -> Evidence | None:
    """The evidence one statement holds, or None."""
    statement = arrival.statement
    verb = VERBS.get(statement.verb["id"])
    activity, person = statement.object, person_told(statement.actor)
    if verb is None or person is None or object_type(activity) != "Activity":
        return None
    result, context = statement.result or _BARE.result, statement.context or _BARE.context
    score = score_of(result, verb)
    if score is None and verb not in ENCOUNTERS:
        return None
    item = once(_item, activity)
    kind = _kind(verb, item, score)
    around = NOWHERE if context.contextActivities is None else once(surroundings, context.contextActivities)
    containers, skills = containers_and_skills(item.id, around, skill=item.skill, whole=kind is Kind.WHOLE)
    hints, confidence = _hints_and_confidence(result.extensions, context.extensions)
    return Evidence(
        arrival.store_id,
        person,
        min(max(arrival.timestamp, EARLIEST), LATEST),
        arrival.id,
        arrival.stored,
        arrival.position,
        item.id,
        kind,
        verb,
        score,
        item.choices,
        hints,
        confidence,
        None if result.duration is None else seconds_of(result.duration),
        None if context.registration is None else uuid_of(context.registration),
        None if result.response is None else term_id(result.response),
        skills,
        containers,
    )


def score_of(result: Form, verb: Verb) -> float | None:
    """The credit in [0, 1]: the score where there is one (`scaled`, else `raw` between `min` and `max`), else success,
    else what the verb says. A negative scaled score is no credit."""
    score = result.score
    if score is not None:
        scaled, raw, low, high = score.scaled, score.raw, score.min or 0.0, score.max
        if scaled is None and raw is not None and high is not None and high > low:
            scaled = (raw - low) / (high - low)
        if scaled is not None and isfinite(scaled):
            return min(max(float(scaled), 0.0), 1.0)
    if result.success is not None:
        return 1.0 if result.success else 0.0
    return _IMPLIED.get(verb)


def choices_of(definition: Mapping[str, Any]) -> int | None:
    """From how many alternatives the one right answer was picked; None where guessing does not help."""
    interaction = definition.get("interactionType")
    if interaction == "true-false":
        return 2
    pattern = definition.get("correctResponsesPattern") or []
    if interaction != "choice" or len(pattern) != 1 or "[,]" in pattern[0]:
        return None
    choices = definition.get("choices") or []
    return len(choices) if 1 < len(choices) < 1000 else None


def seconds_of(duration: str | None) -> float | None:
    """An ISO 8601 duration of days and less in seconds; None where there is none, it counts months or years, or
    is longer than any answer takes."""
    if duration is not None and _SECONDS.fullmatch(duration) is not None:
        found = float(duration[2:-1])
        return found if found <= _LONGEST else None
    match = _DURATION.fullmatch(duration) if duration else None
    if match is None or not any(match.groups()):
        return None
    try:
        found = sum(float(part) * unit for part, unit in zip(match.groups(), _DURATION_UNITS, strict=True) if part)
    except ValueError:
        return None
    return found if found <= _LONGEST else None


def _kind(verb: Verb, item: _Item, score: float | None) -> Kind:
    if score is None or item.opinion:
        return Kind.ENCOUNTER
    return Kind.ITEM if verb is Verb.ANSWERED or item.question else Kind.WHOLE


def _hints_and_confidence(*extensions: Mapping[str, Any] | None) -> tuple[int, float | None]:
    """What extensions of result or context tell of an answer; no hints and None where they do not."""
    given = [each for each in extensions if each is not None and (HINTS in each or CONFIDENCE in each)]
    if not given:
        return 0, None
    return int(_extension(given, HINTS, 99) or 0), _extension(given, CONFIDENCE, 1.0)


def _extension(extensions: Iterable[Mapping[str, Any]], name: str, most: float) -> float | None:
    """A number that one of these extensions gives, if it is one in [0, most]."""
    for each in extensions:
        value = each.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= most:
            return float(value)
    return None
