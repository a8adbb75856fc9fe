"""Does an item behave as its model says? Residuals of answers predicted from the learner's other answers.

Dropping an answer from a learner's posterior is a division: p(θ | others) ∝ p(θ | all) / P(x | θ). So each answer is
compared with an honest prediction, and the statistics keep their null distribution on sparse and adaptive designs,
where number-correct groups (S-X², Orlando & Thissen 2000) do not exist. The groups here are deciles of the expected
score instead.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc

from adaptive.calibration.estimate import Calibration
from adaptive.calibration.marginal import posterior
from adaptive.calibration.responses import Floats, Integers

GROUPS = 10
LEAST_IN_GROUP = 5.0
UNLIKELY = 0.001
NOTICEABLE = 0.05
MOMENTS = 5


@dataclass(frozen=True, slots=True)
class Fit:
    """Arrays over items; NaN where too few answers tell.

    `infit`, `outfit`: mean squares, 1 expected (Wright & Masters 1982), and their standard scores. `chi_square` over
    groups with `degrees` of freedom and tail `p`. `deviation`: root mean square of observed minus expected mean score
    over the groups, beyond what chance adds, as a share of the highest score.
    """

    infit: Floats
    infit_z: Floats
    outfit: Floats
    outfit_z: Floats
    chi_square: Floats
    degrees: Integers
    p: Floats
    deviation: Floats

    @property
    def misfit(self) -> NDArray[np.bool_]:
        """Both unlikely under the model and large enough to matter."""
        return np.asarray((self.p < UNLIKELY) & (self.deviation > NOTICEABLE))


@dataclass(frozen=True, slots=True)
class Predicted:
    """Answers to one item: weight, score, and the mean and central moments the learner's other answers foretell."""

    weight: Floats
    score: Floats
    mean: Floats
    variance: Floats
    fourth: Floats


def item_fit(found: Calibration) -> Fit:
    """Fit of every item at the posterior mode."""
    cells = _collect(found)
    used, top = found.model.used.sum(1), found.model.categories - 1
    rows = [_statistics(_item(cells, item), int(used[item]), int(top[item])) for item in range(len(used))]
    columns = [np.array(column) for column in zip(*rows, strict=True)] if rows else [np.zeros(0)] * 8
    infit, infit_z, outfit, outfit_z, square, degrees, p, deviation = columns
    return Fit(infit, infit_z, outfit, outfit_z, square, degrees.astype(np.int64), p, deviation)


Cells = list[list[tuple[Floats, Floats, Floats]]]


def _collect(found: Calibration) -> Cells:
    """For each item a list of (weights, scores, raw moments (n, MOMENTS)) by category and block of learners."""
    estimation, width = found.estimation, found.model.width
    log_p, _ = found.model.tables(found.mode, estimation.quadrature.nodes)
    log_p = np.maximum(log_p, -60.0)
    own = np.arange(width) < found.model.categories[:, None]
    powers = np.arange(width)[:, None] ** np.arange(MOMENTS)
    moments = np.einsum("jkq,jk,km->jqm", np.exp(log_p), own, powers)
    cells: Cells = [[] for _ in range(len(found.rows))]
    for block in estimation.blocks:
        weights, _ = posterior(block, log_p, estimation.quadrature)
        columns = block.sparse().tocsc()
        for column in np.flatnonzero(np.diff(columns.indptr)):
            held = slice(columns.indptr[column], columns.indptr[column + 1])
            item, category = divmod(int(column), width)
            table = (moments[item] * np.exp(-log_p[item, category])[:, None]).astype(np.float32)
            raw = (weights[columns.indices[held]] @ table).astype(float)
            scores = np.full(len(raw), float(category))
            cells[item].append((columns.data[held].astype(float), scores, raw / np.maximum(raw[:, :1], 1e-30)))
    return cells


def _item(cells: Cells, item: int) -> Predicted:
    if not cells[item]:
        return Predicted(*[np.zeros(0)] * 5)
    weight, score, raw = (np.concatenate(part) for part in zip(*cells[item], strict=True))
    mean, second, third, fourth = raw[:, 1], raw[:, 2], raw[:, 3], raw[:, 4]
    variance = np.maximum(second - mean**2, 1e-6)
    central = fourth - 4 * mean * third + 6 * mean**2 * second - 3 * mean**4
    return Predicted(weight, score, mean, variance, np.maximum(central, variance**2))


def _statistics(seen: Predicted, parameters: int, top: int) -> tuple[float, ...]:
    """The eight numbers of Fit for one item."""
    order = np.argsort(seen.mean, kind="stable")
    passed = np.cumsum(seen.weight[order])
    total = float(passed[-1]) if passed.size else 0.0
    groups = int(min(GROUPS, total // LEAST_IN_GROUP))
    if groups <= parameters:
        return (np.nan, np.nan, np.nan, np.nan, np.nan, 0, np.nan, np.nan)
    place = np.minimum((passed - 0.5 * seen.weight[order]) / total * groups, groups - 1).astype(int)
    off = (seen.weight * (seen.score - seen.mean))[order]
    residual = np.bincount(place, off, groups)
    variance = np.bincount(place, (seen.weight * seen.variance)[order], groups)
    size = np.bincount(place, seen.weight[order], groups)
    square = float((residual**2 / np.maximum(variance, 1e-9)).sum())
    degrees = groups - parameters
    excess = (residual**2 - variance * degrees / groups) / np.maximum(size, 1e-9)
    deviation = float(np.sqrt(max(float(excess.sum()) / total, 0.0))) / top
    return (*_mean_squares(seen), square, degrees, float(chdtrc(degrees, square)), deviation)


def _mean_squares(seen: Predicted) -> tuple[float, float, float, float]:
    squares = seen.weight * (seen.score - seen.mean) ** 2
    noise = seen.weight * (seen.fourth - seen.variance**2)
    total, share = float((seen.weight * seen.variance).sum()), seen.weight / seen.variance
    infit, outfit = float(squares.sum()) / total, float((squares / seen.variance).sum() / seen.weight.sum())
    infit_sd = np.sqrt(noise.sum()) / total
    outfit_sd = np.sqrt((noise * share / seen.variance / np.maximum(seen.weight, 1e-9)).sum()) / seen.weight.sum()
    return infit, (infit - 1) / max(infit_sd, 1e-9), outfit, (outfit - 1) / max(outfit_sd, 1e-9)
