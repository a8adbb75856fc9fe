"""A belief about one learner that knows how practice teaches: weighted particles, each a whole possible learner.

A particle holds a general level, a rate of learning, a gate and a level for every skill. An answer weighs the particles
(Bayes) and the practice then moves the practised skill's level in each of them by its own rate and gate (value.py), so
a lack of progress counts as evidence about the prerequisites. Skills nobody has evidence on follow the general level
and are drawn afresh (Rao–Blackwellised in spirit), and resampling shrinks and jitters the rest
(Liu & West 2001), so the filter does not wear out over hundreds of answers.

How skills lie around the general level is drawn from a bank that all learners share, each skill by a row of its own in
which every quantile occurs once (Latin hypercube sampling: McKay, Beckman & Conover 1979).
"""

from collections.abc import Sequence
from functools import lru_cache
from hashlib import shake_256

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from adaptive.selection import value
from adaptive.selection.graph import Graph
from adaptive.selection.items import success
from adaptive.selection.population import Evidence, Gaussian, Population

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
Rows = NDArray[np.intp]
SHRINK = 0.99
BANK = 512
TINY = 1e-9
LOWEST = -60.0  # the log of a gate as good as shut


class Belief:
    """levels (K, N): each skill's level in each of N particles, with weights (N,) that sum to 1.

    Draws come from the generator given; the same generator and answers lead to the same belief. A skill that is not
    `touched` lies at its start around the general level, and its row of levels is written when it is needed.
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
        around, chance = _draws(K, N, rng)
        self.known = chance < population.known_share(self.order).astype(np.float32)[:, None]
        self.start = around
        self.start *= np.float32(population.spread)
        self.start += np.float32(population.head_start) * self.known
        self._levels: Singles = np.empty((K, N), np.float32)
        self._cut = cut.astype(np.float32)[:, None]
        self._ceiling = np.maximum(np.float32(population.ceiling), self._cut + 1)
        self.touched = np.zeros(K, bool)
        self.answers = np.zeros(K, np.int64)
        self._drifted = True
        self._stale = np.ones(K, bool)
        self._urgency = np.empty((K, N), np.float32)

    @property
    def levels(self) -> Singles:
        if self._drifted:
            rest = ~self.touched
            self._levels[rest] = self.start[rest] + self.general.astype(np.float32)
            self._drifted = False
        return self._levels

    def observe(self, skills: Sequence[int], a: float, b: float, c: float, score: float, weight: float = 1.0) -> None:
        """Folds one answer, score in [0, 1], to an item of these skills (rows), and the practice it was.

        Several skills act by their mean and share the practice; weight discounts the evidence, not the practice.
        """
        rows = list(skills)
        if not rows:
            return
        self.answers[rows] += 1
        for skill in rows:
            self._touch([skill, *self.graph.prerequisites[skill]])
        level = self._levels[rows].astype(float).mean(axis=0)
        p = np.clip(success(level, a, b, c), TINY, 1 - TINY)
        self.weights *= (p**score * (1 - p) ** (1 - score)) ** weight
        self.weights /= self.weights.sum()
        above = np.clip((p - c) / (1 - c), 0, 1)
        self._practise(rows, np.exp(self.log_rate) * 4 * above * (1 - above) / len(rows))
        if 1 / (self.weights @ self.weights) < len(self.weights) / 2:
            self._resample()
        else:
            self._changed(rows)

    def _practise(self, rows: Sequence[int], effort: Floats) -> None:
        gates = [np.exp(np.minimum(self.log_gate, 0.0) * self._waiting(skill)) for skill in rows]
        for skill, gate in zip(rows, gates, strict=True):
            room = np.maximum(0.0, 1 - self._levels[skill] / self._ceiling[skill])
            self._levels[skill] += effort * gate * room

    def _waiting(self, skill: int) -> Floats:
        """(N,) how many of a practised skill's prerequisites each particle has yet to master."""
        below = self.graph.prerequisites[skill]
        return np.asarray((self._levels[below] < self._cut[below]).sum(axis=0), float)

    def place(self, skill: int, mean: float, sd: float) -> None:
        """Takes a Gaussian level for one skill from elsewhere, not from the population."""
        self.touched[skill] = True
        self._levels[skill] = mean + sd * self._rng.standard_normal(len(self.weights))
        self._changed([skill])

    def worth(self) -> Floats:
        """(K,) skills gained per step of practising each, what it unlocks included (value.urgency)."""
        if self._stale.any():
            self._value()
            self._stale[:] = False
        return np.asarray(self._urgency @ self.weights.astype(np.float32), float)

    def mastery(self) -> Floats:
        """(K,) P(level ≥ cut)."""
        return np.asarray((self.levels >= self._cut) @ self.weights)

    def estimate(self) -> tuple[Floats, Floats]:
        """Mean and sd (K,) of each level."""
        levels = self.levels.astype(float)
        mean = levels @ self.weights
        return mean, np.sqrt(np.maximum(np.square(levels) @ self.weights - np.square(mean), 0.0))

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

    def _touch(self, skills: Sequence[int]) -> None:
        for skill in skills:
            if not self.touched[skill]:
                self.touched[skill] = True
                self._levels[skill] = self.start[skill] + self.general

    def _resample(self) -> None:
        """Systematic resampling; the skills without evidence keep their own draws around the new general level."""
        N = len(self.weights)
        places = (self._rng.random() + np.arange(N)) / N
        rows = np.minimum(np.searchsorted(np.cumsum(self.weights), places), N - 1)
        self.weights = np.full(N, 1 / N)
        self.general = self._jittered(self.general[rows])
        self.log_rate = self._jittered(self.log_rate[rows])
        self.log_gate = self._jittered(self.log_gate[rows])
        touched = np.flatnonzero(self.touched)
        self._levels[touched] = self._jittered(self._levels[touched][:, rows])
        self.start[touched] = self.start[touched][:, rows]
        self.known[touched] = self.known[touched][:, rows]
        self._drifted = True
        self._stale[:] = True

    def _jittered(self, x: Floats | Singles) -> Floats:
        """(…, N) shrunk towards the mean of the last axis, and spread again to the deviation that was."""
        mean = x.mean(axis=-1, keepdims=True)
        noise = (1 - SHRINK**2) ** 0.5 * x.std(axis=-1, keepdims=True) * self._rng.standard_normal(x.shape)
        return np.asarray(mean + SHRINK * (x - mean) + noise)

    def _changed(self, skills: Sequence[int]) -> None:
        """Skills have new levels: their own worth and their neighbours' is to be computed again."""
        for skill in skills:
            self._stale[[skill, *self.graph.dependents[skill], *self.graph.prerequisites[skill]]] = True

    def _value(self) -> None:
        """The urgency of what is stale."""
        rows, unmastered = np.flatnonzero(self._stale), self.levels < self._cut
        waiting, unlocks = (_sums(layers, unmastered, rows) for layers in (self.graph.below, self.graph.above))
        gate = np.exp(np.maximum(waiting * np.minimum(self.log_gate, 0).astype(np.float32), LOWEST))
        rate = np.exp(self.log_rate).astype(np.float32) * gate
        steps = value.steps_left(self.levels[rows], self._cut[rows], rate, self._ceiling[rows])
        self._urgency[rows] = value.urgency(steps, unlocks)


def _sums(layers: Sequence[tuple[Rows, Rows]], values: NDArray[np.bool_], rows: Rows) -> Singles:
    """(m, N): for each of these rows, over its neighbours, how many values are true."""
    found = np.zeros((len(rows), values.shape[1]), np.float32)
    place = np.full(len(values), -1)
    place[rows] = np.arange(len(rows))
    for some, others in layers:
        wanted = place[some] >= 0
        found[place[some[wanted]]] += values[others[wanted]]
    return found


def _draws(skills: int, particles: int, rng: np.random.Generator) -> tuple[Singles, Singles]:
    """(K, N) standard normal and uniform draws: rows of the bank, each at most once."""
    around, chance = _bank(max(BANK, skills), particles)
    rows = rng.permutation(len(around))[:skills]
    return around[rows], chance[rows]


@lru_cache(maxsize=4)
def _bank(size: int, particles: int) -> tuple[Singles, Singles]:
    """(size, N) normals and uniforms, every quantile once a row, in the order that a hash gives: the same always."""
    octets = np.frombuffer(shake_256(b"belief").digest(16 * size * particles), "<u8")
    around, chance = (octets.reshape(2, size, particles).argsort(axis=2) + 0.5) / particles
    return ndtri(around).astype(np.float32), chance.astype(np.float32)
