"""Calibration against simulated truth: recovery, coverage, monotone ascent, and finite answers to odd data."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.integrate import quad
from scipy.special import expit
from scipy.stats import norm

from adaptive.calibration import Calibration, Priors, acceleration, calibrate, from_matrix, from_triples, uncertainty
from adaptive.calibration.correction import cubature
from adaptive.calibration.graded import Graded
from adaptive.calibration.quadrature import for_length
from adaptive.calibration.recipe import Design, draw, judge
from adaptive.calibration.responses import Floats
from lrs.errors import BadRequest


def rmse(estimate: Floats, truth: Floats) -> float:
    return float(np.sqrt(np.mean((estimate - truth) ** 2)))


def within(estimate: Floats, error: Floats, truth: Floats) -> float:
    return float(np.mean(np.abs(estimate - truth) <= 1.96 * error))


def simulated(seed: int, learners: int, chance_of: object = None) -> tuple[Floats, Floats, Floats, np.random.Generator]:
    """Abilities, slopes, difficulties of 30 items."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=learners), np.exp(0.3 * rng.normal(size=30)), rng.normal(size=30), rng


def run(design: Design, seed: int) -> tuple[Calibration, object]:
    drawn = draw(design, np.random.default_rng(seed))
    found = calibrate(drawn.responses())
    return found, judge(found, drawn)


def test_the_recipe_is_met_with_room() -> None:
    scores = [judge(calibrate(one.responses()), one) for one in (draw(Design(5000, 100), rng) for rng in seeds(3))]
    assert np.mean([score.b_rmse for score in scores]) < 0.0575
    assert np.mean([score.a_rmse for score in scores]) < 0.0443
    assert all(score.converged for score in scores)


def test_full_designs_cover_the_truth() -> None:
    scores = [judge(calibrate(one.responses()), one) for one in (draw(Design(1000, 50), rng) for rng in seeds(16))]
    assert 0.93 < np.mean([score.b_coverage for score in scores]) < 0.97
    assert 0.93 < np.mean([score.a_coverage for score in scores]) < 0.97


def test_sparse_designs_cover_the_truth() -> None:
    design = Design(6000, 600, 20, listed=True)
    scores = [judge(calibrate(one.responses()), one) for one in (draw(design, rng) for rng in seeds(4))]
    assert 0.93 < np.mean([score.b_coverage for score in scores]) < 0.97
    assert 0.93 < np.mean([score.a_coverage for score in scores]) < 0.97


def seeds(count: int) -> list[np.random.Generator]:
    return [np.random.default_rng(seed) for seed in range(count)]


def test_1pl_finds_one_slope() -> None:
    ability, _, b, rng = simulated(0, 3000)
    right = rng.random((3000, 30)) < expit(1.3 * (ability[:, None] - b))
    found = calibrate(from_matrix(right.astype(float)), "1pl")
    assert np.ptp(found.a) == 0
    assert abs(found.a[0] - 1.3) < 3 * found.a_se[0]
    assert rmse(found.b, b) < 0.06
    assert within(found.b, found.b_se, b) > 0.85


def test_1pl_intervals_agree_between_few_and_many_items(monkeypatch: pytest.MonkeyPatch) -> None:
    ability, _, b, rng = simulated(1, 2000)
    responses = from_matrix((rng.random((2000, 30)) < expit(ability[:, None] - b)).astype(float))
    whole = calibrate(responses, "1pl")
    monkeypatch.setattr(uncertainty, "WHOLE", 0)
    coupled = calibrate(responses, "1pl")
    assert coupled.b_se == pytest.approx(whole.b_se, rel=0.12)
    assert coupled.a_se == pytest.approx(whole.a_se, rel=0.35)


def test_2pl_intervals_agree_between_few_and_many_items(monkeypatch: pytest.MonkeyPatch) -> None:
    responses = draw(Design(1500, 40), np.random.default_rng(3)).responses()
    whole = calibrate(responses)
    monkeypatch.setattr(uncertainty, "WHOLE", 0)
    coupled = calibrate(responses)
    assert coupled.b_se == pytest.approx(whole.b_se, rel=0.03)
    assert coupled.log_a_se == pytest.approx(whole.log_a_se, rel=0.03)


def test_3pl_finds_guessing() -> None:
    ability, a, b, rng = simulated(0, 6000)
    guess = rng.uniform(0.1, 0.3, 30)
    right = rng.random((6000, 30)) < guess + (1 - guess) * expit(1.5 * a * (ability[:, None] - b))
    found = calibrate(from_matrix(right.astype(float)), "3pl")
    assert rmse(found.c, guess) < 0.05
    assert rmse(found.b, b) < 0.12
    assert within(found.b, found.b_se, b) > 0.85
    known = calibrate(from_matrix(right.astype(float)), "2pl", floor=guess)
    assert rmse(known.b, b) < rmse(found.b, b)
    assert (known.c == guess).all()


def graded(seed: int) -> tuple[Floats, Floats, Floats]:
    """Scores of 3000 learners on 30 items of 2 to 5 categories, with true slopes and thresholds (NaN beyond)."""
    ability, a, b, rng = simulated(seed, 3000)
    categories = rng.integers(2, 6, 30)
    thresholds = 0.6 * b[:, None] + np.cumsum(rng.uniform(0.5, 1.1, (30, 4)), 1) - 2
    thresholds[np.arange(4) >= categories[:, None] - 1] = np.nan
    steps = expit(a[:, None] * (ability[:, None, None] - thresholds))
    return (rng.random((3000, 30))[:, :, None] < steps).sum(2).astype(float), a, thresholds


def test_graded_responses_recover_their_thresholds() -> None:
    shares = []
    for seed in range(3):
        scores, a, thresholds = graded(seed)
        found = calibrate(from_matrix(scores), "grm")
        own = ~np.isnan(thresholds)
        assert (np.isnan(found.thresholds) == ~own).all()
        assert rmse(found.thresholds[own], thresholds[own]) < 0.1
        assert rmse(found.a, a) < 0.08
        assert (np.diff(found.thresholds, axis=1)[own[:, 1:]] > 0).all()
        shares.append(within(found.thresholds[own], found.threshold_se[own], thresholds[own]))
    assert 0.9 < np.mean(shares) < 0.99


def test_graded_with_two_categories_is_the_2pl() -> None:
    responses = draw(Design(400, 12), np.random.default_rng(5)).responses()
    two, many = calibrate(responses, "2pl"), calibrate(responses, "grm")
    assert (two.rows == many.rows).all()
    assert (two.covariance == many.covariance).all()


def test_the_log_posterior_never_falls() -> None:
    for model in ("1pl", "2pl", "3pl"):
        found = calibrate(draw(Design(700, 20), np.random.default_rng(2)).responses(), model, tolerance=1e-6)
        heights = np.array(found.ascent.objective)
        assert found.converged
        assert (np.diff(heights) >= -1e-7 * np.abs(heights[:-1])).all()


def test_the_marginal_likelihood_is_the_integral() -> None:
    responses = draw(Design(40, 6), np.random.default_rng(1)).responses()
    found = calibrate(responses)
    answers = responses.table.toarray().reshape(40, 6, 2)[:, :, 1]
    rows = found.mode

    def joint(theta: float, right: Floats) -> float:
        chance = expit(np.exp(rows[:, 0]) * (theta - rows[:, 1]))
        return float(norm.pdf(theta) * np.prod(np.where(right == 1, chance, 1 - chance)))

    integral = sum(np.log(quad(joint, -8, 8, args=(right,))[0]) for right in answers)
    assert found.estimation.expect(rows).log_likelihood == pytest.approx(integral, abs=1e-3)


def test_learners_in_another_order_give_the_same_items() -> None:
    drawn = draw(Design(500, 15, 10), np.random.default_rng(4))
    there = calibrate(drawn.responses())
    turned = calibrate(from_triples(499 - drawn.learner, drawn.item, drawn.score, shape=(500, 15)))
    assert turned.rows == pytest.approx(there.rows, abs=1e-3)


@given(arrays(float, (7, 4), elements=st.sampled_from([0.0, 1.0, np.nan])), st.sampled_from(["1pl", "2pl", "3pl"]))
@settings(max_examples=60, deadline=None)
def test_any_pattern_gives_finite_items(scores: Floats, model: str) -> None:
    found = calibrate(from_matrix(scores), model)
    for numbers in (found.a, found.b, found.c, found.a_se, found.b_se):
        assert np.isfinite(numbers).all()
    assert (found.b_se > 0).all()
    assert found.pretest.all()


@given(arrays(float, (9, 3), elements=st.sampled_from([0.0, 1.0, 2.0, 3.0, np.nan])))
@settings(max_examples=60, deadline=None)
def test_any_graded_pattern_gives_finite_items(scores: Floats) -> None:
    found = calibrate(from_matrix(scores, [4, 4, 4]), "grm")
    assert np.isfinite(found.thresholds).all()
    assert np.isfinite(found.threshold_se).all()
    assert (np.diff(found.thresholds, axis=1) > 0).all()


def test_hopeless_items_stay_at_their_prior() -> None:
    drawn = draw(Design(800, 20), np.random.default_rng(0))
    scores = drawn.score.reshape(800, 20).copy()
    scores[:, 0], scores[:, 1], scores[:, 2] = 1.0, 0.0, np.nan
    scores[0, 1:] = np.nan
    found = calibrate(from_matrix(scores))
    assert found.converged
    assert found.b[0] < -2
    assert found.b[1] > 2
    assert found.b_se[:2].min() > 3 * np.median(found.b_se)
    assert found.b[2] == pytest.approx(found.priors.difficulty.mean, abs=0.05)
    assert found.b_se[2] == pytest.approx(found.priors.difficulty.sd, rel=0.05)
    assert found.pretest.tolist() == [False, False, True] + [False] * 17
    assert rmse(found.b[3:], drawn.b[3:]) < 0.2


@pytest.mark.parametrize("seed", range(3))
def test_learners_of_three_answers_teach_no_prior(seed: int) -> None:
    """So few do not tell steep items from unlike learners; what slopes were learnt from them ran away."""
    drawn = draw(Design(5000, 80, 3), np.random.default_rng(seed))
    found = calibrate(drawn.responses())
    assert found.priors == Priors()
    assert rmse(np.log(found.a), np.log(drawn.a)) < 0.35
    assert rmse(found.b, drawn.b) < 0.35
    assert within(found.b, found.b_se, drawn.b) > 0.9
    assert within(np.log(found.a), found.log_a_se, np.log(drawn.a)) > 0.9


@pytest.mark.parametrize("score", [0.0, 1.0])
def test_answers_that_are_all_alike_leave_items_near_their_prior(score: float) -> None:
    found = calibrate(from_matrix(np.full((200, 100), score)))
    assert found.converged
    assert found.priors == Priors()
    assert np.abs(found.b).max() < 4
    assert found.a.max() < 3


def test_an_expected_difficulty_is_a_prior() -> None:
    scores = draw(Design(300, 10), np.random.default_rng(0)).score.reshape(300, 10).copy()
    scores[:, :2] = np.nan
    expected = np.array([1.5, -1.5, *[0.0] * 8])
    found = calibrate(from_matrix(scores), expected_difficulty=expected)
    assert found.b[0] - found.b[1] == pytest.approx(3.0, abs=0.1)


def test_no_answers_at_all() -> None:
    for shape in ((0, 3), (4, 3), (4, 1)):
        found = calibrate(from_matrix(np.full(shape, np.nan)))
        assert found.b == pytest.approx(np.zeros(shape[1]), abs=1e-6)


def test_half_credit_is_half_an_answer_each_way() -> None:
    whole = from_triples([0, 1, 1], [0, 1, 0], [0.5, 1, 0], shape=(2, 2))
    assert whole.table.toarray().tolist() == [[0.5, 0.5, 0, 0], [1, 0, 0, 1]]
    assert whole.answers.tolist() == [2, 1]


@pytest.mark.parametrize(
    ("scores", "categories", "sentence"),
    [
        ([[0.0, 2.5]], [2, 4], "whole number from 0 to 3"),
        ([[-1.0]], None, "Item 0 has the score -1"),
        ([[np.inf]], None, "Item 0 has the score inf"),
        ([[3.0]], [3], "whole number from 0 to 2"),
        ([[1.0]], [1], "two or more"),
        ([1.0], None, "two dimensions"),
    ],
)
def test_scores_no_model_can_read_are_refused(scores: object, categories: object, sentence: str) -> None:
    with pytest.raises(BadRequest, match=sentence):
        from_matrix(scores, categories)  # type: ignore[arg-type]


def test_arguments_no_model_can_read_are_refused() -> None:
    binary, wide = from_matrix([[1.0, 0.0]]), from_matrix([[2.0, 0.0]])
    with pytest.raises(BadRequest, match="use one of"):
        calibrate(binary, "5pl")
    with pytest.raises(BadRequest, match="use grm"):
        calibrate(wide, "2pl")
    with pytest.raises(BadRequest, match="floors"):
        calibrate(binary, floor=np.array([0.2, 1.0]))
    with pytest.raises(BadRequest, match="finite"):
        calibrate(binary, expected_difficulty=np.array([0.2, np.nan]))
    with pytest.raises(BadRequest, match="outside 0…1"):
        from_triples([0], [2], [1.0], shape=(1, 2))
    with pytest.raises(BadRequest, match="weight"):
        from_triples([0], [0], [1.0], shape=(1, 2), weight=[-1.0])
    with pytest.raises(BadRequest, match="one length"):
        from_triples([0, 0], [0], [1.0], shape=(1, 2))


@given(st.integers(2, 5), st.integers(0, 2**32 - 1))
@settings(max_examples=40, deadline=None)
def test_gradients_are_the_derivatives(categories: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    kinds = np.array([2, categories])
    model = Graded(kinds, np.array([0.2, 0.0]), guessing=categories == 2)
    rows, nodes = 0.7 * rng.normal(size=(2, model.parameters)), np.linspace(-3, 3, 5)
    log_p, gradient = model.tables(rows, nodes)
    assert np.exp(log_p[0, :2]).sum(0) == pytest.approx(1)
    assert np.exp(log_p[1, :categories]).sum(0) == pytest.approx(1)
    for parameter in range(model.parameters):
        nudge = np.zeros(model.parameters)
        nudge[parameter] = 1e-6
        slope = (model.tables(rows + nudge, nodes)[0] - model.tables(rows - nudge, nodes)[0]) / 2e-6
        held = np.where(model.used[:, parameter, None, None], gradient[:, parameter], slope)
        assert held == pytest.approx(slope, abs=1e-5)


def test_nodes_grow_with_the_test_and_integrate_the_population() -> None:
    short, long = for_length(5), for_length(400)
    assert short.nodes.size < long.nodes.size
    for nodes in (short, long):
        weight = np.exp(nodes.log_weights)
        assert weight.sum() == pytest.approx(1)
        assert weight @ nodes.nodes**2 == pytest.approx(1, abs=2e-4)


@pytest.mark.parametrize("dimensions", [1, 2, 3, 5])
def test_the_cubature_is_of_degree_five(dimensions: int) -> None:
    points, weights = cubature(dimensions)
    table, weight = np.array(points), np.array(weights)
    assert weight.sum() == pytest.approx(1)
    assert weight @ table[:, 0] ** 2 == pytest.approx(1)
    assert weight @ table[:, 0] ** 4 == pytest.approx(3)
    if dimensions > 1:
        assert weight @ (table[:, 0] ** 2 * table[:, 1] ** 2) == pytest.approx(1)


def test_squarem_needs_few_steps_where_plain_iteration_needs_many() -> None:
    rates = np.array([0.99, 0.9, 0.3])

    def step(point: Floats) -> tuple[Floats, float]:
        return rates * point, -float(point @ point)

    found = acceleration.climb(step, np.ones(3), 1e-8, 200)
    assert found.converged
    assert np.abs(found.point).max() < 1e-5
    assert found.evaluations < 80
    assert (np.diff(found.objective) >= 0).all()


def test_given_priors_can_be_held() -> None:
    responses = draw(Design(300, 10), np.random.default_rng(0)).responses()
    held = Priors(learnt=False)
    assert calibrate(responses, priors=held).priors == held
    assert calibrate(responses).priors != held


def test_items_that_tell_nothing_leave_their_kind_as_it_was() -> None:
    rng = np.random.default_rng(7)
    for _ in range(40):
        found = calibrate(from_matrix(rng.integers(0, 2, (33, 2)).astype(float)))
        assert found.priors.log_slope.sd < 1.5
        assert found.priors.difficulty.sd < 3.0
        assert np.abs(found.rows).max() < 6
