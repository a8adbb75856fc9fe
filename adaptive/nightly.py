"""The nightly calibration: read the evidence, estimate, link, let challenger and champion predict, publish or refuse.

Estimating happens outside any transaction. The item set, its version of the shared parameters and the record of it all
become visible in one commit.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from adaptive import calibrations
from adaptive.calibration.night import ItemSet, item_set, place, placements
from adaptive.calibration.trial import JURY, Verdict, judge
from adaptive.calibrations import Recorded
from adaptive.versions import Follower, activate, roll_back, wait_write_lock
from lrs.database import Database
from lrs.errors import Conflict, NotFound, Unavailable
from lrs.observers import AnyConnection

HOUR = 2  # UTC
STEPS = ("reading the evidence", "estimating items", "comparing predictions", "publishing")
Told = Callable[[str], None]
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a calibration came to; `version` is the one it published, `items` how many it calibrated."""

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
    reason: str = ""


async def calibrate_store(database: Database, store_id: int, clock: Callable[[], datetime], told: Told) -> Outcome:
    """Calibrate now; Conflict where another process is at it. `told` hears each of STEPS as it begins."""
    async with database.lend() as connection:
        if not await calibrations.lock(connection, store_id):
            raise Conflict(f"Store {store_id} is being calibrated by another process.")
        try:
            return await _calibrate(database, store_id, clock, told)
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
            found = await calibrate_store(database, store_id, clock, lambda _: None)
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
    """Publish the parameters again as they were before the calibration in force; the new version."""

    async def work(connection: AnyConnection) -> int:
        last = await calibrations.last_activated(connection, store_id)
        if last is None:
            raise NotFound(f"Store {store_id} has no calibration to roll back.")
        version = await roll_back(connection, store_id, last["version"] - 1)
        await calibrations.mark_rolled_back(connection, store_id, last["number"])
        return version

    return await database.write(work)


async def _failed(database: Database, store_id: int, now: datetime) -> None:
    row = _row(now, now, 0, None, Recorded(), None, None, outcome="failed")
    await database.write(lambda connection: calibrations.insert(connection, store_id, row))


async def _calibrate(database: Database, store_id: int, clock: Callable[[], datetime], told: Told) -> Outcome:
    started = clock()
    told(STEPS[0])
    async with database.read() as connection:
        held = await Follower().current(connection, store_id)
        evidence = await calibrations.recorded(connection, store_id)
    told(STEPS[1])
    try:
        items = await asyncio.to_thread(item_set, evidence.answers(), held.parameters, evidence.skills_of)
    except Conflict as error:
        return await _kept_back(database, store_id, started, clock(), held.version, evidence, error.message)
    told(STEPS[2])
    verdict = await asyncio.to_thread(judge, items, held.parameters, evidence.skills_of, evidence.histories(JURY))
    told(STEPS[3])

    async def work(connection: AnyConnection) -> Outcome:
        version = await _publish(connection, store_id, items, evidence, verdict) if verdict.won else None
        row = _row(started, clock(), held.version, version, evidence, items, verdict)
        number = await calibrations.insert(connection, store_id, row)
        await calibrations.insert_items(connection, store_id, number, items)
        return _outcome(number, row, items)

    return await database.write(work)


async def _publish(
    connection: AnyConnection, store_id: int, items: ItemSet, evidence: Recorded, verdict: Verdict
) -> int:
    """On top of what has been learnt while the items were estimated."""
    await wait_write_lock(connection, store_id)
    parameters = (await Follower().current(connection, store_id)).parameters
    place(parameters, placements(items, parameters, evidence.skills_of, verdict.strength))
    return await activate(connection, store_id, parameters, origin="calibration", note=f"{len(items.items)} items")


async def _kept_back(
    database: Database,
    store_id: int,
    started: datetime,
    finished: datetime,
    basis: int,
    evidence: Recorded,
    reason: str,
) -> Outcome:
    row = _row(started, finished, basis, None, evidence, None, None)
    number = await database.write(lambda connection: calibrations.insert(connection, store_id, row))
    return _outcome(number, row, None, reason)


def _row(
    started: datetime,
    finished: datetime,
    basis: int,
    version: int | None,
    evidence: Recorded,
    items: ItemSet | None,
    verdict: Verdict | None,
    outcome: str = "too little",
) -> dict[str, Any]:
    if verdict is not None:
        outcome = "activated" if verdict.won else "predicts worse"
    return {
        "started": started,
        "finished": finished,
        "outcome": outcome,
        "basis": basis,
        "version": version,
        "learners": len(set(evidence.learner)),
        "answers": len(evidence.item),
        "converged": items is not None and items.found.converged,
        "slope": items.line.slope if items else 1.0,
        "intercept": items.line.intercept if items else 0.0,
        "anchors": items.line.anchors if items else 0,
        "champion_loss": verdict.champion if verdict else None,
        "challenger_loss": verdict.challenger if verdict else None,
    }


def _outcome(number: int, row: Mapping[str, Any], items: ItemSet | None, reason: str = "") -> Outcome:
    return Outcome(
        number=number,
        items=len(items.items) if items else 0,
        misfits=int(items.fit.misfit.sum()) if items else 0,
        drifted=int(items.drifted.sum()) if items else 0,
        reason=reason,
        **{
            name: row[name]
            for name in ("outcome", "version", "basis", "learners", "answers", "champion_loss", "challenger_loss")
        },
    )
