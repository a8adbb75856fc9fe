"""All that selection and profiles need to know of one learner now: estimates, history, own and trainers' will."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from math import sqrt
from typing import Any, NamedTuple

from adaptive import confidence, wishes
from adaptive.activities import primary
from adaptive.catalogue import Catalogue
from adaptive.engine import ability
from adaptive.engine.priors import SKILL_VARIANCE
from adaptive.levels import told
from adaptive.paths import PathStanding, Step, activities_of, path_standing
from adaptive.progress import Progress, progress_from
from adaptive.selection.learner import Learner, Level, Overrides, Seen, Target, Wishes
from adaptive.selection.memory import recall
from lrs.observers import AnyConnection
from lrs.queries import queries_beside
from lrs.terms import term_id

_QUERIES = queries_beside(__file__)
ROLE_RELEVANCE = 0.7
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Standing:
    """`learner` is selection's view, `progress` the engine's; `agents` are whom the record knows the learner as.
    `last_evidence` by skill; `words` tell, for an activity, what a trainer or a path said of it; `target_sources` where
    a skill's target comes from; `folded` when evidence was folded last."""

    learner_id: int
    agents: Sequence[int]
    learner: Learner
    progress: Progress
    policy: str
    last_evidence: Mapping[int, datetime] = field(default_factory=dict)
    words: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
    target_sources: Mapping[int, tuple[str, str]] = field(default_factory=dict)
    folded: datetime | None = None


class Membership(NamedTuple):
    """In a cohort: what it works towards, how it is served, until when, and since when the learner is in it."""

    role: str | None
    path: str | None
    policy: str | None
    due: date | None
    joined: datetime


class _Word(NamedTuple):
    """What a trainer said of an activity, for the learner or a cohort of theirs."""

    activity: str
    action: str
    due: date | None
    note: str
    author: str
    made: datetime


@dataclass(slots=True)
class _Will:
    """What trainers, roles, paths and the learner want, gathered for selection."""

    pinned: dict[int, float] = field(default_factory=dict)
    assigned: dict[int, float] = field(default_factory=dict)
    due: dict[int, float] = field(default_factory=dict)
    banned: set[int] = field(default_factory=set)
    locked: set[int] = field(default_factory=set)
    words: dict[int, Mapping[str, Any]] = field(default_factory=dict)
    targets: dict[int, Target] = field(default_factory=dict)
    sources: dict[int, tuple[str, str]] = field(default_factory=dict)


async def standing(
    connection: AnyConnection, store_id: int, learner_id: int, catalogue: Catalogue, now: datetime
) -> Standing:
    """The learner as of the last fold: call `catch_up` first."""
    row = await _QUERIES.gathered(
        connection, store_id=store_id, learner_id=learner_id, most=wishes.LATEST, latest=confidence.LATEST
    )
    progress, agents = progress_from(row), row["agents"]
    groups = [Membership(*group) for group in row["groups"]]
    will = _Will()
    _roles(will, groups, catalogue)
    for iri, level, due in row["goals"]:
        skill = term_id(iri)
        will.targets[skill] = Target(level, 1.0, None if due is None else _midnight(due))
        will.sources[skill] = ("goal", "")
    wished = await _wishes(connection, store_id, row, groups, catalogue, now)
    words = [_Word(*word) for word in row["words"]]
    closed = {term_id(word.activity) for word in words if word.action in ("ban", "lock")}
    closed -= {term_id(word.activity) for word in words if word.action == "assign"}
    for path in await paths_of(connection, store_id, agents, groups, catalogue, now):
        _path(will, path, catalogue, closed, wished.refused)
    for word in words:
        _override(will, word)
    learner = Learner(
        ability=ability(progress.state),
        levels=_levels(row, progress, now),
        seen=met(row["seen"], catalogue),
        targets=will.targets,
        wishes=wished,
        overrides=Overrides(
            will.pinned, will.assigned, will.due, frozenset(will.banned), frozenset(will.locked - will.assigned.keys())
        ),
        spread=sqrt(SKILL_VARIANCE),
        confident=confidence.newest(row["sure"]),
    )
    last = {one.skill_id: one.last_evidence for one in told(row["skills"])}
    policy = next((group.policy for group in groups if group.policy), "learning")
    return Standing(learner_id, agents, learner, progress, policy, last, will.words, will.sources, row["updated"])


def _levels(row: Mapping[str, Any], progress: Progress, now: datetime) -> dict[int, Level]:
    return {
        one.skill_id: Level(
            one.mean,
            one.sd,
            one.answers,
            recall(progress.memories[one.skill_id], now.timestamp()),
            was_mastered=one.was_mastered,
        )
        for one in told(row["skills"])
    }


def met(rows: Iterable[Sequence[Any]], catalogue: Catalogue) -> dict[int, Seen]:
    """What was met lately, of (item_id, times, last, completed); a part counts for its holder too, which is completed
    once all its parts are."""
    met = {item: Seen(times, last.timestamp(), completed) for item, times, last, completed in rows}
    for activity in catalogue.holders:
        parts = [met[part] for part in activity.parts if part in met]
        if parts and activity.id not in met:
            complete = len(parts) == len(activity.parts) and all(part.completed for part in parts)
            met[activity.id] = Seen(1, max(part.last for part in parts), complete)
    return met


async def _wishes(
    connection: AnyConnection,
    store_id: int,
    row: Mapping[str, Any],
    groups: Sequence[Membership],
    catalogue: Catalogue,
    now: datetime,
) -> Wishes:
    preferences = wishes.Preferences(*(row["preferences"] or ()))
    minutes = None
    if preferences.weekly_minutes is not None:
        spent = await wishes.minutes_spent(connection, store_id, row["agents"], now - WEEK)
        minutes = max(preferences.weekly_minutes - spent, 0.0)
    given = row["answers"]
    return Wishes(
        formats=frozenset(preferences.formats),
        only_formats=preferences.only_formats,
        minutes=minutes,
        language=None if preferences.language is None else primary(preferences.language),
        refused={term_id(activity): until.timestamp() for activity, _, until in given if until and until > now},
        claimed=wishes.claimed_skills([activity for activity, said, _ in given if said == "known"], catalogue),
        rated={term_id(skill): level for skill, level in row["rated"]},
        adaptive=preferences.adaptive and not any(group.policy == "fixed" for group in groups),
    )


def _roles(will: _Will, groups: Sequence[Membership], catalogue: Catalogue) -> None:
    for group in groups:
        role = catalogue.roles.get(group.role) if group.role else None
        for iri, level in role.targets.items() if role else ():
            skill = term_id(iri)
            due = None if group.due is None else _midnight(group.due)
            known = will.targets.get(skill)
            if known is None or known.level < level:
                will.targets[skill] = Target(level, ROLE_RELEVANCE, due)
                will.sources[skill] = ("role", role.name if role else "")


async def paths_of(
    connection: AnyConnection,
    store_id: int,
    agents: Sequence[int],
    groups: Sequence[Membership],
    catalogue: Catalogue,
    now: datetime,
) -> list[PathStanding]:
    """How far a learner is on the paths of their cohorts."""
    given = [(path, group) for group in groups if (path := catalogue.paths.get(group.path or "")) is not None]
    items = sorted({activity for path, _ in given for activity in activities_of(path)})
    if not items:
        return []
    completed = await wishes.completions(connection, store_id, agents, items)
    return [
        path_standing(path, completed, joined=group.joined, now=now, until=_end_of(group.due)) for path, group in given
    ]


def _path(
    will: _Will, path: PathStanding, catalogue: Catalogue, closed: Collection[int], refused: Collection[int]
) -> None:
    """The next required activity is assigned; once none is left, the electives of one skill after the other, to choose
    from, and the skills of open electives are what to reach. What trainers closed is passed over."""
    due = None if path.due is None else path.due.timestamp()
    if (step := path.following(closed)) is not None:
        done = sum(s.done for s in path.required)
        _assign(will, step, {"path": path.name, "done": done, "of": len(path.required)}, due)
        return
    if (found := path.choice({*closed, *refused})) is not None:
        elective, steps = found
        name = catalogue.skill_name(term_id(elective.skill)) or elective.skill
        for step in steps:
            said = {"elective": name, "done": len(elective.completed), "choose": elective.choose}
            _assign(will, step, {"path": path.name, **said}, due)
    for elective in path.electives:
        skill = term_id(elective.skill)
        if not elective.done and skill not in will.targets:
            will.targets[skill] = Target(catalogue.skills[skill].target, 1.0, due)
            will.sources[skill] = ("path", path.name)


def _assign(will: _Will, step: Step, word: Mapping[str, Any], due: float | None) -> None:
    activity = term_id(step.activity)
    will.assigned[activity] = step.completed.timestamp() + 1.0 if step.completed else 0.0
    will.words[activity] = word if due is None else {**word, "due": due}
    if due is not None:
        will.due[activity] = due


def _override(will: _Will, word: _Word) -> None:
    activity, made = term_id(word.activity), word.made.timestamp()
    if word.action == "ban":
        will.banned.add(activity)
    elif word.action == "lock":
        will.locked.add(activity)
    else:
        (will.pinned if word.action == "pin" else will.assigned)[activity] = made
        if word.due is not None:
            will.due[activity] = _midnight(word.due)
        will.words[activity] = {"note": word.note, "author": word.author}


def _end_of(day: date | None) -> datetime | None:
    """The last moment of a day (UTC) that a calendar can tell."""
    return None if day is None else datetime(day.year, day.month, day.day, 23, 59, 59, tzinfo=UTC)


def _midnight(day: date) -> float:
    """The end of a day (UTC) in seconds since 1970."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() + 86_400.0
