"""Putting a new calibration on the previous scale, whatever drifted in between.

θ_old = A θ_new + B, so b_old = A b_new + B and a_old = a_new / A. A robust mean/sigma start (Marco 1977) finds anchors
that moved apart from the rest (robust z, Huynh & Meyer 2010); the others settle A and B by the test characteristic
curve (Stocking & Lord 1983).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from adaptive.calibration.responses import Floats

FEWEST_ANCHORS = 3
OUTLYING = 3.0
ROUNDS = 10
NODES = np.linspace(-3.5, 3.5, 41)
WEIGHTS = np.exp(-0.5 * NODES**2) / np.exp(-0.5 * NODES**2).sum()


@dataclass(frozen=True, slots=True)
class Items:
    """Anchors on one scale: `a`, `b`, guessing `c` and standard errors of log a and b, all (items,)."""

    a: Floats
    b: Floats
    c: Floats
    log_a_se: Floats
    b_se: Floats


@dataclass(frozen=True, slots=True)
class Link:
    """`slope` A, `intercept` B; `drifted` (anchors,) those left out; `anchors` how many held it up."""

    slope: float
    intercept: float
    drifted: NDArray[np.bool_]
    anchors: int

    def difficulty(self, b: Floats) -> Floats:
        return self.slope * b + self.intercept

    def discrimination(self, a: Floats) -> Floats:
        return a / self.slope


def link(new: Items, old: Items) -> Link:
    """The line from the new scale to the old one, the same anchors in the same order on both.

    With fewer than three anchors the spread is taken as unchanged; with none the scales are taken as equal.
    """
    held = np.ones(len(new.b), bool)
    if held.size < FEWEST_ANCHORS:
        shift = float(np.mean(old.b - new.b)) if held.size else 0.0
        return Link(1.0, shift, ~held, int(held.size))
    slope, intercept = _robust(new, old)
    for _ in range(ROUNDS):
        kept = _together(new, old, slope, intercept)
        slope, intercept = _stocking_lord(new, old, kept, slope, intercept)
        if (kept == held).all():
            break
        held = kept
    return Link(slope, intercept, ~held, int(held.sum()))


def _robust(new: Items, old: Items) -> tuple[float, float]:
    """A from the median ratio of slopes, and of pairs of difficulties where they are spread; B from the median."""
    slope = float(np.exp(np.median(np.log(new.a) - np.log(old.a))))
    return slope, float(np.median(old.b - slope * new.b))


def _together(new: Items, old: Items, slope: float, intercept: float) -> NDArray[np.bool_]:
    """Anchors within OUTLYING robust deviations in both parameters; the closer half is never dropped."""
    apart_b = old.b - (slope * new.b + intercept)
    apart_a = np.log(old.a) - (np.log(new.a) - np.log(slope))
    distance = np.maximum(
        _scaled(apart_b, np.hypot(old.b_se, slope * new.b_se)),
        _scaled(apart_a, np.hypot(old.log_a_se, new.log_a_se)),
    )
    fewest = max(FEWEST_ANCHORS, -(-distance.size // 2))
    return np.asarray(distance <= max(OUTLYING, float(np.sort(distance)[fewest - 1])))


def _scaled(apart: Floats, noise: Floats) -> Floats:
    """Distance from the median in deviations: the anchors' own spread (0.741 IQR) or their noise, whichever is more."""
    low, middle, high = np.quantile(apart, [0.25, 0.5, 0.75])
    scale = np.maximum(np.maximum(0.741 * (high - low), noise), 1e-6)
    return np.asarray(np.abs(apart - middle) / scale)


def _stocking_lord(
    new: Items, old: Items, kept: NDArray[np.bool_], slope: float, intercept: float
) -> tuple[float, float]:
    """Least squares between the characteristic curves of the kept anchors over a standard normal population."""
    from scipy.optimize import least_squares  # web processes read calibrations and never make one

    a, b, c = new.a[kept], new.b[kept], new.c[kept]
    target = _curve(old.a[kept], old.b[kept], c)

    def gap(line: Floats) -> Floats:
        stretch = np.exp(line[0])
        return np.asarray(np.sqrt(WEIGHTS) * (_curve(a / stretch, stretch * b + line[1], c) - target))

    found = least_squares(gap, np.array([np.log(slope), intercept]), method="lm")
    return float(np.exp(found.x[0])), float(found.x[1])


def _curve(a: Floats, b: Floats, c: Floats) -> Floats:
    """Expected score over the nodes, (Q,)."""
    return np.asarray((c + (1 - c) * expit(a * (NODES[:, None] - b))).sum(1))
