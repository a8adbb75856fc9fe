"""A night's calibration on the engine's scale: occasions, linking, how far items move, which side predicts better."""

import numpy as np
import pytest
from scipy.special import expit

from adaptive.calibration.night import OCCASION, Answers, item_set, occasions
from adaptive.engine import LearnerState, Parameters, Response, fold, learn
from lrs.errors import Conflict

SKILLS = dict.fromkeys(range(30), (7,))


def simulated(learners: int = 200, seed: int = 0) -> tuple[Answers, list[list[Response]], np.ndarray]:
    """Learners whose abilities spread as the engine expects, on thirty items; their histories; true easiness."""
    rng = np.random.default_rng(seed)
    ability, easiness = 1.4 * rng.normal(size=learners), rng.normal(size=30)
    right = (rng.random((learners, 30)) < expit(ability[:, None] + easiness)).astype(float)
    orders = [rng.permutation(30) for _ in range(learners)]
    histories = [
        [Response(int(item), SKILLS[int(item)], None, right[person, item]) for item in order]
        for person, order in enumerate(orders)
    ]
    item = np.concatenate(orders)
    learner = np.repeat(np.arange(learners), 30)
    ones = np.ones(item.size)
    return Answers(learner, item, right[learner, item], ones, 0 * ones), histories, easiness


def learnt(histories: list[list[Response]]) -> Parameters:
    parameters = Parameters()
    for history in histories:
        state = LearnerState()
        for response in history:
            learn(parameters, fold(parameters, state, response), response)
    return parameters


def test_occasions_are_runs_of_one_learner() -> None:
    learner = np.repeat([4, 9, 2], [OCCASION + 1, 3, OCCASION])
    found = occasions(learner)
    assert np.bincount(found).tolist() == [OCCASION, 1, 3, OCCASION]
    assert occasions(np.zeros(0, np.int64)).size == 0


def test_calibrated_items_are_on_the_engines_scale() -> None:
    answers, histories, easiness = simulated()
    parameters = learnt(histories)
    items = item_set(answers, parameters, SKILLS)
    assert items.found.converged
    estimate = -items.discrimination * items.difficulty
    assert np.corrcoef(estimate, easiness)[0, 1] > 0.97
    online = np.array([parameters.easiness(item, SKILLS[item]) for item in range(30)])
    assert np.median(estimate - online) == pytest.approx(0, abs=0.2)
    assert np.median(items.discrimination) == pytest.approx(
        np.median([parameters.discrimination(item, SKILLS[item]) for item in range(30)]), rel=0.15
    )


def test_too_little_is_said() -> None:
    answers, _, _ = simulated(4)
    with pytest.raises(Conflict, match="Too little to calibrate: 120 answers of 4 learners"):
        item_set(answers, Parameters(), SKILLS)
