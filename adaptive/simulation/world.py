"""Simulated learners who learn by practising, in a graph of prerequisites: how learning policies are measured.

Practising an item raises its skill: most where the chance of success is one half, little without a prerequisite.
Everything is seeded, so every policy meets the same learners in the same world.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

Floats = NDArray[np.float64]
CUT, CEILING, GATE = 0.8, 3.0, 0.15
MARKS = (100, 200, 400)


class World:
    """skills × items_per_skill two-parameter items; prerequisites: rows of earlier skills, none for the first five."""

    def __init__(self, skills: int = 40, items_per_skill: int = 25, seed: int = 5) -> None:
        rng = np.random.default_rng(seed)
        self.skills, self.items = skills, skills * items_per_skill
        self.skill_of = np.repeat(np.arange(skills), items_per_skill)
        self.prerequisites = [self._prerequisites(skill, rng) for skill in range(skills)]
        self.a: Floats = np.exp(0.2 * rng.standard_normal(self.items))
        self.b: Floats = 0.6 * rng.standard_normal(self.items)

    @staticmethod
    def _prerequisites(skill: int, rng: np.random.Generator) -> list[int]:
        if skill < 5:
            return []
        nearby, count = np.arange(max(0, skill - 8), skill), int(rng.integers(1, 3))
        return sorted(rng.choice(nearby, size=count, replace=False).tolist())


class SimulatedLearner:
    """One learner of a world, by number; `level` (skills,) is the truth that no policy but the oracle may read."""

    def __init__(self, world: World, number: int, horizon: int = 400) -> None:
        rng = np.random.default_rng(1000 + number)
        general = 0.6 * rng.standard_normal()
        self._world = world
        self.level: Floats = -1.2 + 0.5 * rng.standard_normal(world.skills) + general
        known = rng.random(world.skills) < 0.25 * np.exp(-np.arange(world.skills) / 15)
        self.level[known] += 3
        self._rate = 0.35 * np.exp(0.3 * rng.standard_normal())
        self._luck = rng.random(4 * horizon)
        self._step = 0

    def answer(self, item: int) -> int:
        """1 if right, else 0; either way the practice teaches."""
        world, skill = self._world, self._world.skill_of[item]
        level = self.level[skill]
        p = expit(world.a[item] * (level - world.b[item]))
        correct = int(self._luck[self._step] < p)
        self._step += 1
        gate = GATE ** int((self.level[world.prerequisites[skill]] < CUT).sum())
        self.level[skill] = level + self._rate * gate * 4 * p * (1 - p) * max(0.0, (CEILING - level) / CEILING)
        return correct

    def mastered(self) -> int:
        """How many skills are at the cut or above."""
        return int((self.level >= CUT).sum())


class Policy(Protocol):
    """Chooses items for one learner; it may read the world's items and graph, never a level."""

    def start(self, world: World, seed: int) -> None: ...

    def choose(self) -> int: ...

    def observe(self, item: int, correct: int) -> None: ...


@dataclass(frozen=True, slots=True)
class Result:
    """mastered (learners, marks): skills mastered by each learner after each mark."""

    mastered: NDArray[np.int64]
    marks: tuple[int, ...]

    def means(self) -> Floats:
        return np.asarray(self.mastered.mean(axis=0))

    def errors(self) -> Floats:
        """The standard errors of the means."""
        return np.asarray(self.mastered.std(axis=0) / np.sqrt(len(self.mastered)))


def run(
    policy_of: Callable[[SimulatedLearner], Policy],
    world: World,
    learners: Sequence[int],
    marks: tuple[int, ...] = MARKS,
    progress: Callable[[], Any] = lambda: None,
) -> Result:
    """Meets the learners in their order, a policy for each; the seed it gets tells nothing about the learner.

    policy_of is given the learner for the oracle's sake alone.
    """
    rows = []
    for number in learners:
        learner = SimulatedLearner(world, number, marks[-1])
        policy = policy_of(learner)
        policy.start(world, int(np.random.default_rng([7, number]).integers(2**31)))
        row = []
        for step in range(1, marks[-1] + 1):
            item = policy.choose()
            policy.observe(item, learner.answer(item))
            if step in marks:
                row.append(learner.mastered())
        rows.append(row)
        progress()
    return Result(np.array(rows, np.int64), marks)


def gap_closed(result: Result, fixed: Result, oracle: Result) -> Floats:
    """(marks,) the share of the way from the fixed order to the oracle."""
    return np.asarray((result.means() - fixed.means()) / (oracle.means() - fixed.means()))
