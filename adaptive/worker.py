"""The engine worker: folds what waits, learns, delivers the service's own statements, calibrates at night.

Any number of workers share the work: learners that someone else has locked are passed over, and one at a time is the
writer of a store's parameters.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from math import inf

from adaptive.audit import auditing
from adaptive.exploring import train_due
from adaptive.folding import fold_learners
from adaptive.learning import MOST_LESSONS, learn_next
from adaptive.lessons import Remembered
from adaptive.nightly import calibrate_due
from adaptive.outbox import deliver
from adaptive.populations import learn_due
from adaptive.versions import Follower, learning_stores
from adaptive.waiting import BEGINNING, settle_voids, waiting
from lrs.context import Context
from lrs.database import Database
from lrs.errors import Unavailable
from lrs.observers import AnyConnection
from lrs.writing import Writer

LEARNERS_AT_ONCE = 1024
"""In one transaction: enough that its round trips weigh little, few enough that a request seldom waits for a lock."""
FOLDS_IN_FLIGHT = 2
"""So that the database works on one while the next is computed."""
ARRIVING = timedelta(seconds=1)
"""What one learner's senders bring at the same time may come in any order; folded together, none of it is late."""
SECONDS_BETWEEN_LOOKS = 0.25
SECONDS_BETWEEN_FOLDS = 1.0
"""A learner's own request folds what is new of the learner at once: only reports wait for this."""
MANY_ROWS = 1000
SECONDS_BETWEEN_VERSIONS = 2.0
SECONDS_BETWEEN_AUDITS = 30.0
"""Long enough that predictions on the same items and courses come together: each of these is a row to write."""
SECONDS_BETWEEN_NIGHTS = 60.0
SECONDS_AFTER_FAILURE = 5.0
LEFT_OUT = timedelta(hours=1)
"""How long a learner is left out who cannot be folded."""
_log = logging.getLogger(__name__)


def _utc() -> datetime:
    return datetime.now(UTC)


class Worker:
    """One process's share; `fold_waiting` and `learn_waiting` do one round each.

    Evidence is left alone for `arriving` after it was stored; after `stop` no learner is begun.
    """

    def __init__(
        self,
        database: Database,
        clock: Callable[[], datetime] = _utc,
        *,
        arriving: timedelta = timedelta(0),
        stop: asyncio.Event | None = None,
    ) -> None:
        self.database = database
        self.clock = clock
        self.arriving = arriving
        self.stop = stop or asyncio.Event()
        self.place = BEGINNING
        self.follower = Follower()
        self.remembered = Remembered(MOST_LESSONS)
        self.failed: dict[int, datetime] = {}
        self._folds = asyncio.Semaphore(FOLDS_IN_FLIGHT)

    async def fold_waiting(self) -> int:
        """Fold one portion of what has settled, going on where the last one ended; how many rows of evidence."""
        now = self.clock()
        self.failed = {learner: since for learner, since in self.failed.items() if now - since < LEFT_OUT}
        async with self.database.read() as connection:
            learners, self.place = await waiting(connection, now - self.arriving, self.failed, self.place)
        portions = _portions(learners)
        outcomes = await asyncio.gather(*(self._in_turn(*each) for each in portions), return_exceptions=True)
        for failure in outcomes:
            if isinstance(failure, BaseException):
                raise failure
        folded = sum(rows for rows in outcomes if not isinstance(rows, BaseException))
        await self.database.write(settle_voids)
        return folded

    async def _in_turn(self, store_id: int, learners: Sequence[int]) -> int:
        async with self._folds:
            return await self._fold(store_id, learners)

    async def learn_waiting(self) -> int:
        """Publish one version for each store that has something to learn; how many responses were learnt."""
        async with self.database.read() as connection:
            stores = await learning_stores(connection)
        return sum([await self._learn(store_id) for store_id in stores])

    async def audit_waiting(self) -> int:
        """Score a portion of the predictions whose answers have come; how many."""
        async with self.database.read() as connection:
            stores = await auditing.waiting_stores(connection)
        return sum([await self._audit(store_id) for store_id in stores])

    async def _audit(self, store_id: int) -> int:
        now = self.clock()

        async def work(connection: AnyConnection) -> int:
            return await auditing.audit_next(connection, store_id, now)

        try:
            return await self.database.write(work)
        except Unavailable:
            raise
        except Exception:
            _log.exception("predictions of store %d cannot be scored", store_id)
            return 0

    async def _fold(self, store_id: int, learners: Sequence[int]) -> int:
        """Fold learners together; where that fails, one by one, so that one learner cannot hold up the others."""

        if self.stop.is_set():
            return 0

        async def work(connection: AnyConnection) -> int:
            return await fold_learners(connection, store_id, learners, wait=False, remembered=self.remembered)

        try:
            return await self.database.write(work)
        except Unavailable:
            raise
        except Exception:
            if len(learners) > 1:
                return sum([await self._fold(store_id, [learner]) for learner in learners])
            _log.exception("learner %d of store %d cannot be folded; left out for an hour", learners[0], store_id)
            self.failed[learners[0]] = self.clock()
            return 0

    async def _learn(self, store_id: int) -> int:
        async def work(connection: AnyConnection) -> int:
            return await learn_next(connection, store_id, self.follower, remembered=self.remembered)

        try:
            return await self.database.write(work)
        except BaseException:
            self.follower.forget(store_id)
            raise


def _portions(learners: Mapping[int, Iterable[int]]) -> Iterator[tuple[int, Sequence[int]]]:
    """Stores with learners that are folded together."""
    for store_id, ids in learners.items():
        ordered = sorted(ids)
        for start in range(0, len(ordered), LEARNERS_AT_ONCE):
            yield store_id, ordered[start : start + LEARNERS_AT_ONCE]


async def run(context: Context, stop: asyncio.Event) -> None:
    """Work until `stop` is set; a database that is away is waited for."""
    worker, writer = Worker(context.database, context.clock, arriving=ARRIVING, stop=stop), Writer(context)
    await asyncio.gather(
        _repeat(partial(deliver, context, writer), SECONDS_BETWEEN_LOOKS, stop, many=1),
        _repeat(worker.fold_waiting, SECONDS_BETWEEN_FOLDS, stop, many=MANY_ROWS),
        _repeat(worker.learn_waiting, SECONDS_BETWEEN_VERSIONS, stop),
        _repeat(worker.audit_waiting, SECONDS_BETWEEN_AUDITS, stop, many=auditing.MOST),
        _repeat(partial(calibrate_due, context.database, context.clock), SECONDS_BETWEEN_NIGHTS, stop),
        _repeat(partial(learn_due, context.database, context.clock), SECONDS_BETWEEN_NIGHTS, stop),
        _repeat(partial(train_due, context.database, context.clock), SECONDS_BETWEEN_NIGHTS, stop),
    )


async def _repeat(work: Callable[[], Awaitable[int]], pause: float, stop: asyncio.Event, *, many: float = inf) -> None:
    """Call `work` again and again: after a pause, or at once where it found `many` things to do.

    A few things wait for more to come, for a round costs much the same for one as for a hundred.
    """
    while not stop.is_set():
        try:
            seconds = 0.0 if await work() >= many else pause
        except Unavailable as error:
            _log.warning("the database is away (%s); trying again", error)
            seconds = SECONDS_AFTER_FAILURE
        except Exception:
            _log.exception("a round of the worker failed; trying again")
            seconds = SECONDS_AFTER_FAILURE
        await _sleep(seconds, stop)


async def _sleep(seconds: float, stop: asyncio.Event) -> None:
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return
