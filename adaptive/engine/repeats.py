"""What another answer to the same item is worth, and which items a learner's state remembers for it.

Answers of one learner to one item share what is particular to the two (a remembered key, a misread picture), so they
are not independent evidence: right after n others the next counts as 1/(n + 1) of an answer, n of them as
1 + ½ + … + 1/n ≈ ln n. With the days what they share is forgotten, as 1/(1 + days).
"""

from typing import TypeAlias

DAY = 86400.0
ITEMS_REMEMBERED = 32
MOST_ANSWERS = 255

Attempts: TypeAlias = dict[int, tuple[int, float | None]]
"""Item → answers to it, and the time of the last (seconds, None without a clock). The item answered longest ago comes
first, and is forgotten first."""


def repeat_weight(attempts: Attempts, item: int, time: float | None) -> float:
    """How much an answer to `item` now counts as evidence, in (0, 1]."""
    earlier = attempts.get(item)
    if earlier is None:
        return 1.0
    answers, last = earlier
    rest = time - last if time is not None and last is not None and time > last else 0.0
    return 1.0 / (1.0 + answers / (1.0 + rest / DAY))


def note_attempt(attempts: Attempts, item: int, time: float | None) -> None:
    """Remember an answer."""
    earlier = attempts.pop(item, None)
    attempts[item] = (1 if earlier is None else min(earlier[0] + 1, MOST_ANSWERS)), time
    if len(attempts) > ITEMS_REMEMBERED:
        del attempts[next(iter(attempts))]
