"""How far a learner is on a path: required activities one after the other, electives of their choice. Pure."""

from collections.abc import Mapping
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
    """Activities (IRIs) on a skill of which `choose` are to be completed."""

    skill: str
    choose: int
    completed: tuple[str, ...]
    open: tuple[str, ...]

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

    @property
    def following(self) -> Step | None:
        """The next required activity."""
        return next((step for step in self.required if not step.done), None)


def activities_of(path: Path) -> list[int]:
    """Term ids of all activities of a path."""
    electives = [iri for group in path.electives for iri in group.activities]
    return [term_id(iri) for iri in dict.fromkeys([*path.required, *electives])]


def path_standing(path: Path, completions: Mapping[int, datetime], *, joined: datetime, now: datetime) -> PathStanding:
    """`completions` tells when activities were completed last; `due_days` count from joining."""
    valid_since = now - _days(path.recertify_days) if path.recertify_days else None

    def step(iri: str) -> Step:
        completed = completions.get(term_id(iri))
        expired = completed is not None and valid_since is not None and completed < valid_since
        return Step(iri, completed, expired)

    electives = []
    for group in path.electives:
        done = tuple(iri for iri in group.activities if step(iri).done)
        still = tuple(iri for iri in group.activities if iri not in done)
        electives.append(Elective(group.skill, min(group.choose, len(group.activities)), done, still))
    due = joined + _days(path.due_days) if path.due_days else None
    return PathStanding(path.id, path.name, due, tuple(map(step, path.required)), tuple(electives))


def _days(count: int) -> timedelta:
    """So many days, a century at most, which no calendar runs out of."""
    return timedelta(days=min(count, MOST_DAYS))
