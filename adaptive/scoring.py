"""How good predictions were: the measures of knowledge tracing, on arrays of outcomes and probabilities.

`outcomes` are scores in [0, 1]; where a measure needs right and wrong, half credit or more is right.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

Floats = NDArray[np.float64]
CALIBRATION_BINS = 20
RESAMPLES = 500


def auc(outcomes: Floats, probabilities: Floats) -> float:
    """Area under the ROC curve, ties at half; NaN where all outcomes are alike (Hanley & McNeil 1982)."""
    right = outcomes >= 0.5
    positives = int(right.sum())
    negatives = len(right) - positives
    if not positives or not negatives:
        return float("nan")
    ranks = rankdata(probabilities)
    return float((ranks[right].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def accuracy(outcomes: Floats, probabilities: Floats) -> float:
    """Share of responses on the predicted side of .5."""
    return float(np.mean((outcomes >= 0.5) == (probabilities >= 0.5)))


def log_loss(outcomes: Floats, probabilities: Floats) -> float:
    """Mean cross entropy in nats, probabilities clipped to [1e-15, 1 − 1e-15]."""
    p = np.clip(probabilities, 1e-15, 1 - 1e-15)
    return float(-np.mean(outcomes * np.log(p) + (1 - outcomes) * np.log1p(-p)))


def rmse(outcomes: Floats, probabilities: Floats) -> float:
    """Root of the mean squared difference (the root of the Brier score)."""
    return float(np.sqrt(np.mean((outcomes - probabilities) ** 2)))


def calibration_error(outcomes: Floats, probabilities: Floats) -> float:
    """Expected calibration error: |mean outcome − mean probability| over 20 equal bins, weighted by their size."""
    bins = np.minimum((probabilities * CALIBRATION_BINS).astype(np.int64), CALIBRATION_BINS - 1)
    difference = np.bincount(bins, weights=outcomes - probabilities, minlength=CALIBRATION_BINS)
    return float(np.abs(difference).sum() / len(outcomes))


def calibration_floor(probabilities: Floats) -> float:
    """The calibration error to expect of probabilities that are exactly right, from chance alone.

    A bin of n responses is off by |N(0, Σ p(1 − p))| / n on average (Bröcker & Smith 2007).
    """
    bins = np.minimum((probabilities * CALIBRATION_BINS).astype(np.int64), CALIBRATION_BINS - 1)
    variance = np.bincount(bins, weights=probabilities * (1 - probabilities), minlength=CALIBRATION_BINS)
    return float(np.sqrt(2 / np.pi * variance).sum() / len(probabilities))


def auc_interval(
    outcomes: Floats, probabilities: Floats, learners: NDArray[np.int64], rng: np.random.Generator
) -> tuple[float, float]:
    """95 % bootstrap interval of the AUC, resampling whole learners; `learners` are indices from 0; NaN of only one."""
    order = np.argsort(probabilities, kind="stable")
    sorted_probabilities = probabilities[order]
    right = outcomes[order] >= 0.5
    owner = learners[order]
    ties = np.flatnonzero(np.diff(sorted_probabilities, prepend=-1.0))
    count = int(learners.max()) + 1
    if count < 2:
        return float("nan"), float("nan")
    draws = [
        _weighted_auc(np.bincount(rng.integers(count, size=count), minlength=count)[owner], right, ties)
        for _ in range(RESAMPLES)
    ]
    low, high = np.nanquantile(draws, (0.025, 0.975)) if np.isfinite(draws).any() else (float("nan"), float("nan"))
    return float(low), float(high)


def _weighted_auc(weights: NDArray[np.int64], right: NDArray[np.bool_], ties: NDArray[np.int64]) -> float:
    positives = np.add.reduceat(weights * right, ties).astype(np.float64)
    negatives = np.add.reduceat(weights * ~right, ties).astype(np.float64)
    total = positives.sum() * negatives.sum()
    if not total:
        return float("nan")
    below = np.cumsum(negatives) - negatives
    return float((positives * (below + negatives / 2)).sum() / total)
