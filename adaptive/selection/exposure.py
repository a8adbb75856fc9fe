"""Exposure control: no item is met by more than a given share of the examinees, at the least cost in test length.

Minimising the number of items subject to an information target and a cap on exposure is a linear programme; its dual
gives every item a price (tariff.py tells what is bought at prices). A bank opens with the prices of the programme for
examinees of known ability. From then on an item's price is its base plus a part in proportion to its excess, the uses
beyond the cap's share; the base, moved at each use, holds the excess at none: proportional and integral control. So
demand meets the cap whatever the opening prices were. (van der Linden & Veldkamp 2007 control eligibility by chance;
prices keep the choice deterministic.)

The cap is promised over a span of examinees, and over every further span. Within a span prices alone hold an item near
its share, with a margin of a few uses that it may run ahead by; what would pass that, or the span's whole allowance, is
closed to whoever comes. A stop that stood at the share itself at any moment would close items all the time, or
would need them held under the cap.
"""

from dataclasses import dataclass, replace
from math import ceil

import numpy as np
from numpy.typing import NDArray

from adaptive.selection.placement import NONE, Answer, Bank, Rule, Session, answer, next_item, start, stopped
from adaptive.selection.tariff import TINY, Tariff, best_first

Floats = NDArray[np.float64]
SPAN = 5_000  # examinees over whom the cap is promised
MARGIN = 40.0  # uses by which an item may be ahead of its share within a span
STEEP = 0.005  # by how much a use raises an item's price
RESTORE = 3e-5  # by how much a use raises the base of the price, for each use that the excess is above none
ROUNDS = 300  # of the opening's subgradient descent, the second half of which is averaged
WASTE = 1.15  # an examinee of unknown ability needs this many times the information of one of known ability
BLUNT = 0.96  # and values an item by so much less, since it is less often met where it fits
DEAREST = 20.0  # no item opens at more, even in a bank too small for the cap


@dataclass(frozen=True, slots=True)
class Exposure:
    """What the bank has been through: examinees, uses (n,) of each item by them, the bases (n,) of the prices, and the
    examinees (n,) before each item was priced. The cap is promised over each `span` of examinees."""

    cap: float
    examinees: int
    uses: NDArray[np.int64]
    bases: Floats
    since: NDArray[np.int64]
    span: int = SPAN

    @property
    def excess(self) -> Floats:
        """(n,) uses beyond the cap's share of the examinees since the item was priced."""
        return np.asarray(self.uses - self.cap * (self.examinees - self.since))

    @property
    def prices(self) -> Floats:
        """(n,) for the next examinee."""
        return np.maximum(self.bases + STEEP * self.excess, 0.0)

    def closed(self) -> NDArray[np.intp]:
        """The items that one more use would take over the cap of this span, or too far ahead of it."""
        now = self.examinees + 1
        allowance = self.cap * min(self.span * ceil(now / self.span), now + MARGIN / self.cap)
        return np.flatnonzero(self.uses + 1 > allowance)

    def shares(self) -> Floats:
        """(n,) the share of examinees who met each item."""
        return np.asarray(self.uses / max(self.examinees, 1))

    def tariff(self, bank: Bank, rule: Rule) -> Tariff:
        """At the present prices, for tests that stop by this rule."""
        return Tariff(bank.settled(rule.error), self.prices)


def opened(bank: Bank, rule: Rule, cap: float = 0.25, span: int = SPAN) -> Exposure:
    """A bank nobody has met, at its opening prices. Raises ValueError unless 0 < cap ≤ 1."""
    if not 0 < cap <= 1:
        raise ValueError(f"The exposure cap is a share of examinees in (0, 1], not {cap}.")
    unmet = np.zeros(len(bank), np.int64)
    return Exposure(cap, 0, unmet, opening_prices(bank, rule, cap), unmet, span)


def opening_prices(bank: Bank, rule: Rule, cap: float) -> Floats:
    """(n,) the dual of the programme for known abilities, N(0, 1), by subgradients; all 0 where no item is scarce."""
    prior, needed = start(bank).posterior, WASTE * rule.needed
    opening = np.zeros(len(bank))
    rows = np.unique(best_first(bank.information, np.ones(len(bank))))
    information = bank.information[rows]
    prices, total = np.zeros(len(rows)), np.zeros(len(rows))
    for turn in range(ROUNDS):
        demand = _demand(information, 1 + prices, needed) @ prior
        if turn == 0 and demand.max() <= cap:
            return opening
        prices = np.clip(prices + 12 / (20 + turn) * (demand - cap) * (1 + prices), 0.0, DEAREST)
        total += prices if turn >= ROUNDS // 2 else 0.0
    opening[rows] = BLUNT * total / (ROUNDS - ROUNDS // 2)
    return opening


def after(exposure: Exposure, given: tuple[int, ...]) -> Exposure:
    """The exposure after one more examinee met these items."""
    uses, bases, rows = exposure.uses.copy(), exposure.bases.copy(), list(given)
    uses[rows] += 1
    one_more = replace(exposure, examinees=exposure.examinees + 1, uses=uses, bases=bases)
    bases[rows] = np.maximum(bases[rows] + RESTORE * np.maximum(one_more.excess[rows], -bases[rows] / STEEP), 0.0)
    return one_more


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
