"""Which activities may be offered at all, and, where none may, which filter to relax."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from adaptive.selection.catalogue import Catalogue
from adaptive.selection.learner import Learner

Mask = NDArray[np.bool_]
HARD = ("banned", "locked")
NOT_SPOKEN = -2


@dataclass(frozen=True, slots=True)
class Window:
    """No repeat within so many seconds; completed activities rest longer."""

    again: float = 600.0
    completed: float = 86_400.0


@dataclass(frozen=True, slots=True)
class Relaxation:
    """Without this filter so many activities would remain; `activities` names up to three of them."""

    filter: str
    count: int
    activities: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Eligibility:
    """allowed: (n,) what passed every filter; blocked: per filter what it alone removes, hard filters included."""

    allowed: Mask
    blocked: Mapping[str, Mask]

    def counts(self) -> dict[str, int]:
        """How many activities each filter removes."""
        return {name: int(mask.sum()) for name, mask in self.blocked.items()}


def eligible(catalogue: Catalogue, learner: Learner, now: float, window: Window | None = None) -> Eligibility:
    """Applies the trainer's bans and locks, the learner's wishes, and the no-repeat window at `now` (seconds)."""
    blocked: dict[str, Mask] = {}
    overrides, wishes = learner.overrides, learner.wishes
    _block(blocked, "banned", _members(catalogue, overrides.banned))
    _block(blocked, "locked", _members(catalogue, overrides.locked))
    _block(blocked, "refused", _members(catalogue, [i for i, until in wishes.refused.items() if until > now]))
    _block(blocked, "recent", _recent(catalogue, learner, now, window or Window()))
    if wishes.formats and wishes.only_formats:
        wanted = [code for code, name in enumerate(catalogue.formats) if name in wishes.formats]
        _block(blocked, "format", ~np.isin(catalogue.format, wanted))
    if wishes.minutes is not None:
        _block(blocked, "time-budget", catalogue.minutes > wishes.minutes)
    if wishes.language:
        codes = {name: code for code, name in enumerate(catalogue.languages)}
        spoken = codes.get(wishes.language, NOT_SPOKEN)
        _block(blocked, "language", (catalogue.language >= 0) & (catalogue.language != spoken))
    allowed = catalogue.offered.copy()
    for mask in blocked.values():
        allowed &= ~mask
    return Eligibility(allowed, blocked)


def relaxations(catalogue: Catalogue, found: Eligibility) -> tuple[Relaxation, ...]:
    """For each soft filter, what would remain without it; the one that frees the most comes first.

    Where no single filter is to blame, one entry "all" says what remains without any of the soft ones.
    """
    single = [_without(catalogue, found, {name}, name) for name in found.blocked if name not in HARD]
    useful = sorted((x for x in single if x.count), key=lambda x: -x.count)
    if useful:
        return tuple(useful)
    everything = _without(catalogue, found, {name for name in found.blocked if name not in HARD}, "all")
    return (everything,) if everything.count else ()


def _without(catalogue: Catalogue, found: Eligibility, names: Collection[str], label: str) -> Relaxation:
    left = catalogue.offered.copy()
    for name, mask in found.blocked.items():
        if name not in names:
            left &= ~mask
    rows = np.flatnonzero(left)
    return Relaxation(label, len(rows), tuple(catalogue.activities[row].id for row in rows[:3]))


def _block(blocked: dict[str, Mask], name: str, mask: Mask) -> None:
    if mask.any():
        blocked[name] = mask


def _members(catalogue: Catalogue, ids: Iterable[int]) -> Mask:
    mask = np.zeros(len(catalogue), bool)
    mask[[row for row in map(catalogue.activity_row.get, ids) if row is not None]] = True
    return mask


def _recent(catalogue: Catalogue, learner: Learner, now: float, window: Window) -> Mask:
    resting = [
        i
        for i, seen in learner.seen.items()
        if now - seen.last < (window.completed if seen.completed else window.again)
    ]
    return _members(catalogue, resting)
