"""One calibration of everything a store has recorded, put on the scale the online engine lives on. Pure.

The online engine follows each learner from answer to answer; calibration sees all answers at once but takes ability as
constant, so it reads a learner as a row of *occasions* of at most OCCASION answers. Both estimate the same items from
the same evidence, so the engine's values move towards the calibrated ones by the share that their uncertainties and the
typical disagreement between the two give, and keep their own variance.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from adaptive.calibration.estimate import PRETEST, Calibration, calibrate
from adaptive.calibration.fit import Fit, item_fit
from adaptive.calibration.graded import LOCATION, LOG_SLOPE
from adaptive.calibration.linking import Items, Link, link
from adaptive.calibration.responses import Floats, Integers, from_triples
from adaptive.engine import Parameters
from adaptive.engine.priors import ITEM_STEEPNESS_VARIANCE, ITEM_VARIANCE
from lrs.errors import Conflict

OCCASION = 60
FEWEST_ANSWERS = 200
FEWEST_LEARNERS = 5
FEWEST_ITEMS = 3
MAD = 1.4826  # median absolute deviation to standard deviation


@dataclass(frozen=True, slots=True)
class Answers:
    """Parallel arrays in fold order, learner after learner: keys of learner and item, score, weight, floor."""

    learner: Integers
    item: Integers
    score: Floats
    weight: Floats
    guessing: Floats


@dataclass(frozen=True, slots=True)
class ItemSet:
    """Calibrated items; `items` are their keys, all arrays are parallel. Scale-bound numbers are the engine's.

    `difficulty` is where a learner knows the answer with probability one half, in logits of ability.
    `trusted` items were answered more than once and are neither misfits nor (`drifted`) anchors that moved; a rarely
    answered one hardly moves, as its interval is wide.
    """

    items: Integers
    difficulty: Floats
    difficulty_se: Floats
    discrimination: Floats
    log_discrimination_se: Floats
    easiness_variance: Floats
    drifted: NDArray[np.bool_]
    found: Calibration
    fit: Fit
    line: Link
    occasions: int

    @property
    def trusted(self) -> NDArray[np.bool_]:
        return np.asarray((self.found.answers > 1) & ~self.fit.misfit & ~self.drifted)


@dataclass(frozen=True, slots=True)
class Placement:
    """New means of one item on its skills, with the variances it keeps."""

    item: int
    skills: tuple[int, ...]
    easiness: float
    variance: float
    discrimination: float
    steepness_variance: float


def occasions(learner: Integers) -> Integers:
    """Numbers of the runs of at most OCCASION answers of one learner, (answers,); rows contiguous by learner."""
    starts = np.flatnonzero(np.r_[True, learner[1:] != learner[:-1]]) if learner.size else np.zeros(0, np.int64)
    place = np.arange(learner.size) - np.repeat(starts, np.diff(np.r_[starts, learner.size]))
    return np.asarray(np.cumsum(place % OCCASION == 0) - 1)


def item_set(answers: Answers, parameters: Parameters, skills_of: Mapping[int, tuple[int, ...]]) -> ItemSet:
    """Calibrate all items and link them to the scale of `parameters`. Raises Conflict where there is too little."""
    _check(answers)
    items, column = np.unique(answers.item, return_inverse=True)
    occasion = occasions(answers.learner)
    shape = (int(occasion[-1]) + 1, items.size)
    responses = from_triples(occasion, column, answers.score, shape=shape, weight=answers.weight)
    floor = np.zeros(items.size)
    np.maximum.at(floor, column, np.minimum(answers.guessing, 0.9))
    found = calibrate(responses, "2pl", floor=floor)
    fit = item_fit(found)
    scale = _scale(parameters, items, skills_of)
    anchors = np.flatnonzero(~found.pretest & ~fit.misfit)
    line = link(_picked(_own(found), anchors), _picked(scale, anchors))
    drifted = np.zeros(items.size, bool)
    drifted[anchors[line.drifted]] = True
    place, slope = line.difficulty(found.b), line.discrimination(found.a)
    return ItemSet(
        items=items,
        difficulty=place,
        difficulty_se=line.slope * found.b_se,
        discrimination=slope,
        log_discrimination_se=found.log_a_se,
        easiness_variance=_easiness_variance(found, line, place, slope),
        drifted=drifted,
        found=found,
        fit=fit,
        line=line,
        occasions=shape[0],
    )


def placements(
    items: ItemSet, parameters: Parameters, skills_of: Mapping[int, tuple[int, ...]], strength: float = 1.0
) -> Sequence[Placement]:
    """Where the trusted items go; `strength` in [0, 1] scales how far."""
    which = np.flatnonzero(items.trusted)
    known = [parameters.items.get(int(items.items[one])) for one in which]
    scale = _picked(_scale(parameters, items.items, skills_of), which)
    easiness, slope = -scale.a * scale.b, scale.a
    own = np.array([one.easiness_variance if one else ITEM_VARIANCE for one in known])
    steep = np.array([one.steepness_variance if one else ITEM_STEEPNESS_VARIANCE for one in known])
    apart = -items.discrimination[which] * items.difficulty[which] - easiness
    apart_slope = items.discrimination[which] - slope
    slope_variance = (items.discrimination * items.log_discrimination_se)[which] ** 2
    easier = easiness + strength * _share(apart, own, items.easiness_variance[which]) * apart
    steeper = slope + strength * _share(apart_slope, steep, slope_variance) * apart_slope
    start = parameters.history[0]
    keys = items.items[which].tolist()
    return [
        Placement(key, skills_of[key], float(e) - start, float(v), float(d), float(s))
        for key, e, v, d, s in zip(keys, easier, own, steeper, steep, strict=True)
    ]


def place(parameters: Parameters, placed: Sequence[Placement]) -> None:
    """Move the items of `parameters`."""
    for one in placed:
        parameters.set_item(
            one.item, one.easiness, one.variance, one.discrimination, one.steepness_variance, one.skills
        )


def _check(answers: Answers) -> None:
    learners, counts = np.unique(answers.learner).size, np.unique(answers.item, return_counts=True)[1]
    items = int((counts >= PRETEST).sum())
    if answers.item.size < FEWEST_ANSWERS or learners < FEWEST_LEARNERS or items < FEWEST_ITEMS:
        raise Conflict(
            f"Too little to calibrate: {answers.item.size} answers of {learners} learners, {items} items with"
            f" {PRETEST:.0f} answers. It takes {FEWEST_ANSWERS}, {FEWEST_LEARNERS} and {FEWEST_ITEMS}."
        )


def _scale(parameters: Parameters, items: Integers, skills_of: Mapping[int, tuple[int, ...]]) -> Items:
    """The engine's own values of items, as discrimination and difficulty."""
    keys = items.tolist()
    slope = np.array([parameters.discrimination(key, skills_of[key]) for key in keys])
    easiness = np.array([parameters.easiness(key, skills_of[key]) for key in keys])
    known = [parameters.items.get(key) for key in keys]
    steep = np.array([one.steepness_variance if one else ITEM_STEEPNESS_VARIANCE for one in known])
    spread = np.array([one.easiness_variance if one else ITEM_VARIANCE for one in known])
    return Items(slope, -easiness / slope, np.zeros(len(keys)), np.sqrt(steep) / slope, np.sqrt(spread) / slope)


def _own(found: Calibration) -> Items:
    return Items(found.a, found.b, found.c, found.log_a_se, found.b_se)


def _picked(items: Items, which: Integers) -> Items:
    return Items(items.a[which], items.b[which], items.c[which], items.log_a_se[which], items.b_se[which])


def _easiness_variance(found: Calibration, line: Link, place: Floats, slope: Floats) -> Floats:
    """Variance of −a b on the engine's scale, by the delta method."""
    covariance = found.covariance
    turn, shift = -slope * place, -slope * line.slope
    variance = turn**2 * covariance[:, LOG_SLOPE, LOG_SLOPE] + shift**2 * covariance[:, LOCATION, LOCATION]
    return np.asarray(variance + 2 * turn * shift * covariance[:, LOG_SLOPE, LOCATION])


def _share(apart: Floats, own: Floats, theirs: Floats) -> Floats:
    """How far to go: the engine's variance over all that separates the two, their typical disagreement included."""
    if apart.size == 0:
        return np.zeros(0)
    spread = (MAD * float(np.median(np.abs(apart - np.median(apart))))) ** 2
    return np.asarray(own / (own + theirs + spread))
