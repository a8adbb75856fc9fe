"""What the engine is told, and what it answers."""

from dataclasses import dataclass
from math import isfinite


@dataclass(slots=True, unsafe_hash=True)
class Response:
    """One scored answer of one learner; not to be changed (freezing it would cost half a microsecond each).

    `item` and `skills` are term ids; `time` is seconds since any fixed moment, or None where there is no clock;
    `score` is in [0, 1] (partial credit allowed); `weight` in (0, 1] is how much the answer counts as evidence;
    `guessing` in [0, 1) is the chance of a right answer without knowing.
    """

    item: int
    skills: tuple[int, ...]
    time: float | None
    score: float
    weight: float = 1.0
    guessing: float = 0.0

    def __post_init__(self) -> None:
        if not 0.0 <= self.score <= 1.0:
            raise ValueError(f"score must be in [0, 1], not {self.score}")
        if not 0.0 < self.weight <= 1.0:
            raise ValueError(f"weight must be in (0, 1], not {self.weight}")
        if not 0.0 <= self.guessing < 1.0:
            raise ValueError(f"guessing must be in [0, 1), not {self.guessing}")
        if self.time is not None and not isfinite(self.time):
            raise ValueError("time must be finite seconds, or None where there is no clock")


def guessing_floor(choices: int | None) -> float:
    """The chance of hitting one right answer among `choices` by guessing; 0 where nothing can be guessed."""
    return 1.0 / choices if choices and choices > 1 else 0.0


def evidence_weight(hints: int = 0) -> float:
    """How much an answer tells: halved by each hint taken before it. What repeats take off, `fold` sees to."""
    return 0.5 ** min(max(hints, 0), 6)
