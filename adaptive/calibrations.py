"""Calibrations on record: the evidence they read, their item sets, and which of them is in force."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from adaptive.calibration.night import ItemSet
from adaptive.calibration.record import Record
from lrs.observers import AnyConnection
from lrs.queries import queries_beside

_QUERIES = queries_beside(__file__)
_FETCHED_AT_ONCE = 5000
_ITEM_COLUMNS = [
    *("store_id", "number", "item_id", "answers"),
    *("difficulty", "difficulty_se", "discrimination", "log_discrimination_se", "guessing"),
    *("infit", "outfit", "fit_p", "deviation", "pretest", "misfit", "drifted"),
]


async def recorded(connection: AnyConnection, store_id: int, most: int) -> Record:
    """What a store's folded evidence says, in a stable order; inside a transaction.

    Where there is more than `most` answers every n-th learner is read, so that about so many are.
    """
    one_in = max(1, -(-(await _QUERIES.answered(connection, store_id=store_id)) // most))
    found = Record(one_in=one_in)
    places: dict[tuple[int, ...], int] = {}
    async for row in connection.cursor(_QUERIES.answers.sql, store_id, one_in, prefetch=_FETCHED_AT_ONCE):
        found.learner.append(row["learner_id"])
        found.item.append(row["item_id"])
        found.score.append(row["score"])
        found.weight.append(row["weight"])
        found.guessing.append(row["guessing"])
        found.time.append(row["time"])
        found.stored.append(row["stored"])
        found.skills.append(places.setdefault(tuple(row["folded_skill_ids"]), len(places)))
    found.skill_sets.extend(places)
    return found


async def relearnt_until(connection: AnyConnection, store_id: int) -> datetime | None:
    """Up to when the record had been learnt again for the parameters in force; None if it never was."""
    until: datetime | None = await _QUERIES.relearnt_until(connection, store_id=store_id)
    return until


async def count(connection: AnyConnection, store_id: int) -> int:
    """How many calibrations there have been."""
    number: int = await _QUERIES.count(connection, store_id=store_id)
    return number


async def is_on_hold(connection: AnyConnection, store_id: int) -> bool:
    """Whether nights may not publish, because the last that did was rolled back."""
    return bool(await _QUERIES.is_on_hold(connection, store_id=store_id))


async def on_hold(connection: AnyConnection) -> list[int]:
    """Stores whose nights may not publish."""
    return [row["store_id"] async for row in _QUERIES.on_hold(connection)]


async def hold(connection: AnyConnection, store_id: int, *, held: bool) -> None:
    """Keep nights from publishing, or let them."""
    await _QUERIES.hold(connection, store_id=store_id, held=held)


async def lock(connection: AnyConnection, store_id: int) -> bool:
    """Become the one that calibrates a store, until `unlock` on the same connection; False where another is."""
    return bool(await _QUERIES.lock(connection, store_id=store_id))


async def unlock(connection: AnyConnection, store_id: int) -> None:
    await _QUERIES.unlock(connection, store_id=store_id)


async def insert(connection: AnyConnection, store_id: int, calibration: Mapping[str, Any]) -> int:
    """Record a calibration (the columns of `calibrations`); its number."""
    number: int = await _QUERIES.insert_calibration(connection, store_id=store_id, **calibration)
    return number


async def insert_items(connection: AnyConnection, store_id: int, number: int, items: ItemSet) -> None:
    """Record the item set of a calibration."""
    columns = (
        items.items.tolist(),
        items.found.answers.tolist(),
        items.difficulty.tolist(),
        items.difficulty_se.tolist(),
        items.discrimination.tolist(),
        items.log_discrimination_se.tolist(),
        items.found.c.tolist(),
        *([_told(value) for value in one.tolist()] for one in (items.fit.infit, items.fit.outfit)),
        *([_told(value) for value in one.tolist()] for one in (items.fit.p, items.fit.deviation)),
        items.found.pretest.tolist(),
        items.fit.misfit.tolist(),
        items.drifted.tolist(),
    )
    records = [(store_id, number, *row) for row in zip(*columns, strict=True)]
    await connection.copy_records_to_table("calibrated_items", records=records, columns=_ITEM_COLUMNS)


async def last_activated(connection: AnyConnection, store_id: int) -> Mapping[str, Any] | None:
    """number, basis and version of the calibration in force."""
    row: Mapping[str, Any] | None = await _QUERIES.last_activated(connection, store_id=store_id)
    return row


async def mark_rolled_back(connection: AnyConnection, store_id: int, number: int) -> None:
    await _QUERIES.mark_rolled_back(connection, store_id=store_id, number=number)


async def history(connection: AnyConnection, store_id: int, most: int = 20) -> Sequence[Mapping[str, Any]]:
    """Rows of `calibrations`, the newest first."""
    return [dict(row) async for row in _QUERIES.history(connection, store_id=store_id, most=most)]


async def items_of(connection: AnyConnection, store_id: int, number: int) -> Sequence[Mapping[str, Any]]:
    """The item set of one calibration."""
    return [dict(row) async for row in _QUERIES.items(connection, store_id=store_id, number=number)]


async def flagged(connection: AnyConnection, store_id: int, number: int, most: int = 50) -> Sequence[Mapping[str, Any]]:
    """Items of one calibration that do not fit their model or have moved."""
    return [dict(row) async for row in _QUERIES.flagged(connection, store_id=store_id, number=number, most=most)]


async def due_stores(connection: AnyConnection, since: datetime) -> list[int]:
    """Stores with news that have not been calibrated since that moment."""
    return [row["store_id"] async for row in _QUERIES.due_stores(connection, since=since)]


def _told(value: float) -> float | None:
    return None if value != value else value
