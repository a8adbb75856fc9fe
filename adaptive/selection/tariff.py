"""What items cost a test where exposure is scarce: a price for each, and at each ability the going rate of information.

With the ability known, the cheapest test takes the items whose information per cost is at least some rate, in any
order. With the ability uncertain the order matters: an item that is a bargain wherever the test may end can be taken
now without being sorry later, a steep one had better wait until it is known to fit. So the information that an item
gives is weighed against the regret it risks: by how much, where the test may end, it costs more than the same
information would at the going rate.

The rate follows the test: it is that of the last item it still needs, of those it has not had. And what counts is where
the estimate will end, not where the ability is. A posterior of variance v that is narrowed to e² moves its mean by a
variance of v − e², so the end is told by the posterior sharpened by v / (v − e²), and what an item gives there is its
information averaged over the posterior that will be left, N(end, e²).
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
EASE = 0.05  # this part of its cost an item is taken to waste at any rate, lest the smallest regret decide all
SETTLED = 0.95  # of the target's variance is taken off the posterior's, lest the end seem certain before it is
SHARPEST = 10.0  # power of the posterior
LIKELY = 1e-3  # abilities with less than this part of the greatest weight are left out
LEAST = 0.5  # information, per squared logit, that the rate is the rate of
AHEAD = 120  # so many of the best items are enough to find the rate
TINY = 1e-12


class Tariff:
    """Of a bank's information (n, nodes), averaged as above, at prices (n,) ≥ 0. cost (n,): 1 + price."""

    def __init__(self, information: Floats, prices: Floats) -> None:
        self.cost: Floats = 1 + prices
        self.information = information
        self._order = best_first(information, self.cost).T
        self._gained: Floats = np.take_along_axis(information.T, self._order, 1)
        self._ratio: Floats = np.maximum(self._gained / self.cost[self._order], TINY)

    def rate(self, needed: Floats, out: Mask, nodes: slice) -> Floats:
        """(nodes,) information per cost of the last item that a test there should buy of those not `out` (n,)."""
        bought = np.cumsum(np.where(out[self._order[nodes]], 0.0, self._gained[nodes]), axis=1)
        last = np.minimum((bought < needed[:, None]).sum(axis=1), bought.shape[1] - 1)
        return np.asarray(self._ratio[nodes][np.arange(len(last)), last])

    def worth(self, rate: Floats, weights: Floats, nodes: slice) -> Floats:
        """(n,) what the information is worth at the going rate, per regret that buying it now risks; the weights
        (nodes,), which sum to 1, tell where the test may end."""
        value = self.information[:, nodes] / rate
        worth = value @ weights
        regret = np.maximum(value, self.cost[:, None]) @ weights - worth
        return np.asarray(worth / (regret + EASE * self.cost))


def destination(posterior: Floats, variance: float, target: float) -> tuple[slice, Floats]:
    """The nodes where a test that stops at the standard error `target` may end, and how likely each of them is."""
    power = min(variance / max(variance - SETTLED * target * target, TINY), SHARPEST)
    weights = (posterior / posterior.max()) ** power
    likely = np.flatnonzero(weights > LIKELY)
    nodes = slice(int(likely[0]), int(likely[-1]) + 1)
    return nodes, weights[nodes] / weights[nodes].sum()


def best_first(information: Floats, cost: Floats) -> NDArray[np.intp]:
    """(m, nodes) rows of the items with the most information per cost at each node, the best first; m ≤ AHEAD."""
    ratio, most = np.ascontiguousarray((information / -cost[:, None]).T), min(AHEAD, len(cost))
    if most == len(cost):
        return np.asarray(np.argsort(ratio, axis=1).T)
    best = np.argpartition(ratio, most - 1, axis=1)[:, :most]
    return np.asarray(np.take_along_axis(best, np.argsort(np.take_along_axis(ratio, best, 1), axis=1), 1).T)
