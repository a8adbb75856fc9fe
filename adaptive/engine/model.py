"""The online engine: fold a response into its learner, learn the shared parameters from it.

The margin of a right answer is `discrimination · ability + easiness + weights`, every term a Gaussian; one response
is one step of assumed-density filtering with the logistic likelihood (docs/engine.md has the formulas).
`fold` reads the shared parameters and changes only the learner; `learn` reads the trace and changes only the shared
parameters. One response after another, `fold` then `learn`, is the joint filter.
"""

from adaptive.engine.learner import LearnerState
from adaptive.engine.outlook import Outlook, chance, damped, logistic, margin_now, sharpness, view
from adaptive.engine.parameters import Parameters, Shared, new_item
from adaptive.engine.priors import (
    MOST_LOGIT,
    SKILL_AFTER_SET_VARIANCE,
    WEIGHT_VARIANCE_FLOOR,
)
from adaptive.engine.repeats import note_attempt, repeat_weight
from adaptive.engine.response import Response
from adaptive.engine.slots import (
    BETWEEN_PRIORS,
    BIAS,
    OUTCOME_CODES,
    PRACTICE_CODES,
    SHARPNESS,
    STREAK_CAP,
    answered,
)
from adaptive.engine.trace import Trace

_ALWAYS = (BIAS, SHARPNESS)


def fold(parameters: Parameters, state: LearnerState, response: Response) -> Trace:
    """Update the learner with one response, against frozen shared parameters; the trace is what `learn` needs."""
    look = view(parameters, state, response.item, response.skills, response.time)
    weight = response.weight * repeat_weight(state.attempts, response.item, response.time)
    logit = damped(look.margin, look.variance)
    step, shrink = _step(logistic(logit), look.variance, response, weight)
    d = look.discrimination
    slow_variance, form_variance, covariance = look.slow_variance, look.form_variance, look.covariance
    slow_gain = d * (slow_variance + covariance)
    form_gain = d * (form_variance + covariance)
    state.slow = look.slow + slow_gain * step
    state.form = look.form + form_gain * step
    state.slow_variance = slow_variance - slow_gain * slow_gain * shrink
    state.form_variance = form_variance - form_gain * form_gain * shrink
    state.covariance = covariance - slow_gain * form_gain * shrink
    d *= look.share
    for key, (mean, variance, skill) in zip(response.skills, look.skills, strict=True):
        gain = d * variance
        skill.slow = mean + gain * step
        skill.slow_variance = variance - gain * gain * shrink
        state.skills[key] = skill
    _remember(state, look, response)
    trace = Trace(
        chance(parameters, logit, response.guessing),
        weight,
        look.ability,
        look.ability_variance,
        look.outcomes,
        look.practice,
        look.after,
        look.between,
    )
    trace.seen = (parameters.stamp, look.margin, look.variance)
    return trace


def learn(parameters: Parameters, trace: Trace, response: Response, share: float = 1.0) -> None:
    """Update the shared parameters with one folded response, as `share` of an answer.

    The running recalibration learns from whole answers alone: parts of one are for learning a record again, where the
    answer may have been seen before.
    """
    item = parameters.items.get(response.item)
    if item is None:
        item = parameters.items[response.item] = new_item()
    skills = [_learnt_skill(parameters, key) for key in response.skills]
    part = 1.0 / len(skills) if skills else 1.0
    margin, variance = margin_now(parameters, trace, response.item, response.skills)
    logit = damped(margin, variance)
    weight = share * (response.weight if trace.weight is None else trace.weight)
    known = logistic(logit)
    step, shrink = _step(known, variance, response, weight)
    parameters.stamp = object()
    ability = trace.ability
    _learn_shared(item, ability, step, shrink)
    for skill in skills:
        _learn_shared(skill, part * ability, step, shrink)
    _learn_history(parameters, (BIAS, trace.outcomes), 1.0, step, shrink)
    _learn_history(parameters, trace.practice, part, step, shrink)
    if share == 1.0:
        _recalibrate(parameters, logit, response, weight)
    pairs = parameters.pairs
    for slot in trace.after:
        slot += slot
        before = pairs[slot + 1] or SKILL_AFTER_SET_VARIANCE
        gain = part * before
        pairs[slot] += gain * step
        pairs[slot + 1] = before - gain * gain * shrink
    for slot, prior in zip(trace.between, BETWEEN_PRIORS, strict=False):
        slot += slot
        before = pairs[slot + 1] or prior
        pairs[slot] += before * step
        pairs[slot + 1] = before - before * before * shrink
    changes = parameters.changes
    changes.items.add(response.item)
    changes.skills.update(response.skills)
    changes.history.update(_ALWAYS)
    changes.history.add(trace.outcomes)
    changes.history.update(trace.practice)
    changes.pairs.update(trace.after)
    changes.pairs.update(trace.between)


def _step(known: float, variance: float, response: Response, weight: float) -> tuple[float, float]:
    """(g, h/D): a component of variance v and jacobian j moves by v·j·g and loses (v·j)²·h/D.

    `known` is the chance that the answer is right without guessing.
    """
    guessing = response.guessing
    probability = guessing + (1.0 - guessing) * known
    credit = known / probability
    information = weight * (1.0 - guessing) * known * (1.0 - known) * credit
    damping = 1.0 + information * variance
    return weight * (response.score - probability) * credit / damping, information / damping


def _recalibrate(parameters: Parameters, logit: float, response: Response, weight: float) -> None:
    """Learn how much too sure, or unsure, predictions have lately been."""
    logit = min(max(logit, -MOST_LOGIT), MOST_LOGIT)
    known = logistic(sharpness(parameters) * logit)
    step, shrink = _step(known, parameters.history_variance[SHARPNESS] * logit * logit, response, weight)
    _learn_history(parameters, (SHARPNESS,), logit, step, shrink)


def _remember(state: LearnerState, look: Outlook, response: Response) -> None:
    """Write the answer into the learner's memory; half credit or more counts as right."""
    right = 1 if response.score >= 0.5 else 0
    time = response.time
    state.responses += 1
    if time is not None:
        state.time = time
    note_attempt(state.attempts, response.item, time)
    state.last_item = response.item
    state.last_right = right
    state.last_sets = (answered(look.skill_set, right), *state.last_sets[:-1])
    state.outcomes = (3 * state.outcomes + 1 + right) % OUTCOME_CODES
    for _, _, skill in look.skills:
        skill.responses += 1
        if time is not None:
            skill.time = time
        skill.outcomes = (3 * skill.outcomes + 1 + right) % PRACTICE_CODES
        streak = skill.streak
        if right:
            skill.streak = 1 if streak < 0 else streak + 1 if streak < STREAK_CAP else STREAK_CAP
        else:
            skill.streak = -1 if streak > 0 else streak - 1 if streak > -STREAK_CAP else -STREAK_CAP


def _learnt_skill(parameters: Parameters, key: int) -> Shared:
    known = parameters.skills.get(key)
    if known is None:
        known = parameters.skills[key] = parameters.skill(key)
    return known


def _learn_shared(shared: Shared, jacobian: float, step: float, shrink: float) -> None:
    """Move easiness (jacobian 1) and steepness (that of the ability)."""
    gain = shared.easiness_variance
    shared.easiness += gain * step
    shared.easiness_variance = gain - gain * gain * shrink
    gain = shared.steepness_variance * jacobian
    shared.steepness += gain * step
    shared.steepness_variance -= gain * gain * shrink
    shared.responses += 1


def _learn_history(parameters: Parameters, slots: tuple[int, ...], value: float, step: float, shrink: float) -> None:
    """Move weights that are often on; their variances never fall under the floor."""
    history, variances = parameters.history, parameters.history_variance
    for slot in slots:
        before = variances[slot]
        gain = value * before
        history[slot] += gain * step
        after = before - gain * gain * shrink
        variances[slot] = after if after > WEIGHT_VARIANCE_FLOOR else WEIGHT_VARIANCE_FLOOR
