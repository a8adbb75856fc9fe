"""The self-audit: histogram scores against the exact ones, drift alarms that come soon and rarely by mistake."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adaptive import scoring
from adaptive.audit.scores import BINS, FAMILIAR, NEW_ITEM, NEW_LEARNER, Cell, bin_of, familiarity, loss, summary
from adaptive.audit.watch import LIMIT, Drift, Watch, evidence_of, worse


def cells(probabilities: np.ndarray, outcomes: np.ndarray) -> list[dict[str, float]]:
    bins: dict[int, Cell] = {}
    for p, y in zip(probabilities.tolist(), outcomes.tolist(), strict=True):
        bins.setdefault(bin_of(p), Cell()).add(p, y, 0.5)
    names = Cell.__slots__
    return [{"bin": number, **{name: getattr(cell, name) for name in names}} for number, cell in bins.items()]


def test_the_histogram_agrees_with_the_exact_scores() -> None:
    rng = np.random.default_rng(0)
    p = rng.beta(2, 1.5, 20_000)
    y = (rng.random(p.size) < p**1.3).astype(float)
    found = summary(cells(p, y))
    assert found is not None
    assert found.count == 20_000
    assert found.auc == pytest.approx(scoring.auc(y, p), abs=1e-3)
    assert found.log_loss == pytest.approx(scoring.log_loss(y, p))
    assert found.rmse == pytest.approx(scoring.rmse(y, p))
    assert found.calibration_error == pytest.approx(scoring.calibration_error(y, p))
    assert found.challenger_log_loss == pytest.approx(np.log(2))
    assert sum(count for _, _, count in found.curve) == 20_000
    assert all(seen < told for told, seen, _ in found.curve)


def test_cells_of_several_courses_add_up() -> None:
    rng = np.random.default_rng(1)
    p, y = rng.random(500), rng.integers(0, 2, 500).astype(float)
    parts, whole = summary([*cells(p[:200], y[:200]), *cells(p[200:], y[200:])]), summary(cells(p, y))
    assert parts is not None
    assert whole is not None
    assert (parts.count, parts.auc) == (500, whole.auc)
    assert parts.log_loss == pytest.approx(whole.log_loss)
    assert np.array(parts.curve) == pytest.approx(np.array(whole.curve))


def test_nothing_has_no_scores_and_one_kind_of_answer_no_auc() -> None:
    assert summary([]) is None
    found = summary(cells(np.array([0.2, 0.9]), np.ones(2)))
    assert found is not None
    assert found.auc is None


@given(st.floats(0, 1), st.floats(0, 1))
def test_any_prediction_has_a_bin_and_a_finite_loss(probability: float, score: float) -> None:
    assert 0 <= bin_of(probability) < BINS
    assert 0 <= loss(probability, score) < 25


def test_cold_starts_are_told_apart() -> None:
    assert familiarity(0, 500) == NEW_LEARNER
    assert familiarity(5, 19) == NEW_ITEM
    assert familiarity(5, 20) == FAMILIAR


def watched(rng: np.random.Generator, count: int, shift: float) -> list[Drift | None]:
    """What a watch says of `count` honest predictions, then of `count` after the item moved by `shift` logits."""
    watch, heard = Watch(), []
    for moved in (0.0, shift):
        for p in rng.uniform(0.2, 0.9, count).tolist():
            true = 1 / (1 + np.exp(-(np.log(p / (1 - p)) + moved)))
            heard.append(watch.see(p, float(rng.random() < true)))
    return heard


def test_an_item_that_moved_is_noticed_soon() -> None:
    rng = np.random.default_rng(0)
    for shift, drift in ((-1.5, Drift.HARDER), (2.0, Drift.EASIER)):
        for _ in range(5):
            heard = [alarm for alarm in watched(rng, 150, shift) if alarm is not None]
            assert heard[:1] == [drift]


def test_a_thousand_steady_items_raise_about_an_alarm_in_a_hundred_thousand_answers() -> None:
    """Twice that many answers here, 100 items with 2000 each."""
    rng = np.random.default_rng(1)
    alarms = 0
    for _ in range(100):
        watch, p = Watch(), rng.beta(3, 1.5, 2000)
        right = (rng.random(2000) < p).astype(float)
        alarms += sum(watch.see(*answer) is not None for answer in zip(p.tolist(), right.tolist(), strict=True))
    assert alarms <= 2


@given(st.floats(-3, 3), st.floats(0.001, 0.999), st.floats(0, 1))
def test_evidence_of_a_move_is_a_likelihood_ratio(move: float, p: float, credit: float) -> None:
    """So its exponential has mean 1 while predictions are right, and chance alone rarely passes the limit."""
    q = 1 / (1 + np.exp(-(np.log(p / (1 - p)) + move)))
    assert evidence_of(move, p, 1.0) == pytest.approx(np.log(q / p), abs=1e-9)
    assert evidence_of(move, p, 0.0) == pytest.approx(np.log((1 - q) / (1 - p)), abs=1e-9)
    ends = [evidence_of(move, p, score) for score in (0.0, 1.0)]
    assert min(ends) - 1e-9 <= evidence_of(move, p, credit) <= max(ends) + 1e-9


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), max_size=200))
def test_a_watch_stays_finite(answers: list[tuple[float, float]]) -> None:
    watch = Watch()
    for probability, score in answers:
        assert 0 < watch.challenge(probability) < 1
        watch.see(probability, score)
        assert np.isfinite([watch.shift, watch.precision, watch.harder, watch.easier]).all()
        assert max(watch.harder, watch.easier) <= LIMIT


def test_the_challenger_learns_what_the_engine_has_wrong() -> None:
    rng = np.random.default_rng(3)
    watch, engine, challenger = Watch(), 0.0, 0.0
    for _ in range(600):
        right = float(rng.random() < 0.8)
        engine += loss(0.5, right)
        challenger += loss(watch.challenge(0.5), right)
        watch.see(0.5, right)
    assert challenger < 0.95 * engine
    assert watch.challenge(0.5) == pytest.approx(0.8, abs=0.05)


def test_a_rise_of_the_loss_is_noticed_once_and_a_fall_is_good_news() -> None:
    rng = np.random.default_rng(4)
    low, high = rng.exponential(0.4, 1500).tolist(), rng.exponential(0.9, 1500).tolist()
    risen, recent = worse([], low)
    assert not risen
    risen, recent = worse(recent, high)
    assert risen
    assert worse(recent, rng.exponential(0.9, 500).tolist())[0] is False
    assert worse(worse([], high)[1], low)[0] is False
