"""Placement and its exposure control, as pure functions and on simulated examinees."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adaptive.selection.exposure import MARGIN, STEEP, Exposure, after, opened, opening_prices, sit
from adaptive.selection.items import information, success
from adaptive.selection.placement import (
    FINISH,
    NONE,
    Answer,
    Bank,
    Rule,
    Session,
    Stop,
    answer,
    next_item,
    resume,
    start,
    stopped,
)
from adaptive.selection.tariff import Tariff, destination
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


def priced(bases: list[float], cap: float = 0.25) -> Exposure:
    unmet = np.zeros(len(bases), np.int64)
    return Exposure(cap, 0, unmet, np.array(bases), unmet)


@given(st.lists(st.lists(st.integers(0, 9), unique=True, max_size=5), max_size=30))
def test_prices_stay_at_or_above_zero_and_uses_add_up(tests: list[list[int]]) -> None:
    exposure = priced([0.0] * 10)
    for given_ in tests:
        bases, uses = exposure.bases.copy(), exposure.uses.copy()
        following = after(exposure, tuple(given_))
        assert (exposure.bases == bases).all()
        assert (exposure.uses == uses).all()
        exposure = following
    assert min(exposure.prices.min(), exposure.bases.min()) >= 0
    assert exposure.uses.sum() == sum(map(len, tests))
    assert exposure.examinees == len(tests)


def test_a_use_raises_a_price_and_an_examinee_who_does_not_meet_the_item_lowers_it() -> None:
    before = priced([1.0, 1.0, 0.001])
    now = after(before, (0,))
    rise = now.prices - before.prices
    assert rise[0] > 0.7 * STEEP
    assert rise[1] == pytest.approx(-0.25 * STEEP)
    for _ in range(200):
        now = after(now, ())
    assert now.prices[2] == 0


def test_a_price_is_its_base_at_the_caps_share() -> None:
    uses = np.array([94, 100, 103])  # of 400 examinees, a quarter is 100
    exposure = Exposure(0.25, 400, uses, np.full(3, 0.5), np.zeros(3, np.int64))
    assert exposure.prices == pytest.approx(0.5 + STEEP * np.array([-6, 0, 3]))


@pytest.mark.parametrize("cap", [0.1, 0.25, 0.6])
def test_the_cap_holds_over_each_span_whatever_is_wanted(cap: float) -> None:
    exposure = replace(priced([0.0, 0.0], cap), span=200)
    for number in range(1, 701):
        closed = exposure.closed()
        exposure = after(exposure, tuple(item for item in (0, 1) if item not in closed and (item or number > 350)))
        assert exposure.uses.max() <= cap * number + MARGIN
        assert exposure.uses.max() <= cap * 200 * -(-number // 200)
        if number % 200 == 0:
            assert exposure.shares().max() <= cap
    assert exposure.uses[1] > 0.9 * cap * 700


def test_the_base_settles_where_uses_are_the_caps_share() -> None:
    """Half the examinees want the item, fewer the more it costs: a quarter at a price of .5."""
    exposure, rng = priced([0.2]), np.random.default_rng(3)
    for _ in range(20_000):
        wanted = rng.random() < 0.5 - 0.5 * exposure.prices[0]
        exposure = after(exposure, (0,) if wanted else ())
    assert exposure.prices[0] == pytest.approx(0.5, abs=0.15)
    assert abs(exposure.excess[0]) < MARGIN


def test_nothing_has_a_price_where_everybody_may_meet_everything() -> None:
    exposure = priced([0.0, 0.0], cap=1.0)
    for _ in range(50):
        exposure = after(exposure, (0,))
    assert exposure.prices.tolist() == [0, 0]
    assert len(exposure.closed()) == 0


def test_opening_prices_ask_for_what_everyone_wants_and_only_where_items_are_scarce() -> None:
    items = bank(300)
    prices = opening_prices(items, RULE, 0.25)
    wanted = items.information @ start(items).posterior
    assert np.corrcoef(prices, wanted)[0, 1] > 0.4
    assert (prices == 0).sum() > 10
    assert (opening_prices(items, RULE, 1.0) == 0).all()
    assert opening_prices(bank(40), RULE, 0.25).max() <= 20


def test_a_tariff_prefers_what_suits_every_likely_end_until_the_end_is_known() -> None:
    steep, broad = 2.5, 1.0
    items = Bank(np.array([steep, *[broad] * 40]), np.array([0.0, *np.linspace(-3, 3, 40)]))
    tariff = Tariff(items.settled(RULE.error), np.array([1.5, *[0.0] * 40]))

    def best(sd: float) -> int:
        nodes, weights = destination(start(items, 0.0, sd).posterior, sd**2, RULE.error)
        rate = tariff.rate(np.full(len(weights), 6.0), np.zeros(41, bool), nodes)
        worth = tariff.worth(rate, weights, nodes)
        assert (worth > 0).all()
        return int(worth.argmax())

    assert best(1.5) != 0
    assert best(0.33) == 0


def test_the_rate_is_that_of_the_last_item_needed_of_those_not_yet_had() -> None:
    tariff = Tariff(np.array([[4.0], [3.0], [2.0], [1.0]]), np.array([0.0, 0.5, 0.0, 0.0]))
    had, everywhere = np.zeros(4, bool), slice(0, 1)
    for needed, rate in ((3.9, 4.0), (4.1, 2.0), (9.5, 1.0), (99.0, 1.0)):
        assert tariff.rate(np.array([needed]), had, everywhere) == pytest.approx([rate])
    had[0] = True
    assert tariff.rate(np.array([5.1]), had, everywhere) == pytest.approx([1.0])


def test_the_end_is_less_uncertain_than_the_ability() -> None:
    items = bank()
    for sd in (1.0, 0.5, 0.35):
        nodes, weights = destination(start(items, 0.2, sd).posterior, sd**2, 0.3)
        mean = weights @ items.grid[nodes]
        variance = weights @ np.square(items.grid[nodes] - mean)
        assert mean == pytest.approx(0.2, abs=0.01)
        assert variance == pytest.approx(sd**2 - 0.95 * 0.09, rel=0.03)


def test_information_is_averaged_over_what_will_be_left_of_the_posterior() -> None:
    items = bank()
    flat, settled = items.information, items.settled(0.3)
    node = 20
    weights = np.exp(-0.5 * np.square((items.grid - items.grid[node]) / 0.3))
    assert settled[:, node] == pytest.approx(flat @ weights / weights.sum())
    assert settled.max() < flat.max()


def price_of(items: Bank, session: Session, rule: Rule, costs: list[float], item: int) -> float:
    """The price of a test by plain enumeration: an item, and where its answer is not enough, the cheapest after it."""
    total = costs[item]
    for given_, chance in ((Answer.RIGHT, items.right), (Answer.WRONG, items.wrong)):
        after_it = answer(items, session, item, given_)
        if after_it.error > rule.error:
            left = [j for j in range(len(items)) if j not in after_it.given]
            rest = min(price_of(items, after_it, rule, costs, j) for j in left)
            total += float(chance[item] @ session.posterior) * rest
    return total


@pytest.mark.parametrize("seed", range(17, 21))
def test_the_end_is_planned_two_items_ahead(seed: int) -> None:
    rng = np.random.default_rng(seed)
    items = Bank(np.exp(0.3 * rng.standard_normal(11)), rng.uniform(-2, 2, 11))
    prices = rng.uniform(0, 4, 11)
    session = resume(items, [(n, Answer.RIGHT if n % 2 else Answer.WRONG) for n in range(3)])
    pairs = [answer(items, answer(items, session, i, x), j, y).error
             for i in range(3, 11) for j in range(3, 11) if i != j
             for x in (Answer.RIGHT, Answer.WRONG) for y in (Answer.RIGHT, Answer.WRONG)]  # fmt: skip
    rule = Rule(error=max(pairs))  # two items are always enough, one is not always
    assert rule.lacking(session) < FINISH
    tariff = Tariff(items.settled(rule.error), prices)
    costs = [price_of(items, session, rule, tariff.cost.tolist(), i) for i in range(3, 11)]
    assert next_item(items, session, rule, tariff) == 3 + int(np.argmin(costs))


def test_the_last_item_of_a_bank_is_given_although_it_will_not_do() -> None:
    items = bank(9)
    session = resume(items, [(n, Answer.WRONG if n % 2 else Answer.RIGHT) for n in range(8)])
    rule = Rule(error=session.error * 0.8)
    assert rule.lacking(session) < FINISH
    assert next_item(items, session, rule, Tariff(items.settled(rule.error), np.ones(9))) == 8


def test_the_published_recipe() -> None:
    row = measure(200)
    assert row.items <= 24.6
    assert row.rmse <= 0.275


def test_the_cap_holds_at_a_modest_price() -> None:
    row = measure(1500, 0.25)
    assert row.max_exposure <= 0.25
    assert row.items <= 32.0
    assert row.rmse <= 0.32


def test_the_cap_holds_for_examinees_nobody_expected() -> None:
    items = bank(300, 7)
    exposure = opened(items, RULE, span=600)
    rng = np.random.default_rng(1)
    for _ in range(600):
        right = rng.random(300) < items.right[:, 32]
        exposure = after(exposure, sit(items, RULE, right, exposure.tariff(items, RULE), exposure.closed()).given)
        assert exposure.excess.max() <= MARGIN
    assert 0.24 < exposure.shares().max() <= 0.25


def test_without_a_cap_some_item_is_met_by_all() -> None:
    items = bank(300, 7)
    given_ = {sit(items, RULE, np.random.default_rng(n).random(300) < 0.5, None, NONE).given[0] for n in range(10)}
    assert len(given_) == 1
