"""Which activity helps whom: a contextual bandit over activities that teach the same skill.

A Bayesian linear model of the reward (LinUCB: Li, Chu, Langford & Schapire 2010) on features of learner and activity,
river's, and on top each activity's own mean deviation from it, shrunk by how often it was tried. What it advises is a
bonus in nats for the score; the choice mixes it with the safe baseline and logs exact propensities (choice.py).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Features = Mapping[str, float]
OPTIMISM = 1.0
NOISE = 0.4  # sd of a reward, and of a weight before the first
SPREAD = 0.2  # sd of what activities earn beyond the model


@dataclass(frozen=True, slots=True)
class Arm:
    """One activity's own record: times tried and the sum of what it earned beyond the model."""

    tries: int = 0
    surplus: float = 0.0


@dataclass(frozen=True, slots=True)
class Bandit:
    """What training led to: of the named features weights (d,) and their covariance (d, d) in units of NOISE²; arms by
    activity id. As it is, it has seen nothing."""

    names: tuple[str, ...] = ()
    weights: Floats = field(default_factory=lambda: np.zeros(0))
    covariance: Floats = field(default_factory=lambda: np.zeros((0, 0)))
    arms: Mapping[int, Arm] = field(default_factory=dict)


class Training:
    """A bandit that is being trained, reward by reward."""

    def __init__(self) -> None:
        from river.linear_model import BayesianLinearRegression  # only the worker trains, and river brings 50 MB

        self._model: Any = BayesianLinearRegression()
        self._names: dict[str, None] = {}
        self._arms: dict[int, Arm] = {}

    def learn(self, activity: int, features: Features, reward: float) -> None:
        """One reward in [0, 1] for an activity met with these features."""
        surplus = reward - self._model.predict_one(dict(features))
        arm = self._arms.get(activity, Arm())
        self._arms[activity] = Arm(arm.tries + 1, arm.surplus + surplus)
        self._names.update(dict.fromkeys(features))
        self._model.learn_one(dict(features), reward)

    def bandit(self) -> Bandit:
        """What the rewards so far lead to."""
        names = tuple(self._names)
        weights = np.array([self._model.predict_one({name: 1.0}) for name in names], np.float64)
        return Bandit(names, weights, self._covariance(names), dict(self._arms))

    def _covariance(self, names: Sequence[str]) -> Floats:
        """By polarisation: 2 cov(a, b) = var(a + b) - var(a) - var(b)."""
        both = np.array([[self._variance({one: 1.0, other: 1.0}) for other in names] for one in names], np.float64)
        alone = np.array([self._variance({name: 1.0}) for name in names], np.float64)
        covariance = (both.reshape(len(names), len(names)) - alone[:, None] - alone) / 2
        np.fill_diagonal(covariance, alone)
        return np.asarray(covariance)

    def _variance(self, features: Features) -> float:
        """Of the mean, in units of the noise's; river's predictive variance has the noise's own unit on top."""
        return float(self._model.predict_one(dict(features), with_dist=True).sigma ** 2 - 1)


def advise(
    bandit: Bandit,
    activities: Sequence[int],
    contexts: Sequence[Features],
    nats: float = 2.0,
    optimism: float = OPTIMISM,
) -> dict[int, float]:
    """A bonus per activity, in nats, 0 for the worst: `nats` times the optimistic reward above the least of them.

    contexts: the features of each activity. Optimism counts standard deviations; one that was never met is as unsure
    as its prior.
    """
    if not len(activities):
        return {}
    arms = [bandit.arms.get(activity, Arm()) for activity in activities]
    shrink = 1 / (np.array([arm.tries for arm in arms], float) + (NOISE / SPREAD) ** 2)
    known = np.array([[met.get(name, 0.0) for name in bandit.names] for met in contexts])
    named = frozenset(bandit.names)
    new = np.array([sum(value * value for name, value in met.items() if name not in named) for met in contexts])
    mean = known @ bandit.weights + np.array([arm.surplus for arm in arms]) * shrink
    leverage = np.einsum("md,de,me->m", known, bandit.covariance, known) + new
    bound = mean + optimism * NOISE * np.sqrt(np.maximum(leverage, 0.0) + shrink)
    return dict(zip(activities, (nats * (bound - bound.min())).tolist(), strict=True))


def context(ability: float, success: float, minutes: float | None, format_: str) -> dict[str, float]:
    """The features of one learner meeting one activity, each within ±1 so that no value runs away with the model.

    The format stands once by itself and once with the ability; minutes None counts as ten.
    """
    length = 10.0 if minutes is None else minutes
    able = float(np.tanh(ability / 2))
    always = {"always": 1.0, "ability": able, "success": success, "length": min(length, 60.0) / 60}
    return {**always, f"format {format_}": 1.0, f"ability with format {format_}": able}


def reward(before: float, after: float, completed: bool) -> float:
    """What an activity earned, 0 to 1: half for being completed, half for the rise in the chance of success."""
    return 0.5 * completed + 0.5 * float(np.clip(0.5 + after - before, 0, 1))
