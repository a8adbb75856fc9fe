"""Champion against challenger: which parameters foretell what learners did better? Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log

from adaptive.calibration.night import ItemSet, place, placements
from adaptive.engine import LearnerState, Parameters, Response, fold

JURY = 300
STRENGTHS = (1.0, 0.5)
MARGIN = 1.005
LEAST = 1e-6


@dataclass(frozen=True, slots=True)
class Verdict:
    """Log losses on the jury's answers, and how far the challenger went."""

    champion: float
    challenger: float
    strength: float

    @property
    def won(self) -> bool:
        """The champion has learnt from these very answers, so the challenger may be MARGIN behind."""
        return self.challenger <= self.champion * MARGIN


def judge(
    items: ItemSet,
    parameters: Parameters,
    skills_of: Mapping[int, tuple[int, ...]],
    histories: Sequence[Sequence[Response]],
) -> Verdict:
    """The challenger goes as far towards the calibration as foretells the jury's answers best."""
    champion = log_loss(parameters, histories)
    losses = []
    for strength in STRENGTHS:
        challenger = Parameters.restore(parameters.snapshot())
        place(challenger, placements(items, challenger, skills_of, strength))
        losses.append((log_loss(challenger, histories), strength))
    loss, strength = min(losses)
    return Verdict(champion, loss, strength)


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
