"""What folding one response leaves behind, for scoring the prediction and for learning the shared parameters later."""

from struct import Struct, error

VERSION = 1
_HEADER = Struct("<B3dBB")


class UnreadableTrace(ValueError):
    """The bytes are not a trace that this version of the engine can read."""


class Trace:
    """The learner's side of one prediction.

    `probability` was predicted before the answer was seen; `ability` and `ability_variance` are the learner's mean and
    variance (logits) on the item's skills; `history` and `pairs` are the slots of the weights that were on.
    """

    __slots__ = ("ability", "ability_variance", "history", "pairs", "probability")

    def __init__(
        self,
        probability: float,
        ability: float,
        ability_variance: float,
        history: tuple[int, ...],
        pairs: tuple[int, ...],
    ) -> None:
        self.probability = probability
        self.ability = ability
        self.ability_variance = ability_variance
        self.history = history
        self.pairs = pairs

    def encode(self) -> bytes:
        """Some sixty to a hundred bytes that `decode` reads back exactly."""
        head = _HEADER.pack(
            VERSION,
            self.probability,
            self.ability,
            self.ability_variance,
            len(self.history),
            len(self.pairs),
        )
        return head + Struct(f"<{len(self.history)}H{len(self.pairs)}I").pack(*self.history, *self.pairs)

    @classmethod
    def decode(cls, data: bytes) -> "Trace":
        """The trace that `encode` wrote; raises UnreadableTrace on anything else."""
        if not data or data[0] != VERSION:
            found = data[0] if data else "nothing"
            raise UnreadableTrace(f"trace has format {found}, this engine reads {VERSION}: fold the response again")
        try:
            _, probability, ability, variance, history, pairs = _HEADER.unpack_from(data)
            slots = Struct(f"<{history}H{pairs}I").unpack_from(data, _HEADER.size)
        except error:
            raise UnreadableTrace("trace is cut short: fold the response again") from None
        return cls(probability, ability, variance, slots[:history], slots[history:])
