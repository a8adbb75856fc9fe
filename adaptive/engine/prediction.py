"""What the engine expects, and why: exact additive terms, a counterfactual, and levels with their uncertainty."""

from copy import deepcopy
from dataclasses import dataclass
from math import log, sqrt

from adaptive.engine.learner import LearnerState
from adaptive.engine.model import chance, fold, view
from adaptive.engine.parameters import Parameters
from adaptive.engine.priors import PROBIT_SCALE, SKILL_VARIANCE
from adaptive.engine.response import Response


@dataclass(frozen=True, slots=True)
class Term:
    """One addend of the margin, in logits: `name` is one of
    ability, skill, form, item, recent, neighbours, start."""

    name: str
    value: float


@dataclass(frozen=True, slots=True)
class Prediction:
    """The probability of a right answer and the terms that make it.

    With no guessing floor the terms add up to logit(probability); with floor c, to logit((p − c)/(1 − c)).
    `margin` and `variance` are those of the undamped margin.
    """

    probability: float
    margin: float
    variance: float
    terms: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Counterfactual:
    """The probability on the same item now, and after a right or a wrong answer to it."""

    now: float
    if_right: float
    if_wrong: float


def predict(
    parameters: Parameters,
    state: LearnerState,
    item: int,
    skills: tuple[int, ...],
    time: float | None,
    guessing: float = 0.0,
) -> Prediction:
    """The chance that the learner answers `item` right at `time` (seconds, or None without a clock)."""
    look = view(parameters, state, item, skills, time)
    d = look.discrimination
    damping = 1.0 / sqrt(1.0 + PROBIT_SCALE * look.variance)
    bias = parameters.history[0]
    form = look.form + look.share * sum(skill.form for skill in look.skills)
    terms = (
        ("start", bias),
        ("ability", d * look.slow),
        ("skill", d * look.share * sum(skill.slow for skill in look.skills)),
        ("form", d * form),
        ("item", look.item.easiness + look.skill_easiness),
        ("recent", look.history_weight - bias),
        ("neighbours", look.pairs_weight),
    )
    scaled = tuple(Term(name, value * damping) for name, value in terms)
    return Prediction(chance(look, guessing), look.margin, look.variance, scaled)


def counterfactual(
    parameters: Parameters,
    state: LearnerState,
    item: int,
    skills: tuple[int, ...],
    time: float | None,
    guessing: float = 0.0,
) -> Counterfactual:
    """How the chance on `item`'s skills would change with a right and with a wrong answer; changes nothing."""

    def after(score: float) -> float:
        imagined = deepcopy(state)
        fold(parameters, imagined, Response(item, skills, time, score, guessing=guessing))
        return predict(parameters, imagined, item, skills, time, guessing).probability

    now = predict(parameters, state, item, skills, time, guessing).probability
    return Counterfactual(now, after(1.0), after(0.0))


def ability(state: LearnerState) -> tuple[float, float]:
    """(mean, standard deviation) of the learner's general ability θ, in logits."""
    return state.slow, sqrt(state.slow_variance)


def skill_level(state: LearnerState, skill: int) -> tuple[float, float]:
    """(mean, standard deviation) of the learner's level on `skill`, in logits: θ plus the skill's own deviation."""
    known = state.skills.get(skill)
    if known is None:
        return state.slow, sqrt(state.slow_variance + SKILL_VARIANCE)
    return state.slow + known.slow, sqrt(state.slow_variance + known.slow_variance)


def logit(probability: float) -> float:
    """log(p / (1 − p)), for p in (0, 1)."""
    return log(probability / (1.0 - probability))
