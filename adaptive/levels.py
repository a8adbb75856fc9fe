"""The bytes of `learners.skills`: what a learner's row tells of each skill, and remembers of it. Pure.

Big-endian, one record a skill, 69 bytes: id (int64); mean and sd of the level in logits; answers (uint32); the last of
them, in seconds since 1970; P(level ≥ the skill's target); whether it was ever mastered (one byte); and what review is
planned from: stability in days, difficulty, last practice in seconds since 1970. All other numbers are float64.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from struct import Struct
from typing import NamedTuple

RECORD = Struct(">qddIdd?ddd")


class Told(NamedTuple):
    """One record."""

    skill_id: int
    mean: float
    sd: float
    answers: int
    answered: float
    mastery: float
    was_mastered: bool
    stability: float
    difficulty: float
    practised: float

    @property
    def last_evidence(self) -> datetime:
        return datetime.fromtimestamp(self.answered, UTC)


def told(skills: bytes | None) -> Iterator[Told]:
    """The records of a row; none of a learner who was never folded."""
    return map(Told._make, RECORD.iter_unpack(skills or b""))
