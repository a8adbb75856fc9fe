"""Exposure control: no item is met by more than a given share of the examinees, at the least cost in test length.

Minimising the number of items subject to an information target and a cap on exposure is a linear programme; its dual
gives every item a price, and an item is chosen by information per 1 + price. The prices are learnt by dual ascent:
each use raises an item's price and each examinee lowers it by the cap's share, settling where demand meets the cap.
A hard stop closes an item at the cap itself, so the cap holds whatever the examinees are like.
(van der Linden & Veldkamp 2007 control eligibility by chance; prices keep the choice deterministic.)
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from adaptive.selection.placement import NONE, Answer, Bank, Rule, Session, answer, next_item, start, stopped

Floats = NDArray[np.float64]
MARGIN = 0.997  # prices aim this much below the cap, so that the hard stop is seldom needed
GRACE = 400  # so many examinees' share of uses is free at the beginning
SPEED = 0.005
SCHEDULE = ((1000, 0.05), (1000, 0.02), (1500, 0.005))


@dataclass(frozen=True, slots=True)
class Exposure:
    """What the bank has been through: finished examinees, uses (n,) of each item, prices (n,)."""

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


def unused(size: int, cap: float = 0.25) -> Exposure:
    """A bank nobody has met."""
    if not 0 < cap <= 1:
        raise ValueError(f"The exposure cap is a share of examinees in (0, 1], not {cap}.")
    return Exposure(cap, 0, np.zeros(size, np.int64), np.zeros(size))


def after(exposure: Exposure, given: tuple[int, ...], speed: float = SPEED) -> Exposure:
    """The exposure after one more examinee met these items."""
    uses, prices = exposure.uses.copy(), exposure.prices - speed * MARGIN * exposure.cap
    rows = list(given)
    uses[rows] += 1
    prices[rows] += speed
    return Exposure(exposure.cap, exposure.examinees + 1, uses, np.maximum(prices, 0.0))


def rehearsed(
    bank: Bank, cap: float, rule: Rule, rng: np.random.Generator, speeds: tuple[tuple[int, float], ...] = SCHEDULE
) -> Exposure:
    """An unused bank with the prices that simulated examinees, N(0, 1), have settled; the last stage is averaged."""
    exposure, prior = unused(len(bank), cap), start(bank).posterior
    for examinees, speed in speeds:
        total = np.zeros(len(bank))
        for node in rng.choice(len(bank.grid), examinees, p=prior):
            right = rng.random(len(bank)) < bank.right[:, node]
            exposure = after(exposure, sit(bank, rule, right, exposure.prices).given, speed)
            total += exposure.prices
        exposure = replace(exposure, prices=total / examinees)
    return replace(unused(len(bank), cap), prices=exposure.prices)


def sit(
    bank: Bank, rule: Rule, right: NDArray[np.bool_], prices: Floats | None = None, closed: NDArray[np.intp] = NONE
) -> Session:
    """A whole test of an examinee whose answers (n,) to all items are known beforehand."""
    session = start(bank)
    while stopped(session, rule, len(bank)) is None:
        item = next_item(bank, session, rule, prices, closed)
        if item is None:
            break
        session = answer(bank, session, item, Answer.RIGHT if right[item] else Answer.WRONG)
    return session
