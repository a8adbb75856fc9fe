"""One calibration of everything a store has recorded, put on the scale the online engine lives on. Pure.

The online engine follows each learner from answer to answer; calibration sees all answers at once but takes ability as
constant, so it reads a learner as a row of *occasions* of at most OCCASION answers. It says how well items are known,
whether they fit and whether they have moved; predictions rest on the engine's own parameters.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from adaptive.calibration.estimate import PRETEST, Calibration, calibrate
from adaptive.calibration.fit import Fit, item_fit
from adaptive.calibration.linking import Items, Link, link
from adaptive.calibration.responses import Floats, Integers, from_triples
from adaptive.engine import Parameters
from adaptive.engine.priors import ITEM_STEEPNESS_VARIANCE, ITEM_VARIANCE
from lrs.errors import Conflict

OCCASION = 60
FEWEST_ANSWERS = 200
FEWEST_LEARNERS = 5
FEWEST_ITEMS = 3


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
    `drifted` are anchors that moved apart from the others.
    """

    items: Integers
    difficulty: Floats
    difficulty_se: Floats
    discrimination: Floats
    log_discrimination_se: Floats
    drifted: NDArray[np.bool_]
    found: Calibration
    fit: Fit
    line: Link
    occasions: int


def occasions(learner: Integers) -> Integers:
    """Numbers of the runs of at most OCCASION answers of one learner, (answers,); rows contiguous by learner."""
    starts = np.flatnonzero(np.r_[True, learner[1:] != learner[:-1]]) if learner.size else np.zeros(0, np.int64)
    place = np.arange(learner.size) - np.repeat(starts, np.diff(np.r_[starts, learner.size]))
    return np.asarray(np.cumsum(place % OCCASION == 0) - 1)


def item_set(answers: Answers, parameters: Parameters, skills_of: Mapping[int, tuple[int, ...]]) -> ItemSet:
    """Calibrate all items and link them to the scale of `parameters`. Raises Conflict where there is too little."""
    check(answers)
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
        drifted=drifted,
        found=found,
        fit=fit,
        line=line,
        occasions=shape[0],
    )


def check(answers: Answers) -> None:
    """Raises Conflict where there is too little to calibrate."""
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
