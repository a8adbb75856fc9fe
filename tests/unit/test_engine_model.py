"""The filter: against an independent dense computation, and what must hold for any response."""

from collections.abc import Sequence
from copy import deepcopy
from math import isfinite

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adaptive.engine import (
    LearnerState,
    Parameters,
    Response,
    counterfactual,
    evidence_weight,
    fold,
    guessing_floor,
    learn,
    predict,
)
from adaptive.engine import priors as prior
from adaptive.engine.repeats import ITEMS_REMEMBERED
from adaptive.engine.slots import PAIR_SLOTS, STREAK_CAP, STREAK_KEYS, pair_slot, set_key
from tests.unit.engine_cases import practised, responses, smallest_variance

A, B = 11, 12
SKILL = 5


def dense_step(
    mean: np.ndarray, covariance: np.ndarray, jacobian: np.ndarray, margin: float, score: float
) -> tuple[float, np.ndarray, np.ndarray]:
    """One extended Kalman step with logistic likelihood and a full covariance matrix."""
    spread = jacobian @ covariance @ jacobian
    p = 1 / (1 + np.exp(-margin / np.sqrt(1 + np.pi / 8 * spread)))
    h = p * (1 - p)
    gain = covariance @ jacobian
    return p, mean + gain * (score - p) / (1 + h * spread), covariance - np.outer(gain, gain) * h / (1 + h * spread)


def test_first_answer_is_the_dense_filters() -> None:
    """Components: slow, form, skill, item, item steepness, skill easiness, skill steepness, and 3 + 2 + 8 weights."""
    weights = [prior.BIAS_VARIANCE, prior.OUTCOMES_VARIANCE, prior.PRACTICE_VARIANCE, prior.COUNT_VARIANCE]
    weights += [prior.PAUSE_VARIANCE, prior.SKILL_AFTER_SET_VARIANCE, *prior.EARLIER_SET_VARIANCES]
    weights += [prior.SET_PAUSE_VARIANCE, prior.SET_STREAK_VARIANCE, prior.ITEM_AFTER_ITEM_VARIANCE]
    form = prior.FORM_VARIANCE
    variances = [prior.SLOW_VARIANCE + prior.SLOW_DRIFT, form, prior.SKILL_VARIANCE, prior.ITEM_VARIANCE, 0]
    variances += [prior.SKILL_EASINESS_VARIANCE, 0, *weights]
    jacobian = np.array([1, 1, 1, 1, 0, 1, 0, *[1] * len(weights)], float)
    p, mean, covariance = dense_step(np.zeros(len(variances)), np.diag(variances), jacobian, 0.0, 1.0)

    parameters, state = Parameters(), LearnerState()
    response = Response(A, (SKILL,), None, 1.0)
    trace = fold(parameters, state, response)
    learn(parameters, trace, response)

    skill, item = state.skills[SKILL], parameters.items[A]
    assert trace.probability == p == 0.5
    found = [state.slow, state.form, skill.slow, item.easiness, 0, parameters.skills[SKILL].easiness]
    assert found == pytest.approx(mean[:6], rel=1e-3)
    assert parameters.history[0] == pytest.approx(mean[7], rel=1e-3)
    spread = [state.slow_variance, state.form_variance, skill.slow_variance, item.easiness_variance]
    assert spread == pytest.approx(np.diag(covariance)[:4], rel=1e-3)
    assert state.covariance == pytest.approx(covariance[0, 1], rel=1e-3)


def test_two_skills_share_an_answer() -> None:
    """Each deviation counts 1/√2, each steepness ½ of it: what an answer moves is variance times jacobian."""
    parameters, state = Parameters(), LearnerState()
    state.slow = 1.0
    response = Response(A, (SKILL, SKILL + 1), None, 0.0)
    trace = fold(parameters, state, response)
    learn(parameters, trace, response)
    moved = (state.slow - 1.0) / (prior.SLOW_VARIANCE + prior.SLOW_DRIFT)
    assert moved < -0.1
    item = parameters.items[A]
    step = item.easiness / prior.ITEM_VARIANCE
    assert item.steepness == pytest.approx(prior.ITEM_STEEPNESS_VARIANCE * trace.ability * step)
    for key in response.skills:
        assert state.skills[key].slow == pytest.approx(prior.SKILL_VARIANCE * moved / 2**0.5)
        skill = parameters.skills[key]
        assert skill.easiness == pytest.approx(prior.SKILL_EASINESS_VARIANCE * step)
        assert skill.steepness == pytest.approx(prior.SKILL_STEEPNESS_VARIANCE * trace.ability / 2 * step)


def test_the_streak_that_counts_is_that_of_the_least_practised_skill() -> None:
    parameters, state = Parameters(), LearnerState()
    for skill, score in ((SKILL, 1.0), (SKILL, 1.0), (SKILL + 1, 0.0)):
        fold(parameters, state, Response(A, (skill,), None, score))
    trace = fold(parameters, state, Response(B, (SKILL, SKILL + 1), None, 1.0))
    streaks = [pair_slot(set_key((SKILL, SKILL + 1)), STREAK_KEYS[STREAK_CAP + streak]) for streak in (-1, 2)]
    assert [slot in trace.between for slot in streaks] == [True, False]


def test_an_unsure_steepness_makes_unsure_by_the_square_of_ability() -> None:
    variances = []
    for slow in (0.0, 2.0):
        state = LearnerState()
        state.slow = slow
        variances.append(predict(Parameters(), state, A, (SKILL,), None).variance)
    steepness = prior.ITEM_STEEPNESS_VARIANCE + prior.SKILL_STEEPNESS_VARIANCE
    assert variances[1] - variances[0] == pytest.approx(4 * steepness)


def test_a_counterfactual_is_the_dense_filters() -> None:
    """Of slow, form and two skills; each of these is taken for independent of what went before, so their covariances
    with the others are not kept."""
    parameters, state, skills = Parameters(), LearnerState(), (SKILL, SKILL + 1)
    seen, found = predict(parameters, state, A, skills, None), counterfactual(parameters, state, A, skills, None)
    before = np.diag([prior.SLOW_VARIANCE + prior.SLOW_DRIFT, prior.FORM_VARIANCE, *[prior.SKILL_VARIANCE] * 2])
    jacobian = np.array([1, 1, 0.5**0.5, 0.5**0.5])
    gain, damping = before @ jacobian, 1 + 0.25 * seen.variance
    after = before - np.outer(gain, gain) * 0.25 / damping
    spread = seen.variance - jacobian @ before @ jacobian + after[:2, :2].sum() + np.diag(after)[2:].mean()
    margin = jacobian @ gain * 0.5 / damping
    right = 1 / (1 + np.exp(-margin / np.sqrt(1 + np.pi / 8 * spread)))
    assert [found.now, found.if_right, found.if_wrong] == pytest.approx([0.5, right, 1 - right], rel=5e-5)


def test_golden_sequence() -> None:
    """Right, wrong, right on one skill with known weights: ability and form as the dense filter has them."""
    parameters, state = Parameters(), LearnerState()
    parameters.history_variance = [1e-12] * len(parameters.history_variance)
    for slot in range(PAIR_SLOTS):
        parameters.pairs[2 * slot + 1] = 1e-12
    for item in (A, A + 1, A + 2):
        parameters.set_item(item, 0.5, 1e-12, 1.5, 1e-12)
    mean, covariance = np.zeros(2), np.diag([prior.SLOW_VARIANCE, prior.FORM_VARIANCE])
    for item, score in ((A, 1.0), (A + 1, 0.0), (A + 2, 1.0)):
        keep = np.diag([1, prior.FORM_RETENTION])
        noise = [prior.SLOW_DRIFT, prior.FORM_VARIANCE * (1 - prior.FORM_RETENTION**2)]
        mean, covariance = keep @ mean, keep @ covariance @ keep + np.diag(noise)
        p, mean, covariance = dense_step(mean, covariance, np.array([1.5, 1.5]), 1.5 * mean.sum() + 0.5, score)
        assert fold(parameters, state, Response(item, (), None, score)).probability == pytest.approx(p, rel=1e-4)
    assert [state.slow, state.form] == pytest.approx(mean, rel=1e-3)
    assert [state.slow_variance, state.form_variance] == pytest.approx(np.diag(covariance), rel=1e-3)


@settings(max_examples=60, deadline=None)
@given(st.lists(responses, min_size=1, max_size=25))
def test_any_finite_input_stays_finite_and_loses_no_information(stream: Sequence[Response]) -> None:
    parameters, state = Parameters(), LearnerState()
    for response in stream:
        trace = fold(parameters, state, response)
        learn(parameters, trace, response)
        assert response.guessing <= trace.probability <= 1.0
        assert isfinite(state.slow + state.form + parameters.items[response.item].easiness)
    assert smallest_variance(parameters, state) > 0.0


@pytest.mark.parametrize("score", [0.0, 1.0])
def test_extreme_streaks_stay_finite(score: float) -> None:
    parameters, state = Parameters(), LearnerState()
    for row in range(3000):
        response = Response(row % 40, (SKILL,), None, score)
        trace = fold(parameters, state, response)
        learn(parameters, trace, response)
    assert abs(trace.probability - score) < 0.01
    assert abs(state.slow) < 10
    assert smallest_variance(parameters, state) > 0.0


@pytest.mark.parametrize("score", [0.0, 0.4, 1.0])
def test_an_answer_never_widens_what_it_tells_of(score: float) -> None:
    """Against the drift of the same moment alone."""
    parameters, state = practised()
    unseen = deepcopy(state)
    fold(parameters, unseen, Response(A, (1,), 4000.0, score, weight=1e-9))
    fold(parameters, state, Response(A, (1,), 4000.0, score))
    assert state.slow_variance < unseen.slow_variance
    assert state.form_variance < unseen.form_variance
    assert state.skills[1].slow_variance < unseen.skills[1].slow_variance


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 11), st.floats(-4, 4), st.floats(0.01, 2), st.sampled_from([0.0, 0.25]))
def test_probability_rises_with_ability(item: int, ability: float, more: float, guessing: float) -> None:
    """At equal certainty; what is unsure of an item's discrimination shrinks a probability towards a half."""
    parameters, state = practised()
    for shared in (*parameters.items.values(), *parameters.skills.values()):
        shared.steepness_variance = 0.0
    state.slow = ability
    low = predict(parameters, state, item, (1,), 4000.0, guessing).probability
    state.slow = ability + more
    assert predict(parameters, state, item, (1,), 4000.0, guessing).probability > low >= guessing


def test_predicting_and_folding_leave_the_shared_parameters_alone_and_learning_the_learner() -> None:
    parameters, state = practised()
    shared, learner = parameters.snapshot(), state.encode()
    response = Response(99, (1, 77), 4000.0, 1.0)
    predicted = predict(parameters, state, 99, (1, 77), 4000.0)
    assert state.encode() == learner
    trace = fold(parameters, state, response)
    assert trace.probability == predicted.probability
    assert parameters.snapshot() == shared
    learner = state.encode()
    learn(parameters, trace, response)
    assert state.encode() == learner
    assert response == Response(99, (1, 77), 4000.0, 1.0)


def test_order_of_skills_does_not_matter() -> None:
    parameters, state = practised()
    one, other = (predict(parameters, state, 3, skills, 4000.0) for skills in ((0, 1, 2), (2, 0, 1)))
    assert one.probability == pytest.approx(other.probability, abs=1e-12)


def test_order_of_learners_does_not_matter_to_frozen_parameters() -> None:
    parameters, state = practised()
    states = [deepcopy(state), deepcopy(state)]
    alone = fold(parameters, deepcopy(state), Response(3, (1,), 4000.0, 1.0)).encode()
    fold(parameters, states[0], Response(3, (1,), 4000.0, 0.0))
    assert fold(parameters, states[1], Response(3, (1,), 4000.0, 1.0)).encode() == alone


def test_credit_and_weight_move_ability_in_proportion() -> None:
    parameters, before = practised()

    def moved(score: float, weight: float = 1.0, guessing: float = 0.0) -> float:
        state = deepcopy(before)
        fold(parameters, state, Response(3, (1,), 4000.0, score, weight, guessing))
        return state.slow - before.slow

    assert moved(0.0) < moved(0.5) < moved(1.0)
    assert 0 < moved(1.0, weight=0.25) < moved(1.0, weight=0.5) < moved(1.0)
    assert moved(0.0) < moved(0.0, weight=0.5) < 0
    assert 0 < moved(1.0, guessing=0.5) < moved(1.0)


def test_rest_fades_form_and_widens_ability() -> None:
    parameters, state = practised()
    soon = predict(parameters, state, 3, (1,), 4000.0)
    late = predict(parameters, state, 3, (1,), 4000.0 + 30 * 86400)
    form = [{term.name: term.value for term in each.terms}["form"] for each in (soon, late)]
    assert abs(form[1]) < 0.1 * abs(form[0])
    fold(parameters, late_state := deepcopy(state), Response(3, (1,), 4000.0 + 30 * 86400, 1.0))
    fold(parameters, state, Response(3, (1,), 4000.0, 1.0))
    assert late_state.slow_variance > state.slow_variance


def test_half_an_answer_twice_tells_as_much_as_one() -> None:
    once, twice = Parameters(), Parameters()
    response = Response(A, (SKILL,), None, 1.0)
    trace = fold(once, LearnerState(), response)
    learn(once, trace, response)
    learn(twice, trace, response, 0.5)
    learn(twice, trace, response, 0.5)
    assert once.items[A].easiness < twice.items[A].easiness < 1.5 * once.items[A].easiness
    assert twice.items[A].easiness_variance == pytest.approx(once.items[A].easiness_variance, rel=0.05)


@pytest.mark.parametrize(
    "wrong", [{"score": 1.1}, {"score": float("nan")}, {"weight": 0.0}, {"guessing": 1.0}, {"time": float("inf")}]
)
def test_impossible_responses_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Response(A, (SKILL,), **{"time": 0.0, "score": 1.0, **wrong})


def test_an_answer_weighs_less_for_each_one_before_it_to_the_same_item() -> None:
    parameters, state = Parameters(), LearnerState()
    weights = [fold(parameters, state, Response(A, (), None, 1.0, weight=0.5)).weight for _ in range(4)]
    assert weights == pytest.approx([0.5, 0.25, 0.5 / 3, 0.125])
    assert fold(parameters, state, Response(B, (), None, 1.0)).weight == 1.0


def test_a_repeat_counts_for_more_the_longer_it_is_ago() -> None:
    weights = []
    for days in (0, 1, 7, 365):
        parameters, state = Parameters(), LearnerState()
        fold(parameters, state, Response(A, (), 0.0, 1.0))
        weights.append(fold(parameters, state, Response(A, (), 86400.0 * days, 1.0)).weight)
    assert weights == pytest.approx([1 / 2, 2 / 3, 8 / 9, 366 / 367])


def test_repeats_move_learner_and_item_less() -> None:
    """The same answer to a like item, met before or not, at the same state."""
    parameters, state = practised()
    parameters.items[50], parameters.items[51] = parameters.skill(400), parameters.skill(401)
    moves, places = [], []
    for item in (50, 51):
        learner, shared = deepcopy(state), deepcopy(parameters)
        learner.attempts[50] = 3, 4000.0
        response = Response(item, (1,), 4000.0, 1.0)
        learn(shared, fold(shared, learner, response), response)
        moves.append(learner.slow - state.slow)
        places.append(shared.items[item].easiness)
    assert 0 < moves[0] < 0.5 * moves[1]
    assert 0 < places[0] < 0.5 * places[1]


def test_only_so_many_items_are_remembered() -> None:
    parameters, state = Parameters(), LearnerState()
    for item in (*range(ITEMS_REMEMBERED), 0, 99):
        fold(parameters, state, Response(item, (), None, 1.0))
    assert list(state.attempts) == [*range(2, ITEMS_REMEMBERED), 0, 99]
    assert state.attempts[0] == (2, None)


def test_guessing_and_evidence_weight() -> None:
    assert [guessing_floor(choices) for choices in (None, 0, 1, 4)] == [0.0, 0.0, 0.0, 0.25]
    assert [evidence_weight(), evidence_weight(hints=1), evidence_weight(99)] == [1.0, 0.5, 0.5**6]
