"""Evaluation of the production engine on response logs, one response ahead.

The protocol: the training learners' responses, merged into one stream, are predicted, folded and learnt from one by
one. Then each test learner, never seen before, is predicted one response ahead and folded; shared parameters stay
frozen, or learn on (`live`). Every row counts.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from math import isfinite
from time import perf_counter_ns, thread_time_ns
from typing import Any

import numpy as np
from numpy.typing import NDArray

from adaptive import scoring
from adaptive.calibration.relearning import PASSES, learn_again, learn_on, passes
from adaptive.engine import LearnerState, Parameters, Response, fold, learn
from adaptive.logs import Log
from adaptive.scoring import Floats

POSITIONS = ((1, 1), (2, 5), (6, 20), (21, 100), (101, None))
Progress = Callable[[Sequence[Any], str], Iterable[Any]]


def silent(responses: Sequence[Any], title: str) -> Iterable[Any]:
    """A progress that shows nothing."""
    return responses


@dataclass(frozen=True, slots=True)
class Run:
    """One pass over a log: per response, in stream order; and the processor time of the whole pass."""

    outcomes: Floats
    probabilities: Floats
    learners: NDArray[np.int64]
    positions: NDArray[np.int64]
    nanoseconds: NDArray[np.int64]
    processor_nanoseconds: int


@dataclass(frozen=True, slots=True)
class Score:
    """How good some predictions were; `ece_floor` is the mean calibration error of a perfectly calibrated engine on
    a sample of this size, which is not 0 (Bröcker & Smith 2007)."""

    responses: int
    auc: float
    accuracy: float
    log_loss: float
    rmse: float
    ece: float
    ece_floor: float


@dataclass(frozen=True, slots=True)
class Slice:
    """The responses from the `first` to the `last` of their learners; `last` None for no end."""

    first: int
    last: int | None
    score: Score


@dataclass(frozen=True, slots=True)
class Report:
    """What an evaluation came to. Speed is that of the test responses: microseconds by the wall clock, responses per
    second of processor time."""

    score: Score
    learners: int
    auc_interval: tuple[float, float]
    microseconds_per_response: float
    microseconds_p99: float
    responses_per_second: float
    train_responses: int
    slices: Sequence[Slice]

    def as_json(self) -> dict[str, Any]:
        """Flat, with null for what is not defined (an AUC where all answers are alike)."""
        whole = asdict(self)
        slices = [{"first": part.pop("first"), "last": part.pop("last"), **part["score"]} for part in whole["slices"]]
        flat = {**whole.pop("score"), **whole, "slices": slices}
        return {key: _defined(value) for key, value in flat.items()}


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


def evaluate(
    train: Log | None,
    test: Log,
    *,
    live: bool = False,
    two_pass: bool = False,
    progress: Progress = silent,
) -> Report:
    """Train on one log, test on another.

    `two_pass` trains as the night does, which learns the record again: twice over, each response as half an answer each
    time, so that it counts once and is judged with parameters that have seen the whole.
    """
    parameters = Parameters()
    if train is not None:
        if two_pass:
            train_again(parameters, train, progress)
        else:
            learn_on(parameters, {}, progress(stream(train, training_order(train)), "train 1/1"))
    tested = run(parameters, test, by_time(test), 1.0 if live else None, progress, "test")
    return _report(tested, len(train.rows) if train is not None else 0)


def train_again(parameters: Parameters, log: Log, progress: Progress = silent) -> None:
    """Learn a log as the night learns a store's record."""
    responses = stream(log, training_order(log))
    orders = enumerate(passes([user for user, _ in responses]), start=1)
    titled = ((f"train {number}/{PASSES}", [responses[place] for place in places]) for number, places in orders)
    learn_again(parameters, (progress(answers, title) for title, answers in titled))


def stream(log: Log, order: Iterable[int]) -> list[tuple[str, Response]]:
    """(user, response) of the rows in `order`."""
    return [(log.rows[index].user, log.response(index)) for index in order]


def run(
    parameters: Parameters,
    log: Log,
    order: Iterable[int],
    share: float | None,
    progress: Progress = silent,
    title: str = "",
) -> Run:
    """Predict and fold each response of `log` in `order`, and learn from it as `share` of an answer unless None."""
    states: dict[str, LearnerState] = {}
    learners: dict[str, int] = {}
    results = []
    responses = stream(log, order)
    begun = thread_time_ns()
    for user, response in progress(responses, title):
        start = perf_counter_ns()
        state = states.get(user)
        if state is None:
            state = states[user] = LearnerState()
        trace = fold(parameters, state, response)
        if share is not None:
            learn(parameters, trace, response, share)
        spent = perf_counter_ns() - start
        results.append(
            (response.score, trace.probability, learners.setdefault(user, len(learners)), state.responses, spent)
        )
    processor = thread_time_ns() - begun
    outcomes, probabilities, owners, positions, nanoseconds = zip(*results, strict=True)
    return Run(
        np.array(outcomes, float),
        np.array(probabilities, float),
        np.array(owners, np.int64),
        np.array(positions, np.int64),
        np.array(nanoseconds, np.int64),
        processor,
    )


def _report(tested: Run, train_responses: int) -> Report:
    outcomes, probabilities = tested.outcomes, tested.probabilities
    microseconds = tested.nanoseconds / 1000
    interval = scoring.auc_interval(outcomes, probabilities, tested.learners, np.random.default_rng(0))
    return Report(
        score=_score(outcomes, probabilities),
        learners=int(tested.learners.max()) + 1,
        auc_interval=interval,
        microseconds_per_response=float(np.median(microseconds)),
        microseconds_p99=float(np.quantile(microseconds, 0.99)),
        responses_per_second=1e9 * len(outcomes) / tested.processor_nanoseconds,
        train_responses=train_responses,
        slices=_slices(tested),
    )


def _slices(tested: Run) -> list[Slice]:
    slices = []
    for first, last in POSITIONS:
        inside = (tested.positions >= first) & (tested.positions <= (last or tested.positions.max()))
        if inside.any():
            slices.append(Slice(first, last, _score(tested.outcomes[inside], tested.probabilities[inside])))
    return slices


def _score(outcomes: Floats, probabilities: Floats) -> Score:
    return Score(
        responses=len(outcomes),
        auc=scoring.auc(outcomes, probabilities),
        accuracy=scoring.accuracy(outcomes, probabilities),
        log_loss=scoring.log_loss(outcomes, probabilities),
        rmse=scoring.rmse(outcomes, probabilities),
        ece=scoring.calibration_error(outcomes, probabilities),
        ece_floor=scoring.calibration_floor(probabilities),
    )


def _defined(value: Any) -> Any:
    """NaN becomes None, which JSON can say."""
    if isinstance(value, float):
        return value if isfinite(value) else None
    if isinstance(value, dict):
        return {key: _defined(inner) for key, inner in value.items()}
    return [_defined(inner) for inner in value] if isinstance(value, list | tuple) else value
