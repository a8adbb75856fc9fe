"""One learner in memory: the engine's state, memory of each skill, and the place reached in the fold order. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeAlias

from adaptive.catalogue import Catalogue
from adaptive.engine import (
    LearnerState,
    Parameters,
    Response,
    Trace,
    evidence_weight,
    fold,
    guessing_floor,
    skill_level,
)
from adaptive.levels import RECORD
from adaptive.pieces import Piece, Place, seconds_at
from adaptive.selection.mastery import probability
from adaptive.selection.memory import Memory, implicit_credit, practise

Row: TypeAlias = Mapping[str, Any]
DEFAULT_TARGET = 0.8
MOST_SKILLS = 255
"""Skills that one answer can tell of: as many as a lesson holds (adaptive/lessons.py)."""
MASTERED_AT = 1.6448536269514722  # standard deviations above the cut: P(level ≥ cut) = .95


class Reading(NamedTuple):
    """How a row was read when it was folded: what a replay needs to do the same."""

    skills: tuple[int, ...]
    guessing: float
    weight: float


@dataclass(slots=True)
class Progress:
    """`mastered` are skills that have been mastered at some time; `last` is the last folded row's place."""

    state: LearnerState = field(default_factory=LearnerState)
    memories: dict[int, Memory] = field(default_factory=dict)
    mastered: set[int] = field(default_factory=set)
    last: Place | None = None

    def fold(
        self, parameters: Parameters, row: Piece, reading: Reading, catalogue: Catalogue
    ) -> tuple[Response, Trace]:
        """Fold one counted row; what the shared parameters can learn from it."""
        response = response_of(row, reading)
        trace = fold(parameters, self.state, response)
        for skill in reading.skills:
            self._practise(skill, response, catalogue)
            mean, sd = skill_level(self.state, skill)
            if (mean - target_of(catalogue, skill)) >= MASTERED_AT * sd:
                self.mastered.add(skill)
        return response, trace

    def _practise(self, skill: int, response: Response, catalogue: Catalogue) -> None:
        now = response.time or 0.0
        self.memories[skill] = practise(self.memories.get(skill), response.score, now)
        known = catalogue.skills.get(skill)
        if known is None or not known.prerequisites:
            return
        for lower, share in implicit_credit(catalogue.prerequisites, skill).items():
            if lower in self.memories:
                self.memories[lower] = practise(self.memories[lower], response.score, now, share)


def read(row: Piece, catalogue: Catalogue) -> Reading:
    """How a row reads today: at most MOST_SKILLS skills and guessing from the catalogue, else as its statement said."""
    skills = (catalogue.skills_of(row.item_id) or tuple(row.skill_ids))[:MOST_SKILLS]
    guessing = catalogue.guessing_of(row.item_id)
    floor = guessing_floor(row.choices) if guessing is None else guessing
    return Reading(skills, floor, evidence_weight(hints=row.hints))


def recorded(row: Piece) -> Reading | None:
    """How a row was read when it was folded; None where it did not count then."""
    if row.folded_skill_ids is None or row.guessing is None or row.weight is None:
        return None
    return Reading(tuple(row.folded_skill_ids), row.guessing, row.weight)


def response_of(row: Piece, reading: Reading) -> Response:
    """The engine's view; time is seconds since 1970."""
    return Response(row.item_id, reading.skills, seconds_at(row.moment), row.score, reading.weight, reading.guessing)


def target_of(catalogue: Catalogue, skill: int) -> float:
    """The level (logits) from which a skill counts as mastered."""
    known = catalogue.skills.get(skill)
    return DEFAULT_TARGET if known is None else known.target


def progress_from(row: Row) -> Progress:
    """From a row of `learners`; raises UnreadableState where the engine's state has another format."""
    if row["state"] is None:
        return Progress()
    memories: dict[int, Memory] = {}
    mastered = set()
    for skill, _, _, _, _, _, was_mastered, *memory in RECORD.iter_unpack(row["skills"] or b""):
        memories[skill] = Memory(*memory)
        if was_mastered:
            mastered.add(skill)
    return Progress(
        state=LearnerState.decode(row["state"]),
        memories=memories,
        mastered=mastered,
        last=row["last_place"],
    )


def skills_of(progress: Progress, catalogue: Catalogue) -> bytes:
    """What `learners.skills` holds: the records of adaptive.levels, of each skill that was ever answered on."""
    state, parts, memories = progress.state, [], progress.memories
    for skill, known in state.skills.items():
        memory = memories.get(skill)
        if memory is None:
            continue
        mean, sd = skill_level(state, skill)
        mastery = probability(mean, sd, target_of(catalogue, skill))
        mastered = skill in progress.mastered
        parts.append(RECORD.pack(skill, mean, sd, known.responses, known.time or 0.0, mastery, mastered, *memory))
    return b"".join(parts)
