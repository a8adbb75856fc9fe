"""Responses and learners for the engine's tests."""

from math import inf
from random import Random

from hypothesis import strategies as st

from adaptive.engine import LearnerState, Parameters, Response, fold, learn

finite = st.floats(allow_nan=False, allow_infinity=False)
responses = st.builds(
    Response,
    item=st.integers(-(2**63), 2**63 - 1),
    skills=st.lists(st.integers(-(2**63), 2**63 - 1), max_size=4, unique=True).map(tuple),
    time=st.none() | finite,
    score=st.floats(0, 1),
    weight=st.floats(0.01, 1),
    guessing=st.floats(0, 0.9),
)


def practised(seed: int = 0, length: int = 40) -> tuple[Parameters, LearnerState]:
    """Parameters and a learner after some answers on four skills and a dozen items."""
    rng = Random(seed)
    parameters, state = Parameters(), LearnerState()
    for row in range(length):
        skills = tuple(rng.sample(range(4), rng.choice((1, 1, 2))))
        response = Response(rng.randrange(12), skills, 90.0 * row, float(rng.random() < 0.7))
        learn(parameters, fold(parameters, state, response), response)
    return parameters, state


def smallest_variance(parameters: Parameters, state: LearnerState) -> float:
    """The smallest variance anywhere, slots never learnt aside; −∞ where ability and form are no covariance."""
    if state.covariance**2 > state.slow_variance * state.form_variance * (1 + 1e-9):
        return -inf
    found = [state.slow_variance, state.form_variance, *(skill.slow_variance for skill in state.skills.values())]
    for shared in (*parameters.items.values(), *parameters.skills.values()):
        found += [shared.easiness_variance, shared.steepness_variance]
    touched = [parameters.pairs[2 * slot + 1] for slot in parameters.changes.pairs]
    return min(*found, *parameters.history_variance, *touched, 1.0)
