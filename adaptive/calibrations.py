"""Calibrations on record: the evidence they read, their item sets, and which of them is in force."""

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import aiosql
import numpy as np

from adaptive.calibration.night import Answers, ItemSet
from adaptive.engine import Response
from lrs.observers import AnyConnection

_QUERIES = aiosql.from_path(Path(__file__).with_suffix(".sql"), "asyncpg", mandatory_parameters=False)
_FETCHED_AT_ONCE = 5000
_ITEM_COLUMNS = [
    *("store_id", "number", "item_id", "answers"),
    *("difficulty", "difficulty_se", "discrimination", "log_discrimination_se", "guessing"),
    *("infit", "outfit", "fit_p", "deviation", "pretest", "misfit", "drifted"),
]


@dataclass(slots=True)
class Recorded:
    """A store's counted answers in fold order, learner after learner, and the skills each item was last read with."""

    learner: "array[int]" = field(default_factory=lambda: array("q"))
    item: "array[int]" = field(default_factory=lambda: array("q"))
    score: "array[float]" = field(default_factory=lambda: array("d"))
    weight: "array[float]" = field(default_factory=lambda: array("d"))
    guessing: "array[float]" = field(default_factory=lambda: array("d"))
    time: "array[float]" = field(default_factory=lambda: array("d"))
    skills: list[tuple[int, ...]] = field(default_factory=list)
    skills_of: dict[int, tuple[int, ...]] = field(default_factory=dict)

    def answers(self) -> Answers:
        whole = [np.frombuffer(one, np.int64) for one in (self.learner, self.item)]
        real = [np.frombuffer(one, np.float64) for one in (self.score, self.weight, self.guessing)]
        return Answers(whole[0], whole[1], real[0], real[1], real[2])

    def histories(self, most: int) -> list[list[Response]]:
        """The responses of `most` learners, taken evenly from all."""
        starts = [row for row in range(len(self.learner)) if row == 0 or self.learner[row] != self.learner[row - 1]]
        ends = [*starts[1:], len(self.learner)]
        step = max(1, -(-len(starts) // most))
        chosen = list(zip(starts, ends, strict=True))[::step]
        return [[self._response(row) for row in range(start, end)] for start, end in chosen]

    def _response(self, row: int) -> Response:
        return Response(
            self.item[row], self.skills[row], self.time[row], self.score[row], self.weight[row], self.guessing[row]
        )


async def recorded(connection: AnyConnection, store_id: int) -> Recorded:
    """All that a store's folded evidence says, in a stable order; inside a transaction."""
    found = Recorded()
    same: dict[tuple[int, ...], tuple[int, ...]] = {}
    async for row in connection.cursor(_QUERIES.answers.sql, store_id, prefetch=_FETCHED_AT_ONCE):
        skills = tuple(row["folded_skill_ids"])
        skills = same.setdefault(skills, skills)
        found.learner.append(row["learner_id"])
        found.item.append(row["item_id"])
        found.score.append(row["score"])
        found.weight.append(row["weight"])
        found.guessing.append(row["guessing"])
        found.time.append(row["time"])
        found.skills.append(skills)
        found.skills_of[row["item_id"]] = skills
    return found


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
