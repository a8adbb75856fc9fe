"""What items cost a test where exposure is scarce: a price for each, and at each ability the going rate of information.

With the ability known, the cheapest test takes the items whose information per cost is at least some rate, in any
order. With the ability uncertain the order matters: an item that is a bargain at every ability still likely can be
taken now without being sorry later, a steep one had better wait until it is known to fit. So the information that an
item gives is weighed against the regret it risks: by how much, at the abilities still likely, it costs more than the
same information would at the going rate.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
PART = 0.8  # of the information a test needs is bought above the going rate; the rest is what uncertainty costs
EASE = 0.2  # this part of its cost an item is taken to waste at any rate, lest the smallest regret decide all
AHEAD = 160  # so many of the best items are enough to find the rate
TINY = 1e-12


class Tariff:
    """Of a bank's information (n, nodes) at prices (n,) ≥ 0, for tests that need so much information.

    cost (n,): 1 + price; rate (nodes,): information per cost of the last item that an examinee there should need.
    """

    def __init__(self, information: Floats, prices: Floats, needed: float) -> None:
        self.cost: Floats = 1 + prices
        self.rate = _going_rate(information, self.cost, PART * needed)
        self._value: Floats = information / self.rate
        self._regret: Floats = np.maximum(0.0, self.cost[:, None] - self._value)

    def worth(self, posterior: Floats) -> Floats:
        """(n,) what the information is worth at the going rate, per regret that buying it now risks."""
        return np.asarray((self._value @ posterior) / (self._regret @ posterior + EASE * self.cost))


def best_first(information: Floats, cost: Floats) -> NDArray[np.intp]:
    """(m, nodes) rows of the items with the most information per cost at each node, the best first; m ≤ AHEAD."""
    ratio, most = information / cost[:, None], min(AHEAD, len(cost))
    best = np.argpartition(-ratio, most - 1, axis=0)[:most]
    return np.asarray(np.take_along_axis(best, np.argsort(-np.take_along_axis(ratio, best, 0), axis=0), 0))


def _going_rate(information: Floats, cost: Floats, needed: float) -> Floats:
    """(nodes,) the information per cost of the item with which the best items reach what is needed."""
    order = best_first(information, cost)
    gained = np.take_along_axis(information, order, 0)
    last = np.minimum((np.cumsum(gained, axis=0) < needed).sum(axis=0), len(order) - 1)
    node = np.arange(information.shape[1])
    return np.asarray(np.maximum(gained[last, node] / cost[order[last, node]], TINY))
