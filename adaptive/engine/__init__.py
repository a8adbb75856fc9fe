"""The online engine: pure, deterministic, one closed-form Bayesian step a response."""

from adaptive.engine.earlier import Earlier, Former, former
from adaptive.engine.explanation import because, what_if
from adaptive.engine.learner import LearnerState, UnreadableState
from adaptive.engine.model import fold, learn
from adaptive.engine.parameters import Parameters, UnreadableParameters, tables
from adaptive.engine.prediction import Counterfactual, Prediction, Term, ability, counterfactual, predict, skill_level
from adaptive.engine.response import Response, evidence_weight, guessing_floor
from adaptive.engine.trace import Trace, UnreadableTrace

__all__ = [
    "Counterfactual",
    "Earlier",
    "Former",
    "LearnerState",
    "Parameters",
    "Prediction",
    "Response",
    "Term",
    "Trace",
    "UnreadableParameters",
    "UnreadableState",
    "UnreadableTrace",
    "ability",
    "because",
    "counterfactual",
    "evidence_weight",
    "fold",
    "former",
    "guessing_floor",
    "learn",
    "predict",
    "skill_level",
    "tables",
    "what_if",
]
