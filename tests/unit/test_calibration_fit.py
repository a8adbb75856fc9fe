"""Item fit keeps its error rate and finds items that do not behave; linking finds the transformation it is given."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.special import expit

from adaptive.calibration import calibrate, from_matrix
from adaptive.calibration.fit import item_fit
from adaptive.calibration.linking import Items, link
from adaptive.calibration.recipe import Design, draw
from adaptive.calibration.responses import Floats


@pytest.mark.parametrize("design", [Design(2000, 40), Design(8000, 300, 30, listed=True)])
def test_items_that_behave_are_rarely_flagged(design: Design) -> None:
    tails = []
    for seed in range(4):
        fit = item_fit(calibrate(draw(design, np.random.default_rng(seed)).responses()))
        assert not fit.misfit.any()
        assert fit.infit == pytest.approx(np.ones(design.items), abs=0.1)
        tails.append(fit.p)
    assert 0.02 < np.mean(np.concatenate(tails) < 0.05) < 0.09


def test_items_that_do_not_behave_are_flagged() -> None:
    rng = np.random.default_rng(0)
    ability, a, b = rng.normal(size=3000), np.exp(0.3 * rng.normal(size=30)), rng.normal(size=30)
    chance = expit(a * (ability[:, None] - b))
    chance[:, 0] = 0.3 + 0.7 * expit(2 * (ability - 1))
    chance[:, 1] = expit(1 - ability)
    chance[:, 2] = 0.2 + 0.6 * (np.abs(ability) < 0.7)
    fit = item_fit(calibrate(from_matrix((rng.random(chance.shape) < chance).astype(float))))
    assert fit.misfit.tolist() == [True] * 3 + [False] * 27


def test_a_guessing_item_fits_once_its_floor_is_known() -> None:
    rng = np.random.default_rng(1)
    ability, b = rng.normal(size=4000), np.linspace(-1, 2, 20)
    right = (rng.random((4000, 20)) < 0.25 + 0.75 * expit(1.5 * (ability[:, None] - b))).astype(float)
    known = item_fit(calibrate(from_matrix(right), floor=np.full(20, 0.25)))
    blind = item_fit(calibrate(from_matrix(right)))
    assert (known.p < 0.01).sum() <= 1
    assert (blind.p < 0.01).sum() >= 5


def test_graded_items_that_behave_fit() -> None:
    rng = np.random.default_rng(2)
    ability, places = rng.normal(size=3000), np.array([-1.0, 0.0, 1.2])
    steps = expit(1.2 * (ability[:, None, None] - rng.normal(size=(15, 1)) - places))
    scores = (rng.random((3000, 15))[:, :, None] < steps).sum(2).astype(float)
    fit = item_fit(calibrate(from_matrix(scores), "grm"))
    assert (fit.p < 0.01).sum() <= 1
    assert not fit.misfit.any()


@given(arrays(float, (30, 3), elements=st.sampled_from([0.0, 1.0, 0.5, np.nan])))
@settings(max_examples=30, deadline=None)
def test_fit_of_any_pattern_is_finite_or_unsaid(scores: Floats) -> None:
    fit = item_fit(calibrate(from_matrix(scores)))
    said = ~np.isnan(fit.p)
    for numbers in (fit.infit, fit.outfit, fit.infit_z, fit.outfit_z, fit.chi_square, fit.deviation):
        assert np.isfinite(numbers[said]).all()
    assert ((fit.p[said] >= 0) & (fit.p[said] <= 1)).all()


def anchors(seed: int, count: int = 40) -> Items:
    rng = np.random.default_rng(seed)
    error = np.full(count, 0.05)
    return Items(np.exp(0.3 * rng.normal(size=count)), rng.normal(size=count), np.zeros(count), error, error)


def moved(items: Items, slope: float, intercept: float, noise: float = 0.0) -> Items:
    """The same items as seen on a scale from which slope and intercept lead back."""
    rng = np.random.default_rng(9)
    jitter = noise * rng.normal(size=(2, items.b.size))
    a, b = items.a * slope * np.exp(jitter[0]), (items.b - intercept) / slope + jitter[1]
    return Items(a, b, items.c, items.log_a_se, items.b_se)


@given(st.floats(0.5, 2.0), st.floats(-2, 2), st.integers(3, 40))
@settings(max_examples=40, deadline=None)
def test_linking_recovers_a_known_transformation(slope: float, intercept: float, count: int) -> None:
    old = anchors(1, count)
    found = link(moved(old, slope, intercept), old)
    assert found.slope == pytest.approx(slope, rel=1e-4)
    assert found.intercept == pytest.approx(intercept, abs=1e-3)
    assert not found.drifted.any()


def test_linking_leaves_out_anchors_that_drifted() -> None:
    old = anchors(2)
    new = moved(old, 1.2, -0.4, noise=0.05)
    new.b[:8] += 0.8
    new.a[8:10] *= 2
    found = link(new, old)
    assert found.slope == pytest.approx(1.2, abs=0.04)
    assert found.intercept == pytest.approx(-0.4, abs=0.04)
    assert found.drifted[:10].all()
    assert found.drifted[10:].sum() <= 1


def test_linking_carries_parameters_over() -> None:
    old = anchors(3)
    new = moved(old, 0.8, 0.3)
    found = link(new, old)
    assert found.difficulty(new.b) == pytest.approx(old.b, abs=1e-3)
    assert found.discrimination(new.a) == pytest.approx(old.a, rel=1e-3)


def test_few_anchors_shift_the_scale_and_none_leave_it() -> None:
    old = anchors(4, 2)
    found = link(moved(old, 1.0, 0.5), old)
    assert (found.slope, found.anchors) == (1.0, 2)
    assert found.intercept == pytest.approx(0.5)
    nothing = link(anchors(4, 0), anchors(4, 0))
    assert (nothing.slope, nothing.intercept, nothing.anchors) == (1.0, 0.0, 0)


def test_two_nights_of_the_same_items_agree_after_linking() -> None:
    rng = np.random.default_rng(6)
    a, b = np.exp(0.3 * rng.normal(size=60)), rng.normal(size=60)

    def night(mean: float, spread: float) -> Items:
        ability = mean + spread * rng.normal(size=3000)
        right = rng.random((3000, 60)) < expit(a * (ability[:, None] - b))
        found = calibrate(from_matrix(right.astype(float)))
        return Items(found.a, found.b, found.c, found.log_a_se, found.b_se)

    first, second = night(0.0, 1.0), night(0.7, 1.3)
    found = link(second, first)
    assert found.slope == pytest.approx(1.3, abs=0.06)
    assert found.intercept == pytest.approx(0.7, abs=0.06)
    assert np.sqrt(np.mean((found.difficulty(second.b) - first.b) ** 2)) < 0.12
