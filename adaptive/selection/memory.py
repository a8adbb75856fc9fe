"""When to review: predicted recall with FSRS-like spacing, and implicit credit along the prerequisite graph.

The forgetting curve and the updates of stability and difficulty are FSRS-4.5's with its published default weights
(Ye, Su & Cao 2022, "A stochastic shortest path algorithm for optimizing spaced repetition scheduling", KDD;
open-spaced-repetition, "The algorithm", version 4.5). A skill takes the place of a flashcard.
Practice of a skill is also a lighter practice of what it stands on (implicit credit).
"""

from collections.abc import Mapping, Sequence
from math import exp
from math import pow as power
from typing import NamedTuple

DAY = 86_400.0
DECAY = -0.5
FACTOR = 19 / 81  # recall is .9 where the elapsed time equals the stability
SHORTEST, LONGEST = 0.01, 36_500.0
INITIAL = (0.4872, 1.4003, 3.7145)
D0, D1, REVERT, HARDER = 5.1618, 1.2298, 0.031, 0.8975
GAIN, FLATTEN, LATE = 1.6474, 0.1367, 1.0461
LAPSE, LAPSE_D, LAPSE_S, LAPSE_R = 2.1072, 0.0793, 0.3246, 1.587
AGAIN, HARD, GOOD = 1, 2, 3
HARD_PENALTY = 0.2272


class Memory(NamedTuple):
    """stability: days until recall falls to .9; difficulty: 1 (easy) to 10; last: seconds since the epoch."""

    stability: float
    difficulty: float
    last: float


def rating(score: float) -> int:
    """FSRS's grades again, hard and good from a score in [0, 1]; `easy` would need the learner's own rating."""
    return AGAIN if score < 0.5 else HARD if score < 0.75 else GOOD


def recall(memory: Memory, now: float) -> float:
    """The predicted chance that the skill can still be shown; in (0, 1]."""
    days = max(0.0, now - memory.last) / DAY
    return float(power(1 + FACTOR * days / memory.stability, DECAY))


def due(memory: Memory, threshold: float = 0.80) -> float:
    """The moment, in seconds since the epoch, at which recall falls to the threshold."""
    return memory.last + DAY * memory.stability / FACTOR * (power(threshold, 1 / DECAY) - 1)


def practise(memory: Memory | None, score: float, now: float, weight: float = 1.0) -> Memory:
    """The memory after practice with a score in [0, 1].

    A weight below 1 is implicit credit: stability moves that share of the way (on the log scale), difficulty likewise;
    a failure by implication is no lapse, and implicit credit to a skill never practised leaves nothing to remember.
    """
    grade = rating(score)
    if memory is None:
        return Memory(INITIAL[grade - 1], _bounded(D0 - D1 * (grade - 3)), now)
    if weight < 1 and grade == AGAIN:
        return memory
    remembered = recall(memory, now)
    after = _lapsed(memory, remembered) if grade == AGAIN else _strengthened(memory, remembered, grade)
    stability = memory.stability * power(after / memory.stability, weight)
    difficulty = memory.difficulty + weight * (_harder(memory.difficulty, grade) - memory.difficulty)
    # A partial practice refreshes part of the elapsed time.
    last = now if weight >= 1 else memory.last + weight * max(0.0, now - memory.last)
    return Memory(min(LONGEST, max(SHORTEST, stability)), difficulty, max(last, memory.last))


def implicit_credit(
    prerequisites: Mapping[int, Sequence[int]], skill: int, share: float = 0.4, least: float = 0.05
) -> dict[int, float]:
    """Weights for the skills beneath a practised one: `share` per step down the graph, the strongest way counting.

    Terminates on cycles, since every step weakens the credit; the practised skill itself gets none.
    """
    credit: dict[int, float] = {}
    frontier = {skill: 1.0}
    while frontier:
        below: dict[int, float] = {}
        for upper, weight in frontier.items():
            for lower in prerequisites.get(upper, ()):
                passed = weight * share
                if lower != skill and passed >= least and passed > credit.get(lower, 0.0):
                    credit[lower] = below[lower] = passed
        frontier = below
    return credit


def _strengthened(memory: Memory, remembered: float, grade: int) -> float:
    growth = (
        exp(GAIN) * (11 - memory.difficulty) * power(memory.stability, -FLATTEN) * (exp(LATE * (1 - remembered)) - 1)
    )
    if grade == HARD:
        growth *= HARD_PENALTY
    return memory.stability * (1 + growth)


def _lapsed(memory: Memory, remembered: float) -> float:
    stability = (
        LAPSE
        * power(memory.difficulty, -LAPSE_D)
        * (power(memory.stability + 1, LAPSE_S) - 1)
        * exp(LAPSE_R * (1 - remembered))
    )
    return min(stability, memory.stability)


def _harder(difficulty: float, grade: int) -> float:
    return _bounded(REVERT * D0 + (1 - REVERT) * (difficulty - HARDER * (grade - 3)))


def _bounded(difficulty: float) -> float:
    return min(10.0, max(1.0, difficulty))
