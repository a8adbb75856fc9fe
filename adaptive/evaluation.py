"""Evaluation of the production engine on response logs, one response ahead.

The protocol: the training learners' responses, merged into one stream, are predicted, folded and learnt from one by
one. Then each test learner, never seen before, is predicted one response ahead and folded; shared parameters stay
frozen, or learn on (`live`). Every row counts.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from time import perf_counter_ns
from typing import Any

import numpy as np
from numpy.typing import NDArray

from adaptive.engine import LearnerState, Parameters, fold, learn
from adaptive.logs import Log
from adaptive.scoring import Floats

POSITIONS = ((1, 1), (2, 5), (6, 20), (21, 100), (101, None))
Progress = Callable[[Sequence[int], str], Iterable[int]]


def silent(indices: Sequence[int], title: str) -> Iterable[int]:
    """A progress that shows nothing."""
    return indices


@dataclass(frozen=True, slots=True)
class Run:
    """One pass over a log: per response, in stream order."""

    outcomes: Floats
    probabilities: Floats
    learners: NDArray[np.int64]
    positions: NDArray[np.int64]
    nanoseconds: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Report:
    """What `proximal evaluate` prints; `slices` are by position in the learner's history."""

    responses: int
    learners: int
    auc: float
    accuracy: float
    log_loss: float
    rmse: float
    ece: float
    auc_interval: tuple[float, float]
    microseconds_per_response: float
    microseconds_p99: float
    responses_per_second: float
    train_responses: int
    train_responses_per_second: float
    slices: Sequence[dict[str, Any]] = field(default_factory=tuple)


def training_order(log: Log) -> Sequence[int]:
    """Row indices as the stream of all learners merged.

    With a clock, by time. Without one, each response gets a uniform random time (`default_rng(0)`), sorted within its
    learner, and these order the stream.
    """
    if log.has_clock:
        return by_time(log)
    rows = defaultdict(list)
    for index, row in enumerate(log.rows):
        rows[row.user].append(index)
    times = np.random.default_rng(0).random(len(log.rows))
    for indices in rows.values():
        times[indices] = np.sort(times[indices])
    return [int(index) for index in np.argsort(times, kind="stable")]


def by_time(log: Log) -> Sequence[int]:
    """Row indices in order of time, then of the file."""
    return [int(i) for i in np.argsort([row.timestamp for row in log.rows], kind="stable")]


def run(parameters: Parameters, log: Log, order: Iterable[int], learning: bool) -> Run:
    """Predict, fold and, when `learning`, learn each response of `log` in `order`."""
    states: dict[str, LearnerState] = {}
    indices: dict[str, int] = {}
    outcomes, probabilities, learners, positions, nanoseconds = [], [], [], [], []
    for index in order:
        response = log.response(index)
        user = log.rows[index].user
        start = perf_counter_ns()
        state = states.get(user)
        if state is None:
            state = states[user] = LearnerState()
        trace = fold(parameters, state, response)
        if learning:
            learn(parameters, trace, response)
        nanoseconds.append(perf_counter_ns() - start)
        outcomes.append(response.score)
        probabilities.append(trace.probability)
        learners.append(indices.setdefault(user, len(indices)))
        positions.append(state.responses)
    return Run(
        np.array(outcomes, float),
        np.array(probabilities, float),
        np.array(learners, np.int64),
        np.array(positions, np.int64),
        np.array(nanoseconds, np.int64),
    )
