"""Calibrations whose truth is known, drawn and scored the same way every time.

θ ~ N(0, 1) of the learners, a = exp(.3 N(0, 1)) and b ~ N(0, 1) of the items, X = U < σ(a (θ − b)), in this order
from one generator; then, for sparse designs, which `each` items a learner answers. Errors are taken without
relinking the scale.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from adaptive.calibration.estimate import Calibration
from adaptive.calibration.responses import Floats, Integers, Responses, from_triples

NINETY_FIVE = 1.959964


@dataclass(frozen=True, slots=True)
class Design:
    """So many learners and items; each learner answers `each` items, or all of them.

    `listed` designs are drawn without the full matrix, which would not fit in memory.
    """

    learners: int
    items: int
    each: int | None = None
    listed: bool = False


@dataclass(frozen=True, slots=True)
class Anchor:
    """Published by another implementation on the same design: errors of b and a, seconds."""

    name: str
    b: float
    a: float
    seconds: float


DESIGNS = (Design(1000, 50), Design(5000, 100), Design(20_000, 500, 30), Design(100_000, 20_000, 30, listed=True))
ANCHORS = {
    DESIGNS[0]: (Anchor("mirt 1.2", 0.123, 0.094, 0.053), Anchor("girth 0.8", 0.123, 0.094, 1.7)),
    DESIGNS[1]: (Anchor("mirt 1.2", 0.0577, 0.0443, 0.34), Anchor("girth 0.8", 0.0577, 0.0443, 11.0)),
    DESIGNS[2]: (Anchor("mirt 1.2", 0.1085, 0.096, 2.9),),
}


@dataclass(frozen=True, slots=True)
class Score:
    """Root mean square errors, share of 95 % intervals that hold the truth (of log a for the slope)."""

    b_rmse: float
    a_rmse: float
    b_coverage: float
    a_coverage: float
    converged: bool


@dataclass(frozen=True, slots=True)
class Drawn:
    """The true `a` and `b` (items,), and the answers as parallel `learner`, `item`, `score`."""

    design: Design
    a: Floats
    b: Floats
    learner: Integers
    item: Integers
    score: Floats

    def responses(self) -> Responses:
        shape = (self.design.learners, self.design.items)
        return from_triples(self.learner, self.item, self.score, shape=shape)


def draw(design: Design, rng: np.random.Generator) -> Drawn:
    """One data set."""
    ability = rng.standard_normal(design.learners)
    a = np.exp(0.3 * rng.standard_normal(design.items))
    b = rng.standard_normal(design.items)
    if design.listed:
        learner, item = _listed(design, rng)
        chance = expit(a[item] * (ability[learner] - b[item]))
        return Drawn(design, a, b, learner, item, (rng.random(item.size) < chance).astype(float))
    right = rng.random((design.learners, design.items)) < expit(a * (ability[:, None] - b))
    given = np.ones(right.shape, bool)
    if design.each is not None:
        given = np.argsort(rng.random(right.shape), 1) < design.each
    learner, item = np.nonzero(given)
    return Drawn(design, a, b, learner, item, right[given].astype(float))


def _listed(design: Design, rng: np.random.Generator) -> tuple[Integers, Integers]:
    """Distinct items for each learner, drawn without a full matrix."""
    each = design.each or design.items
    picks = np.sort(rng.integers(0, design.items - each + 1, (design.learners, each)), 1) + np.arange(each)
    return np.repeat(np.arange(design.learners), each), picks.ravel()


def judge(found: Calibration, drawn: Drawn) -> Score:
    """Estimates against the truth they were drawn from."""
    b_off, a_off, log_a_off = found.b - drawn.b, found.a - drawn.a, np.log(found.a) - np.log(drawn.a)
    return Score(
        b_rmse=float(np.sqrt(np.mean(b_off**2))),
        a_rmse=float(np.sqrt(np.mean(a_off**2))),
        b_coverage=float(np.mean(np.abs(b_off) <= NINETY_FIVE * found.b_se)),
        a_coverage=float(np.mean(np.abs(log_a_off) <= NINETY_FIVE * found.log_a_se)),
        converged=found.converged,
    )
