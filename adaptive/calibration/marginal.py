"""Marginal estimation of item parameters: EM over quadrature nodes (Bock & Aitkin 1981) with normal priors."""

from dataclasses import dataclass

import numpy as np

from adaptive.calibration.graded import FIRST_GAP, LOCATION, LOG_SLOPE, Graded
from adaptive.calibration.quadrature import Quadrature
from adaptive.calibration.responses import Block, Floats

LONGEST_STEP = 1.0
HALVINGS = 6


def posterior(block: Block, log_p: Floats, quadrature: Quadrature) -> tuple[Floats, float]:
    """Each learner's posterior (learners, Q) float32 given log P (items, width, Q), and their log likelihood."""
    weights = block.log_likelihood(log_p)
    weights += quadrature.log_weights.astype(np.float32)
    peak = weights.max(1, keepdims=True)
    weights -= peak
    np.exp(weights, out=weights)
    total = weights @ np.ones((weights.shape[1], 1), np.float32)
    weights /= total
    return weights, float(peak.sum(dtype=float) + np.log(total).sum(dtype=float))


@dataclass(frozen=True, slots=True)
class Estimation:
    """One problem: answers by blocks, model, nodes, prior `mean` and `precision` (items, parameters).

    `shared` ties all slopes together (1PL); the precision of log a is then the common slope's, spread over the items.
    """

    blocks: list[Block]
    model: Graded
    quadrature: Quadrature
    mean: Floats
    precision: Floats
    shared: bool = False

    def expect(self, rows: Floats) -> "Expectation":
        """The E step at `rows`."""
        log_p, gradient = self.model.tables(rows, self.quadrature.nodes)
        nodes = self.quadrature.nodes.astype(np.float32)
        counts, mass, blur, total = np.zeros(log_p.shape), np.zeros(nodes.size), np.zeros(nodes.size), 0.0
        for block in self.blocks:
            weights, likelihood = posterior(block, log_p, self.quadrature)
            within = weights.sum(0)
            counts += block.counts(weights, within)
            mass += within
            blur += (weights @ nodes**2 - (weights @ nodes) ** 2) @ weights
            total += likelihood
        return Expectation(counts, mass, blur / np.maximum(mass, 1e-30), total, log_p, gradient)

    def step(self, flat: Floats) -> tuple[Floats, float]:
        """One EM step from flattened rows, and the log posterior there."""
        rows = flat.reshape(self.mean.shape)
        expected = self.expect(rows)
        moved, _ = self.maximise(rows, expected)
        away = np.where(self.model.used, rows - self.mean, 0.0)
        return moved.ravel(), expected.log_likelihood - 0.5 * float((self.precision * away**2).sum())

    def expanded_step(self, rows: Floats) -> tuple[Floats, Floats]:
        """An EM step that also frees the population's mean and spread and standardises them away again.

        Parameter expansion (Liu, Rubin & Wu 1998) removes the slow directions of long tests, a shift and a stretch
        of the whole scale. Also returns the posterior variance of each parameter (items, n) before the step.
        """
        expected = self.expect(rows)
        moved, information = self.maximise(rows, expected)
        share = expected.mass / max(expected.mass.sum(), 1e-300)
        centre = float(share @ self.quadrature.nodes)
        spread = float(np.sqrt(max(share @ self.quadrature.nodes**2 - centre**2, 1e-6)))
        moved[:, LOG_SLOPE] += np.log(spread)
        moved[:, LOCATION] = (moved[:, LOCATION] - centre) / spread
        moved[:, FIRST_GAP : self.model.width] -= np.log(spread)
        information -= missing(expected, self.quadrature.nodes)
        variance = np.linalg.inv(information).diagonal(axis1=1, axis2=2)
        return moved, np.where(variance > 0, variance, np.inf)

    def maximise(self, rows: Floats, expected: "Expectation") -> tuple[Floats, Floats]:
        """One Fisher step of every item: rows after it and the information (items, n, n) with the prior's."""
        slope, information = score(expected.counts, expected.log_p, expected.gradient)
        slope -= self.precision * (rows - self.mean)
        information += np.eye(rows.shape[1]) * self.precision[:, None, :]
        move = shared_move(slope, information) if self.shared else solve(information, slope)
        longest = np.abs(move).max(1, keepdims=True, initial=0.0)
        move *= np.minimum(1.0, LONGEST_STEP / np.maximum(longest, 1e-300))
        move = np.where(self.model.used, move, 0.0)
        return rows + (move if self.shared else self._uphill(rows, move, expected)), information

    def _uphill(self, rows: Floats, move: Floats, expected: "Expectation") -> Floats:
        """`move`, halved for each item as often as it takes for that item's expected log posterior to rise."""
        for _ in range(HALVINGS):
            there = rows + move
            gain = self.model.log_p(there, self.quadrature.nodes)
            gain -= expected.log_p
            rise = np.einsum("jkq,jkq->j", gain, expected.counts)
            rise -= 0.5 * (self.precision * move * (there + rows - 2 * self.mean)).sum(1)
            fallen = rise < -1e-9 * (1 + expected.counts.sum((1, 2)))
            if not fallen.any():
                break
            move = np.where(fallen[:, None], 0.5 * move, move)
        return move


@dataclass(frozen=True, slots=True)
class Expectation:
    """Expected `counts` (items, width, Q), `mass` (Q,) of the population, `blur` (Q,) the posterior variance of
    ability of learners placed there, and the model's tables they came from."""

    counts: Floats
    mass: Floats
    blur: Floats
    log_likelihood: float
    log_p: Floats
    gradient: Floats


def score(counts: Floats, log_p: Floats, gradient: Floats) -> tuple[Floats, Floats]:
    """Gradient (items, parameters) and expected information (items, parameters, parameters) of complete data."""
    items, parameters = gradient.shape[:2]
    wide = gradient.reshape(items, parameters, -1)
    slope = np.einsum("jpx,jx->jp", wide, counts.reshape(items, -1))
    chance = np.exp(log_p)
    chance *= counts.sum(1, keepdims=True)
    weighted = wide * chance.reshape(items, 1, -1)
    information = np.einsum("jpx,jrx->jpr", weighted, wide)
    return slope, information


def missing(expected: Expectation, nodes: Floats) -> Floats:
    """What not knowing ability takes from each item's own information (items, n, n), by the delta method."""
    items, parameters = expected.gradient.shape[:2]
    turn = np.gradient(expected.gradient, nodes, axis=3).reshape(items, parameters, -1)
    weighted = turn * (expected.counts * expected.blur).reshape(items, 1, -1)
    return np.asarray(np.einsum("jpx,jrx->jpr", weighted, turn))


def solve(matrices: Floats, vectors: Floats) -> Floats:
    """Solutions (items, n) of small systems (items, n, n)."""
    return np.asarray(np.linalg.solve(matrices, vectors[:, :, None]))[:, :, 0]


def shared_move(slope: Floats, information: Floats) -> Floats:
    """The Fisher step where log a is one number for all items: an arrow matrix, solved through its Schur complement."""
    across, rest = information[:, LOG_SLOPE, 1:], information[:, 1:, 1:]
    alone = solve(rest, slope[:, 1:])
    coupled = solve(rest, across)
    common = (slope[:, LOG_SLOPE] - (across * alone).sum(1)).sum()
    common /= (information[:, LOG_SLOPE, LOG_SLOPE] - (across * coupled).sum(1)).sum()
    return np.hstack([np.full((len(slope), 1), common), alone - coupled * common])
