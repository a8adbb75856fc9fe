"""The three-parameter logistic model: chance of success and Fisher information."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit

Floats = NDArray[np.float64]


def success(level: ArrayLike, a: ArrayLike, b: ArrayLike, c: ArrayLike = 0.0) -> Floats:
    """P(correct) = c + (1 − c) σ(a (level − b)), broadcast; level and b in logits, c in [0, 1) (Birnbaum 1968)."""
    floor = np.asarray(c, dtype=np.float64)
    return np.asarray(floor + (1 - floor) * expit(np.multiply(a, np.subtract(level, b))))


def information(level: ArrayLike, a: ArrayLike, b: ArrayLike, c: ArrayLike = 0.0) -> Floats:
    """Fisher information about the level, per squared logit: a² (q / p) ((p − c) / (1 − c))² (Lord 1980, eq. 4-43)."""
    floor = np.asarray(c, dtype=np.float64)
    above = expit(np.multiply(a, np.subtract(level, b)))
    p = floor + (1 - floor) * above
    # (1 − p) = (1 − c)(1 − above) and (p − c) = (1 − c) above; p is zero only where `above` underflows with c = 0.
    share = np.divide(above, p, out=np.ones_like(p), where=p > 0)
    return np.asarray(np.square(a) * (1 - floor) * (1 - above) * above * share)
