"""Champion against challenger: which parameters foretell what learners did better? Pure."""

from collections.abc import Iterable, Sequence
from math import log

from adaptive.engine import LearnerState, Parameters, Response, fold

STRENGTHS = (1.0, 0.5)
LEAST = 1e-6


def log_loss(parameters: Parameters, histories: Iterable[Sequence[Response]]) -> float:
    """Mean log loss (nats) of predicting each learner's answers one ahead from a fresh state; 0 without answers."""
    total, count = 0.0, 0
    for history in histories:
        state = LearnerState()
        for response in history:
            chance = min(max(fold(parameters, state, response).probability, LEAST), 1 - LEAST)
            total -= response.score * log(chance) + (1 - response.score) * log(1 - chance)
            count += 1
    return total / count if count else 0.0
