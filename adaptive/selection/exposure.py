"""Exposure control: no item is met by more than a given share of the examinees, at the least cost in test length.

Minimising the number of items subject to an information target and a cap on exposure is a linear programme; its dual
gives every item a price (tariff.py tells what is bought at prices). A bank opens with the prices of the programme for
examinees of known ability, and goes on by dual ascent: each use raises an item's price and each examinee lowers it by
the cap's share, settling where demand meets the cap. A hard stop closes an item at the cap itself, so the cap holds
whatever the examinees are like. (van der Linden & Veldkamp 2007 control eligibility by chance; prices keep the choice
deterministic.)
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from adaptive.selection.placement import NONE, Answer, Bank, Rule, Session, answer, next_item, start, stopped
from adaptive.selection.tariff import TINY, Tariff, best_first

Floats = NDArray[np.float64]
MARGIN = 0.997  # prices aim this much below the cap, so that the hard stop is seldom needed
GRACE = 400  # so many examinees' share of uses is free at the beginning
SPEED = 0.01  # by how much a use raises an item's price
ROUNDS = 300  # of the opening's subgradient descent, the second half of which is averaged
WASTE = 1.15  # an examinee of unknown ability needs this many times the information of one of known ability
DEAREST = 20.0  # no item opens at more, even in a bank too small for the cap
FALL = MARGIN * SPEED  # by how much an examinee lowers prices, per unit of the cap


@dataclass(frozen=True, slots=True)
class Exposure:
    """What the bank has been through: examinees, uses (n,) of each item by them, prices (n,) for the next of them."""

    cap: float
    examinees: int
    uses: NDArray[np.int64]
    prices: Floats

    def closed(self) -> NDArray[np.intp]:
        """The items that one more use would take over the cap."""
        allowance = self.cap * max(self.examinees + 1, GRACE)
        return np.flatnonzero(self.uses + 1 > allowance)

    def shares(self) -> Floats:
        """(n,) the share of examinees who met each item."""
        return np.asarray(self.uses / max(self.examinees, 1))

    def tariff(self, bank: Bank, rule: Rule) -> Tariff:
        """At the present prices, for tests that stop by this rule and start from N(0, 1)."""
        return Tariff(bank.information, self.prices, rule.needed)


def opened(bank: Bank, rule: Rule, cap: float = 0.25) -> Exposure:
    """A bank nobody has met, at its opening prices. Raises ValueError unless 0 < cap ≤ 1."""
    if not 0 < cap <= 1:
        raise ValueError(f"The exposure cap is a share of examinees in (0, 1], not {cap}.")
    return Exposure(cap, 0, np.zeros(len(bank), np.int64), opening_prices(bank, rule, cap))


def opening_prices(bank: Bank, rule: Rule, cap: float) -> Floats:
    """(n,) the dual of the programme for known abilities, N(0, 1), by subgradients; all 0 where no item is scarce."""
    prices, total, prior = np.zeros(len(bank)), np.zeros(len(bank)), start(bank).posterior
    for turn in range(ROUNDS):
        demand = _demand(bank.information, 1 + prices, WASTE * rule.needed) @ prior
        if turn == 0 and demand.max() <= cap:
            return prices
        prices = np.clip(prices + 12 / (20 + turn) * (demand - cap) * (1 + prices), 0.0, DEAREST)
        total += prices if turn >= ROUNDS // 2 else 0.0
    return total / (ROUNDS - ROUNDS // 2)


def after(exposure: Exposure, given: tuple[int, ...]) -> Exposure:
    """The exposure after one more examinee met these items."""
    uses, prices = exposure.uses.copy(), exposure.prices - FALL * exposure.cap
    rows = list(given)
    uses[rows] += 1
    prices[rows] += SPEED
    return Exposure(exposure.cap, exposure.examinees + 1, uses, np.maximum(prices, 0.0))


def fallen(prices: Floats, cap: float, examinees: ArrayLike) -> Floats:
    """(n,) what prices fall to while so many examinees (n,) do not meet the items."""
    return np.maximum(0.0, prices - FALL * cap * np.asarray(examinees))


def sit(
    bank: Bank, rule: Rule, right: NDArray[np.bool_], tariff: Tariff | None = None, closed: NDArray[np.intp] = NONE
) -> Session:
    """A whole test of an examinee whose answers (n,) to all items are known beforehand."""
    session = start(bank)
    while stopped(session, rule, len(bank)) is None:
        item = next_item(bank, session, rule, tariff, closed)
        if item is None:
            break
        session = answer(bank, session, item, Answer.RIGHT if right[item] else Answer.WRONG)
    return session


def _demand(information: Floats, cost: Floats, needed: float) -> Floats:
    """(n, nodes) what part of each item the cheapest test at each node takes: the best buys until it has enough."""
    order = best_first(information, cost)
    gained = np.take_along_axis(information, order, 0)
    before = np.cumsum(gained, axis=0) - gained
    demand = np.zeros_like(information)
    np.put_along_axis(demand, order, np.clip((needed - before) / np.maximum(gained, TINY), 0.0, 1.0), 0)
    return demand
