"""The online engine: predict a response, fold it into its learner, learn the shared parameters from it.

The margin of a right answer is `d·(θ + form + mean over skills) + easiness + weights`, every term a Gaussian; one
response is one step of assumed-density filtering with the logistic likelihood (see docs/engine.md for the formulas).
`fold` reads the shared parameters and changes only the learner; `learn` reads the trace and changes only the shared
parameters. One response after another, `fold` then `learn`, is the joint filter.
"""

from math import exp, log1p, sqrt

from adaptive.engine import priors
from adaptive.engine.history import history_slots, neighbour_slots, remember
from adaptive.engine.learner import LearnerState, SkillState
from adaptive.engine.parameters import ItemState, Parameters, SkillEasiness
from adaptive.engine.priors import (
    DISCRIMINATION_FLOOR,
    FORM_RETENTION,
    FORM_VARIANCE,
    PAIR_VARIANCES,
    PROBIT_SCALE,
    SKILL_FORM_RETENTION,
    SKILL_FORM_VARIANCE,
    SKILL_RETENTION,
    SKILL_VARIANCE,
    SLOW_DRIFT,
)
from adaptive.engine.response import Response
from adaptive.engine.trace import Trace

_LOGIT_LIMIT = 35.0
_NEW_ITEM = ItemState()


class Outlook:
    """A learner before an item: the aged components, the slots that are on, and the margin they add up to."""

    __slots__ = (
        "ability",
        "ability_variance",
        "covariance",
        "discrimination",
        "form",
        "form_variance",
        "history",
        "history_weight",
        "item",
        "margin",
        "pairs",
        "pairs_weight",
        "share",
        "skill_easiness",
        "skills",
        "slow",
        "slow_variance",
        "variance",
    )

    ability: float
    ability_variance: float
    covariance: float
    discrimination: float
    form: float
    form_variance: float
    history: tuple[int, ...]
    history_weight: float
    item: ItemState
    margin: float
    pairs: tuple[int, ...]
    pairs_weight: float
    share: float
    skill_easiness: float
    skills: list[SkillState]
    slow: float
    slow_variance: float
    variance: float


def steps(earlier: float | None, now: float | None) -> float:
    """Responses' worth of ageing since the last response: 1, and more after a pause where there is a clock."""
    if earlier is None or now is None or now <= earlier:
        return 1.0
    return 1.0 + priors.REST_STEPS * log1p((now - earlier) / priors.REST_SCALE)


def logistic(margin: float) -> float:
    """σ(margin), within (0, 1) for every finite margin."""
    return 1.0 / (1.0 + exp(-min(max(margin, -_LOGIT_LIMIT), _LOGIT_LIMIT)))


def view(
    parameters: Parameters, state: LearnerState, item: int, skills: tuple[int, ...], time: float | None
) -> Outlook:
    """The outlook on `item` at `time`; changes nothing."""
    look = Outlook()
    age = steps(state.time, time)
    retention = FORM_RETENTION if age == 1.0 else FORM_RETENTION**age
    look.slow = state.slow
    look.slow_variance = state.slow_variance + SLOW_DRIFT * age
    look.form = state.form * retention
    look.form_variance = retention * retention * (state.form_variance - FORM_VARIANCE) + FORM_VARIANCE
    look.covariance = state.covariance * retention
    look.skills = [_aged(parameters, state, skill, time) for skill in skills]
    ability = look.slow + look.form
    variance = look.slow_variance + look.form_variance + 2.0 * look.covariance
    look.share = share = 1.0 / len(skills) if skills else 0.0
    look.skill_easiness = 0.0
    skill_variance = 0.0
    for key, skill in zip(skills, look.skills, strict=True):
        ability += share * (skill.slow + skill.form)
        variance += share * share * (skill.slow_variance + skill.form_variance)
        easiness = _skill_easiness(parameters, key)
        look.skill_easiness += easiness.easiness
        skill_variance += easiness.variance
    look.ability = ability
    look.ability_variance = variance
    look.item = shared = parameters.items.get(item, _NEW_ITEM)
    look.discrimination = discrimination = max(DISCRIMINATION_FLOOR, 1.0 + shared.steepness)
    total = discrimination * discrimination * variance + skill_variance
    total += shared.easiness_variance + ability * ability * shared.steepness_variance
    margin = discrimination * ability + shared.easiness + look.skill_easiness
    look.history = history_slots(state, look.skills)
    look.pairs = neighbour_slots(state, item)
    weight = 0.0
    for slot in look.history:
        weight += parameters.history[slot]
        total += parameters.history_variance[slot]
    look.history_weight = weight
    margin += weight
    weight = 0.0
    for slot, prior in zip(look.pairs, PAIR_VARIANCES, strict=False):
        weight += parameters.pairs[slot]
        total += parameters.pairs_variance[slot] or prior
    look.pairs_weight = weight
    look.margin = margin + weight
    look.variance = total
    return look


def fold(parameters: Parameters, state: LearnerState, response: Response) -> Trace:
    """Update the learner with one response, against frozen shared parameters; the trace is what `learn` needs."""
    look = view(parameters, state, response.item, response.skills, response.time)
    probability = chance(look, response.guessing)
    step, shrink = _step(look.margin, look.variance, response)
    d = look.discrimination
    slow_gain = d * (look.slow_variance + look.covariance)
    form_gain = d * (look.form_variance + look.covariance)
    state.slow = look.slow + slow_gain * step
    state.form = look.form + form_gain * step
    state.slow_variance = look.slow_variance - slow_gain * slow_gain * shrink
    state.form_variance = look.form_variance - form_gain * form_gain * shrink
    state.covariance = look.covariance - slow_gain * form_gain * shrink
    d *= look.share
    for key, skill in zip(response.skills, look.skills, strict=True):
        gain = d * skill.slow_variance
        skill.slow += gain * step
        skill.slow_variance -= gain * gain * shrink
        gain = d * skill.form_variance
        skill.form += gain * step
        skill.form_variance -= gain * gain * shrink
        state.skills[key] = skill
    remember(state, look.skills, response)
    return Trace(probability, look.margin, look.ability, look.ability_variance, look.history, look.pairs)


def learn(parameters: Parameters, trace: Trace, response: Response) -> None:
    """Update the shared parameters with one folded response."""
    item = parameters.items.get(response.item)
    if item is None:
        item = parameters.items[response.item] = ItemState()
    skills = [_learnt_skill(parameters, key) for key in response.skills]
    ability = trace.ability
    discrimination = max(DISCRIMINATION_FLOOR, 1.0 + item.steepness)
    margin = discrimination * ability + item.easiness
    variance = discrimination * discrimination * trace.ability_variance
    variance += item.easiness_variance + ability * ability * item.steepness_variance
    for skill in skills:
        margin += skill.easiness
        variance += skill.variance
    history, history_variance = parameters.history, parameters.history_variance
    pairs, pairs_variance = parameters.pairs, parameters.pairs_variance
    for slot in trace.history:
        margin += history[slot]
        variance += history_variance[slot]
    for slot, prior in zip(trace.pairs, PAIR_VARIANCES, strict=False):
        margin += pairs[slot]
        variance += pairs_variance[slot] or prior
    step, shrink = _step(margin, variance, response)
    v = item.easiness_variance
    item.easiness += v * step
    item.easiness_variance = v - v * v * shrink
    gain = item.steepness_variance * ability
    item.steepness += gain * step
    item.steepness_variance -= gain * gain * shrink
    item.responses += 1
    for skill in skills:
        v = skill.variance
        skill.easiness += v * step
        skill.variance = v - v * v * shrink
        skill.responses += 1
    for slot in trace.history:
        v = history_variance[slot]
        history[slot] += v * step
        history_variance[slot] = max(priors.HISTORY_VARIANCE_FLOOR, v - v * v * shrink)
    for slot, prior in zip(trace.pairs, PAIR_VARIANCES, strict=False):
        v = pairs_variance[slot] or prior
        pairs[slot] += v * step
        pairs_variance[slot] = v - v * v * shrink
    changes = parameters.changes
    changes.items.add(response.item)
    changes.skills.update(response.skills)
    changes.history.update(trace.history)
    changes.pairs.update(trace.pairs)


def chance(look: Outlook, guessing: float) -> float:
    """The probability of a right answer, over all that is uncertain in the margin, with a guessing floor."""
    return guessing + (1.0 - guessing) * logistic(look.margin / sqrt(1.0 + PROBIT_SCALE * look.variance))


def _step(margin: float, variance: float, response: Response) -> tuple[float, float]:
    """(g, h/D): a component of variance v and jacobian j moves by v·j·g and loses (v·j)²·h/D."""
    known = logistic(margin / sqrt(1.0 + PROBIT_SCALE * variance))
    guessing = response.guessing
    probability = guessing + (1.0 - guessing) * known
    credit = known / probability
    information = response.weight * (1.0 - guessing) * known * (1.0 - known) * credit
    damping = 1.0 + information * variance
    return response.weight * (response.score - probability) * credit / damping, information / damping


def _aged(parameters: Parameters, state: LearnerState, key: int, time: float | None) -> SkillState:
    """A copy of the learner's skill, aged to `time`; a skill never met borrows from its parent."""
    skill = SkillState()
    known = state.skills.get(key)
    if known is None:
        parent = state.skills.get(parameters.parents.get(key, key))
        if parent is not None:
            skill.slow = priors.PARENT_SHARE * parent.slow
        return skill
    age = steps(known.time, time)
    kept = SKILL_RETENTION if age == 1.0 else SKILL_RETENTION**age
    form_kept = SKILL_FORM_RETENTION if age == 1.0 else SKILL_FORM_RETENTION**age
    skill.slow = known.slow * kept
    skill.slow_variance = kept * kept * (known.slow_variance - SKILL_VARIANCE) + SKILL_VARIANCE
    skill.form = known.form * form_kept
    skill.form_variance = form_kept * form_kept * (known.form_variance - SKILL_FORM_VARIANCE) + SKILL_FORM_VARIANCE
    skill.time = known.time
    skill.outcomes = known.outcomes
    skill.streak = known.streak
    skill.responses = known.responses
    return skill


_NEW_SKILL = SkillEasiness()


def _skill_easiness(parameters: Parameters, key: int) -> SkillEasiness:
    known = parameters.skills.get(key)
    if known is not None:
        return known
    parent = parameters.skills.get(parameters.parents.get(key, key))
    return _NEW_SKILL if parent is None else SkillEasiness(parent.easiness)


def _learnt_skill(parameters: Parameters, key: int) -> SkillEasiness:
    known = parameters.skills.get(key)
    if known is None:
        inherited = _skill_easiness(parameters, key)
        known = parameters.skills[key] = SkillEasiness(inherited.easiness, inherited.variance)
    return known
