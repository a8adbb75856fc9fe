"""Which weights are on: a learner's recent answers and pauses as slots of two tables.

The *history* table has a slot for each case. The *pairs* table is hashed: what was just answered, or how long ago,
crossed with what comes now. Weights per skill are divided by the number of skills. The layout of both tuples follows
from that number alone, so a trace stores slots only.
"""

from functools import lru_cache

from adaptive.engine import priors

OUTCOME_CODES = 3**5
PRACTICE_CODES = 27
STREAK_CAP = 7
_COUNTS: tuple[int, ...] = (*range(8), 8, 8, 8, 8, 9, 9, 9, 9)
COUNT_BUCKETS = 19
PAUSE_BUCKETS = 42

BIAS = 0
OUTCOMES = 1
PRACTICE = OUTCOMES + OUTCOME_CODES
COUNTS = PRACTICE + PRACTICE_CODES * (2 * STREAK_CAP + 1)
PAUSES = COUNTS + COUNT_BUCKETS
HISTORY_SLOTS = PAUSES + PAUSE_BUCKETS
HISTORY_VARIANCES = (
    (priors.BIAS_VARIANCE,)
    + (priors.OUTCOMES_VARIANCE,) * (PRACTICE - OUTCOMES)
    + (priors.PRACTICE_VARIANCE,) * (COUNTS - PRACTICE)
    + (priors.COUNT_VARIANCE,) * COUNT_BUCKETS
    + (priors.PAUSE_VARIANCE,) * PAUSE_BUCKETS
)

PAIR_SLOTS = 1 << 20
_KEY = (1 << 30) - 1
_MIX = 0x2545F491
_KINDS = (0x1B873593, 0x0CC9E2D5, 0x05EBCA6B, 0x02B2AE35, 0x3C6EF372, 0x165667B1)
AFTER_SET, SET_AFTER_SET, SET_AFTER_EARLIER, SET_PAUSE, SET_STREAK, ITEM_AFTER_ITEM = _KINDS


def count_bucket(responses: int) -> int:
    """0–7 exactly, then ever coarser up to 18 for 512 and more."""
    if responses < 16:
        return _COUNTS[responses]
    if responses < 128:
        return 2 * responses.bit_length() + (responses >> (responses.bit_length() - 2) & 1)
    return min(COUNT_BUCKETS - 1, responses.bit_length() + 8)


def pause_bucket(seconds: float | None) -> int:
    """0 for none yet, 1 under a second, then one for each doubling."""
    return 0 if seconds is None else 1 + min(int(seconds).bit_length(), PAUSE_BUCKETS - 2)


def set_key(skills: tuple[int, ...]) -> int:
    """A 30-bit key of the set of skills, whatever their order."""
    key = 0
    for skill in skills:
        key += ((skill & _KEY) ^ _KINDS[5]) * _MIX >> 10
    return key & _KEY


def answered(key: int, right: int) -> int:
    """A 30-bit key of an item or a set of skills with the outcome of its answer (0 wrong, 1 right)."""
    return ((key & _KEY) ^ (_KINDS[4 + right])) * _MIX >> 12 & _KEY


def pair_slot(kind: int, now: int, before: int) -> int:
    """The slot of `before` crossed with `now`, both 30-bit keys, in the table of `kind`."""
    mixed = (((now & _KEY) ^ kind) * _MIX >> 9 & _KEY) ^ before
    return mixed * _MIX >> 20 & (PAIR_SLOTS - 1)


class Layout:
    """How the slots of a response on some number of skills enter the margin: their values and the pairs' priors."""

    __slots__ = ("history_values", "pair_priors", "pair_values", "part", "share")

    def __init__(self, skills: int) -> None:
        count = max(skills, 1)
        between = (priors.SET_AFTER_SET_VARIANCE,) if skills > 1 else ()
        self.part = 1.0 / count
        self.share = count**-priors.SKILL_SHARE_POWER
        self.history_values = (1.0, 1.0) + (self.part,) * (3 * skills)
        self.pair_values = (self.part,) * skills + (1.0,) * (4 + len(between))
        self.pair_priors = (
            *((priors.SKILL_AFTER_SET_VARIANCE,) * skills),
            *between,
            priors.SET_AFTER_EARLIER_SET_VARIANCE,
            priors.SET_PAUSE_VARIANCE,
            priors.SET_STREAK_VARIANCE,
            priors.ITEM_AFTER_ITEM_VARIANCE,
        )


layout = lru_cache(maxsize=64)(Layout)
