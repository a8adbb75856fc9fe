"""What practising a skill is worth: how soon it reaches its cut, what it then unlocks, and what stands in the way.

Works on weighted levels (M, K): the particles of a tracked belief, or the quadrature nodes of a Gaussian one.
Learning follows the zone of proximal development: a step moves the level by
rate · gate^(missing prerequisites) · 4p(1 − p) · (ceiling − level) / ceiling, with p the chance of success.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

Floats = NDArray[np.float64]
Reals = NDArray[np.floating[Any]]

NODES, NODE_WEIGHTS = np.polynomial.hermite_e.hermegauss(9)
NODE_WEIGHTS = NODE_WEIGHTS / NODE_WEIGHTS.sum()
MATCH = 0.9  # 4p(1 − p) of a well chosen item
UNLOCK = 0.15


@dataclass(frozen=True, slots=True)
class Growth:
    """How practice moves a level. rate: logits a step at best; gate: per missing prerequisite; ceiling: logits."""

    rate: float = 0.35
    gate: float = 0.15
    ceiling: float = 3.0


def steps_left(levels: Reals, cut: Reals, rate: Reals, ceiling: Reals | float) -> Reals:
    """Practice steps until each level reaches its cut; 0 where it is there. `rate` includes the gate; all broadcast.

    The growth equation solved for time: dl/dt = rate · MATCH · (ceiling − l) / ceiling.
    """
    ahead = np.log((ceiling - np.minimum(levels, cut)) / (ceiling - cut))
    return np.asarray(ahead * ceiling / (rate * MATCH))


def urgency(steps: Reals, unlocks: Reals) -> Reals:
    """Skills gained per step of practice: 1 / steps, at most 1, raised by what it unlocks; 0 where none is left."""
    return np.asarray((1 + UNLOCK * unlocks) / np.maximum(steps, 1.0) * (steps > 0))


@dataclass(frozen=True, slots=True)
class SkillValue:
    """All (K,): worth is skills gained per step; mastery is P(level ≥ cut); readiness the expected gate, at most 1."""

    worth: Floats
    mastery: Floats
    readiness: Floats
    unlocks: Floats


def of_gaussian(
    mean: Floats, sd: Floats, cut: Floats, edges: tuple[NDArray[np.intp], NDArray[np.intp]], growth: Growth
) -> SkillValue:
    """The value of each of K skills under independent Gaussian levels; edges are (skill, prerequisite) rows.

    Gates are taken in the mean field: a prerequisite counts with its probability of being mastered.
    """
    levels = mean + NODES[:, None] * sd
    mastery = ndtr((mean - cut) / np.maximum(sd, 1e-9))
    skill, prerequisite = edges
    open_share = mastery + growth.gate * (1 - mastery)
    log_gate = np.bincount(skill, np.log(open_share[prerequisite]), minlength=len(mean))
    readiness = np.exp(log_gate)
    unlocks = np.bincount(prerequisite, 1 - mastery[skill], minlength=len(mean)).astype(float)
    ceiling = np.maximum(growth.ceiling, cut + 1.0)
    steps = steps_left(levels, cut, growth.rate * readiness, ceiling)
    return SkillValue(NODE_WEIGHTS @ urgency(steps, unlocks), mastery, readiness, unlocks)
