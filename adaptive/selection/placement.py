"""Placement: a computerised adaptive test that stops at a standard error.

The ability has a Gaussian prior on a grid; the posterior mean is the estimate, its deviation the standard error (EAP,
Bock & Mislevy 1982). The next item has the greatest information averaged over the posterior (van der Linden 1998);
where exposure is controlled, items have prices (tariff.py, exposure.py).

"I don't know" counts as a wrong answer. Under the three-parameter model that is exact, not a penalty: wrong has the
likelihood (1 − c)(1 − σ), not to know 1 − σ, and the constant cancels. What it avoids is the lucky guess.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from adaptive.selection.items import information, success
from adaptive.selection.tariff import LEAST, Mask, Tariff, destination

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]
NONE: Rows = np.zeros(0, np.intp)
REACH, NODES = 4.5, 41
FINISH = 1.4  # information still lacking, per squared logit, from which on the end is planned
TEMPER = 0.9  # the power that flattens the posterior in the average: a hedge against having begun in the wrong place
OVERSHOOT = 0.35  # items; a test passes its target by a part of its last item
FIRSTS, SECONDS = 8, 40  # of the items by which the end looks cheapest, so many are tried first, and so many after them
TINY = 1e-12


class Answer(StrEnum):
    RIGHT = "right"
    WRONG = "wrong"
    UNKNOWN = "unknown"


class Stop(StrEnum):
    PRECISION = "precision"
    LENGTH = "length"
    EXHAUSTED = "exhausted"


@dataclass(frozen=True, slots=True)
class Rule:
    """Stop at this standard error (logits) or after so many items."""

    error: float = 0.3
    items: int = 100

    @property
    def needed(self) -> float:
        """The information, per squared logit, that leads from a prior N(0, 1) to the error; at least one unit."""
        return max(self.error**-2 - 1, 1.0)

    def lacking(self, session: "Session") -> float:
        """The information, per squared logit, between the session's standard error and this one."""
        return self.error**-2 - session.error**-2


class Bank:
    """Items with known parameters (n,), tabulated once on the ability grid."""

    def __init__(self, a: Floats, b: Floats, c: Floats | None = None, reach: float = REACH, nodes: int = NODES) -> None:
        self.grid: Floats = np.linspace(-reach, reach, nodes)
        a, b = np.asarray(a, float)[:, None], np.asarray(b, float)[:, None]
        floor = np.zeros_like(a) if c is None else np.asarray(c, float)[:, None]
        self.right = success(self.grid, a, b, floor)
        self.wrong = 1 - self.right
        self.information = information(self.grid, a, b, floor)
        self._settled: dict[float, Floats] = {}
        self.moments: Floats = np.stack([np.ones(nodes), self.grid, np.square(self.grid)], axis=1)

    def __len__(self) -> int:
        return len(self.right)

    def settled(self, error: float) -> Floats:
        """(n, nodes) the information averaged over a posterior N(node, error²)."""
        if error not in self._settled:
            apart = (self.grid[:, None] - self.grid) / max(error, self.grid[1] - self.grid[0])
            kernel = np.exp(-0.5 * np.square(apart))
            self._settled[error] = self.information @ (kernel / kernel.sum(axis=0))
        return self._settled[error]


@dataclass(frozen=True, slots=True)
class Session:
    """A test under way: items given with their answers, and the posterior (nodes,) they lead to.

    The items and answers are the whole state: `resume` rebuilds the rest bit for bit.
    """

    given: tuple[int, ...]
    answers: tuple[Answer, ...]
    posterior: Floats
    ability: float
    error: float


def start(bank: Bank, mean: float = 0.0, sd: float = 1.0) -> Session:
    """A test not yet begun, with the prior N(mean, sd²); a prior outside the grid is cut at its end."""
    prior = np.exp(-0.5 * np.square((bank.grid - np.clip(mean, bank.grid[0], bank.grid[-1])) / sd))
    return _session(bank, (), (), prior)


def answer(bank: Bank, session: Session, item: int, given: Answer) -> Session:
    """The session after one more answer. Raises ValueError for an item that is not in the bank or was given before."""
    if not 0 <= item < len(bank):
        raise ValueError(f"Item {item} is not in this bank of {len(bank)}.")
    if item in session.given:
        raise ValueError(f"Item {item} has been answered in this test; each item counts once.")
    likelihood = bank.right[item] if given is Answer.RIGHT else bank.wrong[item]
    return _session(bank, (*session.given, item), (*session.answers, given), session.posterior * likelihood)


def resume(bank: Bank, answered: Iterable[tuple[int, Answer]], mean: float = 0.0, sd: float = 1.0) -> Session:
    """The session that these answers, in their order, lead to."""
    session = start(bank, mean, sd)
    for item, given in answered:
        session = answer(bank, session, item, given)
    return session


def next_item(
    bank: Bank, session: Session, rule: Rule, tariff: Tariff | None = None, closed: Rows = NONE
) -> int | None:
    """The item to give now; None where the bank is exhausted.

    Without a tariff the most information averaged over the posterior; with one, what the test is least likely to be
    sorry for, and once a few items will do, the cheapest expected way to the end. `closed` items are not given.
    """
    out = np.zeros(len(bank), bool)
    out[list(session.given)] = True
    out[closed] = True
    if out.all():
        return None
    if tariff is None:
        return int(np.where(out, -1.0, bank.information @ session.posterior**TEMPER).argmax())
    nodes, weights = destination(session.posterior, session.error**2, rule.error)
    rate = tariff.rate(_needed(bank, session, rule, tariff, nodes), out, nodes)
    if rule.lacking(session) > FINISH:
        return int(np.where(out, -1.0, tariff.worth(rate, weights, nodes)).argmax())
    return _finish(bank, session, rule, tariff, out, np.interp(bank.grid, bank.grid[nodes], rate))


def _needed(bank: Bank, session: Session, rule: Rule, tariff: Tariff, nodes: slice) -> Floats:
    """(nodes,) the information lacking should the test end there: less where what was given tells more."""
    had = tariff.information[list(session.given)].sum(axis=0)
    lacking = rule.lacking(session) + np.interp(session.ability, bank.grid, had) - had[nodes]
    return np.asarray(np.maximum(lacking, LEAST))


def _finish(bank: Bank, session: Session, rule: Rule, tariff: Tariff, out: Mask, rate: Floats) -> int:
    """The item by which the end is cheapest, with both answers to it and to the item after it looked ahead."""
    ahead = tariff.cost + _cost_to_end(bank, bank.right, session.posterior[None], rule, rate)[:, 0]
    ahead[out] = np.inf
    seconds = _least(ahead, SECONDS)
    firsts = seconds[:FIRSTS]
    joint = session.posterior * np.stack([bank.right[firsts], bank.wrong[firsts]])
    chance = joint.sum(axis=2)
    after = (joint / chance[:, :, None]).reshape(-1, len(bank.grid))
    then = tariff.cost[seconds, None] + _cost_to_end(bank, bank.right[seconds], after, rule, rate)
    then[np.arange(len(firsts)), np.arange(len(after)).reshape(2, -1)] = np.inf
    rest = np.where(_lacking(after @ bank.moments, rule)[1] > 0, then.min(axis=0), 0.0).reshape(2, -1)
    return int(firsts[(tariff.cost[firsts] + (chance * rest).sum(axis=0)).argmin()])


def _least(values: Floats, most: int) -> Rows:
    """The rows of the least finite values, the least first."""
    rows = np.argpartition(values, most)[:most] if most < len(values) else np.arange(len(values))
    rows = rows[np.argsort(values[rows], kind="stable")]
    return rows[np.isfinite(values[rows])]


def _cost_to_end(bank: Bank, right: Floats, posteriors: Floats, rule: Rule, rate: Floats) -> Floats:
    """(n, p) the expected price of what is still to be given after each of n items, for each of the posteriors
    (p, nodes); at least that of one item where the answer leaves the standard error too large, else what is lacking at
    the going rate and part of an item too much."""
    weighted = posteriors[:, :, None] * bank.moments
    yes = (right @ weighted.transpose(1, 0, 2).reshape(len(bank.grid), -1)).reshape(len(right), -1, 3)
    total = np.zeros(yes.shape[:2])
    for outcome in (yes, weighted.sum(axis=1) - yes):
        mean, lacking = _lacking(outcome, rule)
        cost = np.maximum(1.0, OVERSHOOT + lacking / np.interp(mean, bank.grid, rate))
        total += outcome[..., 0] * np.where(lacking > 0, cost, 0.0)
    return total


def _lacking(moments: Floats, rule: Rule) -> tuple[Floats, Floats]:
    """The mean of posteriors with these moments (…, 3), and the information that they lack."""
    mass = np.maximum(moments[..., 0], TINY)
    mean = moments[..., 1] / mass
    return mean, rule.error**-2 - 1 / np.maximum(moments[..., 2] / mass - np.square(mean), TINY)


def stopped(session: Session, rule: Rule, bank_size: int) -> Stop | None:
    """Why the test is over, or None while it goes on."""
    if session.error <= rule.error:
        return Stop.PRECISION
    if len(session.given) >= rule.items:
        return Stop.LENGTH
    return Stop.EXHAUSTED if len(session.given) >= bank_size else None


def _session(bank: Bank, given: tuple[int, ...], answers: tuple[Answer, ...], weights: Floats) -> Session:
    mass, first, second = (weights @ bank.moments).tolist()
    mean = first / mass
    return Session(given, answers, weights / mass, mean, (second / mass - mean * mean) ** 0.5)
