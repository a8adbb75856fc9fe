"""The online engine: predict a response, fold it into its learner, learn the shared parameters from it.

The margin of a right answer is `discrimination · ability + easiness + weights`, every term a Gaussian; one response
is one step of assumed-density filtering with the logistic likelihood (docs/engine.md has the formulas).
`fold` reads the shared parameters and changes only the learner; `learn` reads the trace and changes only the shared
parameters. One response after another, `fold` then `learn`, is the joint filter.
"""

from math import exp, log1p, sqrt

from adaptive.engine.learner import LearnerState, SkillState
from adaptive.engine.parameters import Parameters, Shared, new_item
from adaptive.engine.priors import (
    DISCRIMINATION_FLOOR,
    FORM_RETENTION,
    FORM_VARIANCE,
    LONGEST_REST,
    PARENT_SHARE,
    PROBIT_SCALE,
    REST_SECONDS,
    REST_STEPS,
    SKILL_REST_STEPS,
    SKILL_RETENTION,
    SKILL_VARIANCE,
    SLOW_DRIFT,
    WEIGHT_VARIANCE_FLOOR,
)
from adaptive.engine.response import Response
from adaptive.engine.slots import (
    AFTER_SET,
    BIAS,
    COUNTS,
    ITEM_AFTER_ITEM,
    OUTCOME_CODES,
    OUTCOMES,
    PAUSES,
    PRACTICE,
    PRACTICE_CODES,
    SET_AFTER_EARLIER,
    SET_AFTER_SET,
    SET_PAUSE,
    SET_STREAK,
    STREAK_CAP,
    answered,
    count_bucket,
    layout,
    pair_slot,
    pause_bucket,
    set_key,
)
from adaptive.engine.trace import Trace

_LOGIT_LIMIT = 35.0
_NEW_ITEM = new_item()
_STREAKS = 2 * STREAK_CAP + 1


class Outlook:
    """A learner before an item: the aged components, the slots that are on, and the margin they add up to.

    `skills` are (mean, variance, state) of each skill, aged; `share` is what a skill's deviation is multiplied by.
    """

    __slots__ = (
        "ability",
        "ability_variance",
        "covariance",
        "discrimination",
        "form",
        "form_variance",
        "history",
        "item",
        "margin",
        "pairs",
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
    item: Shared
    margin: float
    pairs: tuple[int, ...]
    share: float
    skill_easiness: float
    skills: list[tuple[float, float, SkillState]]
    slow: float
    slow_variance: float
    variance: float


def view(
    parameters: Parameters, state: LearnerState, item: int, skills: tuple[int, ...], time: float | None
) -> Outlook:
    """The outlook on `item` at `time`; changes nothing."""
    look = Outlook()
    rest = rest_between(state.time, time)
    _age(look, state, rest)
    _meet_skills(look, parameters, state, skills, time)
    _meet_pairs(look, state, item, skills, rest)
    _meet_item(look, parameters, item, skills)
    _weigh(look, parameters, len(skills))
    return look


def fold(parameters: Parameters, state: LearnerState, response: Response) -> Trace:
    """Update the learner with one response, against frozen shared parameters; the trace is what `learn` needs."""
    look = view(parameters, state, response.item, response.skills, response.time)
    step, shrink = _step(look.margin, look.variance, response, response.weight)
    d = look.discrimination
    covariance = look.covariance
    slow_gain = d * (look.slow_variance + covariance)
    form_gain = d * (look.form_variance + covariance)
    state.slow = look.slow + slow_gain * step
    state.form = look.form + form_gain * step
    state.slow_variance = look.slow_variance - slow_gain * slow_gain * shrink
    state.form_variance = look.form_variance - form_gain * form_gain * shrink
    state.covariance = covariance - slow_gain * form_gain * shrink
    d *= look.share
    for key, (mean, variance, skill) in zip(response.skills, look.skills, strict=True):
        gain = d * variance
        skill.slow = mean + gain * step
        skill.slow_variance = variance - gain * gain * shrink
        state.skills[key] = skill
    _remember(state, look.skills, response)
    probability = chance(look.margin, look.variance, response.guessing)
    return Trace(probability, look.ability, look.ability_variance, look.history, look.pairs)


def learn(parameters: Parameters, trace: Trace, response: Response, share: float = 1.0) -> None:
    """Update the shared parameters with one folded response, as `share` of an answer."""
    plan = layout(len(response.skills))
    history, history_variance = parameters.history, parameters.history_variance
    pairs, pairs_variance = parameters.pairs, parameters.pairs_variance
    ability = trace.ability
    known = [_learnt_item(parameters, response.item)]
    known.extend([_learnt_skill(parameters, key) for key in response.skills])
    margin, variance = _shared_margin(known, plan.part, trace)
    for slot, value in zip(trace.history, plan.history_values, strict=True):
        margin += value * history[slot]
        variance += value * value * history_variance[slot]
    for slot, value, prior in zip(trace.pairs, plan.pair_values, plan.pair_priors, strict=True):
        margin += value * pairs[slot]
        variance += value * value * (pairs_variance[slot] or prior)
    step, shrink = _step(margin, variance, response, response.weight * share)
    _learn_shared(known[0], ability, step, shrink)
    for skill in known[1:]:
        _learn_shared(skill, plan.part * ability, step, shrink)
    for slot, value in zip(trace.history, plan.history_values, strict=True):
        before = history_variance[slot]
        gain = value * before
        history[slot] += gain * step
        after = before - gain * gain * shrink
        history_variance[slot] = after if after > WEIGHT_VARIANCE_FLOOR else WEIGHT_VARIANCE_FLOOR
    for slot, value, prior in zip(trace.pairs, plan.pair_values, plan.pair_priors, strict=True):
        before = pairs_variance[slot] or prior
        gain = value * before
        pairs[slot] += gain * step
        pairs_variance[slot] = before - gain * gain * shrink
    changes = parameters.changes
    changes.items.add(response.item)
    changes.skills.update(response.skills)
    changes.history.update(trace.history)
    changes.pairs.update(trace.pairs)


def chance(margin: float, variance: float, guessing: float) -> float:
    """The probability of a right answer, over all that is uncertain in the margin, with a guessing floor."""
    return guessing + (1.0 - guessing) * logistic(margin / sqrt(1.0 + PROBIT_SCALE * variance))


def logistic(margin: float) -> float:
    """σ(margin), within (0, 1) for every finite margin."""
    return 1.0 / (1.0 + exp(-min(max(margin, -_LOGIT_LIMIT), _LOGIT_LIMIT)))


def rest_between(earlier: float | None, now: float | None) -> float | None:
    """Seconds without an answer, at least 0; None at the first answer and without a clock."""
    if earlier is None or now is None:
        return None
    return min(max(now - earlier, 0.0), LONGEST_REST)


def _age(look: Outlook, state: LearnerState, rest: float | None) -> None:
    """Ability drifts and form fades with every response, and more in a rest."""
    steps = 1.0 + REST_STEPS * log1p(rest / REST_SECONDS) if rest else 1.0
    kept = FORM_RETENTION**steps
    look.slow = state.slow
    look.slow_variance = state.slow_variance + SLOW_DRIFT * steps
    look.form = state.form * kept
    look.form_variance = kept * kept * (state.form_variance - FORM_VARIANCE) + FORM_VARIANCE
    look.covariance = state.covariance * kept


def _meet_skills(
    look: Outlook, parameters: Parameters, state: LearnerState, skills: tuple[int, ...], time: float | None
) -> None:
    """Ability on these skills, and the slots of how each was practised."""
    plan = layout(len(skills))
    ability, variance = 0.0, 0.0
    history = [BIAS, OUTCOMES + state.outcomes]
    aged = []
    for key in skills:
        skill = state.skills.get(key)
        if skill is None:
            skill = _new_skill(parameters, state, key)
            mean, spread, rest = skill.slow, skill.slow_variance, None
        else:
            rest = rest_between(skill.time, time)
            kept = SKILL_RETENTION ** (1.0 + SKILL_REST_STEPS * log1p(rest / REST_SECONDS)) if rest else SKILL_RETENTION
            mean = skill.slow * kept
            spread = kept * kept * (skill.slow_variance - SKILL_VARIANCE) + SKILL_VARIANCE
        ability += mean
        variance += spread
        aged.append((mean, spread, skill))
        history.append(PRACTICE + _STREAKS * skill.outcomes + STREAK_CAP + skill.streak)
        history.append(COUNTS + count_bucket(skill.responses))
        history.append(PAUSES + pause_bucket(rest))
    look.skills = aged
    look.history = tuple(history)
    look.share = share = plan.share
    look.ability = look.slow + look.form + share * ability
    look.ability_variance = look.slow_variance + look.form_variance + 2.0 * look.covariance + share * share * variance


def _meet_item(look: Outlook, parameters: Parameters, item: int, skills: tuple[int, ...]) -> None:
    """Margin and variance from ability, item and skills."""
    known = parameters.items.get(item) or _NEW_ITEM
    steepness, steepness_variance, easiness, variance = 0.0, 0.0, 0.0, 0.0
    for key in skills:
        skill = parameters.skills.get(key) or parameters.skill(key)
        easiness += skill.easiness
        variance += skill.easiness_variance
        steepness += skill.steepness
        steepness_variance += skill.steepness_variance
    part = layout(len(skills)).part
    slope = 1.0 + known.steepness + part * steepness
    look.discrimination = slope = slope if slope > DISCRIMINATION_FLOOR else DISCRIMINATION_FLOOR
    look.item = known
    look.skill_easiness = easiness
    ability = look.ability
    look.margin = slope * ability + known.easiness + easiness
    look.variance = (
        slope * slope * look.ability_variance
        + known.easiness_variance
        + variance
        + ability * ability * (known.steepness_variance + part * part * steepness_variance)
    )


def _meet_pairs(look: Outlook, state: LearnerState, item: int, skills: tuple[int, ...], rest: float | None) -> None:
    """The slots of what was answered before, crossed with what comes now."""
    now = set_key(skills)
    last, earlier = state.last_sets
    pairs = [pair_slot(AFTER_SET, key, last) for key in skills]
    streak = min([skill.streak for _, _, skill in look.skills], default=0)
    if len(skills) > 1:
        pairs.append(pair_slot(SET_AFTER_SET, now, last))
    pairs.append(pair_slot(SET_AFTER_EARLIER, now, earlier))
    pairs.append(pair_slot(SET_PAUSE, now, pause_bucket(rest)))
    pairs.append(pair_slot(SET_STREAK, now, STREAK_CAP + streak))
    pairs.append(pair_slot(ITEM_AFTER_ITEM, item, answered(state.last_item, state.last_right)))
    look.pairs = tuple(pairs)


def _weigh(look: Outlook, parameters: Parameters, skills: int) -> None:
    """Add the weights that are on to margin and variance."""
    plan = layout(skills)
    margin, variance = look.margin, look.variance
    history, history_variance = parameters.history, parameters.history_variance
    for slot, value in zip(look.history, plan.history_values, strict=True):
        margin += value * history[slot]
        variance += value * value * history_variance[slot]
    pairs, pairs_variance = parameters.pairs, parameters.pairs_variance
    for slot, value, prior in zip(look.pairs, plan.pair_values, plan.pair_priors, strict=True):
        margin += value * pairs[slot]
        variance += value * value * (pairs_variance[slot] or prior)
    look.margin, look.variance = margin, variance


def _step(margin: float, variance: float, response: Response, weight: float) -> tuple[float, float]:
    """(g, h/D): a component of variance v and jacobian j moves by v·j·g and loses (v·j)²·h/D."""
    known = logistic(margin / sqrt(1.0 + PROBIT_SCALE * variance))
    guessing = response.guessing
    probability = guessing + (1.0 - guessing) * known
    credit = known / probability
    information = weight * (1.0 - guessing) * known * (1.0 - known) * credit
    damping = 1.0 + information * variance
    return weight * (response.score - probability) * credit / damping, information / damping


def _remember(state: LearnerState, skills: list[tuple[float, float, SkillState]], response: Response) -> None:
    """Write the answer into the learner's memory; half credit or more counts as right."""
    right = 1 if response.score >= 0.5 else 0
    state.responses += 1
    if response.time is not None:
        state.time = response.time
    state.last_item = response.item
    state.last_right = right
    state.last_sets = (answered(set_key(response.skills), right), state.last_sets[0])
    state.outcomes = (3 * state.outcomes + 1 + right) % OUTCOME_CODES
    for _, _, skill in skills:
        skill.responses += 1
        if response.time is not None:
            skill.time = response.time
        skill.outcomes = (3 * skill.outcomes + 1 + right) % PRACTICE_CODES
        if right:
            skill.streak = min(STREAK_CAP, max(0, skill.streak) + 1)
        else:
            skill.streak = max(-STREAK_CAP, min(0, skill.streak) - 1)


def _new_skill(parameters: Parameters, state: LearnerState, key: int) -> SkillState:
    """A skill the learner has not met starts from the deviation on its parent."""
    parent = state.skills.get(parameters.parents.get(key, key))
    return SkillState() if parent is None else SkillState(PARENT_SHARE * parent.slow)


def _learnt_item(parameters: Parameters, key: int) -> Shared:
    known = parameters.items.get(key)
    if known is None:
        known = parameters.items[key] = new_item()
    return known


def _learnt_skill(parameters: Parameters, key: int) -> Shared:
    known = parameters.skills.get(key)
    if known is None:
        known = parameters.skills[key] = parameters.skill(key)
    return known


def _shared_margin(known: list[Shared], part: float, trace: Trace) -> tuple[float, float]:
    """Margin and variance from ability, item (the first of `known`) and skills."""
    ability = trace.ability
    item = known[0]
    slope, slope_variance = 1.0 + item.steepness, item.steepness_variance
    margin, variance = item.easiness, item.easiness_variance
    for skill in known[1:]:
        margin += skill.easiness
        variance += skill.easiness_variance
        slope += part * skill.steepness
        slope_variance += part * part * skill.steepness_variance
    slope = slope if slope > DISCRIMINATION_FLOOR else DISCRIMINATION_FLOOR
    return (
        margin + slope * ability,
        variance + slope * slope * trace.ability_variance + ability * ability * slope_variance,
    )


def _learn_shared(shared: Shared, jacobian: float, step: float, shrink: float) -> None:
    """Move easiness (jacobian 1) and steepness (that of the ability)."""
    gain = shared.easiness_variance
    shared.easiness += gain * step
    shared.easiness_variance = gain - gain * gain * shrink
    gain = shared.steepness_variance * jacobian
    shared.steepness += gain * step
    shared.steepness_variance -= gain * gain * shrink
    shared.responses += 1
