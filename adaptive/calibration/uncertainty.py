"""How well the items are known: the observed information of Louis (1982).

I = B − M + Λ: complete-data information B (a block an item), less the missing information
M = Σ_learners Cov(score | answers), plus prior precision Λ. Under one learner's posterior the complete-data score is a
smooth function of ability, so its covariance is a sum of squares of its coefficients on polynomials orthonormal
there; the parabola is the last that matters. With few parameters the whole matrix is inverted; with many, each
item's own block is taken and the coupling between items on the directions that carry it: shift, stretch and bend of
the ability scale. Stacked parameters run over items first: all log a, then all b, and so on.
"""

from collections.abc import Iterator

import numpy as np
import scipy.linalg as la

from adaptive.calibration.graded import FIRST_GAP, LOCATION, LOG_SLOPE
from adaptive.calibration.marginal import Estimation, Expectation, posterior, score
from adaptive.calibration.responses import Block, Floats

WHOLE = 500  # parameters up to which the whole matrix is inverted
LARGEST_SHARE = 0.999


def covariances(estimation: Estimation, mode: Floats, expected: Expectation) -> Floats:
    """Posterior covariance of each item's parameters (items, n, n); 0 for unused ones."""
    _, own = score(expected.counts, expected.log_p, expected.gradient)
    own += np.eye(mode.shape[1]) * estimation.precision[:, None, :]
    if mode.size - estimation.shared * len(mode) <= WHOLE:
        blocks = _whole(estimation, own, expected)
    elif estimation.shared:
        blocks = _coupled_tied(estimation, mode, own, expected)
    else:
        blocks = _coupled(estimation, mode, own, expected)
    used = estimation.model.used
    return np.where(used[:, :, None] & used[:, None, :], blocks, 0.0)


def _waves(estimation: Estimation, expected: Expectation) -> Iterator[tuple[Block, Floats, Floats]]:
    """Each block of learners with its posterior times the orthonormal line and parabola, (learners, Q) each."""
    nodes = estimation.quadrature.nodes.astype(np.float32)
    for block in estimation.blocks:
        weights, _ = posterior(block, expected.log_p, estimation.quadrature)
        mean = weights @ nodes
        spread = np.sqrt(np.maximum(weights @ nodes**2 - mean**2, 1e-9))
        unit = (nodes - mean[:, None]) / spread[:, None]
        line = weights * unit
        skew = np.einsum("iq,iq,iq->i", line, unit, unit)
        tail = np.einsum("iq,iq,iq,iq->i", line, unit, unit, unit)
        parabola = unit**2 - skew[:, None] * unit - 1
        parabola *= weights / np.sqrt(np.maximum(tail - skew**2 - 1, 1e-9))[:, None]
        yield block, line, parabola


def _whole(estimation: Estimation, own: Floats, expected: Expectation) -> Floats:
    items, n = own.shape[:2]
    each = np.arange(items)
    stacked = np.zeros((n, items, n, items))
    stacked[:, each, :, each] = own
    information: Floats = stacked.reshape(n * items, n * items)
    for block, *waves in _waves(estimation, expected):
        for wave in waves:
            scores = _scores(block, wave, expected.gradient)
            information -= scores.T @ scores
    if estimation.shared:
        tie = la.block_diag(np.ones((items, 1)), np.eye((n - 1) * items))
        inverse: Floats = tie @ _inverse(tie.T @ information @ tie) @ tie.T
    else:
        inverse = _inverse(information)
    return np.asarray(inverse.reshape(n, items, n, items)[:, each, :, each])


def _scores(block: Block, wave: Floats, gradient: Floats) -> Floats:
    """Coefficients of every learner's scores on a wave, (learners, n·items)."""
    items, n, width, nodes = gradient.shape
    lines = np.ascontiguousarray(gradient.transpose(2, 1, 0, 3), np.float32).reshape(width, n * items, nodes)
    scores = np.zeros((len(wave), n, items), np.float32)
    for category in range(width):
        part = (wave @ lines[category].T).reshape(scores.shape)
        part *= block.answered(category)[:, None, :]
        scores += part
    return scores.reshape(-1, n * items)


def _coupled(estimation: Estimation, mode: Floats, own: Floats, expected: Expectation) -> Floats:
    missing = _own_missing(estimation, expected)
    root = np.linalg.cholesky(_positive(own - missing, own))
    back = np.linalg.inv(root)
    directions = _directions(mode, estimation)
    items, n, count = directions.shape
    basis = la.qr((root.transpose(0, 2, 1) @ directions).reshape(-1, count), mode="economic")[0].reshape(
        items, n, count
    )
    flat = back.transpose(0, 2, 1) @ basis
    coupling = _projected_missing(estimation, expected, flat)
    coupling -= np.einsum("jpu,jpr,jrv->uv", flat, missing, flat)
    share, turn = la.eigh(coupling)
    share = np.clip(share, -LARGEST_SHARE, LARGEST_SHARE)
    spread = flat @ turn
    return np.asarray(back.transpose(0, 2, 1) @ back + (spread * (share / (1 - share))) @ spread.transpose(0, 2, 1))


def _coupled_tied(estimation: Estimation, mode: Floats, own: Floats, expected: Expectation) -> Floats:
    """As `_coupled` with one slope for all items: known while the rest is inverted, then let vary with the rest."""
    follow = np.ones((*mode.shape, 1))
    follow[:, 1:] = -np.linalg.solve(own[:, 1:, 1:], own[:, 1:, :1])
    information = np.einsum("jpu,jpr,jrv->uv", follow, own, follow)
    information -= _projected_missing(estimation, expected, follow)
    pinned = own.copy()
    pinned[:, LOG_SLOPE, 1:] = pinned[:, 1:, LOG_SLOPE] = 0.0
    pinned[:, LOG_SLOPE, LOG_SLOPE] *= 1e9
    return np.asarray(_coupled(estimation, mode, pinned, expected) + follow @ follow.transpose(0, 2, 1) / information)


def _directions(mode: Floats, estimation: Estimation) -> Floats:
    """(items, n, 4): how rows move when ability is shifted, stretched, bent and twisted, θ → θ + ε θ^r."""
    place = np.clip(mode[:, LOCATION], -4.0, 4.0)
    moves = np.zeros((*mode.shape, 4))
    for power in range(4):
        stretch = power * place ** max(power - 1, 0)
        moves[:, LOCATION, power] = place**power
        moves[:, LOG_SLOPE, power] = -stretch
        moves[:, FIRST_GAP : estimation.model.width, power] = stretch[:, None]
    return np.where(estimation.model.used[:, :, None], moves, 0.0)


def _own_missing(estimation: Estimation, expected: Expectation) -> Floats:
    """Missing information within each item, (items, n, n)."""
    items, n, width = expected.gradient.shape[:3]
    gradient = expected.gradient.transpose(0, 2, 3, 1).astype(np.float32)
    missing = np.zeros((items, n, n))
    for block, *waves in _waves(estimation, expected):
        columns = block.sparse().tocsc()
        both = np.stack(waves, 1)
        for column in np.flatnonzero(np.diff(columns.indptr)):
            held = slice(columns.indptr[column], columns.indptr[column + 1])
            item, category = divmod(int(column), width)
            scores = both[columns.indices[held]] @ gradient[item, category]
            scores *= columns.data[held, None, None]
            scores = scores.reshape(-1, n)
            missing[item] += scores.T @ scores
    return missing


def _projected_missing(estimation: Estimation, expected: Expectation, directions: Floats) -> Floats:
    """directionsᵀ M directions, for directions (items, n, count)."""
    count = directions.shape[2]
    total = np.zeros((count, count))
    tables = [np.einsum("jpkq,jp->jkq", expected.gradient, directions[:, :, move]) for move in range(count)]
    for block, *waves in _waves(estimation, expected):
        scores = [block.log_likelihood(each) for each in tables]
        for wave in waves:
            along = np.stack([np.einsum("iq,iq->i", wave, each) for each in scores], 1).astype(float)
            total += along.T @ along
    return total


def _positive(blocks: Floats, complete: Floats) -> Floats:
    """Blocks whose eigenvalues rounding has not taken below a thousandth of the complete-data information."""
    floor = 1e-3 * complete.diagonal(axis1=1, axis2=2).min(1)
    value, turn = np.linalg.eigh(blocks)
    value = np.maximum(value, np.maximum(floor, 1e-6)[:, None])
    return np.asarray((turn * value[:, None, :]) @ turn.transpose(0, 2, 1))


def _inverse(information: Floats) -> Floats:
    """Inverse of a symmetric matrix that should be positive definite; directions without information stay bounded."""
    try:
        return np.asarray(la.cho_solve(la.cho_factor(information), np.eye(len(information))))
    except la.LinAlgError:
        value, turn = la.eigh(information)
        return np.asarray((turn / np.maximum(value, 1e-3 * np.median(np.abs(value)))) @ turn.T)
