"""Learning the record again: twice over, each answer as half of one each time. Pure.

An answer counts once but is judged the second time by parameters that have seen the whole: fractional assumed-density
filtering (Minka 2004, power EP with α = ½). Simply going twice would count every answer double.
"""

from collections.abc import Callable, Hashable, Iterable
from typing import TypeAlias, TypeVar

from adaptive.engine import LearnerState, Parameters, Response, fold, learn

Learner = TypeVar("Learner", bound=Hashable)
Stream: TypeAlias = Iterable[tuple[Learner, Response]]
PASSES = 2


def learn_again(parameters: Parameters, stream: Callable[[int], Stream[Learner]]) -> dict[Learner, LearnerState]:
    """PASSES times through the same stream, asked for by the number of the pass; the learners after the last."""
    states: dict[Learner, LearnerState] = {}
    for number in range(1, PASSES + 1):
        states = {}
        learn_on(parameters, states, stream(number), 1.0 / PASSES)
    return states


def learn_on(
    parameters: Parameters, states: dict[Learner, LearnerState], stream: Stream[Learner], share: float = 1.0
) -> None:
    """As the worker learns: each answer is folded into its learner, then learnt from, as `share` of an answer."""
    for learner, response in stream:
        state = states.get(learner)
        if state is None:
            state = states[learner] = LearnerState()
        learn(parameters, fold(parameters, state, response), response, share)
