"""What the engine expects, and why: exact additive terms, a counterfactual, and levels with their uncertainty."""

from dataclasses import dataclass
from math import sqrt

from adaptive.engine.learner import LearnerState
from adaptive.engine.model import fold
from adaptive.engine.outlook import Outlook, chance, damped, sharpness, view
from adaptive.engine.parameters import Parameters
from adaptive.engine.priors import SKILL_VARIANCE
from adaptive.engine.response import Response
from adaptive.engine.slots import BIAS, EARLIER_SALTS


@dataclass(frozen=True, slots=True)
class Term:
    """One addend of the logit: ability, skill, form, item, start, recent, practice, pause or neighbours."""

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
    """The probability on an item now, and on its like after a right or a wrong answer to it."""

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
    scale = damped(sharpness(parameters), look.variance)
    addends = (*_ability_terms(look), *_weight_terms(look, parameters))
    terms = tuple(Term(name, scale * value) for name, value in addends)
    probability = chance(parameters, damped(look.margin, look.variance), guessing)
    return Prediction(probability, look.margin, look.variance, terms)


def counterfactual(
    parameters: Parameters,
    state: LearnerState,
    item: int,
    skills: tuple[int, ...],
    time: float | None,
    guessing: float = 0.0,
) -> Counterfactual:
    """What a right and a wrong answer would tell of ability, and so change for items like this; changes nothing."""
    look = view(parameters, state, item, skills, time)
    d, before = look.discrimination, state.encode()

    def after(score: float) -> float:
        imagined = LearnerState.decode(before)
        fold(parameters, imagined, Response(item, skills, time, score, guessing=guessing))
        known = [imagined.skills[key] for key in skills]
        mean = imagined.slow + imagined.form + look.share * sum(skill.slow for skill in known)
        variance = imagined.slow_variance + imagined.form_variance + 2.0 * imagined.covariance
        variance += look.part * sum(skill.slow_variance for skill in known)
        margin = look.margin + d * (mean - look.ability)
        variance = look.variance + d * d * (variance - look.ability_variance)
        return chance(parameters, damped(margin, variance), guessing)

    now = chance(parameters, damped(look.margin, look.variance), guessing)
    return Counterfactual(now, after(1.0), after(0.0))


def ability(state: LearnerState) -> tuple[float, float]:
    """(mean, standard deviation) of the learner's general ability θ, in logits.

    Answers tell of θ plus the deviations of the skills they were on, so θ is no surer than those: each skill adds a
    variance by the square of its share of the answers. The skill's own variance would take θ for known, its prior for
    unknown; between them lies their geometric mean (the coverage on simulated learners is in docs/engine.md).
    """
    variance = state.slow_variance
    for skill in state.skills.values():
        share = skill.responses / state.responses if state.responses else 0.0
        variance += share * share * sqrt(skill.slow_variance * SKILL_VARIANCE)
    return state.slow, sqrt(variance)


def skill_level(state: LearnerState, skill: int) -> tuple[float, float]:
    """(mean, standard deviation) of the learner's level on `skill`, in logits: θ plus the skill's own deviation."""
    known = state.skills.get(skill)
    if known is None:
        return state.slow, sqrt(state.slow_variance + SKILL_VARIANCE)
    return state.slow + known.slow, sqrt(state.slow_variance + known.slow_variance)


def _ability_terms(look: Outlook) -> tuple[tuple[str, float], ...]:
    d = look.discrimination
    return (
        ("ability", d * look.slow),
        ("skill", d * look.share * sum(mean for mean, _, _ in look.skills)),
        ("form", d * look.form),
        ("item", look.item.easiness + look.skill_easiness),
    )


def _weight_terms(look: Outlook, parameters: Parameters) -> tuple[tuple[str, float], ...]:
    history = [look.part * parameters.history[slot] for slot in look.practice]
    after = [look.part * parameters.pairs[2 * slot] for slot in look.after]
    between = [parameters.pairs[2 * slot] for slot in look.between]
    *earlier, pause, streak = between[: len(EARLIER_SALTS) + 2]
    others = between[len(EARLIER_SALTS) + 2 :]
    return (
        ("start", parameters.history[BIAS]),
        ("recent", parameters.history[look.outcomes] + sum(history[0::3]) + streak),
        ("practice", sum(history[1::3])),
        ("pause", sum(history[2::3]) + pause),
        ("neighbours", sum(after) + sum(earlier) + sum(others)),
    )
