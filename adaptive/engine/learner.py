"""One learner's state: Gaussian abilities and a short memory of recent answers, in some 40 bytes a skill
and 17 for each of the items last answered.

The bytes hold every float as float64, so a state that is saved and loaded after each response goes through
exactly the same numbers as one that is kept in memory.
"""

from math import isnan, nan
from struct import Struct, error
from typing import Any

from adaptive.engine import priors
from adaptive.engine.repeats import Attempts
from adaptive.engine.slots import SETS

VERSION = 2
_HEADER = Struct(f"<BI6dqBH{SETS}IIB")
_HEADERS = {1: Struct(f"<BI6dqBH{SETS}II"), VERSION: _HEADER}
_MISSING: dict[int, tuple[int, ...]] = {1: (0,), VERSION: ()}
_SKILL = Struct("<q3dBbI")
_ATTEMPT = Struct("<qBd")


class UnreadableState(ValueError):
    """The bytes are not a learner's state that this version of the engine can read."""


class SkillState:
    """A learner's deviation on one skill from the general ability.

    `outcomes` codes the last three answers in base three (0 none, 1 wrong, 2 right; the newest is the lowest digit),
    `streak` counts equal answers in a row (negative for wrong ones) and `responses` all of them; `time` is when the
    skill was last answered (seconds, or None without a clock).
    """

    __slots__ = ("outcomes", "responses", "slow", "slow_variance", "streak", "time")

    def __init__(self, slow: float = 0.0) -> None:
        self.slow = slow
        self.slow_variance = priors.SKILL_VARIANCE
        self.time: float | None = None
        self.outcomes = 0
        self.streak = 0
        self.responses = 0


class LearnerState:
    """What the engine knows of one learner.

    Slow ability and the form of these hours have the covariance `covariance`; `outcomes` codes the last five answers
    as a skill's does; `last_item` and `last_right` are the last answer, and the sets of skills last answered are keys
    with their outcome (`slots.answered`), the newest first. `attempts` are the items last answered, the newest last:
    how often and when.
    """

    __slots__ = (
        "attempts",
        "covariance",
        "form",
        "form_variance",
        "last_item",
        "last_right",
        "last_sets",
        "outcomes",
        "responses",
        "skills",
        "slow",
        "slow_variance",
        "time",
    )

    def __init__(self) -> None:
        self.responses = 0
        self.time: float | None = None
        self.slow = 0.0
        self.slow_variance = priors.SLOW_VARIANCE
        self.form = 0.0
        self.form_variance = priors.FORM_VARIANCE
        self.covariance = 0.0
        self.last_item = 0
        self.last_right = 0
        self.last_sets = (0,) * SETS
        self.outcomes = 0
        self.skills: dict[int, SkillState] = {}
        self.attempts: Attempts = {}

    def encode(self) -> bytes:
        """The state as bytes that `decode` reads back exactly."""
        ability = (self.slow, self.slow_variance, self.form, self.form_variance, self.covariance)
        memory = (self.last_item, self.last_right, self.outcomes, *self.last_sets)
        sizes = len(self.skills), len(self.attempts)
        parts = [_HEADER.pack(VERSION, self.responses, _stored(self.time), *ability, *memory, *sizes)]
        of_skill, of_attempt = _SKILL.pack, _ATTEMPT.pack
        for key, skill in self.skills.items():
            slow, variance, answered = skill.slow, skill.slow_variance, nan if skill.time is None else skill.time
            parts.append(of_skill(key, slow, variance, answered, skill.outcomes, skill.streak, skill.responses))
        for item, (count, time) in self.attempts.items():
            parts.append(of_attempt(item, count, nan if time is None else time))
        return b"".join(parts)

    @classmethod
    def decode(cls, data: bytes) -> "LearnerState":
        """The state that `encode` wrote, of this format or the one before; UnreadableState on anything else."""
        if not data or data[0] not in _HEADERS:
            found = data[0] if data else "nothing"
            raise UnreadableState(f"learner state has format {found}, this engine reads {VERSION}: replay the learner")
        layout = _HEADERS[data[0]]
        try:
            fields = layout.unpack_from(data) + _MISSING[data[0]]
            skills, attempts = fields[-2:]
            end = layout.size + skills * _SKILL.size
            known = list(_SKILL.iter_unpack(data[layout.size : end]))
            answered = list(_ATTEMPT.iter_unpack(data[end:]))
        except error:
            raise UnreadableState("learner state is cut short: replay the learner") from None
        if len(known) != skills or len(answered) != attempts:
            raise UnreadableState("learner state is cut short: replay the learner")
        return cls._from(fields[1:-2], known, answered)

    @classmethod
    def _from(
        cls, header: tuple[Any, ...], skills: list[tuple[Any, ...]], attempts: list[tuple[Any, ...]]
    ) -> "LearnerState":
        state = cls()
        state.responses, time, state.slow, state.slow_variance, state.form, state.form_variance = header[:6]
        state.covariance, state.last_item, state.last_right, state.outcomes = header[6:10]
        state.time, state.last_sets = _moment(time), header[10:]
        for key, slow, variance, time, outcomes, streak, responses in skills:
            skill = state.skills[key] = SkillState.__new__(SkillState)
            skill.slow, skill.slow_variance, skill.time = slow, variance, None if time != time else time
            skill.outcomes, skill.streak, skill.responses = outcomes, streak, responses
        state.attempts = {item: (count, None if time != time else time) for item, count, time in attempts}
        return state


def _stored(time: float | None) -> float:
    return nan if time is None else time


def _moment(time: float) -> float | None:
    return None if isnan(time) else time
