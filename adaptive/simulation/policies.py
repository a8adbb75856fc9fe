"""Policies for the simulated world: the references, and what the service does behind the same interface."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from adaptive.engine import LearnerState, Parameters, Response, ability, fold, skill_level
from adaptive.selection.catalogue import Activity, Catalogue, Skill
from adaptive.selection.choice import Request, choose
from adaptive.selection.graph import Graph
from adaptive.selection.learner import Learner, Level
from adaptive.selection.population import Gaussian, Population, PopulationLearner
from adaptive.selection.scope import Scoped, scope
from adaptive.simulation.world import CEILING, CUT, GATE, SimulatedLearner, World

Floats = NDArray[np.float64]

PACE = 60.0  # seconds from one answer to the next
CERTAIN = 1e-4  # the variance of a known parameter
REQUEST = Request(now=0.0, limit=1)

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


class Production:
    """What the service does for a learner: the engine's levels, the belief's worth, and the choice from both.

    The items' parameters are known, the constants of learning are the population's.
    """

    def __init__(self, population: Population = GIVEN, request: Request = REQUEST) -> None:
        self._population, self._request = population, request

    def start(self, world: World, seed: int) -> None:
        self._candidates, self._parameters = _compiled(world)
        self._graph, self._answers = Graph(world.prerequisites), list[tuple[int, int]]()
        self._rng, self._state, self._step = np.random.default_rng(seed), LearnerState(), 0
        self._begin([])

    def choose(self) -> int:
        levels = {skill: Level(*skill_level(self._state, skill)) for skill in self._state.skills}
        worth = dict(enumerate(self.belief.worth().tolist()))
        learner = Learner(ability=ability(self._state), levels=levels, worth=worth)
        return choose(self._candidates, learner, self._request, self._rng).offers[0].activity

    def observe(self, item: int, correct: int) -> None:
        activity = self._candidates.activities[item]
        self._step += 1
        response = Response(item, activity.skills, PACE * self._step, float(correct))
        fold(self._parameters, self._state, response)
        self._answers.append((item, correct))
        if self.belief.covers(activity.skills):
            self._practised(item, correct)
        else:
            self._begin(self._answers)

    def _begin(self, answers: list[tuple[int, int]]) -> None:
        """A belief about the scope that these answers lead to; a simulated learner's past fits the window."""
        recent = [skill for item, _ in reversed(answers) for skill in self._candidates.activities[item].skills]
        rows = scope(self._graph, recent, (), ())
        self.belief = Scoped(self._graph, rows, self._population, self._candidates.cut, self._rng)
        for item, correct in answers:
            self._practised(item, correct)

    def _practised(self, item: int, correct: int) -> None:
        activity = self._candidates.activities[item]
        self.belief.observe(activity.skills, activity.discrimination, activity.difficulty, 0.0, correct)


class Cohort:
    """Makes a policy for each learner in turn and learns the constants from what was believed of the one before."""

    def __init__(self, learner: PopulationLearner | None = None, request: Request = REQUEST) -> None:
        self.learner = learner or PopulationLearner()
        self._request = request
        self._last: Production | None = None

    def policy(self) -> Production:
        """The policy for the next learner."""
        if self._last is not None:
            self.learner.learn(self._last.belief.evidence())
        self._last = Production(self.learner.population, self._request)
        return self._last


@lru_cache(maxsize=4)
def _compiled(world: World) -> tuple[Catalogue, Parameters]:
    """A world as the service sees it; a skill's id is its row."""
    skill_of = world.skill_of.tolist()
    activities = [
        Activity(item, (skill_of[item],), discrimination=float(world.a[item]), difficulty=float(world.b[item]))
        for item in range(world.items)
    ]
    skills = [Skill(skill, tuple(below), CUT) for skill, below in enumerate(world.prerequisites)]
    parameters = Parameters()
    for activity in activities:
        slope, easiness = activity.discrimination, -activity.discrimination * activity.difficulty
        parameters.set_item(activity.id, easiness, CERTAIN, slope, CERTAIN, activity.skills)
    return Catalogue(activities, skills), parameters
