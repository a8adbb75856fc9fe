"""Who × skill: levels with their certainty, and unknown where nothing is known. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import sqrt

from adaptive.cohorts import Level
from adaptive.engine.priors import SKILL_VARIANCE, SLOW_VARIANCE
from adaptive.progress import DEFAULT_TARGET
from admin.reports.tables import Cell
from tutor.wording import UNKNOWN, Band, band, percent, signed

Z95 = 1.959963984540054
UNSURE = Z95 * sqrt(SLOW_VARIANCE + SKILL_VARIANCE) * 2 / 3
"""Half-width of a 95 % interval (logits) from which a level counts as unsure: two thirds of what it is at first."""

SMALLEST_GROUP = 3
"""Below so many known levels a group's figure would be a person's: it is shown as unknown."""


@dataclass(frozen=True, slots=True)
class Column:
    """A skill: its id, name, and the level (logits) that counts as mastered."""

    id: int
    name: str
    target: float = DEFAULT_TARGET


@dataclass(frozen=True, slots=True)
class Square:
    """One person's level on one skill; `half_width` is half of the 95 % interval. Unknown without evidence."""

    level: float | None = None
    half_width: float | None = None
    evidence: int = 0
    band: Band = UNKNOWN

    @property
    def unsure(self) -> bool:
        return self.half_width is not None and self.half_width >= UNSURE

    @property
    def text(self) -> str:
        return "unknown" if self.level is None else f"{self.band.sign} {signed(self.level)}"

    @property
    def certainty(self) -> str:
        return "no answers" if self.half_width is None else f"± {self.half_width:.1f}"


@dataclass(frozen=True, slots=True)
class Line:
    """A learner and their squares, one a column."""

    learner_id: int
    name: str
    squares: tuple[Square, ...]


@dataclass(frozen=True, slots=True)
class Heatmap:
    """`shares` tells of each column how many known levels reach the target; None for too few."""

    columns: tuple[Column, ...]
    lines: tuple[Line, ...]
    shares: tuple[str | None, ...]


def square(level: Level | None, column: Column) -> Square:
    """How a level is shown under its skill; unknown without evidence."""
    if level is None or level.evidence == 0:
        return Square()
    return Square(level.mean, Z95 * level.sd, level.evidence, band(level.mean, column.target))


def heatmap(columns: Sequence[Column], people: Iterable[tuple[int, str]], levels: Iterable[Level]) -> Heatmap:
    """The table of these people (learner id, name) in their order."""
    known = {(level.learner_id, level.skill_id): level for level in levels}
    lines = tuple(
        Line(learner, name, tuple(square(known.get((learner, column.id)), column) for column in columns))
        for learner, name in people
    )
    return Heatmap(tuple(columns), lines, tuple(_share(n, column, lines) for n, column in enumerate(columns)))


def _share(place: int, column: Column, lines: Sequence[Line]) -> str | None:
    levels = [line.squares[place].level for line in lines]
    known = [level for level in levels if level is not None]
    if len(known) < SMALLEST_GROUP:
        return None
    return f"{percent(sum(level >= column.target for level in known) / len(known))} of {len(known)}"


def met_most(levels: Iterable[Level]) -> list[int]:
    """Skill ids by how much evidence there is on them, the most first."""
    counts: Counter[int] = Counter()
    for level in levels:
        counts[level.skill_id] += level.evidence
    return [skill for skill, _ in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))]


def as_rows(table: Heatmap) -> tuple[list[str], list[list[Cell]]]:
    """Header and rows of the same table as a file: level, half-width and answers of each skill."""
    header = ["Name"]
    for column in table.columns:
        header += [f"{column.name}: level", f"{column.name}: ±", f"{column.name}: answers"]
    rows = [[line.name, *(cell for each in line.squares for cell in _cells(each))] for line in table.lines]
    return header, rows


def _cells(each: Square) -> tuple[Cell, Cell, Cell]:
    if each.level is None or each.half_width is None:
        return "unknown", None, 0
    return round(each.level, 1) + 0.0, round(each.half_width, 1), each.evidence
