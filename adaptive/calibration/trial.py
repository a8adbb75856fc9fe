"""Champion against challenger on learners that neither has learnt from. Pure."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from math import log, sqrt

import numpy as np
from scipy.special import stdtrit

from adaptive.calibration.relearning import Stream
from adaptive.engine import LearnerState, Parameters, fold

HELD_OUT = 5
"""One learner in so many is held out."""
FEWEST_LEARNERS = 5
CHANCE = 0.05
LEAST = 1e-6


@dataclass(frozen=True, slots=True)
class Verdict:
    """Mean log losses (nats) on the held-out learners' answers, `gain` by which the challenger's is smaller and its
    standard error (over learners), and how many learners there were."""

    champion: float
    challenger: float
    gain: float
    gain_se: float
    learners: int

    @property
    def won(self) -> bool:
        """A gain that chance would give once in twenty times: Student's t, one-sided, paired by learner."""
        if self.learners < FEWEST_LEARNERS or not self.gain_se > 0.0:
            return False
        return self.gain > float(stdtrit(self.learners - 1, 1 - CHANCE)) * self.gain_se


def losses(parameters: Parameters, stream: Stream[Hashable]) -> dict[Hashable, list[float]]:
    """Log loss of each answer, predicted one ahead from a fresh state of its learner; learner → losses."""
    states: dict[Hashable, LearnerState] = {}
    found: dict[Hashable, list[float]] = {}
    for learner, response in stream:
        state = states.setdefault(learner, LearnerState())
        chance = min(max(fold(parameters, state, response).probability, LEAST), 1 - LEAST)
        lost = -(response.score * log(chance) + (1 - response.score) * log(1 - chance))
        found.setdefault(learner, []).append(lost)
    return found


def compared(champion: dict[Hashable, list[float]], challenger: dict[Hashable, list[float]]) -> Verdict:
    """The same answers predicted by both; learners, not answers, are independent (a ratio estimator's variance)."""
    counts = np.array([len(found) for found in champion.values()], float)
    sums = [np.array([sum(found) for found in side.values()]) for side in (champion, challenger)]
    n, total = counts.size, counts.sum()
    before, after = (float(side.sum() / total) for side in sums)
    apart = (sums[0] - sums[1]) - (before - after) * counts
    spread = sqrt(n / (n - 1) * float(apart @ apart)) / float(total) if n > 1 else 0.0
    return Verdict(before, after, before - after, spread, n)


def held_out(learners: Sequence[int], turn: int) -> set[int]:
    """One learner in HELD_OUT, others at each turn."""
    return {learner for place, learner in enumerate(sorted(set(learners))) if place % HELD_OUT == turn % HELD_OUT}
