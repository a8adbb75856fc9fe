"""One learner's state: Gaussian abilities and a short memory of recent answers, in some 40 bytes a skill.

The bytes hold every float as float64, so a state that is saved and loaded after each response goes through
exactly the same numbers as one that is kept in memory.
"""

from math import isnan, nan
from struct import Struct, error

from adaptive.engine import priors
from adaptive.engine.slots import SETS

VERSION = 1
_HEADER = Struct(f"<BI6dqBH{SETS}II")
_SKILL = Struct("<q3dBbI")


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
    with their outcome (`slots.answered`), the newest first.
    """

    __slots__ = (
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

    def encode(self) -> bytes:
        """The state as bytes that `decode` reads back exactly."""
        time = nan if self.time is None else self.time
        ability = (self.slow, self.slow_variance, self.form, self.form_variance, self.covariance)
        memory = (self.last_item, self.last_right, self.outcomes, *self.last_sets)
        parts = [_HEADER.pack(VERSION, self.responses, time, *ability, *memory, len(self.skills))]
        for key, skill in self.skills.items():
            time = nan if skill.time is None else skill.time
            parts.append(
                _SKILL.pack(key, skill.slow, skill.slow_variance, time, skill.outcomes, skill.streak, skill.responses)
            )
        return b"".join(parts)

    @classmethod
    def decode(cls, data: bytes) -> "LearnerState":
        """The state that `encode` wrote; raises UnreadableState on anything else."""
        if not data or data[0] != VERSION:
            found = data[0] if data else "nothing"
            raise UnreadableState(f"learner state has format {found}, this engine reads {VERSION}: replay the learner")
        try:
            header = _HEADER.unpack_from(data)
            skills = list(_SKILL.iter_unpack(memoryview(data)[_HEADER.size :]))
        except error:
            raise UnreadableState("learner state is cut short: replay the learner") from None
        if len(skills) != header[-1]:
            raise UnreadableState("learner state is cut short: replay the learner")
        return cls._from(header, skills)

    @classmethod
    def _from(cls, header: tuple[float, ...], skills: list[tuple[float, ...]]) -> "LearnerState":
        state = cls()
        _, responses, time, *ability = header[:8]
        state.responses, state.time = int(responses), _moment(time)
        state.slow, state.slow_variance, state.form, state.form_variance, state.covariance = ability
        state.last_item, state.last_right, state.outcomes, *sets = map(int, header[8:-1])
        state.last_sets = tuple(sets)
        for key, slow, variance, time, *counts in skills:
            skill = state.skills[int(key)] = SkillState(slow)
            skill.slow_variance, skill.time = variance, _moment(time)
            skill.outcomes, skill.streak, skill.responses = map(int, counts)
        return state


def _moment(time: float) -> float | None:
    return None if isnan(time) else time
