"""From the mode of an item's posterior to its mean, which is what errs least."""

import itertools
import math

import numpy as np

from adaptive.calibration.marginal import Estimation, Expectation, score
from adaptive.calibration.responses import Floats


def posterior_means(estimation: Estimation, mode: Floats, expected: Expectation) -> Floats:
    """Rows (items, n) of posterior means, answers of the other items held as expected.

    The posterior of an easy or hard item is skewed, so its mode understates |b|. Its mean is a ratio of integrals
    over the complete-data posterior, taken by cubature of degree five around the mode (McNamee & Stenger 1967).
    """
    _, information = score(expected.counts, expected.log_p, expected.gradient)
    information += np.eye(mode.shape[1]) * estimation.precision[:, None, :]
    root = np.linalg.inv(np.linalg.cholesky(information))
    total, mean = np.zeros(len(mode)), np.zeros(mode.shape)
    for point, weight in zip(*cubature(mode.shape[1]), strict=True):
        shift = np.where(estimation.model.used, point @ root, 0.0)
        there = mode + shift
        log_p, _ = estimation.model.tables(there, estimation.quadrature.nodes)
        rise = np.einsum("jkq,jkq->j", expected.counts, log_p - expected.log_p)
        rise -= 0.5 * (estimation.precision * shift * (there + mode - 2 * estimation.mean)).sum(1)
        share = weight * np.exp(np.clip(rise + 0.5 * point @ point, -3.0, 3.0))
        total += share
        mean += share[:, None] * shift
    bound = np.sqrt(np.einsum("jrp,jrp->jp", root, root))
    return mode + np.clip(mean / total[:, None], -bound, bound)


def cubature(dimensions: int) -> tuple[list[Floats], list[float]]:
    """Points and weights that integrate polynomials of degree five against a standard normal density."""
    n = dimensions
    axes = np.eye(n)
    points: list[Floats] = [np.zeros(n)]
    weights = [2 / (n + 2)]
    for axis, sign in itertools.product(range(n), (1, -1)):
        points.append(sign * math.sqrt(n + 2) * axes[axis])
        weights.append((4 - n) / (2 * (n + 2) ** 2))
    for (one, other), sign, turn in itertools.product(itertools.combinations(range(n), 2), (1, -1), (1, -1)):
        points.append(sign * math.sqrt(n / 2 + 1) * (axes[one] + turn * axes[other]))
        weights.append((n + 2) ** -2)
    return points, weights
