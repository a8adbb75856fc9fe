"""A learner before an item: what ability, practice and the last answers add up to. Changes nothing."""

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
    SHARPNESS_LEAST,
    SKILL_AFTER_SET_VARIANCE,
    SKILL_REST_STEPS,
    SKILL_RETENTION,
    SKILL_VARIANCE,
    SLOW_DRIFT,
)
from adaptive.engine.slots import (
    BETWEEN_PRIORS,
    BIAS,
    COUNTS,
    EARLIER_SALTS,
    ITEM_SALT,
    KEY,
    MIX,
    OUTCOMES,
    PAIR_MASK,
    PAUSE_KEYS,
    PAUSES,
    PRACTICE,
    SHARPNESS,
    STREAK_CAP,
    STREAK_KEYS,
    STREAKS,
    answered,
    count_bucket,
    pair_slot,
    pause_bucket,
    set_key,
)
from adaptive.engine.trace import Trace

_NEW_ITEM = new_item()
_LOGIT_LIMIT = 35.0
_SECOND, _THIRD, _FOURTH, _FIFTH = EARLIER_SALTS


class Outlook:
    """The aged components of a learner, the slots that are on, and the margin they add up to.

    `skills` are (mean, variance, state) of each skill, aged; a skill's deviation counts `share`, its weights `part`.
    The slots are those of a `Trace`; `skill_set` is the key of the item's skills.
    """

    __slots__ = (
        "ability",
        "ability_variance",
        "after",
        "between",
        "covariance",
        "discrimination",
        "form",
        "form_variance",
        "item",
        "margin",
        "outcomes",
        "part",
        "practice",
        "share",
        "skill_easiness",
        "skill_set",
        "skills",
        "slow",
        "slow_variance",
        "variance",
    )

    ability: float
    ability_variance: float
    after: tuple[int, ...]
    between: tuple[int, ...]
    covariance: float
    discrimination: float
    form: float
    form_variance: float
    item: Shared
    margin: float
    outcomes: int
    part: float
    practice: tuple[int, ...]
    share: float
    skill_easiness: float
    skill_set: int
    skills: list[tuple[float, float, SkillState]]
    slow: float
    slow_variance: float
    variance: float


def view(
    parameters: Parameters, state: LearnerState, item: int, skills: tuple[int, ...], time: float | None
) -> Outlook:
    """The outlook on `item` at `time` (seconds, or None without a clock)."""
    look = Outlook()
    rest = rest_between(state.time, time)
    _age(look, state, rest)
    _meet_skills(look, parameters, state, skills, time)
    _meet_item(look, parameters, item, skills)
    _look_back(look, state, item, skills, rest)
    _weigh(look, parameters)
    return look


def margin_now(parameters: Parameters, trace: Trace, item: int, skills: tuple[int, ...]) -> tuple[float, float]:
    """The margin (and its variance) that the shared parameters of now give to the learner of a trace.

    Where nothing has been learnt since the trace was made, it is the one that the fold found.
    """
    if trace.seen is not None and trace.seen[0] is parameters.stamp:
        return trace.seen[1], trace.seen[2]
    look = Outlook()
    look.ability, look.ability_variance = trace.ability, trace.ability_variance
    look.outcomes, look.practice, look.after, look.between = trace.outcomes, trace.practice, trace.after, trace.between
    look.part = 1.0 / len(skills) if skills else 1.0
    _meet_item(look, parameters, item, skills)
    _weigh(look, parameters)
    return look.margin, look.variance


def logistic(margin: float) -> float:
    """σ(margin), within (0, 1) for every finite margin."""
    if margin > _LOGIT_LIMIT:
        margin = _LOGIT_LIMIT
    elif margin < -_LOGIT_LIMIT:
        margin = -_LOGIT_LIMIT
    return 1.0 / (1.0 + exp(-margin))


def chance(parameters: Parameters, logit: float, guessing: float) -> float:
    """The recalibrated probability of a right answer from the damped logit, with a guessing floor."""
    return guessing + (1.0 - guessing) * logistic(sharpness(parameters) * logit)


def damped(margin: float, variance: float) -> float:
    """The logit of the mean of σ under N(margin, variance), very nearly (MacKay 1992)."""
    return margin / sqrt(1.0 + PROBIT_SCALE * variance)


def sharpness(parameters: Parameters) -> float:
    """What the running recalibration multiplies a logit by."""
    slope = 1.0 + parameters.history[SHARPNESS]
    return slope if slope > SHARPNESS_LEAST else SHARPNESS_LEAST


def rest_between(earlier: float | None, now: float | None) -> float | None:
    """Seconds without an answer, from 0 to LONGEST_REST; None at the first answer and without a clock."""
    if earlier is None or now is None:
        return None
    rest = now - earlier
    if rest < 0.0:
        return 0.0
    return rest if rest < LONGEST_REST else LONGEST_REST


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
    ability, variance = 0.0, 0.0
    aged = []
    practice: tuple[int, ...] = ()
    for key in skills:
        skill = state.skills.get(key)
        rest = None
        if skill is None:
            skill = _new_skill(parameters, state, key)
            mean, spread = skill.slow, skill.slow_variance
        else:
            rest = rest_between(skill.time, time)
            steps = 1.0 + SKILL_REST_STEPS * log1p(rest / REST_SECONDS) if rest else 1.0
            kept = SKILL_RETENTION**steps
            mean = skill.slow * kept
            spread = kept * kept * (skill.slow_variance - SKILL_VARIANCE) + SKILL_VARIANCE
        ability += mean
        variance += spread
        aged.append((mean, spread, skill))
        practice += (
            PRACTICE + STREAKS * skill.outcomes + STREAK_CAP + skill.streak,
            COUNTS + count_bucket(skill.responses),
            PAUSES + pause_bucket(rest),
        )
    look.skills = aged
    look.practice = practice
    look.part = part = 1.0 / len(skills) if skills else 1.0
    look.share = share = sqrt(part)
    look.ability = look.slow + look.form + share * ability
    look.ability_variance = look.slow_variance + look.form_variance + 2.0 * look.covariance + part * variance


def _meet_item(look: Outlook, parameters: Parameters, item: int, skills: tuple[int, ...]) -> None:
    """Margin and variance from ability, item and skills."""
    known = parameters.items.get(item) or _NEW_ITEM
    steepness, steepness_variance, easiness, variance = 0.0, 0.0, 0.0, known.easiness_variance
    for key in skills:
        skill = parameters.skills.get(key) or parameters.skill(key)
        easiness += skill.easiness
        variance += skill.easiness_variance
        steepness += skill.steepness
        steepness_variance += skill.steepness_variance
    part, ability = look.part, look.ability
    slope = 1.0 + known.steepness + part * steepness
    look.discrimination = slope = slope if slope > DISCRIMINATION_FLOOR else DISCRIMINATION_FLOOR
    look.item = known
    look.skill_easiness = easiness
    look.margin = slope * ability + known.easiness + easiness
    steepness_variance = known.steepness_variance + part * part * steepness_variance
    look.variance = variance + slope * slope * look.ability_variance + ability * ability * steepness_variance


def _look_back(look: Outlook, state: LearnerState, item: int, skills: tuple[int, ...], rest: float | None) -> None:
    """The slots of what was answered before, crossed with what comes now."""
    look.skill_set = now = skills[0] & KEY if len(skills) == 1 else set_key(skills)
    last, second, third, fourth, fifth = state.last_sets
    look.outcomes = OUTCOMES + state.outcomes
    streak = 0
    if len(skills) == 1:
        look.after = ((now ^ last) * MIX >> 20 & PAIR_MASK,)
        streak = look.skills[0][2].streak
    elif skills:
        look.after = tuple([pair_slot(key & KEY, last) for key in skills])
        streak = min([skill.streak for _, _, skill in look.skills])
    else:
        look.after = ()
    before = answered(state.last_item, state.last_right) ^ ITEM_SALT
    # `pair_slot`, written out: seven calls are a tenth of a fold.
    between = (
        (now ^ second ^ _SECOND) * MIX >> 20 & PAIR_MASK,
        (now ^ third ^ _THIRD) * MIX >> 20 & PAIR_MASK,
        (now ^ fourth ^ _FOURTH) * MIX >> 20 & PAIR_MASK,
        (now ^ fifth ^ _FIFTH) * MIX >> 20 & PAIR_MASK,
        (now ^ PAUSE_KEYS[pause_bucket(rest)]) * MIX >> 20 & PAIR_MASK,
        (now ^ STREAK_KEYS[STREAK_CAP + streak]) * MIX >> 20 & PAIR_MASK,
        (item & KEY ^ before) * MIX >> 20 & PAIR_MASK,
    )
    look.between = (*between, pair_slot(now, last)) if len(skills) > 1 else between


def _weigh(look: Outlook, parameters: Parameters) -> None:
    """Add the weights that are on to margin and variance."""
    history, history_variance = parameters.history, parameters.history_variance
    pairs = parameters.pairs
    margin, variance = 0.0, 0.0
    for slot in look.practice:
        margin += history[slot]
        variance += history_variance[slot]
    for slot in look.after:
        slot += slot
        margin += pairs[slot]
        variance += pairs[slot + 1] or SKILL_AFTER_SET_VARIANCE
    part, slot = look.part, look.outcomes
    margin = look.margin + history[BIAS] + history[slot] + part * margin
    variance = look.variance + history_variance[BIAS] + history_variance[slot] + part * part * variance
    for slot, prior in zip(look.between, BETWEEN_PRIORS, strict=False):
        slot += slot
        margin += pairs[slot]
        variance += pairs[slot + 1] or prior
    look.margin, look.variance = margin, variance


def _new_skill(parameters: Parameters, state: LearnerState, key: int) -> SkillState:
    """A skill the learner has not met starts from the deviation on its parent."""
    parent = state.skills.get(parameters.parents.get(key, key))
    return SkillState() if parent is None else SkillState(PARENT_SHARE * parent.slow)
