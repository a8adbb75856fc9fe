"""The response model: graded responses with a guessing floor; the 1PL, 2PL and 3PL are its two-category cases.

P(X ≥ k | θ) = c + (1 − c) σ(a (θ − b_k)), c = 0 where an item has more than two categories
(Samejima 1969; Birnbaum 1968). An item's row of parameters is (log a, b, log-gap…, logit c): b is the mean of its
thresholds b_1 < … < b_{K−1}, the gaps between them are kept positive by their logarithms, and the last is there
only where guessing is estimated. So every row of finite numbers is a valid item.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, log_expit

from adaptive.calibration.responses import Floats, Integers

LOG_SLOPE, LOCATION, FIRST_GAP = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Graded:
    """`categories` (items,), `floor` (items,) the known guessing probability, `guessing` whether it is estimated."""

    categories: Integers
    floor: Floats
    guessing: bool = False

    @property
    def width(self) -> int:
        return int(self.categories.max(initial=2))

    @property
    def parameters(self) -> int:
        return self.width + self.guessing

    @property
    def used(self) -> NDArray[np.bool_]:
        """(items, parameters): which numbers of a row mean something for its item."""
        gaps = np.arange(self.width - 2) < (self.categories - 2)[:, None]
        always = np.ones((self.categories.size, 2), bool)
        floor = (self.categories == 2)[:, None][:, : int(self.guessing)]
        return np.hstack([always, gaps, floor])

    def thresholds(self, rows: Floats) -> Floats:
        """(items, width − 1) in ability units; NaN beyond an item's own."""
        steps = np.where(self._gaps_used(), np.exp(rows[:, FIRST_GAP : self.width]), 0.0)
        above_first = np.hstack([np.zeros((len(rows), 1)), np.cumsum(steps, 1)])
        own = np.arange(self.width - 1) < (self.categories - 1)[:, None]
        centre = np.where(own, above_first, 0.0).sum(1) / (self.categories - 1)
        return np.where(own, rows[:, LOCATION, None] + above_first - centre[:, None], np.nan)

    def guess(self, rows: Floats) -> Floats:
        """(items,) the lower asymptote c."""
        if not self.guessing:
            return self.floor
        return np.where(self.categories == 2, expit(rows[:, -1]), 0.0)

    def threshold_slopes(self, rows: Floats) -> Floats:
        """∂ threshold / ∂ parameter, (items, width − 1, parameters)."""
        slopes = np.zeros((len(rows), self.width - 1, self.parameters))
        slopes[:, :, LOCATION] = 1.0
        steps = np.where(self._gaps_used(), np.exp(rows[:, FIRST_GAP : self.width]), 0.0)
        for gap in range(self.width - 2):
            above = (np.arange(self.width - 1) > gap)[None, :]
            share = np.maximum(self.categories - 2 - gap, 0) / (self.categories - 1)
            slopes[:, :, FIRST_GAP + gap] = steps[:, gap, None] * (above - share[:, None])
        return slopes

    def log_p(self, rows: Floats, nodes: Floats) -> Floats:
        """log P (items, width, Q)."""
        if self.width > 2:
            return self.tables(rows, nodes)[0]
        logits = np.exp(rows[:, LOG_SLOPE])[:, None, None] * (nodes - rows[:, LOCATION, None, None])
        return _binary_log_p(logits, self.guess(rows)[:, None, None])

    def tables(self, rows: Floats, nodes: Floats) -> tuple[Floats, Floats]:
        """log P (items, width, Q) and its gradient (items, parameters, width, Q); both 0 in unused categories."""
        slope = np.exp(rows[:, LOG_SLOPE])[:, None, None]
        bounds = self.thresholds(rows)
        beyond = np.isnan(bounds)[:, :, None]
        logits = slope * (nodes - np.where(beyond, 0.0, bounds[:, :, None]))
        if self.width == 2:
            log_p, upper, lower = _binary(logits, self.guess(rows)[:, None, None])
        else:
            log_p, upper, lower = self._polytomous(logits, beyond, self.guess(rows))
        return log_p, self._gradient(rows, slope, logits, upper, lower, log_p)

    def _gaps_used(self) -> NDArray[np.bool_]:
        return np.arange(self.width - 2) < (self.categories - 2)[:, None]

    def _polytomous(self, logits: Floats, beyond: NDArray[np.bool_], guess: Floats) -> tuple[Floats, Floats, Floats]:
        """As `_binary` for K categories: P_k = σ(z_k) σ(−z_{k+1}) (1 − exp(z_{k+1} − z_k)), which never cancels."""
        items, count, nodes = logits.shape
        log_p = np.zeros((items, count + 1, nodes))
        log_p[:, 1:] += np.where(beyond, 0.0, log_expit(logits))
        log_p[:, :-1] += np.where(beyond, 0.0, log_expit(-logits))
        upper = np.where(beyond, 0.0, expit(-logits))
        lower = np.where(beyond, 0.0, -expit(logits))
        apart = np.where(beyond[:, 1:], np.inf, logits[:, :-1] - logits[:, 1:])
        with np.errstate(divide="ignore", over="ignore"):
            between = np.log(-np.expm1(-apart))
            pull = 1 / np.expm1(apart)
        log_p[:, 1:-1] += np.maximum(between, -700.0)
        upper[:, :-1] += np.minimum(pull, 1e12)
        lower[:, 1:] -= np.minimum(pull, 1e12)
        floored = (guess > 0) & (self.categories == 2)
        if floored.any():
            log_p[floored, :2], upper[floored, :1], lower[floored, :1] = _binary(
                logits[floored, :1], guess[floored, None, None]
            )
        return log_p, upper, lower

    def _gradient(
        self, rows: Floats, slope: Floats, logits: Floats, upper: Floats, lower: Floats, log_p: Floats
    ) -> Floats:
        """Chain rule: `upper` is ∂ log P_k / ∂ z_k, `lower` ∂ log P_{k−1} / ∂ z_k, z_k = a (θ − b_k)."""
        items, count, nodes = logits.shape
        gradient = np.zeros((items, self.parameters, count + 1, nodes))
        gradient[:, LOG_SLOPE, 1:] += upper * logits
        gradient[:, LOG_SLOPE, :-1] += lower * logits
        if self.width == 2:
            gradient[:, LOCATION, 1:] = -slope * upper
            gradient[:, LOCATION, :-1] = -slope * lower
        else:
            moves = -slope[:, :, None] * self.threshold_slopes(rows)[:, :, :, None]
            for parameter in range(LOCATION, self.width):
                gradient[:, parameter, 1:] += moves[:, :, parameter] * upper
                gradient[:, parameter, :-1] += moves[:, :, parameter] * lower
        if self.guessing:
            guess = self.guess(rows)[:, None]
            binary = (self.categories == 2)[:, None]
            gradient[:, -1, 0] = np.where(binary, -guess, 0.0)
            gradient[:, -1, 1] = np.where(binary, guess * np.exp(log_p[:, 0] - log_p[:, 1]), 0.0)
        return gradient


def _binary(logits: Floats, guess: Floats) -> tuple[Floats, Floats, Floats]:
    """log P of both categories (…, 2, Q), ∂ log P_1 / ∂z and ∂ log P_0 / ∂z (…, 1, Q)."""
    log_p, right = _binary_log_p(logits, guess), expit(logits)
    if not guess.any():
        return log_p, 1 - right, -right
    upper = (1 - guess) * right * expit(-logits) * np.exp(-log_p[:, 1:])
    return log_p, upper, -right


def _binary_log_p(logits: Floats, guess: Floats) -> Floats:
    """log P of both categories (…, 2, Q) from logits (…, 1, Q)."""
    log_wrong = log_expit(-logits)
    if not guess.any():
        return np.concatenate([log_wrong, logits + log_wrong], 1)
    wrong = np.log1p(-guess) + log_wrong
    return np.concatenate([wrong, np.log(guess + (1 - guess) * expit(logits))], 1)
