"""What a changed policy would have earned, from logged choices and their propensities.

Importance weighting (Horvitz & Thompson 1952), its self-normalised form (Swaminathan & Joachims 2015) and the doubly
robust estimator (Dudík, Langford & Li 2011), whose reward model is fitted on the other half of the log.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
RIDGE = 1.0


@dataclass(frozen=True, slots=True)
class Logged:
    """One draw and what came of it: the scores (m,) in nats and probabilities (m,) it was made with, the place of the
    chosen in them, the reward, and the components (m,) of the scores by name, where they were kept."""

    scores: Floats
    probabilities: Floats
    chosen: int
    reward: float
    components: Mapping[str, Floats]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean reward with its standard error."""

    value: float
    error: float


@dataclass(frozen=True, slots=True)
class Evaluation:
    """logged: what was earned; ips, snips, doubly_robust: what the changed policy would have earned.

    effective: how many draws the weighted log is worth; below some tens the estimates are a guess.
    """

    draws: int
    effective: float
    logged: Estimate
    ips: Estimate
    snips: Estimate
    doubly_robust: Estimate


def reweighed(draw: Logged, factors: Mapping[str, float], temperature: float) -> Floats:
    """The probabilities (m,) of a policy whose components weigh `factors` times as much, 1 where none is given.

    A component that the draw does not have played no part in it, whatever it weighs: not every learner has wishes.
    """
    scores = draw.scores.copy()
    for name, factor in factors.items():
        if name in draw.components:
            scores += (factor - 1) * draw.components[name]
    raised = np.exp((scores - scores.max()) / temperature)
    return np.asarray(raised / raised.sum())


def evaluate(log: Sequence[Logged], targets: Sequence[Floats]) -> Evaluation:
    """Compares the logged policy with one that draws by `targets`, an array (m,) of probabilities a draw.

    Raises ValueError for an empty log and for a propensity that is not in (0, 1].
    """
    if not log:
        raise ValueError("The log holds no draws with a reward; log decisions first.")
    rewards = np.array([draw.reward for draw in log])
    propensity = np.array([draw.probabilities[draw.chosen] for draw in log])
    if not np.all((propensity > 0) & (propensity <= 1)):
        raise ValueError("Every logged propensity must be in (0, 1]; this log has one that is not.")
    weights = np.array([target[draw.chosen] for draw, target in zip(log, targets, strict=True)]) / propensity
    total = weights.sum()
    snips = float(weights @ rewards / total) if total > 0 else float("nan")
    residual = weights * (rewards - snips) / max(weights.mean(), 1e-12)
    return Evaluation(
        draws=len(log),
        effective=float(total**2 / (weights @ weights)) if total > 0 else 0.0,
        logged=_mean(rewards),
        ips=_mean(weights * rewards),
        snips=Estimate(snips, _mean(residual).error),
        doubly_robust=_mean(_doubly_robust(log, targets, weights, rewards)),
    )


def _mean(values: Floats) -> Estimate:
    spread = values.std(ddof=1) if len(values) > 1 else float("nan")
    return Estimate(float(values.mean()), float(spread / np.sqrt(len(values))))


def _doubly_robust(log: Sequence[Logged], targets: Sequence[Floats], weights: Floats, rewards: Floats) -> Floats:
    """Each draw's Σ π(a) q(a) + w (r − q(chosen)), with q fitted on the draws of the other parity."""
    names = sorted(set.intersection(*(set(draw.components) for draw in log)))
    chosen = np.array([_features(draw, names)[draw.chosen] for draw in log])
    values = np.zeros(len(log))
    for parity in (0, 1):
        other = np.arange(len(log)) % 2 != parity
        model = _ridge(chosen[other], rewards[other])
        for n in np.flatnonzero(~other).tolist():
            q = _features(log[n], names) @ model
            values[n] = targets[n] @ q + weights[n] * (rewards[n] - q[log[n].chosen])
    return values


def _features(draw: Logged, names: Sequence[str]) -> Floats:
    columns = [np.ones_like(draw.scores), draw.scores, *(draw.components[name] for name in names)]
    return np.stack(columns, axis=1)


def _ridge(x: Floats, y: Floats) -> Floats:
    return np.asarray(np.linalg.solve(x.T @ x + RIDGE * np.eye(x.shape[1]), x.T @ y))
