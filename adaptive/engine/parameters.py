"""What all learners share: items, skills and feature weights, each a mean and a variance.

A `Parameters` is changed by `learn`, and by calibration through `set_item`; `delta` hands over what has changed
since the last delta as absolute values, so applying the deltas in order to the same start gives the same numbers.
"""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from struct import Struct, error
from typing import Any

import numpy as np
from numpy.typing import NDArray

from adaptive.engine import priors
from adaptive.engine.slots import HISTORY_SLOTS, HISTORY_VARIANCES, PAIR_SLOTS

VERSION = 1
_HEADER = Struct("<B5I")
_SHARED = Struct("<q4dI")
_PARENT = Struct("<qq")
_WEIGHT = Struct("<Hdd")
_PAIR = Struct("<Iff")
_RECORDS = (_SHARED, _SHARED, _PARENT, _WEIGHT, _PAIR)
_PAIRS = np.dtype([("slot", "<u4"), ("mean", "<f4"), ("variance", "<f4")])


class UnreadableParameters(ValueError):
    """The bytes are not parameters that this version of the engine can read."""


class Shared:
    """How easy an item is and how steeply it tells abilities apart, beyond its skills; or the same of a skill."""

    __slots__ = ("easiness", "easiness_variance", "responses", "steepness", "steepness_variance")

    def __init__(self, easiness_variance: float, steepness_variance: float) -> None:
        self.easiness = 0.0
        self.easiness_variance = easiness_variance
        self.steepness = 0.0
        self.steepness_variance = steepness_variance
        self.responses = 0


def new_item() -> Shared:
    """An item nobody has answered."""
    return Shared(priors.ITEM_VARIANCE, priors.ITEM_STEEPNESS_VARIANCE)


def new_skill() -> Shared:
    """A skill nobody has practised."""
    return Shared(priors.SKILL_EASINESS_VARIANCE, priors.SKILL_STEEPNESS_VARIANCE)


@dataclass(slots=True)
class Changes:
    """Keys changed since the last delta."""

    items: set[int] = field(default_factory=set)
    skills: set[int] = field(default_factory=set)
    parents: set[int] = field(default_factory=set)
    history: set[int] = field(default_factory=set)
    pairs: set[int] = field(default_factory=set)


class Parameters:
    """The shared parameters of one organisation's store; starts at the priors (version 0)."""

    __slots__ = (
        "changes",
        "history",
        "history_variance",
        "items",
        "pairs",
        "parents",
        "skills",
        "stamp",
    )

    def __init__(self) -> None:
        self.items: dict[int, Shared] = {}
        self.skills: dict[int, Shared] = {}
        self.parents: dict[int, int] = {}
        self.history = [0.0] * HISTORY_SLOTS
        self.history_variance = list(HISTORY_VARIANCES)
        self.pairs = array("f", bytes(8 * PAIR_SLOTS))
        """Mean and variance of each slot, side by side: they are far from the processor, and both are always needed.
        The variance is 0 where a slot has never been learnt: it is then the prior of whatever reads it."""
        self.changes = Changes()
        self.stamp = object()
        """Another one after every change."""

    def skill(self, key: int) -> Shared:
        """The skill's parameters; one without evidence borrows its parent's means."""
        known = self.skills.get(key)
        if known is not None:
            return known
        skill = new_skill()
        parent = self.skills.get(self.parents.get(key, key))
        if parent is not None:
            skill.easiness, skill.steepness = parent.easiness, parent.steepness
        return skill

    def discrimination(self, item: int, skills: tuple[int, ...]) -> float:
        """The slope of the item's response function: logits of answer per logit of ability."""
        known = self.items.get(item)
        slope = 1.0 if known is None else 1.0 + known.steepness
        return max(priors.DISCRIMINATION_FLOOR, slope + self._mean_steepness(skills))

    def easiness(self, item: int, skills: tuple[int, ...]) -> float:
        """The logit of a right answer at ability 0, before any history."""
        known = self.items.get(item)
        easiness = self.history[0] + (0.0 if known is None else known.easiness)
        return easiness + sum(self.skill(key).easiness for key in skills)

    def set_item(
        self,
        item: int,
        easiness: float,
        variance: float,
        discrimination: float = 1.0,
        steepness_variance: float = priors.ITEM_STEEPNESS_VARIANCE,
        skills: tuple[int, ...] = (),
    ) -> None:
        """Place an item: by an author's difficulty label (a large variance) or by calibration (a small one).

        Easiness in logits and discrimination are those of the item on `skills`: what these bring is taken off. With
        no skills given both are meant beyond those of the item's skills.
        """
        known = self.items.setdefault(item, new_item())
        known.easiness = easiness - sum(self.skill(key).easiness for key in skills)
        known.easiness_variance = variance
        known.steepness = discrimination - 1.0 - self._mean_steepness(skills)
        known.steepness_variance = steepness_variance
        self.changes.items.add(item)
        self.stamp = object()

    def fill(self, other: "Parameters") -> None:
        """Take from `other` what nothing here has been learnt of: items, skills and hashed weights."""
        for known, more in ((self.items, other.items), (self.skills, other.skills)):
            known.update({key: shared for key, shared in more.items() if key not in known})
        mine, others = _weights(self.pairs), _weights(other.pairs)
        unlearnt = mine[:, 1] == 0
        mine[unlearnt] = others[unlearnt]
        self.stamp = object()

    def set_parent(self, skill: int, parent: int) -> None:
        """Let a skill with no evidence of its own borrow from `parent`."""
        self.parents[skill] = parent
        self.changes.parents.add(skill)
        self.stamp = object()

    def snapshot(self) -> bytes:
        """Everything that differs from the priors; a new `Parameters` that applies it is the same."""
        slots = np.flatnonzero(_weights(self.pairs)[:, 1])
        changes = Changes(set(self.items), set(self.skills), set(self.parents), set(range(HISTORY_SLOTS)))
        return self._encode(changes, slots.astype(np.uint32))

    def delta(self) -> bytes:
        """What has changed since the last `delta` (or the start), to be applied on top of it."""
        slots = np.fromiter(self.changes.pairs, np.uint32, len(self.changes.pairs))
        slots.sort()
        data = self._encode(self.changes, slots)
        self.changes = Changes()
        return data

    def apply(self, data: "bytes | Tables") -> set[int]:
        """Take over a delta or a snapshot, as bytes or as read by `tables`; the items it changed.

        Raises UnreadableParameters, changing nothing, on anything else.
        """
        parts = data if isinstance(data, Tables) else tables(data)
        self.stamp = object()
        return self._take(parts)

    @classmethod
    def restore(cls, snapshot: bytes) -> "Parameters":
        """The parameters a snapshot was taken of."""
        parameters = cls()
        parameters.apply(snapshot)
        return parameters

    def _mean_steepness(self, skills: tuple[int, ...]) -> float:
        return sum(self.skill(key).steepness for key in skills) / len(skills) if skills else 0.0

    def _encode(self, changes: Changes, slots: NDArray[np.uint32]) -> bytes:
        """Keys as `changes` has them, pairs by ascending slot."""
        items, skills, parents = sorted(changes.items), sorted(changes.skills), sorted(changes.parents)
        history = sorted(changes.history)
        parts = [_HEADER.pack(VERSION, len(items), len(skills), len(parents), len(history), len(slots))]
        parts.extend([_shared(key, self.items[key]) for key in items])
        parts.extend([_shared(key, self.skills[key]) for key in skills])
        parts.extend([_PARENT.pack(key, self.parents[key]) for key in parents])
        parts.extend([_WEIGHT.pack(slot, self.history[slot], self.history_variance[slot]) for slot in history])
        parts.append(self._encode_pairs(slots))
        return b"".join(parts)

    def _encode_pairs(self, slots: NDArray[np.uint32]) -> bytes:
        records = np.empty(len(slots), _PAIRS)
        records["slot"] = slots
        records["mean"], records["variance"] = _weights(self.pairs)[slots].T
        return records.tobytes()

    def _take(self, parts: "Tables") -> set[int]:
        self.items.update([(record[0], _shared_from(record)) for record in parts.items])
        self.skills.update([(record[0], _shared_from(record)) for record in parts.skills])
        self.parents.update(parts.parents)
        for slot, mean, variance in parts.history:
            self.history[slot], self.history_variance[slot] = mean, variance
        slots = parts.pairs["slot"]
        weights = _weights(self.pairs)
        weights[slots, 0], weights[slots, 1] = parts.pairs["mean"], parts.pairs["variance"]
        return {record[0] for record in parts.items}


@dataclass(frozen=True, slots=True)
class Tables:
    """The records of a delta or snapshot: keys or slots, each with its values; `pairs` in ascending order of slot."""

    items: Sequence[tuple[Any, ...]]
    skills: Sequence[tuple[Any, ...]]
    parents: Sequence[tuple[int, int]]
    history: Sequence[tuple[int, float, float]]
    pairs: NDArray[Any]


def tables(data: bytes) -> Tables:
    """Read a delta or a snapshot; UnreadableParameters on anything else."""
    if not data or data[0] != VERSION:
        found = data[0] if data else "nothing"
        raise UnreadableParameters(f"parameters have format {found}, this engine reads {VERSION}: relearn them")
    try:
        sizes = _HEADER.unpack_from(data)[1:]
    except error:
        raise UnreadableParameters("parameters are cut short: relearn them") from None
    ends = list(accumulate((n * each.size for n, each in zip(sizes, _RECORDS, strict=True)), initial=_HEADER.size))
    if len(data) != ends[-1]:
        raise UnreadableParameters("parameters are cut short: relearn them")
    view = memoryview(data)
    items, skills, parents, history = (
        list(each.iter_unpack(view[start:end])) for each, start, end in zip(_RECORDS[:-1], ends, ends[1:], strict=False)
    )
    return Tables(items, skills, parents, history, np.frombuffer(view[ends[-2] :], _PAIRS))


def _weights(pairs: "array[float]") -> NDArray[np.float32]:
    """The same memory: slot × mean and variance."""
    return np.frombuffer(pairs, np.float32).reshape(-1, 2)


def _shared(key: int, shared: Shared) -> bytes:
    return _SHARED.pack(
        key,
        shared.easiness,
        shared.easiness_variance,
        shared.steepness,
        shared.steepness_variance,
        shared.responses,
    )


def _shared_from(record: tuple[Any, ...]) -> Shared:
    shared = Shared.__new__(Shared)
    _, shared.easiness, shared.easiness_variance, shared.steepness, shared.steepness_variance, shared.responses = record
    return shared
