"""Mastery as a probability, and the state a learner sees; both can fall."""

from enum import StrEnum

from scipy.special import ndtr, ndtri

THRESHOLD = 0.95
RECALL = 0.80


class State(StrEnum):
    UNKNOWN = "unknown"
    LEARNING = "learning"
    MASTERED = "mastered"
    REVIEW = "review"


def probability(mean: float, sd: float, cut: float) -> float:
    """P(level ≥ cut) for a Gaussian level; a step where sd is 0."""
    if sd <= 0:
        return float(mean >= cut)
    return float(ndtr((mean - cut) / sd))


def interval(mean: float, sd: float, coverage: float = 0.95) -> tuple[float, float]:
    """The central credible interval of a Gaussian level."""
    half = float(ndtri(0.5 + coverage / 2)) * sd
    return mean - half, mean + half


def state(
    mean: float, sd: float, cut: float, evidence: int, recall: float | None = None, *, was_mastered: bool = False
) -> State:
    """Where a skill stands.

    Without evidence it is unknown, whatever the prior says. It is mastered from P(level ≥ cut) ≥ .95, as long as the
    predicted recall stays at .80 or more; below that, or once mastered and now merely likely (P ≥ .5), it needs review.
    """
    if evidence <= 0:
        return State.UNKNOWN
    chance = probability(mean, sd, cut)
    if chance >= THRESHOLD:
        return State.MASTERED if recall is None or recall >= RECALL else State.REVIEW
    return State.REVIEW if was_mastered and chance >= 0.5 else State.LEARNING
