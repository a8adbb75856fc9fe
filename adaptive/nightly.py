"""The nightly calibration: learn the record again, publish that if it foretells better, and estimate the items.

All computing is done in a process of its own. While it goes on the parameters are not learnt from: lessons wait, folds
go on. New parameters, the item set linked to them and the record of it all become visible in one commit.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from adaptive import calibrations
from adaptive import catalogue as catalogues
from adaptive.apart import apart
from adaptive.calibration import nightwork
from adaptive.calibration.nightwork import Found, Task, work
from adaptive.calibration.record import Record
from adaptive.engine import Parameters
from adaptive.learning import take_labels
from adaptive.versions import (
    Follower,
    activate,
    drop_lessons,
    is_frozen,
    learning_paused,
    roll_back,
    wait_write_lock,
    waiting_lessons,
)
from lrs.database import Database
from lrs.errors import Conflict, NotFound, Unavailable
from lrs.observers import AnyConnection

HOUR = 2  # UTC
MOST_ANSWERS = 2_000_000
"""Of a store with more, every n-th learner is read."""
STEPS = ("reading the evidence", *nightwork.STEPS, "publishing")
Told = Callable[[str], None]
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a calibration came to; `version` is the one it published, `items` how many it calibrated.

    `champion_loss` and `challenger_loss` are mean log losses on held-out learners, learning as usual and learning the
    record again; `gain` is their difference with its standard error.
    """

    number: int
    outcome: str
    version: int | None
    basis: int
    learners: int
    answers: int
    items: int
    misfits: int
    drifted: int
    champion_loss: float | None
    challenger_loss: float | None
    gain: float | None
    gain_se: float | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Night:
    """What a calibration is about: the task, the version in force, and the lessons that the record holds already."""

    task: Task
    basis: int
    lessons: list[int]
    held: bool
    started: datetime


async def calibrate_store(
    database: Database, store_id: int, clock: Callable[[], datetime], told: Told, *, by_hand: bool = True
) -> Outcome:
    """Calibrate now; Conflict where another process is at it. `told` hears each of STEPS as it begins.

    By hand it ends the hold of a roll-back; otherwise it publishes nothing while that lasts.
    """
    async with database.lend() as connection:
        if not await calibrations.lock(connection, store_id):
            raise Conflict(f"Store {store_id} is being calibrated by another process.")
        try:
            async with learning_paused(connection, store_id):
                if by_hand:
                    await calibrations.hold(connection, store_id, held=False)
                return await _calibrate(database, connection, store_id, clock, told)
        finally:
            await calibrations.unlock(connection, store_id)


async def calibrate_due(database: Database, clock: Callable[[], datetime]) -> int:
    """Calibrate the stores that have had news since their last calibration, once after HOUR; how many."""
    since = night_before(clock())
    async with database.read() as connection:
        stores = await calibrations.due_stores(connection, since)
    done = 0
    for store_id in stores:
        try:
            found = await calibrate_store(database, store_id, clock, partial(_tell, store_id), by_hand=False)
        except Conflict:
            continue
        except Unavailable:
            raise
        except Exception:
            _log.exception("store %d cannot be calibrated; it is tried again in a day", store_id)
            await _failed(database, store_id, clock())
            continue
        done += 1
        _log.info("store %d calibrated: %s, version %s", store_id, found.outcome, found.version)
    return done


def night_before(now: datetime) -> datetime:
    """The last HOUR o'clock that has struck."""
    night = now.replace(hour=HOUR, minute=0, second=0, microsecond=0)
    return night if night <= now else night - timedelta(days=1)


async def undo(database: Database, store_id: int) -> int:
    """Publish the parameters again as they were before the calibration in force; the new version.

    From then on nights publish nothing, until a calibration by hand.
    """

    async def work(connection: AnyConnection) -> int:
        await wait_write_lock(connection, store_id)
        last = await calibrations.last_activated(connection, store_id)
        if last is None:
            raise NotFound(f"Store {store_id} has no calibration to roll back.")
        version = await roll_back(connection, store_id, last["version"] - 1)
        await calibrations.mark_rolled_back(connection, store_id, last["number"])
        await calibrations.hold(connection, store_id, held=True)
        return version

    return await database.write(work)


def _tell(store_id: int, step: str) -> None:
    _log.info("calibrating store %d: %s", store_id, step)


async def _failed(database: Database, store_id: int, now: datetime) -> None:
    row = _row(now, now, 0, None, Record(), Found(None, None, None), "failed")
    await database.write(lambda connection: calibrations.insert(connection, store_id, row))


async def _calibrate(
    database: Database, connection: AnyConnection, store_id: int, clock: Callable[[], datetime], told: Told
) -> Outcome:
    """On the connection that is the one writer's."""
    told(STEPS[0])
    night = await _read(database, store_id, clock())
    found = await apart(work, night.task, told)
    told(STEPS[-1])
    async with connection.transaction():
        version, outcome = None, _kept_back(found, night.held or await is_frozen(connection, store_id))
        if outcome is None and found.relearnt is not None:
            version, outcome = await _publish(connection, store_id, night, found.relearnt), "activated"
        row = _row(night.started, clock(), night.basis, version, night.task.record, found, outcome or "no better")
        number = await calibrations.insert(connection, store_id, row)
        if found.items is not None:
            await calibrations.insert_items(connection, store_id, number, found.items)
    return _outcome(number, row, found)


def _kept_back(found: Found, held: bool) -> str | None:
    """Why nothing is published, if nothing is."""
    if found.verdict is None:
        return "too little"
    if found.relearnt is None:
        return "no better"
    return "held" if held else None


async def _read(database: Database, store_id: int, started: datetime) -> Night:
    """All in one snapshot, so that each lesson is either in the record or learnt afterwards."""
    async with database.read() as connection:
        held = await Follower().current(connection, store_id)
        record = await calibrations.recorded(connection, store_id, MOST_ANSWERS)
        until = await calibrations.relearnt_until(connection, store_id)
        number = await calibrations.count(connection, store_id)
        start = Parameters()
        take_labels(start, await catalogues.current(connection, store_id))
        task = Task(
            record=record,
            in_force=held.parameters.snapshot(),
            start=start.snapshot(),
            until=None if until is None else until.timestamp(),
            turn=number,
        )
        keep = await calibrations.is_on_hold(connection, store_id) or await is_frozen(connection, store_id)
        return Night(task, held.version, await waiting_lessons(connection, store_id), keep, started)


async def _publish(connection: AnyConnection, store_id: int, night: Night, relearnt: bytes) -> int:
    await drop_lessons(connection, store_id, night.lessons)
    note = f"{len(night.task.record.item)} answers learnt again"
    return await activate(connection, store_id, Parameters.restore(relearnt), origin="calibration", note=note)


def _row(
    started: datetime,
    finished: datetime,
    basis: int,
    version: int | None,
    record: Record,
    found: Found,
    outcome: str,
) -> dict[str, Any]:
    items, verdict = found.items, found.verdict
    return {
        "started": started,
        "finished": finished,
        "outcome": outcome,
        "basis": basis,
        "version": version,
        "learners": len(set(record.learner)),
        "answers": len(record.item),
        "converged": items is not None and items.found.converged,
        "slope": items.line.slope if items else 1.0,
        "intercept": items.line.intercept if items else 0.0,
        "anchors": items.line.anchors if items else 0,
        "champion_loss": verdict.champion if verdict else None,
        "challenger_loss": verdict.challenger if verdict else None,
        "gain": verdict.gain if verdict else None,
        "gain_se": verdict.gain_se if verdict else None,
    }


_TOLD = ("outcome", "version", "basis", "learners", "answers", "champion_loss", "challenger_loss", "gain", "gain_se")


def _outcome(number: int, row: Mapping[str, Any], found: Found) -> Outcome:
    items = found.items
    return Outcome(
        number=number,
        items=len(items.items) if items else 0,
        misfits=int(items.fit.misfit.sum()) if items else 0,
        drifted=int(items.drifted.sum()) if items else 0,
        reason=found.reason,
        **{name: row[name] for name in _TOLD},
    )
