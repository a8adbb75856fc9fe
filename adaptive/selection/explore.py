"""Which activity helps whom: a contextual bandit over activities that teach the same skill.

A Bayesian linear model of the reward (LinUCB: Li, Chu, Langford & Schapire 2010) on features of learner and activity,
and on top each activity's own mean deviation from it, shrunk by how often it was tried. What it advises is a bonus in
nats for the score; the choice mixes it with the safe baseline and logs exact propensities (choice.py).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
OPTIMISM = 1.0


@dataclass(frozen=True, slots=True)
class Arm:
    """One activity's own record: times tried and the sum of what it earned beyond the model."""

    tries: int = 0
    surplus: float = 0.0


@dataclass(frozen=True, slots=True)
class Bandit:
    """precision (d, d) and moment (d,) of the linear model; arms by activity id; noise: sd of a reward."""

    precision: Floats
    moment: Floats
    arms: Mapping[int, Arm] = field(default_factory=dict)
    noise: float = 0.4
    spread: float = 0.2

    def weights(self) -> Floats:
        """(d,) the posterior mean of the model."""
        return np.asarray(np.linalg.solve(self.precision, self.moment))


def untrained(dimensions: int, prior: float = 1.0) -> Bandit:
    """A bandit that has seen nothing: weights N(0, noise² / prior)."""
    return Bandit(prior * np.eye(dimensions), np.zeros(dimensions))


def learn(bandit: Bandit, activity: int, features: Floats, reward: float) -> Bandit:
    """The bandit after one reward in [0, 1] for an activity met with these features (d,)."""
    surplus = reward - float(features @ bandit.weights())
    arm = bandit.arms.get(activity, Arm())
    return Bandit(
        bandit.precision + np.outer(features, features),
        bandit.moment + reward * features,
        {**bandit.arms, activity: Arm(arm.tries + 1, arm.surplus + surplus)},
        bandit.noise,
        bandit.spread,
    )


def advise(
    bandit: Bandit, activities: Sequence[int], features: Floats, nats: float = 2.0, optimism: float = OPTIMISM
) -> dict[int, float]:
    """A bonus per activity, in nats, 0 for the worst: `nats` times the optimistic reward above the least of them.

    features (m, d), a row an activity. Optimism counts standard deviations.
    """
    if not len(activities):
        return {}
    arms = [bandit.arms.get(activity, Arm()) for activity in activities]
    tries = np.array([arm.tries for arm in arms], float)
    shrink = 1 / (tries + (bandit.noise / bandit.spread) ** 2)
    mean = features @ bandit.weights() + np.array([arm.surplus for arm in arms]) * shrink
    leverage = np.einsum("md,dm->m", features, np.linalg.solve(bandit.precision, features.T))
    bound = mean + optimism * bandit.noise * np.sqrt(leverage + shrink)
    return dict(zip(activities, (nats * (bound - bound.min())).tolist(), strict=True))


def context(ability: float, success: float, minutes: float | None, formats: Floats) -> Floats:
    """The features (4 + 2f,) of one learner meeting one activity: bounded, so that no value runs away with the model.

    formats is one-hot (f,), and stands once by itself and once with the ability; minutes None counts as ten.
    """
    length = 10.0 if minutes is None else minutes
    able = float(np.tanh(ability / 2))
    return np.concatenate([[1.0, able, success, min(length, 60.0) / 60], formats, able * formats])


def reward(before: float, after: float, completed: bool) -> float:
    """What an activity earned, 0 to 1: half for being completed, half for the rise in the chance of success."""
    return 0.5 * completed + 0.5 * float(np.clip(0.5 + after - before, 0, 1))
