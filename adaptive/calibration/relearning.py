"""Learning the record again: twice over, each answer as half of one each time. Pure.

An answer counts once but is judged the second time by parameters that have seen the whole: fractional assumed-density
filtering (Minka 2004, power EP with α = ½). Simply going twice would count every answer double.
"""

from collections.abc import Hashable, Iterable, Sequence
from typing import TypeAlias, TypeVar

from adaptive.engine import LearnerState, Parameters, Response, fold, learn

Learner = TypeVar("Learner", bound=Hashable)
Stream: TypeAlias = Iterable[tuple[Learner, Response]]
PASSES = 2


def passes(learners: Sequence[Hashable]) -> list[list[int]]:
    """The places of a stream whose answers are these learners', as each pass takes them.

    First as they came. Then learner after learner, each as a whole, as whoever comes next will be met: by parameters
    that others have made. Who answered last comes last.
    """
    last = {learner: place for place, learner in enumerate(learners)}
    places = range(len(learners))
    return [list(places), sorted(places, key=lambda place: last[learners[place]])]


def learn_again(parameters: Parameters, streams: Iterable[Stream[Learner]]) -> dict[Learner, LearnerState]:
    """Through the same answers PASSES times, in the orders of `passes`; the learners after the last."""
    states: dict[Learner, LearnerState] = {}
    for stream in streams:
        states = {}
        learn_on(parameters, states, stream, 1.0 / PASSES)
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
