"""What all learners share: items, skills and feature weights, each a mean and a variance.

A `Parameters` is changed by `learn`, and by a nightly calibration through `set_item`; `delta` hands over what changed
since the last delta as absolute values, so applying the deltas in order to the same start gives the same numbers.
"""

from array import array
from dataclasses import dataclass
from struct import Struct, error

import numpy as np

from adaptive.engine import priors

VERSION = 1
PAIR_SLOTS = 1 << 20
OUTCOME_CODES = 27
STREAK_CAP = 7
HISTORY_SLOTS = 1 + OUTCOME_CODES + 2 * STREAK_CAP + 1

_HEADER = Struct("<B5I")
_ITEM = Struct("<q4dI")
_SKILL = Struct("<qddI")
_PARENT = Struct("<qq")
_WEIGHT = Struct("<Hdd")
_PAIR = Struct("<Iff")


class UnreadableParameters(ValueError):
    """The bytes are not parameters that this version of the engine can read."""


class ItemState:
    """An item's easiness beyond its skills' and its log of nothing: discrimination is max(floor, 1 + `steepness`)."""

    __slots__ = ("easiness", "easiness_variance", "responses", "steepness", "steepness_variance")

    def __init__(self) -> None:
        self.easiness = 0.0
        self.easiness_variance = priors.ITEM_VARIANCE
        self.steepness = 0.0
        self.steepness_variance = priors.DISCRIMINATION_VARIANCE
        self.responses = 0

    @property
    def discrimination(self) -> float:
        return max(priors.DISCRIMINATION_FLOOR, 1.0 + self.steepness)


class SkillEasiness:
    """How easy a skill's items are in general."""

    __slots__ = ("easiness", "responses", "variance")

    def __init__(self, easiness: float = 0.0, variance: float = priors.SKILL_EASINESS_VARIANCE) -> None:
        self.easiness = easiness
        self.variance = variance
        self.responses = 0


@dataclass(slots=True)
class Changes:
    """Keys changed since the last delta."""

    items: set[int]
    skills: set[int]
    parents: set[int]
    history: set[int]
    pairs: set[int]


class Parameters:
    """The shared parameters of one organisation's store; starts at the priors (version 0)."""

    __slots__ = ("changes", "history", "history_variance", "items", "pairs", "pairs_variance", "parents", "skills")

    def __init__(self) -> None:
        self.items: dict[int, ItemState] = {}
        self.skills: dict[int, SkillEasiness] = {}
        self.parents: dict[int, int] = {}
        self.history = [0.0] * HISTORY_SLOTS
        self.history_variance = (
            [priors.BIAS_VARIANCE]
            + [priors.OUTCOMES_VARIANCE] * OUTCOME_CODES
            + [priors.STREAK_VARIANCE] * (2 * STREAK_CAP + 1)
        )
        self.pairs = array("f", bytes(4 * PAIR_SLOTS))
        self.pairs_variance = array("f", bytes(4 * PAIR_SLOTS))
        """0 where a slot has never been learnt: its variance is then the prior of the lag that reads it."""
        self.changes = Changes(set(), set(), set(), set(), set())

    def set_item(
        self,
        item: int,
        easiness: float,
        variance: float,
        discrimination: float = 1.0,
        steepness_variance: float | None = None,
    ) -> None:
        """Place an item: by an author's difficulty label (a large variance) or by calibration (a small one).

        Easiness is in logits beyond that of the item's skills.
        """
        state = self.items.setdefault(item, ItemState())
        state.easiness = easiness
        state.easiness_variance = variance
        state.steepness = discrimination - 1.0
        if steepness_variance is not None:
            state.steepness_variance = steepness_variance
        self.changes.items.add(item)

    def set_parent(self, skill: int, parent: int) -> None:
        """Let a skill with no evidence of its own borrow from `parent`."""
        self.parents[skill] = parent
        self.changes.parents.add(skill)

    def snapshot(self) -> bytes:
        """Everything that differs from the priors; the start plus this is the whole."""
        pairs = set(np.flatnonzero(np.frombuffer(self.pairs_variance, np.float32)).tolist())
        return self._encode(
            Changes(set(self.items), set(self.skills), set(self.parents), set(range(HISTORY_SLOTS)), pairs)
        )

    def delta(self) -> bytes:
        """What has changed since the last `delta` (or the start), to be applied on top of it."""
        data = self._encode(self.changes)
        self.changes = Changes(set(), set(), set(), set(), set())
        return data

    def apply(self, data: bytes) -> None:
        """Take over a delta or a snapshot; raises UnreadableParameters, changing nothing, on anything else."""
        if not data or data[0] != VERSION:
            found = data[0] if data else "nothing"
            raise UnreadableParameters(f"parameters have format {found}, this engine reads {VERSION}: relearn them")
        try:
            sizes = _HEADER.unpack_from(data)[1:]
        except error:
            raise UnreadableParameters("parameters are cut short: relearn them") from None
        records = (_ITEM, _SKILL, _PARENT, _WEIGHT, _PAIR)
        if len(data) != _HEADER.size + sum(n * record.size for n, record in zip(sizes, records, strict=True)):
            raise UnreadableParameters("parameters are cut short: relearn them")
        self._take(memoryview(data), sizes)

    @classmethod
    def restore(cls, snapshot: bytes) -> "Parameters":
        """The parameters a snapshot was taken of."""
        parameters = cls()
        parameters.apply(snapshot)
        return parameters

    def _encode(self, changes: Changes) -> bytes:
        sizes = (
            len(changes.items),
            len(changes.skills),
            len(changes.parents),
            len(changes.history),
            len(changes.pairs),
        )
        parts = [_HEADER.pack(VERSION, *sizes)]
        for key in sorted(changes.items):
            item = self.items[key]
            parts.append(
                _ITEM.pack(
                    key,
                    item.easiness,
                    item.easiness_variance,
                    item.steepness,
                    item.steepness_variance,
                    item.responses,
                )
            )
        for key in sorted(changes.skills):
            skill = self.skills[key]
            parts.append(_SKILL.pack(key, skill.easiness, skill.variance, skill.responses))
        parts.extend(_PARENT.pack(key, self.parents[key]) for key in sorted(changes.parents))
        parts.extend(
            _WEIGHT.pack(slot, self.history[slot], self.history_variance[slot]) for slot in sorted(changes.history)
        )
        parts.extend(_PAIR.pack(slot, self.pairs[slot], self.pairs_variance[slot]) for slot in sorted(changes.pairs))
        return b"".join(parts)

    def _take(self, data: memoryview, sizes: tuple[int, ...]) -> None:
        start = _HEADER.size
        views = []
        for size, record in zip(sizes, (_ITEM, _SKILL, _PARENT, _WEIGHT, _PAIR), strict=True):
            end = start + size * record.size
            views.append(record.iter_unpack(data[start:end]))
            start = end
        items, skills, parents, history, pairs = views
        for key, easiness, easiness_variance, steepness, steepness_variance, responses in items:
            item = self.items.setdefault(key, ItemState())
            item.easiness, item.easiness_variance = easiness, easiness_variance
            item.steepness, item.steepness_variance = steepness, steepness_variance
            item.responses = responses
        for key, easiness, variance, responses in skills:
            skill = self.skills[key] = SkillEasiness(easiness, variance)
            skill.responses = responses
        for key, parent in parents:
            self.parents[key] = parent
        for slot, mean, variance in history:
            self.history[slot], self.history_variance[slot] = mean, variance
        for slot, mean, variance in pairs:
            self.pairs[slot], self.pairs_variance[slot] = mean, variance
