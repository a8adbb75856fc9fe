"""Watching items for drift, and a challenger that corrects the engine item by item. Pure.

An item that has become harder or easier (a leaked key, a changed picture) leaves residuals of one sign. Page's
cumulative sums notice (Page 1954; known as Page–Hinkley where the mean is estimated: here it is 0 if the engine is
right). With SLACK .25 and LIMIT 16 a shift of half a standard deviation is found after some 60 answers, and a steady
item raises a false alarm once in some 20,000 answers. For the store as a whole ADWIN (Bifet & Gavaldà 2007) watches the
loss.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from math import exp, log, sqrt
from typing import Any

SLACK = 0.25
LIMIT = 16.0
SETTLED = 30
MOST_RESIDUAL = 4.0
CLOSEST = 0.02
SHIFT_VARIANCE = 0.09
REMEMBERED = 2000
SURPRISE = 0.0002


class Drift(Enum):
    """What became of an item."""

    HARDER = "harder"
    EASIER = "easier"


@dataclass(slots=True)
class Watch:
    """One item: answers seen, the two cumulative sums, and the challenger's correction in logits with its precision."""

    answers: int = 0
    harder: float = 0.0
    easier: float = 0.0
    shift: float = 0.0
    precision: float = 1 / SHIFT_VARIANCE

    def challenge(self, probability: float) -> float:
        """The challenger's prediction: the engine's, moved by what its residuals on this item say."""
        p = min(max(probability, 1e-6), 1 - 1e-6)
        return 1 / (1 + exp(-(log(p / (1 - p)) + self.shift)))

    def see(self, probability: float, score: float) -> Drift | None:
        """Take in one answer; the alarm it raises, after which the sums begin anew."""
        challenger = self.challenge(probability)
        self.precision += challenger * (1 - challenger)
        self.shift += (score - challenger) / self.precision
        p = min(max(probability, CLOSEST), 1 - CLOSEST)
        residual = min(max((score - p) / sqrt(p * (1 - p)), -MOST_RESIDUAL), MOST_RESIDUAL)
        self.answers += 1
        if self.answers <= SETTLED:
            return None
        self.harder = max(0.0, self.harder - residual - SLACK)
        self.easier = max(0.0, self.easier + residual - SLACK)
        if max(self.harder, self.easier) <= LIMIT:
            return None
        drift = Drift.HARDER if self.harder > LIMIT else Drift.EASIER
        self.harder = self.easier = 0.0
        return drift


def worse(before: Sequence[float], losses: Sequence[float]) -> tuple[bool, list[float]]:
    """Whether predictions became worse within `losses`, which followed `before`; and the losses to remember.

    After a change only the losses since then are remembered, so one change raises one alarm.
    """
    from river.drift import ADWIN  # only the auditor needs it, and it brings 50 MB

    detector: Any = ADWIN(delta=SURPRISE)  # type: ignore[no-untyped-call]
    for loss in before:
        detector.update(loss)
    risen, kept = False, list(before)
    for loss in losses:
        mean = detector.estimation
        detector.update(loss)
        kept.append(loss)
        if detector.drift_detected:
            risen |= detector.estimation > mean
            kept = kept[-int(detector.width) :]
    return risen, kept[-REMEMBERED:]
