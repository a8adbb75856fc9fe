"""What folding one response leaves behind, for scoring the prediction and for learning the shared parameters later."""

from functools import lru_cache
from struct import Struct, error

from adaptive.engine.slots import BETWEEN

VERSION = 2
_HEADER = Struct("<BHH4d")
_OLD = Struct("<B3dHH")


class UnreadableTrace(ValueError):
    """The bytes are not a trace that this version of the engine can read."""


class Trace:
    """The learner's side of one prediction.

    `probability` was predicted before the answer was seen; `weight` is how much the answer counts as evidence, repeats
    included (None in a trace of 0.1.0: then the response's own); `ability` and `ability_variance` are the learner's
    mean and variance (logits) on the item's skills. The rest are the slots of the weights that were on: the last
    `outcomes`, the `practice` of each skill (three each), each skill `after` the last set of skills, and those
    `between` sets and items. `seen` (not stored) is the margin and its variance under the shared parameters of that
    stamp.
    """

    __slots__ = (
        "ability",
        "ability_variance",
        "after",
        "between",
        "outcomes",
        "practice",
        "probability",
        "seen",
        "weight",
    )

    def __init__(
        self,
        probability: float,
        weight: float | None,
        ability: float,
        ability_variance: float,
        outcomes: int,
        practice: tuple[int, ...],
        after: tuple[int, ...],
        between: tuple[int, ...],
    ) -> None:
        self.probability = probability
        self.weight = weight
        self.ability = ability
        self.ability_variance = ability_variance
        self.outcomes = outcomes
        self.practice = practice
        self.after = after
        self.between = between
        self.seen: tuple[object, float, float] | None = None

    def encode(self) -> bytes:
        """Some sixty bytes that `decode` reads back exactly."""
        skills = len(self.after)
        numbers = (self.probability, self.weight, self.ability, self.ability_variance)
        head = _HEADER.pack(VERSION, self.outcomes, skills, *numbers)
        return head + _slots(skills).pack(*self.practice, *self.after, *self.between)

    @classmethod
    def decode(cls, data: bytes) -> "Trace":
        """The trace that `encode` wrote, of this format or the one before; UnreadableTrace on anything else."""
        if not data or data[0] not in (1, VERSION):
            found = data[0] if data else "nothing"
            raise UnreadableTrace(f"trace has format {found}, this engine reads {VERSION}: fold the response again")
        try:
            if data[0] == VERSION:
                _, outcomes, skills, probability, weight, ability, variance = _HEADER.unpack_from(data)
            else:
                _, probability, ability, variance, outcomes, skills = _OLD.unpack_from(data)
                weight = None
            slots = _slots(skills).unpack_from(data, _HEADER.size if data[0] == VERSION else _OLD.size)
        except error:
            raise UnreadableTrace("trace is cut short: fold the response again") from None
        practice, after, between = slots[: 3 * skills], slots[3 * skills : 4 * skills], slots[4 * skills :]
        return cls(probability, weight, ability, variance, outcomes, practice, after, between)


@lru_cache(maxsize=64)
def _slots(skills: int) -> Struct:
    return Struct(f"<{3 * skills}H{skills + BETWEEN - (skills < 2)}I")
