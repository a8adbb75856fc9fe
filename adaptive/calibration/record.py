"""All counted answers of a store, as compact columns. Pure."""

from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from adaptive.calibration.night import Answers
from adaptive.calibration.responses import Integers
from adaptive.engine import Response
from adaptive.engine.repeats import Attempts, note_attempt, repeat_weight

Stream = Iterator[tuple[int, Response]]


@dataclass(slots=True)
class Record:
    """Rows in fold order, learner after learner; `skills` are places in `skill_sets`, `time` is seconds since 1970.

    `stored` tells when an answer came in, `skills_of` what each item was last read with. `one_in` is 1 where these
    are all learners, n where every n-th was drawn.
    """

    learner: "array[int]" = field(default_factory=lambda: array("q"))
    item: "array[int]" = field(default_factory=lambda: array("q"))
    score: "array[float]" = field(default_factory=lambda: array("d"))
    weight: "array[float]" = field(default_factory=lambda: array("d"))
    guessing: "array[float]" = field(default_factory=lambda: array("d"))
    time: "array[float]" = field(default_factory=lambda: array("d"))
    stored: "array[float]" = field(default_factory=lambda: array("d"))
    skills: "array[int]" = field(default_factory=lambda: array("q"))
    skill_sets: list[tuple[int, ...]] = field(default_factory=list)
    one_in: int = 1

    @property
    def skills_of(self) -> dict[int, tuple[int, ...]]:
        """Item → the skills it was last read with."""
        return {item: self.skill_sets[place] for item, place in zip(self.item, self.skills, strict=True)}

    def answers(self) -> Answers:
        """For calibration, repeated answers weighing less as they do in the engine."""
        whole = [np.frombuffer(one, np.int64) for one in (self.learner, self.item)]
        real = [np.frombuffer(one, np.float64) for one in (self.score, self.guessing)]
        return Answers(whole[0], whole[1], real[0], np.array(list(self._weights())), real[1])

    def by_time(self) -> Integers:
        """The rows of all learners merged: by time, each learner's in fold order."""
        return np.argsort(np.frombuffer(self.time, np.float64), kind="stable")

    def stream(self, rows: Integers) -> Callable[[], Stream]:
        """(learner, response) of these rows, as often as it is called."""
        return lambda: ((self.learner[row], self.response(row)) for row in rows.tolist())

    def response(self, row: int) -> Response:
        skills = self.skill_sets[self.skills[row]]
        return Response(self.item[row], skills, self.time[row], self.score[row], self.weight[row], self.guessing[row])

    def _weights(self) -> Iterator[float]:
        learner: int | None = None
        attempts: Attempts = {}
        for row, owner in enumerate(self.learner):
            if owner != learner:
                learner, attempts = owner, {}
            yield self.weight[row] * repeat_weight(attempts, self.item[row], self.time[row])
            note_attempt(attempts, self.item[row], self.time[row])
