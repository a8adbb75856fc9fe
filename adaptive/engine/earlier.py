"""The shared parameters as they were some deltas ago, without a copy of them: what each delta overwrote is enough."""

from array import array
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from adaptive.engine.parameters import Parameters, Shared, Tables, tables

_KEYED_BYTES = 250


@dataclass(frozen=True, slots=True)
class Former:
    """What a delta overwrote; None where there was nothing. `slots` of pairs ascend, each with mean and variance."""

    items: Mapping[int, Shared | None]
    skills: Mapping[int, Shared | None]
    parents: Mapping[int, int | None]
    history: Mapping[int, tuple[float, float]]
    slots: "array[int]"
    weights: "array[float]"

    @property
    def size(self) -> int:
        """Bytes in memory, about."""
        keyed = len(self.items) + len(self.skills) + len(self.parents) + len(self.history)
        return _KEYED_BYTES * keyed + 12 * len(self.slots)


def former(parameters: Parameters, delta: bytes | Tables) -> Former:
    """What `delta`, applied to these parameters, will overwrite; UnreadableParameters where it is none."""
    found = delta if isinstance(delta, Tables) else tables(delta)
    slots = found.pairs["slot"]
    return Former(
        {record[0]: parameters.items.get(record[0]) for record in found.items},
        {record[0]: parameters.skills.get(record[0]) for record in found.skills},
        {key: parameters.parents.get(key) for key, _ in found.parents},
        {slot: (parameters.history[slot], parameters.history_variance[slot]) for slot, *_ in found.history},
        array("I", slots.astype(np.uint32).tobytes()),
        array("f", np.frombuffer(parameters.pairs, np.float32).reshape(-1, 2)[slots].tobytes()),
    )


class Earlier(Parameters):
    """Parameters before the deltas that overwrote `later` (the first of them first): to fold against, not to change.

    Each value is looked up when it is read, so this is right for as long as `now` stays as it is.
    """

    def __init__(self, now: Parameters, later: Sequence[Former]) -> None:
        fields: dict[str, Any] = {
            "items": _Keyed(now.items, [each.items for each in later]),
            "skills": _Keyed(now.skills, [each.skills for each in later]),
            "parents": _Keyed(now.parents, [each.parents for each in later]),
            "history": _Weights(now.history, [each.history for each in later], 0),
            "history_variance": _Weights(now.history_variance, [each.history for each in later], 1),
            "pairs": _Pairs(now.pairs, [(each.slots, each.weights) for each in later]),
            "stamp": object(),
        }
        for name, value in fields.items():
            setattr(self, name, value)


class _Keyed:
    """Items, skills or parents by key."""

    __slots__ = ("_layers", "_now")

    def __init__(self, now: Mapping[int, Any], layers: Sequence[Mapping[int, Any]]) -> None:
        self._now, self._layers = now, layers

    def get(self, key: int, default: Any = None) -> Any:
        for layer in self._layers:
            if key in layer:
                found = layer[key]
                return default if found is None else found
        return self._now.get(key, default)


class _Weights:
    """Weights of the history, or their variances, by slot."""

    __slots__ = ("_layers", "_now", "_which")

    def __init__(self, now: Sequence[float], layers: Sequence[Mapping[int, tuple[float, float]]], which: int) -> None:
        self._now, self._layers, self._which = now, layers, which

    def __getitem__(self, slot: int) -> float:
        for layer in self._layers:
            if slot in layer:
                return layer[slot][self._which]
        return self._now[slot]


class _Pairs:
    """Hashed weights: the mean at twice the slot, then the variance."""

    __slots__ = ("_layers", "_now")

    def __init__(self, now: "array[float]", layers: Sequence[tuple["array[int]", "array[float]"]]) -> None:
        self._now, self._layers = now, layers

    def __getitem__(self, place: int) -> float:
        slot, which = divmod(place, 2)
        for slots, values in self._layers:
            at = bisect_left(slots, slot)
            if at < len(slots) and slots[at] == slot:
                return values[2 * at + which]
        return self._now[place]
