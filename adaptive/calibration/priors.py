"""What is believed of an item before anyone has answered it, and how the items themselves teach that.

All parameters are normal in the rows of `graded`: log a, b, log-gaps, logit c. The mean and spread of log a and b
are learnt from the well-answered items (empirical Bayes; Mislevy 1986), so a set of alike items is shrunk more
than a set of unlike ones, and the intervals keep their coverage.
"""

from dataclasses import dataclass, replace

import numpy as np

from adaptive.calibration.graded import LOCATION, LOG_SLOPE, Graded
from adaptive.calibration.responses import Floats

PSEUDO_ITEMS = 4.0
TELLING = 1.1  # posterior over prior precision from which an item tells something of its kind
WIDENING = 1.4


@dataclass(frozen=True, slots=True)
class Belief:
    """A normal prior: mean and standard deviation."""

    mean: float
    sd: float


SLOPE, DIFFICULTY = Belief(0.0, 0.4), Belief(0.0, 1.2)


@dataclass(frozen=True, slots=True)
class Priors:
    """`learnt`: whether slope and difficulty are re-estimated from the items; else they hold as given."""

    log_slope: Belief = SLOPE
    difficulty: Belief = DIFFICULTY
    log_gap: Belief = Belief(0.0, 1.0)
    logit_guess: Belief = Belief(-1.4, 0.5)
    learnt: bool = True

    def rows(self, model: Graded, offsets: Floats) -> tuple[Floats, Floats]:
        """Means and precisions (items, parameters); `offsets` (items,) shift the expected difficulty of an item."""
        shape = (len(offsets), model.parameters)
        mean, precision = np.empty(shape), np.empty(shape)
        beliefs = [self.log_slope, self.difficulty, *[self.log_gap] * (model.width - 2)]
        beliefs += [self.logit_guess] * model.guessing
        for column, belief in enumerate(beliefs):
            mean[:, column], precision[:, column] = belief.mean, belief.sd**-2
        mean[:, LOCATION] += offsets
        return mean, precision

    def widened(self) -> "Priors":
        """With the spread of difficulties taken WIDENING times as wide, as their mode would be pulled in too far."""
        return replace(self, difficulty=replace(self.difficulty, sd=self.difficulty.sd * WIDENING))

    def learn(self, rows: Floats, variance: Floats, offsets: Floats, *, slopes: bool = True) -> "Priors":
        """Re-estimated from rows (items, parameters) at their mode and their posterior variances.

        `slopes` false leaves the prior of log a, as a slope that all items share teaches nothing of their spread.
        """
        slope = self.log_slope
        if slopes:
            slope = _pool(rows[:, LOG_SLOPE], variance[:, LOG_SLOPE], slope, SLOPE)
        places = rows[:, LOCATION] - offsets
        difficulty = _pool(places, variance[:, LOCATION], self.difficulty, DIFFICULTY)
        return replace(self, log_slope=slope, difficulty=difficulty)


def _pool(mode: Floats, variance: Floats, used: Belief, start: Belief, rounds: int = 30) -> Belief:
    """Maximum likelihood of a normal population seen through noise, after taking `used` out of each mode again.

    The fixed point of the score equation Σ w² (x − m)² = Σ w, w = 1 / (τ² + v) (DerSimonian & Laird 1986's model),
    with `start` counting as PSEUDO_ITEMS items.
    """
    telling = 1 / variance > TELLING * used.sd**-2
    if not telling.any():
        return used
    mode, variance = mode[telling], variance[telling]
    own = 1 / variance - used.sd**-2
    noise = 1 / own
    seen = (mode / variance - used.mean * used.sd**-2) / own
    spread = used.sd**2
    mean = used.mean
    for _ in range(rounds):
        weight = 1 / (spread + noise)
        held = PSEUDO_ITEMS / (start.sd**2 + spread)
        mean = (weight @ seen + held * start.mean) / (weight.sum() + held)
        pull = weight**2 @ (seen - mean) ** 2 + PSEUDO_ITEMS * start.sd**2 / spread**2
        spread *= pull / (weight.sum() + PSEUDO_ITEMS / spread)
    return Belief(float(mean), float(np.sqrt(spread)))
