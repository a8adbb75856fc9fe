"""A learner's recent answers as weight slots: streak and last outcomes on the skill, and the items just answered."""

from adaptive.engine.learner import LAGS, LearnerState, SkillState
from adaptive.engine.parameters import OUTCOME_CODES, PAIR_SLOTS, STREAK_CAP
from adaptive.engine.priors import REMEMBERED_ITEMS
from adaptive.engine.response import Response

BIAS = 0
_OUTCOMES = 1
_STREAKS = _OUTCOMES + OUTCOME_CODES + STREAK_CAP
_ITEM_MIX = 0x9E3779B97F4A7C15
_EARLIER_MIX = 0xC2B2AE3D27D4EB4F
_WORD = (1 << 64) - 1


def history_slots(state: LearnerState, skills: list[SkillState]) -> tuple[int, ...]:
    """Slots of the bias, and of the last outcomes and the streak on the first skill."""
    if not skills:
        return (BIAS,)
    skill = skills[0]
    return (BIAS, _OUTCOMES + skill.outcomes, _STREAKS + skill.streak)


def neighbour_slots(state: LearnerState, item: int) -> tuple[int, ...]:
    """Slots of (earlier item, its outcome, lag) → this item, hashed into the table of pairs; the newest first."""
    mixed = item * _ITEM_MIX
    return tuple(
        (((mixed ^ (earlier * _EARLIER_MIX + 2 * lag + outcome)) & _WORD) * _ITEM_MIX >> 40) % PAIR_SLOTS
        for lag, (earlier, outcome) in enumerate(state.recent)
    )


def remember(state: LearnerState, skills: list[SkillState], response: Response) -> None:
    """Write the answer into the learner's memory; half credit or more counts as right."""
    right = 1 if response.score >= 0.5 else 0
    state.responses += 1
    state.time = response.time if response.time is not None else state.time
    state.recent.insert(0, (response.item, right))
    del state.recent[LAGS:]
    state.items.pop(response.item, None)
    state.items[response.item] = right
    if len(state.items) > REMEMBERED_ITEMS:
        del state.items[next(iter(state.items))]
    for skill in skills:
        skill.responses += 1
        skill.time = response.time if response.time is not None else skill.time
        skill.outcomes = (skill.outcomes * 3 + 1 + right) % OUTCOME_CODES
        if right:
            skill.streak = min(STREAK_CAP, max(0, skill.streak) + 1)
        else:
            skill.streak = max(-STREAK_CAP, min(0, skill.streak) - 1)
