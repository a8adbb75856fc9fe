"""What the engine comes to believe: coverage of its intervals, cold starts, explanations and stored bytes."""

import struct
from math import exp, log, sqrt

import numpy as np
import pytest

from adaptive.engine import (
    Counterfactual,
    LearnerState,
    Parameters,
    Prediction,
    Response,
    Term,
    Trace,
    UnreadableParameters,
    UnreadableState,
    UnreadableTrace,
    ability,
    because,
    counterfactual,
    fold,
    learn,
    predict,
    skill_level,
    what_if,
)
from adaptive.engine import priors as prior
from adaptive.engine.slots import PAIR_SLOTS, SHARPNESS
from tests.unit.engine_cases import practised


def known_items(easiness: np.ndarray, steepness: np.ndarray, skills: int) -> Parameters:
    """Parameters of a world where all that is shared is known: items, and no effect of history."""
    parameters = Parameters()
    parameters.history_variance = [1e-6] * len(parameters.history_variance)
    for slot in range(PAIR_SLOTS):
        parameters.pairs[2 * slot + 1] = 1e-6
    for skill in range(skills):
        known = parameters.skills[skill] = parameters.skill(skill)
        known.easiness_variance = known.steepness_variance = 1e-6
    for item, (place, slope) in enumerate(zip(easiness, steepness, strict=True)):
        parameters.set_item(item, place, 1e-4, 1.0 + slope, 1e-6)
    return parameters


@pytest.mark.parametrize(("skills", "length"), [(1, 60), (5, 40), (12, 120)])
def test_intervals_cover_the_truth(skills: int, length: int) -> None:
    """95 % intervals of θ and of levels, over 600 learners who change as the model says."""
    rng = np.random.default_rng(5)
    easiness, steepness = rng.normal(size=150), 0.25 * rng.normal(size=150)
    parameters = known_items(easiness, steepness, skills)
    owner = rng.integers(skills, size=150)
    of_ability, of_level = [], []
    for _ in range(600):
        state = LearnerState()
        theta, form = rng.normal(0, sqrt(prior.SLOW_VARIANCE)), rng.normal(0, sqrt(prior.FORM_VARIANCE))
        deviation = rng.normal(0, sqrt(prior.SKILL_VARIANCE), skills)
        for item, luck in zip(rng.integers(150, size=length), rng.random(length), strict=True):
            skill = int(owner[item])
            theta += rng.normal(0, sqrt(prior.SLOW_DRIFT))
            form = wandered(form, prior.FORM_RETENTION, prior.FORM_VARIANCE, rng)
            deviation[skill] = wandered(deviation[skill], prior.SKILL_RETENTION, prior.SKILL_VARIANCE, rng)
            margin = (1 + steepness[item]) * (theta + form + deviation[skill]) + easiness[item]
            fold(parameters, state, Response(int(item), (skill,), None, float(luck < 1 / (1 + exp(-margin)))))
        of_ability.append(inside(ability(state), theta))
        of_level.append(inside(skill_level(state, 0), theta + deviation[0]))
    assert 0.93 <= np.mean(of_ability) <= 0.97
    assert 0.92 <= np.mean(of_level) <= 0.98


def wandered(value: float, kept: float, variance: float, rng: np.random.Generator) -> float:
    return kept * value + rng.normal(0, sqrt(variance * (1 - kept * kept)))


def inside(interval: tuple[float, float], truth: float) -> bool:
    mean, deviation = interval
    return abs(truth - mean) <= 1.96 * deviation


def test_item_difficulties_are_found() -> None:
    rng = np.random.default_rng(1)
    parameters, truth = Parameters(), rng.normal(size=30)
    for _ in range(400):
        state, theta = LearnerState(), rng.normal()
        for item in rng.permutation(30)[:15]:
            right = rng.random() < 1 / (1 + exp(-(theta + truth[item])))
            response = Response(int(item), (0,), None, float(right))
            learn(parameters, fold(parameters, state, response), response)
    found = [parameters.items[item].easiness for item in range(30)]
    assert np.corrcoef(found, truth)[0, 1] > 0.97


def test_terms_add_up_to_the_logit() -> None:
    parameters, state = practised()
    for skills in ((), (1,), (0, 2), (0, 1, 77)):
        for guessing in (0.0, 0.25):
            found = predict(parameters, state, 3, skills, 4000.0, guessing)
            p = (found.probability - guessing) / (1 - guessing)
            assert sum(term.value for term in found.terms) == pytest.approx(log(p / (1 - p)), abs=1e-9)
            assert len({term.name for term in found.terms}) == len(found.terms) == 9


def test_counterfactual_changes_nothing() -> None:
    parameters, state = practised()
    before = state.encode()
    found = counterfactual(parameters, state, 3, (1,), 4000.0)
    assert state.encode() == before
    assert found.now == predict(parameters, state, 3, (1,), 4000.0).probability
    assert found.if_wrong < found.now < found.if_right


def test_counterfactual_takes_the_fold_itself() -> None:
    """Where history weighs nothing, it is the next prediction but for the ageing of one response."""
    parameters = known_items(np.zeros(3), np.zeros(3), 2)
    found = counterfactual(parameters, state := LearnerState(), 2, (1,), None)
    fold(parameters, state, Response(2, (1,), None, 1.0))
    assert predict(parameters, state, 2, (1,), None).probability == pytest.approx(found.if_right, abs=0.01)


def test_sentences_follow_the_numbers() -> None:
    prediction = Prediction(0.71, 1.0, 1.0, (Term("ability", 1.24), Term("item", -0.33), Term("form", 0.01)))
    assert because(prediction) == "71 %: for it speak general ability (+1.2), against it how easy the item is (−0.3)."
    assert because(Prediction(0.5, 0.0, 1.0, ())) == "50 %: nothing speaks for or against."
    sentence = what_if(Counterfactual(0.71, 0.784, 0.6))
    assert sentence == "If this is answered right: 71 → 78 %; if wrong: 71 → 60 %."


def test_a_new_item_borrows_from_its_skills_items() -> None:
    parameters = Parameters()
    for learner in range(60):
        state = LearnerState()
        for item, (skill, score) in enumerate([(1, 1.0), (2, 0.0), (1, 1.0), (2, 0.0)]):
            response = Response(item, (skill,), 60.0 * learner, score)
            learn(parameters, fold(parameters, state, response), response)
    easy, hard = (predict(parameters, LearnerState(), 1000, (skill,), None).probability for skill in (1, 2))
    assert easy > 0.6
    assert hard < 0.4


def test_a_label_is_a_prior_that_answers_overrule() -> None:
    parameters = Parameters()
    parameters.set_item(7, -2.0, prior.ITEM_VARIANCE)
    labelled = predict(parameters, LearnerState(), 7, (1,), None).probability
    assert labelled < predict(parameters, LearnerState(), 8, (1,), None).probability
    for _ in range(100):
        response = Response(7, (1,), None, 1.0)
        learn(parameters, fold(parameters, LearnerState(), response), response)
    assert predict(parameters, LearnerState(), 7, (1,), None).probability > 0.7


def test_calibrated_items_keep_their_curve_on_their_skills() -> None:
    parameters, _ = practised()
    parameters.set_item(7, 0.4, 0.01, 1.3, 0.01, skills=(1, 2))
    assert parameters.easiness(7, (1, 2)) == pytest.approx(0.4 + parameters.history[0])
    assert parameters.discrimination(7, (1, 2)) == pytest.approx(1.3)


def test_a_learner_starts_on_a_skill_from_half_of_what_they_can_do_on_its_parent() -> None:
    parameters, state = Parameters(), LearnerState()
    for item in range(5):
        fold(parameters, state, Response(item, (1,), None, 1.0))
    alone = predict(parameters, state, 9, (2,), None)
    parameters.set_parent(2, 1)
    borrowed = predict(parameters, state, 9, (2,), None)
    assert borrowed.margin - alone.margin == pytest.approx(0.5 * state.skills[1].slow)
    assert borrowed.margin > alone.margin + 0.05
    fold(parameters, state, Response(9, (2,), None, 1.0))
    assert state.skills[2].slow > 0.5 * state.skills[1].slow


def test_a_new_skill_borrows_from_its_parent() -> None:
    parameters, state = practised()
    parameters.set_parent(500, 1)
    parameters.skills[1].easiness = 1.5
    state.skills[1].slow = 1.0
    orphan = predict(parameters, state, 900, (501,), None).probability
    assert predict(parameters, state, 900, (500,), None).probability > orphan
    response = Response(900, (500,), None, 1.0)
    learn(parameters, fold(parameters, state, response), response)
    assert parameters.skills[500].easiness > 1.5


def test_deltas_in_order_make_the_snapshot() -> None:
    parameters, follower = Parameters(), Parameters()
    state = LearnerState()
    for row in range(20):
        response = Response(row % 3, (row % 2,), 60.0 * row, float(row % 2))
        learn(parameters, fold(parameters, state, response), response)
        parameters.set_parent(row, 0)
        follower.apply(parameters.delta())
    assert follower.snapshot() == parameters.snapshot() == Parameters.restore(parameters.snapshot()).snapshot()
    assert len(parameters.delta()) < 40


def test_a_states_bytes_stay_small() -> None:
    state, parameters = LearnerState(), Parameters()
    for row in range(1000):
        fold(parameters, state, Response(row, (row % 300,), 60.0 * row, 1.0))
    assert len(state.encode()) < 15_000


def test_unreadable_bytes_are_refused_with_a_reason() -> None:
    parameters, state = practised()
    trace = fold(parameters, state, Response(3, (1,), 4000.0, 1.0))
    snapshot = parameters.snapshot()
    for read, refusal, data in (
        (LearnerState.decode, UnreadableState, state.encode()),
        (Parameters.restore, UnreadableParameters, snapshot),
        (Trace.decode, UnreadableTrace, trace.encode()),
    ):
        for broken in (b"", bytes([99]) + data[1:]):
            with pytest.raises(refusal, match="this engine reads"):
                read(broken)
        for broken in (data[:5], data[:-3]):
            with pytest.raises(refusal, match="cut short"):
                read(broken)


def test_predictions_that_are_too_unsure_become_surer() -> None:
    """Learners far apart on known items: answers are clearer than the engine takes them to be, until it has seen so."""
    parameters, rng = known_items(np.zeros(40), np.zeros(40), 1), np.random.default_rng(3)
    for _ in range(150):
        state, theta = LearnerState(), 6.0 * rng.normal()
        for item in range(20):
            right = float(rng.random() < 1 / (1 + exp(-theta)))
            response = Response(item, (0,), None, right)
            learn(parameters, fold(parameters, state, response), response)
    assert parameters.history[SHARPNESS] > 0.02


def test_an_answer_learnt_in_parts_does_not_recalibrate() -> None:
    parameters, state = practised()
    before = parameters.history[SHARPNESS]
    response = Response(3, (1,), 4000.0, 1.0)
    learn(parameters, fold(parameters, state, response), response, 0.5)
    assert parameters.history[SHARPNESS] == before
    learn(parameters, fold(parameters, state, response), response)
    assert parameters.history[SHARPNESS] != before


def test_parameters_saved_by_0_1_0_are_taken_to_be_calibrated() -> None:
    """Its snapshots have no sharpness."""
    parameters, _ = practised()
    parameters.history[SHARPNESS], parameters.history_variance[SHARPNESS] = 0.0, prior.SHARPNESS_VARIANCE
    history, pairs = len(parameters.history) - 1, len(parameters.changes.pairs)
    sizes = (len(parameters.items), len(parameters.skills), 0, history, pairs)
    snapshot = parameters.snapshot()
    end = pairs * struct.calcsize("<Iff")
    start, weight = struct.calcsize("<B5I"), struct.calcsize("<Hdd")
    old = struct.pack("<B5I", 1, *sizes) + snapshot[start : -end - weight] + snapshot[-end:]
    assert Parameters.restore(old).snapshot() == snapshot
