"""The learner's own will: goals, preferences, self-assessments, and answers to offers. Stores; nothing here commits."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from adaptive.catalogue import FORMATS, Catalogue
from lrs.errors import BadRequest, Fault, NotFound
from lrs.observers import AnyConnection
from lrs.queries import queries_beside
from lrs.terms import term_id

_QUERIES = queries_beside(__file__)
REFUSED_FOR = timedelta(days=30)
POSTPONED_FOR = timedelta(days=1)
LONGEST = timedelta(days=36_500)
LATEST = 3000
ANSWERS = ("shown", "accepted", "refused", "postponed", "known", "helpful", "unhelpful")


@dataclass(frozen=True, slots=True)
class Preferences:
    """`formats` are preferred, or the only ones with `only_formats`; `weekly_minutes` is the time budget."""

    formats: tuple[str, ...] = ()
    only_formats: bool = False
    language: str | None = None
    weekly_minutes: int | None = None
    adaptive: bool = True


@dataclass(frozen=True, slots=True)
class Goal:
    """A level (logits) of a skill, by IRI, to reach by a day."""

    skill: str
    level: float
    due: date | None
    made: datetime


async def goals(connection: AnyConnection, store_id: int, learner_id: int) -> list[Goal]:
    rows = _QUERIES.goals(connection, store_id=store_id, learner_id=learner_id)
    return [Goal(row["skill"], row["level"], row["due"], row["made"]) async for row in rows]


async def set_goal(
    connection: AnyConnection,
    store_id: int,
    learner_id: int,
    *,
    skill: str,
    level: float,
    due: date | None,
    now: datetime,
) -> None:
    """Set a goal; one for the past is refused."""
    if due is not None and due < now.date():
        raise BadRequest(f"The goal's day {due} is past; choose today or later.", [Fault("due", "is past")])
    await _QUERIES.set_goal(
        connection, store_id=store_id, learner_id=learner_id, skill=skill, level=level, due=due, made=now
    )


async def drop_goal(connection: AnyConnection, store_id: int, learner_id: int, skill: str) -> None:
    if await _QUERIES.drop_goal(connection, store_id=store_id, learner_id=learner_id, skill=skill) is None:
        raise NotFound(f"There is no goal for {skill}.")


async def preferences(connection: AnyConnection, store_id: int, learner_id: int) -> Preferences:
    row = await _QUERIES.preferences(connection, store_id=store_id, learner_id=learner_id)
    return Preferences(**{**row, "formats": tuple(row["formats"])}) if row else Preferences()


async def set_preferences(
    connection: AnyConnection, store_id: int, learner_id: int, given: Preferences, now: datetime
) -> None:
    unknown = [name for name in given.formats if name not in FORMATS]
    if unknown:
        raise BadRequest(
            f"{unknown[0]} is no format; there are {', '.join(FORMATS)}.",
            [Fault("formats", f"{unknown[0]} is unknown")],
        )
    await _QUERIES.set_preferences(
        connection,
        store_id=store_id,
        learner_id=learner_id,
        formats=list(given.formats),
        only_formats=given.only_formats,
        language=given.language,
        weekly_minutes=given.weekly_minutes,
        adaptive=given.adaptive,
        changed=now,
    )


async def self_assessments(connection: AnyConnection, store_id: int, learner_id: int) -> list[Mapping[str, Any]]:
    """skill, level, made, validated_by, validated; one a skill."""
    rows = _QUERIES.self_assessments(connection, store_id=store_id, learner_id=learner_id)
    return [dict(row) async for row in rows]


async def assess(
    connection: AnyConnection, store_id: int, learner_id: int, *, skill: str, level: float, now: datetime
) -> None:
    """Keep the learner's own view of a skill beside the estimate; it never changes the estimate."""
    await _QUERIES.assess(connection, store_id=store_id, learner_id=learner_id, skill=skill, level=level, made=now)


async def validate_assessment(
    connection: AnyConnection,
    store_id: int,
    learner_id: int,
    *,
    skill: str,
    author: str,
    now: datetime,
    level: float | None = None,
) -> None:
    """A trainer or manager agrees with a self-assessment: with whichever there is, or only with one of this level."""
    found = await _QUERIES.validate_assessment(
        connection, store_id=store_id, learner_id=learner_id, skill=skill, author=author, made=now, level=level
    )
    if found is None:
        which = "" if level is None else f" at {level:g}"
        raise NotFound(f"There is no self-assessment of {skill}{which} to agree with.")


async def add_feedback(
    connection: AnyConnection,
    store_id: int,
    learner_id: int,
    *,
    activity: str,
    answer: str,
    now: datetime,
    decision: UUID | None = None,
    until: datetime | None = None,
    comment: str = "",
) -> None:
    """Keep an answer to an offer (ANSWERS). A refusal holds for 30 days and a postponement for one, unless told."""
    if answer not in ANSWERS:
        raise BadRequest(f"The answer must be one of {', '.join(ANSWERS)}.", [Fault("answer", "is none of these")])
    if until is not None and not now < until < now + LONGEST:
        raise BadRequest(
            "`until` must be a moment to come, within a hundred years.", [Fault("until", "is out of range")]
        )
    spans = {"refused": REFUSED_FOR, "postponed": POSTPONED_FOR}
    if until is None and answer in spans:
        until = now + spans[answer]
    await _QUERIES.add_feedback(
        connection,
        store_id=store_id,
        learner_id=learner_id,
        decision_id=decision,
        activity=activity,
        answer=answer,
        until=until,
        comment=comment,
        made=now,
    )


async def feedback_of(
    connection: AnyConnection, store_id: int, learner_id: int, most: int = 100
) -> list[Mapping[str, Any]]:
    """decision_id, activity, answer, until, comment, made; the newest first."""
    rows = _QUERIES.feedback_of(connection, store_id=store_id, learner_id=learner_id, most=most)
    return [dict(row) async for row in rows]


async def minutes_spent(connection: AnyConnection, store_id: int, agent_ids: Sequence[int], since: datetime) -> float:
    """Minutes that the durations of evidence since a moment add up to; one answer counts two hours at most."""
    seconds = await _QUERIES.seconds_spent(connection, store_id=store_id, agent_ids=list(agent_ids), since=since)
    return float(seconds) / 60.0


async def seen(
    connection: AnyConnection, store_id: int, agent_ids: Sequence[int]
) -> list[tuple[int, int, datetime, bool]]:
    """(item_id, times, last, completed) of what a learner met lately."""
    rows = _QUERIES.seen(connection, store_id=store_id, agent_ids=list(agent_ids), most=LATEST)
    return [(row[0], row[1], row[2], row[3]) async for row in rows]


async def completions(
    connection: AnyConnection, store_id: int, agent_ids: Sequence[int], item_ids: Sequence[int]
) -> dict[int, datetime]:
    """When these activities were completed (or answered right) last."""
    rows = _QUERIES.completions(connection, store_id=store_id, agent_ids=list(agent_ids), item_ids=list(item_ids))
    return {row["item_id"]: row["completed"] async for row in rows}


def claimed_skills(activities: Iterable[str], catalogue: Catalogue) -> frozenset[int]:
    """Skills of activities (IRIs) that the learner says they know already."""
    known = [term_id(activity) for activity in activities]
    return frozenset(skill for activity in known for skill in catalogue.skills_of(activity) or ())
