"""Policies for the simulated world: the references, and production's belief and value behind the same interface."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from adaptive.selection.belief import Belief, Graph
from adaptive.selection.population import Gaussian, Population, PopulationLearner
from adaptive.simulation.world import CEILING, CUT, GATE, SimulatedLearner, World

Floats = NDArray[np.float64]

GIVEN = Population(
    general=Gaussian(-1.2, 0.6),
    spread=0.5,
    log_rate=Gaussian(float(np.log(0.35)), 0.3),
    log_gate=Gaussian(float(np.log(GATE)), 0.0),
    known=0.25,
    fade=15.0,
    head_start=3.0,
    ceiling=CEILING,
)


class AtRandom:
    """Any item, each as likely."""

    def start(self, world: World, seed: int) -> None:
        self._items, self._rng = world.items, np.random.default_rng(seed)

    def choose(self) -> int:
        return int(self._rng.integers(self._items))

    def observe(self, item: int, correct: int) -> None:
        """A random choice learns nothing."""


class FixedOrder:
    """Skill after skill: three right in a row, or twenty attempts, and on."""

    def start(self, world: World, seed: int) -> None:
        self._world, self._rng = world, np.random.default_rng(seed)
        self._skill, self._streak, self._attempts, self._used = 0, 0, 0, np.zeros(world.items)

    def choose(self) -> int:
        if self._skill < self._world.skills - 1 and (self._streak >= 3 or self._attempts >= 20):
            self._skill, self._streak, self._attempts = self._skill + 1, 0, 0
        items = np.flatnonzero(self._world.skill_of == self._skill)
        return int(items[np.argmin(self._used[items] + 0.01 * self._rng.random(len(items)))])

    def observe(self, item: int, correct: int) -> None:
        self._used[item] += 1
        self._attempts += 1
        self._streak = self._streak + 1 if correct else 0


class Oracle:
    """Sees the true levels: the bound, not a policy."""

    def __init__(self, learner: SimulatedLearner) -> None:
        self._learner = learner

    def start(self, world: World, seed: int) -> None:
        self._world, self._matrix = world, Graph(world.prerequisites).matrix

    def choose(self) -> int:
        world, level = self._world, self._learner.level
        gate = GATE ** (self._matrix @ (level < CUT))
        unlocks = self._matrix.T @ (level < CUT)
        p = expit(world.a * (level[world.skill_of] - world.b))
        worth = gate * ((level < 1.0) + 0.02) * (1 + 0.15 * unlocks)
        return int((worth[world.skill_of] * 4 * p * (1 - p)).argmax())

    def observe(self, item: int, correct: int) -> None:
        """The oracle has seen it already."""


class Tracked:
    """Production's choice: the belief of adaptive.selection.belief, the skill of greatest worth, its best item."""

    def __init__(self, population: Population = GIVEN, particles: int = 1000) -> None:
        self._population, self._particles = population, particles

    def start(self, world: World, seed: int) -> None:
        self._world = world
        cut, rng = np.full(world.skills, CUT), np.random.default_rng(seed)
        self.belief = Belief(Graph(world.prerequisites), self._population, cut, rng, self._particles)
        self._items = [np.flatnonzero(world.skill_of == skill) for skill in range(world.skills)]

    def choose(self) -> int:
        skill = int(self.belief.worth().argmax())
        items = self._items[skill]
        return int(items[self.belief.gains(skill, self._world.a[items], self._world.b[items]).argmax()])

    def observe(self, item: int, correct: int) -> None:
        world = self._world
        self.belief.observe(int(world.skill_of[item]), float(world.a[item]), float(world.b[item]), 0.0, correct)


class Cohort:
    """Makes a policy for each learner in turn and learns the constants from what was believed of the one before."""

    def __init__(self, learner: PopulationLearner | None = None, particles: int = 1000) -> None:
        self.learner = learner or PopulationLearner()
        self._particles = particles
        self._last: Tracked | None = None

    def policy(self) -> Tracked:
        """The policy for the next learner."""
        if self._last is not None:
            self.learner.learn(self._last.belief.evidence())
        self._last = Tracked(self.learner.population, self._particles)
        return self._last
