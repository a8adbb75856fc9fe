"""A belief about one learner that knows how practice teaches: weighted particles, each a whole possible learner.

A particle holds a general level, a rate of learning, a gate and a level for every skill. An answer weighs the particles
(Bayes) and the practice then moves the practised skill's level in each of them by its own rate and gate (value.py), so
a lack of progress counts as evidence about the prerequisites. Skills nobody has evidence on follow the general level
and are drawn afresh (Rao–Blackwellised in spirit), and resampling shrinks and jitters the rest
(Liu & West 2001), so the filter does not wear out over hundreds of answers.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from adaptive.selection import value
from adaptive.selection.items import success
from adaptive.selection.population import Evidence, Gaussian, Population

Floats = NDArray[np.float64]
SHRINK = 0.99
TINY = 1e-9


class Graph:
    """Prerequisites of K skills in the order of teaching, and who stands on whom."""

    def __init__(self, prerequisites: Sequence[Sequence[int]]) -> None:
        self.prerequisites = [list(rows) for rows in prerequisites]
        self.dependents: list[list[int]] = [[] for _ in prerequisites]
        for skill, below in enumerate(self.prerequisites):
            for lower in below:
                self.dependents[lower].append(skill)
        self.gated = [skill for skill, below in enumerate(self.prerequisites) if below]

    @property
    def matrix(self) -> Floats:
        """(K, K): 1 where the row's skill stands on the column's."""
        found: Floats = np.zeros((len(self.prerequisites), len(self.prerequisites)))
        for skill, below in enumerate(self.prerequisites):
            found[skill, below] = 1.0
        return found


class Belief:
    """levels (K, N): each skill's level in each of N particles, with weights (N,) that sum to 1.

    Draws come from the generator given; the same generator and answers lead to the same belief.
    """

    def __init__(
        self,
        graph: Graph,
        population: Population,
        cut: Floats,
        rng: np.random.Generator,
        particles: int = 512,
        order: Floats | None = None,
    ) -> None:
        """order (K,): each skill's place in the order of teaching, where that is not its row."""
        self.graph, self.population, self.cut, self._rng = graph, population, cut, rng
        K, N = len(cut), particles
        self.order: Floats = np.arange(K, dtype=float) if order is None else order
        self.weights: Floats = np.full(N, 1 / N)
        draw = rng.standard_normal
        self.general = population.general.mean + population.general.sd * draw(N)
        self.log_rate = population.log_rate.mean + population.log_rate.sd * draw(N)
        self.log_gate = population.log_gate.mean + population.log_gate.sd * draw(N)
        share = population.known_share(self.order)[:, None]
        self.known = rng.random((K, N)) < share
        self.start = population.spread * draw((K, N)) + population.head_start * self.known
        self.levels = self.start + self.general
        self._ceiling = np.maximum(population.ceiling, cut + 1.0)
        self.touched = np.zeros(K, bool)
        self._stale = np.ones(K, bool)
        self._urgency = np.empty_like(self.levels)
        self.answers = np.zeros(K, np.int64)
        self._refresh()

    def observe(self, skills: Sequence[int], a: float, b: float, c: float, score: float, weight: float = 1.0) -> None:
        """Folds one answer, score in [0, 1], to an item of these skills (rows), and the practice it was.

        Several skills act by their mean and share the practice; weight discounts the evidence, not the practice.
        """
        rows = list(skills)
        if not rows:
            return
        self.answers[rows] += 1
        level = self.levels[rows[0]] if len(rows) == 1 else self.levels[rows].mean(axis=0)
        p = np.clip(success(level, a, b, c), TINY, 1 - TINY)
        self.weights *= (p**score * (1 - p) ** (1 - score)) ** weight
        self.weights /= self.weights.sum()
        above = np.clip((p - c) / (1 - c), 0, 1)
        effort = self._rate * 4 * above * (1 - above) / len(rows)
        for skill in rows:
            self.touched[skill] = True
            self.touched[self.graph.prerequisites[skill]] = True
            room = np.maximum(0.0, 1 - self.levels[skill] / self._ceiling[skill])
            self.levels[skill] += effort * self._gates[skill] * room
        if 1 / (self.weights @ self.weights) < len(self.weights) / 2:
            self._resample()
        else:
            for skill in rows:
                self._changed(skill)

    def place(self, skill: int, mean: float, sd: float) -> None:
        """Takes a Gaussian level for one skill from elsewhere, not from the population."""
        self.touched[skill] = True
        self.levels[skill] = mean + sd * self._rng.standard_normal(len(self.weights))
        self._changed(skill)

    def worth(self) -> Floats:
        """(K,) skills gained per step of practising each, what it unlocks included (value.urgency)."""
        if self._stale.any():
            self._value(np.flatnonzero(self._stale))
            self._stale[:] = False
        return np.asarray(self._urgency @ self.weights)

    def mastery(self) -> Floats:
        """(K,) P(level ≥ cut)."""
        return np.asarray(self._mastered @ self.weights)

    def estimate(self) -> tuple[Floats, Floats]:
        """Mean and sd (K,) of each level."""
        mean = self.levels @ self.weights
        return mean, np.sqrt(np.maximum(np.square(self.levels) @ self.weights - np.square(mean), 0.0))

    def evidence(self) -> Evidence:
        """What this learner says of the population."""
        rows = np.flatnonzero(self.answers > 0)
        known, start = self.known[rows], self.start[rows]
        heads, plain = known * self.weights, ~known * self.weights
        return Evidence(
            self._moments(self.general),
            self._moments(self.log_rate),
            self._moments(self.log_gate),
            self.order[rows],
            heads.sum(axis=1),
            (float((plain * np.square(start)).sum() / max(plain.sum(), 1e-9)), float(plain.sum())),
            (float((heads * start).sum() / max(heads.sum(), 1e-9)), float(heads.sum())),
        )

    def _moments(self, x: Floats) -> Gaussian:
        mean = float(self.weights @ x)
        return Gaussian(mean, float(self.weights @ np.square(x - mean)) ** 0.5)

    def _resample(self) -> None:
        """Systematic resampling; the skills without evidence keep their own draws around the new general level."""
        N = len(self.weights)
        places = (self._rng.random() + np.arange(N)) / N
        rows = np.minimum(np.searchsorted(np.cumsum(self.weights), places), N - 1)
        self.weights = np.full(N, 1 / N)
        self.general = self._jittered(self.general[rows])
        self.log_rate = self._jittered(self.log_rate[rows])
        self.log_gate = self._jittered(self.log_gate[rows])
        for k in np.flatnonzero(self.touched):
            self.levels[k] = self._jittered(self.levels[k][rows])
            self.start[k] = self.start[k][rows]
            self.known[k] = self.known[k][rows]
        rest = ~self.touched
        self.levels[rest] = self.start[rest] + self.general
        self._refresh()

    def _jittered(self, x: Floats) -> Floats:
        noise = (1 - SHRINK**2) ** 0.5 * x.std() * self._rng.standard_normal(len(x))
        return np.asarray(x.mean() + SHRINK * (x - x.mean()) + noise)

    def _refresh(self) -> None:
        self._rate: Floats = np.exp(self.log_rate)
        self._gate: Floats = np.exp(np.minimum(self.log_gate, 0.0))
        self._mastered = self.levels >= self.cut[:, None]
        self._gates: Floats = np.ones_like(self.levels)
        for skill in self.graph.gated:
            self._gates[skill] = self._gate ** self._waiting(self.graph.prerequisites[skill])
        self._stale[:] = True

    def _changed(self, skill: int) -> None:
        """Follows one skill's new level: its mastery, its dependents' gates; its neighbours' worth is stale."""
        self._mastered[skill] = self.levels[skill] >= self.cut[skill]
        above, below = self.graph.dependents[skill], self.graph.prerequisites[skill]
        for k in above:
            self._gates[k] = self._gate ** self._waiting(self.graph.prerequisites[k])
        self._stale[[skill, *above, *below]] = True

    def _waiting(self, skills: Sequence[int]) -> Floats:
        """(N,) how many of these skills each particle has yet to master."""
        return np.asarray((~self._mastered[skills]).sum(axis=0), float)

    def _value(self, rows: NDArray[np.intp]) -> None:
        unlocks = np.zeros((len(rows), len(self.weights)))
        for place, skill in enumerate(rows):
            if above := self.graph.dependents[skill]:
                unlocks[place] = self._waiting(above)
        rate = self._rate * self._gates[rows]
        cut, ceiling = self.cut[rows][:, None], self._ceiling[rows][:, None]
        steps = value.steps_left(self.levels[rows], cut, rate, ceiling)
        self._urgency[rows] = value.urgency(steps, unlocks)
