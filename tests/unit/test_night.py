"""A night's calibration on the engine's scale: occasions, linking, how far items move, which side predicts better."""

import numpy as np
import pytest
from scipy.special import expit

from adaptive.calibration.night import OCCASION, Answers, item_set, occasions, place, placements
from adaptive.calibration.trial import log_loss
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
    assert items.trusted.mean() > 0.8


def test_items_move_by_the_share_that_uncertainty_gives() -> None:
    answers, histories, _ = simulated(80)
    parameters = learnt(histories)
    items = item_set(answers, parameters, SKILLS)
    before = {item: parameters.easiness(item, SKILLS[item]) for item in range(30)}
    target = dict(zip(items.items.tolist(), -items.discrimination * items.difficulty, strict=True))
    variances = {item: parameters.items[item].easiness_variance for item in range(30)}
    place(parameters, placements(items, parameters, SKILLS))
    for item in items.items[items.trusted].tolist():
        moved = parameters.easiness(item, SKILLS[item]) - before[item]
        way = target[item] - before[item]
        assert 0 <= moved / way <= 0.8
        assert parameters.items[item].easiness_variance == variances[item]
    for item in items.items[~items.trusted].tolist():
        assert parameters.easiness(item, SKILLS[item]) == before[item]


def test_no_strength_moves_nothing() -> None:
    answers, histories, _ = simulated(60)
    parameters = learnt(histories)
    before = parameters.easiness(3, SKILLS[3])
    place(parameters, placements(item_set(answers, parameters, SKILLS), parameters, SKILLS, 0.0))
    assert parameters.easiness(3, SKILLS[3]) == pytest.approx(before)


def test_calibration_helps_learners_who_were_not_in_it() -> None:
    answers, histories, _ = simulated(400)
    seen = answers.learner < 100
    some = Answers(
        answers.learner[seen], answers.item[seen], answers.score[seen], answers.weight[seen], answers.guessing[seen]
    )
    parameters = learnt(histories[:100])
    before = log_loss(parameters, histories[100:])
    place(parameters, placements(item_set(some, parameters, SKILLS), parameters, SKILLS))
    assert log_loss(parameters, histories[100:]) < before


def test_log_loss_of_the_priors_is_that_of_a_coin_at_first() -> None:
    assert log_loss(Parameters(), [[Response(1, (), None, 1.0)]]) == pytest.approx(np.log(2), abs=0.01)
    assert log_loss(Parameters(), []) == 0.0


def test_too_little_is_said() -> None:
    answers, _, _ = simulated(4)
    with pytest.raises(Conflict, match="Too little to calibrate: 120 answers of 4 learners"):
        item_set(answers, Parameters(), SKILLS)
