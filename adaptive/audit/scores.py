"""How good predictions were, from a histogram of them. Pure.

Cells add up, so any days, courses and learners can be looked at together. Within a bin predictions count as ties, which
with a hundred bins moves the AUC by less than a thousandth.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import log, sqrt
from typing import Any

BINS = 100
CURVE_POINTS = 10
CALIBRATION_BINS = 20
LEAST = 1e-9
FAMILIARITIES = NEW_LEARNER, NEW_ITEM, FAMILIAR = (0, 1, 2)
FIRST_ANSWERS = 5
KNOWN_ITEM = 20


@dataclass(slots=True)
class Cell:
    """Sums over the predictions of one bin; `right` counts scores of half or more."""

    count: int = 0
    right: int = 0
    score: float = 0.0
    probability: float = 0.0
    log_loss: float = 0.0
    square: float = 0.0
    challenger_log_loss: float = 0.0

    def add(self, probability: float, score: float, challenger: float) -> float:
        """Add a prediction; its log loss."""
        lost = loss(probability, score)
        self.count += 1
        self.right += score >= 0.5
        self.score += score
        self.probability += probability
        self.log_loss += lost
        self.square += (score - probability) ** 2
        self.challenger_log_loss += loss(challenger, score)
        return lost


@dataclass(frozen=True, slots=True)
class Summary:
    """`auc` is None where all answers were alike; `curve` has (mean prediction, mean score, count) of each tenth."""

    count: int
    auc: float | None
    log_loss: float
    rmse: float
    calibration_error: float
    challenger_log_loss: float
    curve: tuple[tuple[float, float, int], ...]


def bin_of(probability: float) -> int:
    """The bin a prediction falls in, 0…BINS − 1."""
    return min(max(int(probability * BINS), 0), BINS - 1)


def loss(probability: float, score: float) -> float:
    """Log loss in nats."""
    p = min(max(probability, LEAST), 1 - LEAST)
    return -(score * log(p) + (1 - score) * log(1 - p))


def familiarity(learner_answers: int, item_answers: int) -> int:
    """Whether a prediction was made from a cold start: of the learner, else of the item."""
    if learner_answers < FIRST_ANSWERS:
        return NEW_LEARNER
    return NEW_ITEM if item_answers < KNOWN_ITEM else FAMILIAR


def summary(rows: Iterable[Mapping[str, Any]]) -> Summary | None:
    """Of cells with their `bin`, added up; None where there is nothing."""
    cells = sorted(rows, key=lambda row: row["bin"])
    count = sum(row["count"] for row in cells)
    if not count:
        return None
    return Summary(
        count=count,
        auc=_auc(cells),
        log_loss=sum(row["log_loss"] for row in cells) / count,
        rmse=sqrt(sum(row["square"] for row in cells) / count),
        calibration_error=sum(abs(score - chance) for chance, score, _ in _grouped(cells, CALIBRATION_BINS)) / count,
        challenger_log_loss=sum(row["challenger_log_loss"] for row in cells) / count,
        curve=tuple((chance / n, score / n, n) for chance, score, n in _grouped(cells, CURVE_POINTS)),
    )


def _auc(cells: list[Mapping[str, Any]]) -> float | None:
    """Share of pairs in the right order, ties at half."""
    wrong_below = won = 0.0
    for number in sorted({row["bin"] for row in cells}):
        here = [row for row in cells if row["bin"] == number]
        right = sum(row["right"] for row in here)
        wrong = sum(row["count"] for row in here) - right
        won += right * (wrong_below + wrong / 2)
        wrong_below += wrong
    right = sum(row["right"] for row in cells)
    return won / (right * wrong_below) if right and wrong_below else None


def _grouped(cells: list[Mapping[str, Any]], groups: int) -> list[tuple[float, float, int]]:
    """(sum of predictions, sum of scores, count) of each group of bins that has any."""
    sums: dict[int, tuple[float, float, int]] = {}
    for row in cells:
        group = row["bin"] * groups // BINS
        chance, score, count = sums.get(group, (0.0, 0.0, 0))
        sums[group] = (chance + row["probability"], score + row["score"], count + row["count"])
    return [sums[group] for group in sorted(sums)]
