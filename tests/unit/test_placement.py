"""Placement and its exposure control, as pure functions and on simulated examinees."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adaptive.selection.exposure import Exposure, after, fallen, opened, opening_prices, sit
from adaptive.selection.items import information, success
from adaptive.selection.placement import NONE, Answer, Bank, Rule, Stop, answer, next_item, resume, start, stopped
from adaptive.selection.tariff import Tariff
from adaptive.simulation.placement import measure

RULE = Rule()


def bank(n: int = 120, seed: int = 1, guessing: float = 0.0) -> Bank:
    rng = np.random.default_rng(seed)
    return Bank(np.exp(0.3 * rng.standard_normal(n)), rng.uniform(-3, 3, n), np.full(n, guessing))


finite = st.floats(-6, 6)


@given(finite, st.floats(0.1, 3), finite, st.floats(0, 0.5))
def test_success_and_information_keep_their_bounds(level: float, a: float, b: float, c: float) -> None:
    assert c <= success(level, a, b, c) <= 1
    assert success(level + 0.5, a, b, c) >= success(level, a, b, c)
    assert 0 <= information(level, a, b, c) <= a * a / 4 + 1e-12


def test_information_is_the_curvature_of_the_expected_likelihood() -> None:
    level, a, b, c, h = 0.4, 1.3, -0.2, 0.2, 1e-4
    p = success(level, a, b, c)
    slope = (success(level + h, a, b, c) - success(level - h, a, b, c)) / (2 * h)
    assert information(level, a, b, c) == pytest.approx(slope**2 / (p * (1 - p)), rel=1e-6)


def test_a_session_resumes_bit_for_bit_and_leaves_its_past_alone() -> None:
    items, session = bank(guessing=0.2), start(bank(), 0.3, 0.8)
    before = session.posterior.copy()
    answers = [Answer.RIGHT, Answer.UNKNOWN, Answer.WRONG, Answer.RIGHT]
    now = session
    for outcome in answers:
        item = next_item(items, now, RULE)
        assert item is not None
        assert item not in now.given
        now = answer(items, now, item, outcome)
    again = resume(items, zip(now.given, now.answers, strict=True), 0.3, 0.8)
    assert again.posterior.tobytes() == now.posterior.tobytes()
    assert (again.ability, again.error) == (now.ability, now.error)
    assert session.posterior.tobytes() == before.tobytes()


def test_not_to_know_is_worth_a_wrong_answer_whatever_the_guessing_floor() -> None:
    items = bank(guessing=0.25)
    wrong, unknown = (answer(items, start(items), 7, outcome) for outcome in (Answer.WRONG, Answer.UNKNOWN))
    assert (wrong.ability, wrong.error) == (unknown.ability, unknown.error)
    assert wrong.ability < 0 < answer(items, start(items), 7, Answer.RIGHT).ability


def test_answers_move_the_estimate_and_shrink_the_error() -> None:
    items = bank()
    session = start(items)
    assert session.ability == pytest.approx(0, abs=1e-9)
    assert session.error == pytest.approx(1, abs=1e-3)
    for _ in range(20):
        item = next_item(items, session, RULE)
        assert item is not None
        session = answer(items, session, item, Answer.RIGHT)
    assert session.ability > 2


def test_a_test_stops_for_one_of_three_reasons() -> None:
    items = bank()
    right = np.arange(120) % 2 == 0
    assert stopped(sit(items, RULE, right), RULE, 120) is Stop.PRECISION
    assert stopped(sit(items, Rule(0.3, 5), right), Rule(0.3, 5), 120) is Stop.LENGTH
    small = bank(4)
    done = sit(small, RULE, right[:4])
    assert stopped(done, RULE, 4) is Stop.EXHAUSTED
    assert next_item(small, done, RULE) is None


def test_wrong_use_says_what_to_do() -> None:
    items = bank(3)
    once = answer(items, start(items), 1, Answer.RIGHT)
    with pytest.raises(ValueError, match="counts once"):
        answer(items, once, 1, Answer.RIGHT)
    with pytest.raises(ValueError, match="not in this bank of 3"):
        answer(items, once, 3, Answer.RIGHT)
    with pytest.raises(ValueError, match="share of examinees"):
        opened(items, RULE, 0.0)


def test_closed_items_are_never_given() -> None:
    items = bank()
    closed = np.arange(0, 120, 2)
    assert not set(sit(items, RULE, np.ones(120, bool), None, closed).given) & set(closed.tolist())


def unpriced(size: int) -> Exposure:
    return Exposure(0.25, 0, np.zeros(size, np.int64), np.zeros(size))


@given(st.lists(st.lists(st.integers(0, 9), unique=True, max_size=5), max_size=30))
def test_prices_stay_at_or_above_zero_and_uses_add_up(tests: list[list[int]]) -> None:
    exposure = unpriced(10)
    for given_ in tests:
        before = exposure.prices.copy()
        following = after(exposure, tuple(given_))
        assert (exposure.prices == before).all()
        exposure = following
    assert (exposure.prices >= 0).all()
    assert exposure.uses.sum() == sum(map(len, tests))
    assert exposure.examinees == len(tests)


def test_a_price_falls_at_once_as_it_would_have_fallen_examinee_by_examinee() -> None:
    exposure = Exposure(0.25, 0, np.zeros(3, np.int64), np.array([0.001, 0.02, 3.0]))
    for _ in range(20):
        exposure = after(exposure, ())
    assert fallen(np.array([0.001, 0.02, 3.0]), 0.25, 20) == pytest.approx(exposure.prices)
    assert exposure.prices[0] == 0 < exposure.prices[2] < 3


def test_opening_prices_ask_for_what_everyone_wants_and_only_where_items_are_scarce() -> None:
    items = bank(300)
    prices = opening_prices(items, RULE, 0.25)
    wanted = items.information @ start(items).posterior
    assert np.corrcoef(prices, wanted)[0, 1] > 0.4
    assert (prices == 0).sum() > 10
    assert (opening_prices(items, RULE, 1.0) == 0).all()
    assert opening_prices(bank(40), RULE, 0.25).max() <= 20


def test_a_tariff_prefers_what_suits_every_likely_ability_until_the_ability_is_known() -> None:
    steep, broad = 2.5, 1.0
    items = Bank(np.array([steep, *[broad] * 40]), np.array([0.0, *np.linspace(-3, 3, 40)]))
    tariff = Tariff(items.information, np.array([2.0, *[0.0] * 40]), RULE.needed)
    wide, narrow = start(items, 0.0, 1.5).posterior, start(items, 0.0, 0.2).posterior
    assert tariff.worth(wide).argmax() != 0
    assert tariff.worth(narrow).argmax() == 0
    assert (tariff.worth(wide) > 0).all()


def test_the_published_recipe() -> None:
    row = measure(200)
    assert row.items <= 24.6
    assert row.rmse <= 0.275


def test_the_cap_holds_at_a_modest_price() -> None:
    row = measure(1500, 0.25)
    assert row.max_exposure <= 0.25
    assert row.items <= 32.5
    assert row.rmse <= 0.32


def test_the_cap_holds_for_examinees_nobody_expected() -> None:
    items = bank(300, 7)
    exposure = opened(items, RULE)
    rng = np.random.default_rng(1)
    for _ in range(600):
        right = rng.random(300) < items.right[:, 32]
        exposure = after(exposure, sit(items, RULE, right, exposure.tariff(items, RULE), exposure.closed()).given)
    assert exposure.shares().max() <= 0.25


def test_without_a_cap_some_item_is_met_by_all() -> None:
    items = bank(300, 7)
    given_ = {sit(items, RULE, np.random.default_rng(n).random(300) < 0.5, None, NONE).given[0] for n in range(10)}
    assert len(given_) == 1
