"""What a night computes from a store's record: parameters learnt again, whether they foretell better, and the item set.

Pure, and made to run in a process of its own.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from adaptive.calibration.night import ItemSet, check, item_set
from adaptive.calibration.record import Record
from adaptive.calibration.relearning import learn_again, learn_on, passes
from adaptive.calibration.responses import Integers
from adaptive.calibration.trial import Verdict, compared, held_out, losses
from adaptive.engine import LearnerState, Parameters
from lrs.errors import Conflict

STEPS = ("judging on held-out learners", "learning all answers again", "estimating items")
Told = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Task:
    """The record; snapshots of the parameters in force and of those that labels alone give.

    `until` is up to when (seconds since 1970) the record had been learnt again for those in force, None if never.
    Other learners are held out each `turn`.
    """

    record: Record
    in_force: bytes
    start: bytes
    until: float | None
    turn: int


@dataclass(frozen=True, slots=True)
class Found:
    """`relearnt` is a snapshot, None unless it won; `items` are linked to it or else to what is in force.

    With too little to calibrate there is a `reason` in place of a verdict.
    """

    verdict: Verdict | None
    relearnt: bytes | None
    items: ItemSet | None
    reason: str = ""


def work(task: Task, told: Told) -> Found:
    """Judge, learn again if that wins, estimate."""
    record = task.record
    answers = record.answers()
    try:
        check(answers)
    except Conflict as error:
        return Found(None, None, None, error.message)
    told(STEPS[0])
    verdict = trial(task)
    told(STEPS[1])
    relearnt = whole(task) if verdict.won else None
    told(STEPS[2])
    scale = relearnt or Parameters.restore(task.in_force)
    return Found(verdict, relearnt.snapshot() if relearnt else None, item_set(answers, scale, record.skills_of))


def trial(task: Task) -> Verdict:
    """Learners held out, both ways of learning from the others, and then the held-out learners foretold.

    What is in force has been learning from everybody, so it is made again without them: learnt again up to when it
    was, then on. Of a store so large that the record is a sample it stands for itself: each answer is one of many.
    """
    record, order = task.record, task.record.by_time()
    out = np.isin(np.frombuffer(record.learner, np.int64)[order], list(held_out(record.learner, task.turn)))
    jury = record.stream(order[out])
    champion = Parameters.restore(task.in_force) if record.one_in > 1 else _as_in_force(task, order[~out])
    before = losses(champion, jury())
    challenger = _anew(task, order[~out])
    return compared(before, losses(challenger, jury()))


def whole(task: Task) -> Parameters:
    """All of the record learnt again. Where it is a sample, what the sample does not tell of stays as it is."""
    made = _anew(task, task.record.by_time())
    if task.record.one_in > 1:
        made.fill(Parameters.restore(task.in_force))
    return made


def _anew(task: Task, rows: Integers) -> Parameters:
    parameters = Parameters.restore(task.start)
    _learn_again(parameters, task.record, rows)
    return parameters


def _learn_again(parameters: Parameters, record: Record, rows: Integers) -> dict[int, LearnerState]:
    learners = np.frombuffer(record.learner, np.int64)[rows].tolist()
    return learn_again(parameters, (record.stream(rows[places])() for places in passes(learners)))


def _as_in_force(task: Task, rows: Integers) -> Parameters:
    """One pass in order of time; after what had been learnt again, if anything had."""
    parameters, record = Parameters.restore(task.start), task.record
    if task.until is None:
        learn_on(parameters, {}, record.stream(rows)())
        return parameters
    early = np.frombuffer(record.stored, np.float64)[rows] < task.until
    states = _learn_again(parameters, record, rows[early])
    learn_on(parameters, states, record.stream(rows[~early])())
    return parameters
