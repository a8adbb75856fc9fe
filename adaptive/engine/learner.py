"""One learner's state: Gaussian abilities and a bounded memory of recent answers, in a few kilobytes.

The bytes hold every float as float64, so a state that is saved and loaded after each response goes through
exactly the same numbers as one that is kept in memory.
"""

from math import isnan, nan
from struct import Struct, error

from adaptive.engine import priors

VERSION = 1
LAGS = len(priors.PAIR_VARIANCES)

_HEADER = Struct("<BI6dIBI")
_SKILL = Struct("<q4ddBbI")
_ANSWER = Struct("<qB")


class UnreadableState(ValueError):
    """The bytes are not a learner's state that this version of the engine can read."""


class SkillState:
    """A learner's deviation on one skill from the general ability: a slow part and the form of the day.

    `outcomes` codes the last three answers in base three (0 none, 1 wrong, 2 right; the newest is the lowest digit),
    `streak` counts equal answers in a row (negative for wrong ones) and `responses` all of them.
    """

    __slots__ = ("form", "form_variance", "outcomes", "responses", "slow", "slow_variance", "streak", "time")

    def __init__(self) -> None:
        self.slow = 0.0
        self.slow_variance = priors.SKILL_VARIANCE
        self.form = 0.0
        self.form_variance = priors.SKILL_FORM_VARIANCE
        self.time: float | None = None
        self.outcomes = 0
        self.streak = 0
        self.responses = 0


class LearnerState:
    """What the engine knows of one learner; `covariance` is that of slow ability and form."""

    __slots__ = (
        "covariance",
        "form",
        "form_variance",
        "items",
        "recent",
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
        self.skills: dict[int, SkillState] = {}
        self.recent: list[tuple[int, int]] = []
        """(item, 1 if right else 0), the newest first, at most LAGS."""
        self.items: dict[int, int] = {}
        """Last outcome by item, the most recently answered last, at most REMEMBERED_ITEMS."""

    def encode(self) -> bytes:
        """The state as bytes that `decode` reads back exactly."""
        parts = [
            _HEADER.pack(
                VERSION,
                self.responses,
                _clock(self.time),
                self.slow,
                self.slow_variance,
                self.form,
                self.form_variance,
                self.covariance,
                len(self.skills),
                len(self.recent),
                len(self.items),
            )
        ]
        for key, skill in self.skills.items():
            parts.append(
                _SKILL.pack(
                    key,
                    skill.slow,
                    skill.slow_variance,
                    skill.form,
                    skill.form_variance,
                    _clock(skill.time),
                    skill.outcomes,
                    skill.streak,
                    skill.responses,
                )
            )
        parts.extend(_ANSWER.pack(item, outcome) for item, outcome in self.recent)
        parts.extend(_ANSWER.pack(item, outcome) for item, outcome in self.items.items())
        return b"".join(parts)

    @classmethod
    def decode(cls, data: bytes) -> "LearnerState":
        """The state that `encode` wrote; raises UnreadableState on anything else."""
        if not data or data[0] != VERSION:
            found = data[0] if data else "nothing"
            raise UnreadableState(f"learner state has format {found}, this engine reads {VERSION}: replay the learner")
        try:
            return cls._read(data)
        except error:
            raise UnreadableState("learner state is cut short: replay the learner") from None

    @classmethod
    def _read(cls, data: bytes) -> "LearnerState":
        state = cls()
        (_, state.responses, time, state.slow, state.slow_variance, state.form, state.form_variance) = (
            _HEADER.unpack_from(data)[:7]
        )
        state.covariance, skills, recent, items = _HEADER.unpack_from(data)[7:]
        state.time = _moment(time)
        offset = _HEADER.size
        for _ in range(skills):
            skill = SkillState()
            (key, skill.slow, skill.slow_variance, skill.form, skill.form_variance, time) = _SKILL.unpack_from(
                data, offset
            )[:6]
            skill.outcomes, skill.streak, skill.responses = _SKILL.unpack_from(data, offset)[6:]
            skill.time = _moment(time)
            state.skills[key] = skill
            offset += _SKILL.size
        for _ in range(recent):
            state.recent.append(_ANSWER.unpack_from(data, offset))
            offset += _ANSWER.size
        for _ in range(items):
            item, outcome = _ANSWER.unpack_from(data, offset)
            state.items[item] = outcome
            offset += _ANSWER.size
        return state


def _clock(time: float | None) -> float:
    return nan if time is None else time


def _moment(time: float) -> float | None:
    return None if isnan(time) else time
