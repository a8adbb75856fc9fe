"""Which weights are on: a learner's recent answers and pauses as slots of two tables.

The *history* table has a slot for each case. The *pairs* table is hashed: what was just answered, or how long ago,
crossed with what comes now; a slot is made from two 30-bit keys, one of them already mixed.
"""

from adaptive.engine import priors

OUTCOME_CODES = 3**5
PRACTICE_CODES = 27
STREAK_CAP = 7
STREAKS = 2 * STREAK_CAP + 1
COUNT_BUCKETS = 19
PAUSE_BUCKETS = 42

BIAS = 0
OUTCOMES = 1
PRACTICE = OUTCOMES + OUTCOME_CODES
COUNTS = PRACTICE + PRACTICE_CODES * STREAKS
PAUSES = COUNTS + COUNT_BUCKETS
SHARPNESS = PAUSES + PAUSE_BUCKETS
HISTORY_SLOTS = SHARPNESS + 1
HISTORY_VARIANCES = (
    (priors.BIAS_VARIANCE,)
    + (priors.OUTCOMES_VARIANCE,) * (PRACTICE - OUTCOMES)
    + (priors.PRACTICE_VARIANCE,) * (COUNTS - PRACTICE)
    + (priors.COUNT_VARIANCE,) * COUNT_BUCKETS
    + (priors.PAUSE_VARIANCE,) * PAUSE_BUCKETS
    + (priors.SHARPNESS_VARIANCE,)
)

PAIR_SLOTS = 1 << 20
PAIR_MASK = PAIR_SLOTS - 1
KEY = (1 << 30) - 1
MIX = 0x2545F491
_SALT = 0x1B873593
_OUTCOME_SALTS = (0x3C6EF372, 0x165667B1)


def count_bucket(responses: int) -> int:
    """0–7 exactly, then two for each doubling up to 127, then one, up to 18 for 512 and more."""
    if responses < 8:
        return responses
    length = responses.bit_length()
    if responses < 128:
        return 2 * length + (responses >> (length - 2) & 1)
    return min(COUNT_BUCKETS - 1, length + 8)


def pause_bucket(seconds: float | None) -> int:
    """0 for none yet, 1 under a second, then one for each doubling; below PAUSE_BUCKETS for any rest there is."""
    return 0 if seconds is None else 1 + int(seconds).bit_length()


def set_key(skills: tuple[int, ...]) -> int:
    """A 30-bit key of the set of skills, whatever their order; of one skill, the skill's own."""
    if len(skills) == 1:
        return skills[0] & KEY
    key = 0
    for skill in skills:
        key += ((skill & KEY) ^ _SALT) * MIX >> 10
    return key & KEY


def answered(key: int, right: int) -> int:
    """A mixed 30-bit key of an item or a set of skills with the outcome of its answer (0 wrong, 1 right)."""
    return ((key & KEY) ^ _OUTCOME_SALTS[right]) * MIX >> 12 & KEY


def pair_slot(now: int, before: int) -> int:
    """The slot of `before`, a mixed key, crossed with `now`, a plain one."""
    return (now ^ before) * MIX >> 20 & PAIR_MASK


EARLIER_SALTS = tuple(answered(10 + lag, 0) for lag in range(len(priors.EARLIER_SET_VARIANCES)))
SETS = 1 + len(EARLIER_SALTS)
"""Sets of skills that a learner's state remembers."""
PAUSE_KEYS = tuple(answered(1000 + bucket, 0) for bucket in range(PAUSE_BUCKETS))
STREAK_KEYS = tuple(answered(2000 + streak, 0) for streak in range(STREAKS))
"""By STREAK_CAP + streak."""
ITEM_SALT = answered(2, 0)

BETWEEN_PRIORS = (
    *priors.EARLIER_SET_VARIANCES,
    priors.SET_PAUSE_VARIANCE,
    priors.SET_STREAK_VARIANCE,
    priors.ITEM_AFTER_ITEM_VARIANCE,
    priors.SET_AFTER_SET_VARIANCE,
)
"""Prior variances of a trace's `between` slots, in their order; the last is there for two skills and more."""
BETWEEN = len(BETWEEN_PRIORS)
