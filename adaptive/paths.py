"""How far a learner is on a path: required activities one after the other, electives of their choice. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from adaptive.catalogue.document import MOST_DAYS, Path
from lrs.terms import term_id


@dataclass(frozen=True, slots=True)
class Step:
    """A required activity (IRI), and when it was completed; a completion older than the path allows has expired."""

    activity: str
    completed: datetime | None
    expired: bool = False

    @property
    def done(self) -> bool:
        return self.completed is not None and not self.expired


@dataclass(frozen=True, slots=True)
class Elective:
    """Activities on a skill of which `choose` are to be completed."""

    skill: str
    choose: int
    steps: tuple[Step, ...]

    @property
    def completed(self) -> tuple[str, ...]:
        """IRIs of what was completed and has not expired."""
        return tuple(step.activity for step in self.steps if step.done)

    @property
    def open(self) -> tuple[str, ...]:
        """IRIs of what there is to choose from still."""
        return tuple(step.activity for step in self.steps if not step.done)

    @property
    def done(self) -> bool:
        return len(self.completed) >= self.choose


@dataclass(frozen=True, slots=True)
class PathStanding:
    """`due` is when the whole is to be complete; `complete` honours required activities and electives."""

    id: str
    name: str
    due: datetime | None
    required: tuple[Step, ...]
    electives: tuple[Elective, ...]

    @property
    def complete(self) -> bool:
        return all(step.done for step in self.required) and all(elective.done for elective in self.electives)

    def following(self, closed: Collection[int]) -> Step | None:
        """The next required activity that is not closed (term ids): a trainer's ban or lock does not end the path."""
        return next((step for step in self.required if not step.done and term_id(step.activity) not in closed), None)

    def choice(self, closed: Collection[int]) -> tuple[Elective, tuple[Step, ...]] | None:
        """The next electives still to choose from, with what is open and not closed (term ids) of them."""
        for elective in self.electives:
            steps = tuple(s for s in elective.steps if not s.done and term_id(s.activity) not in closed)
            if steps and not elective.done:
                return elective, steps
        return None


def activities_of(path: Path) -> list[int]:
    """Term ids of all activities of a path."""
    electives = [iri for group in path.electives for iri in group.activities]
    return [term_id(iri) for iri in dict.fromkeys([*path.required, *electives])]


def path_standing(
    path: Path,
    completions: Mapping[int, datetime],
    *,
    joined: datetime,
    now: datetime,
    until: datetime | None = None,
) -> PathStanding:
    """`completions` tells when activities were completed last; `due_days` count from joining, but it is due no later
    than `until`, where a cohort has a day of its own."""
    valid_since = now - _days(path.recertify_days) if path.recertify_days else None

    def step(iri: str) -> Step:
        completed = completions.get(term_id(iri))
        expired = completed is not None and valid_since is not None and completed < valid_since
        return Step(iri, completed, expired)

    electives = tuple(
        Elective(group.skill, min(group.choose, len(group.activities)), tuple(map(step, group.activities)))
        for group in path.electives
    )
    days = [joined + _days(path.due_days)] if path.due_days else []
    due = min([*days, *([] if until is None else [until])], default=None)
    return PathStanding(path.id, path.name, due, tuple(map(step, path.required)), electives)


def _days(count: int) -> timedelta:
    """So many days, a century at most, which no calendar runs out of."""
    return timedelta(days=min(count, MOST_DAYS))
