"""Watching items for drift, and a challenger that corrects the engine item by item. Pure.

An item that has become harder or easier (a leaked key, a changed picture) is answered as one whose predictions are MOVE
logits off. Page's cumulative sums of that log-likelihood ratio notice (Page 1954; no rule finds a change of that size
sooner at as few false alarms: Moustakides 1986). While predictions are right the mean of the exponentiated ratio is 1,
so a sum takes at least exp(LIMIT) answers on average to pass LIMIT by chance, whatever the predictions were;
docs/calibration.md has what was measured. For the store as a whole ADWIN (Bifet & Gavaldà 2007) watches the loss.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from math import exp, expm1, log, log1p
from typing import Any

MOVE = 0.8
LIMIT = 10.0
SETTLED = 30
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
        self.answers += 1
        if self.answers <= SETTLED:
            return None
        self.harder = max(0.0, self.harder + evidence_of(-MOVE, p, score))
        self.easier = max(0.0, self.easier + evidence_of(MOVE, p, score))
        if max(self.harder, self.easier) <= LIMIT:
            return None
        drift = Drift.HARDER if self.harder > LIMIT else Drift.EASIER
        self.harder = self.easier = 0.0
        return drift


def evidence_of(move: float, probability: float, score: float) -> float:
    """log P(score | the logit is `move` off) − log P(score | the probability is right); credit is shared."""
    return score * move - log1p(probability * expm1(move))


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
