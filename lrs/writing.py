"""The one way statements are written: drafts of waiting requests share a transaction, answers leave after its commit.

Few transactions are in flight at once and each takes what has gathered (group commit). Where a group breaks a rule of
the database, its requests are written one by one, so that a conflict is told to the request that made it.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field

import asyncpg

from lrs import statements
from lrs.attachments import Attachment, keep
from lrs.context import Context
from lrs.equality import same_text
from lrs.errors import Conflict, Fault, Unavailable
from lrs.insertion import insert
from lrs.observers import AnyConnection, Arrival, Insertion
from lrs.payloads import keep_dictionary, pack
from lrs.repair import Repair
from lrs.repairs import record
from lrs.rows import PLACES, Draft
from lrs.statement_text import close_text
from lrs.statements import Moment, Placed, Unread, begin_write
from lrs.vocabulary import News, Vocabulary

SMALL = 10
"""Statements of a small request: such requests gather in a lane where one transaction is in flight at a time."""
LARGE_IN_FLIGHT = 2
"""Transactions in flight in the lane of larger requests, so that the database works while the next is made ready."""
GATHERED_MOST = 200
"""Statements in one transaction, unless one request brings more."""
COMING_LEAST = 4
"""Senders from which on the small lane waits for those whom it has just answered."""
COMING_SECONDS = 0.002
"""How long it waits for them at most: answered at once and sent again at once, they share the next transaction."""
WAITING_MOST = 5_000
"""Statements waiting in one process; what comes after is told to come again."""
ATTEMPTS = 2
"""Of a request whose ids another writer stores meanwhile: the second with no other writer in flight."""
PLACE_MOST = (1 << PLACES) - 1

log = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class Submission:
    """What one request asks to store."""

    drafts: Sequence[Draft]
    attachments: Sequence[Attachment] = ()
    repairs: Sequence[Repair] = ()
    credential_id: int = 0
    done: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class _Lane:
    """Submissions that wait for their turn, and the few tasks that take what has gathered and commit it."""

    def __init__(
        self, commit: Callable[[Sequence[Submission]], Awaitable[None]], in_flight: int, *, coming: float = 0.0
    ) -> None:
        self._commit = commit
        self._in_flight = in_flight
        self._coming = coming
        self._expected = 0
        self._complete: asyncio.Future[None] | None = None
        self._waiting: deque[Submission] = deque()
        self._workers: set[asyncio.Task[None]] = set()

    def add(self, submission: Submission) -> None:
        self._waiting.append(submission)
        if len(self._workers) < self._in_flight:
            worker = asyncio.create_task(self._work())
            self._workers.add(worker)
        elif self._complete is not None and len(self._waiting) >= self._expected:
            _end(self._complete)

    async def _work(self) -> None:
        try:
            await self._take_turns()
        finally:
            # Now and not when the loop tells of it: what is added in between would wait for a worker that is gone.
            self._workers.difference_update({asyncio.current_task()})

    async def _take_turns(self) -> None:
        gathered: list[Submission] = []
        while True:
            if self._coming:
                await self._arrivals(len(gathered) + len(self._waiting))
            if not self._waiting:
                return
            gathered = [self._waiting.popleft()]
            count = len(gathered[0].drafts)
            while self._waiting and count + len(self._waiting[0].drafts) <= GATHERED_MOST:
                gathered.append(self._waiting.popleft())
                count += len(gathered[-1].drafts)
            await self._commit(gathered)

    async def _arrivals(self, expected: int) -> None:
        """Wait until as many are there as were waiting or have just been answered, but not for long."""
        if expected < COMING_LEAST or len(self._waiting) >= expected:
            return
        self._expected, self._complete = expected, asyncio.get_running_loop().create_future()
        timer = asyncio.get_running_loop().call_later(self._coming, _end, self._complete)
        await self._complete
        self._complete = None
        timer.cancel()


def _end(waited: asyncio.Future[None]) -> None:
    if not waited.done():
        waited.set_result(None)


class Writer:
    """Writes submissions of one process. `write` returns when they are durable."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._vocabulary = Vocabulary()
        self._small = _Lane(self._commit, 1, coming=COMING_SECONDS)
        self._large = _Lane(self._commit, LARGE_IN_FLIGHT)
        self._count = 0
        self._dictionary_kept = False

    async def write(self, submission: Submission) -> None:
        """Store all of a submission or nothing. Conflict where an id belongs to another statement."""
        count = len(submission.drafts)
        if not count:
            return
        if self._count and self._count + count > WAITING_MOST:
            raise Unavailable(
                "More statements are waiting than can be stored; try again.", headers={"Retry-After": "1"}
            )
        self._count += count
        (self._small if count <= SMALL else self._large).add(submission)
        try:
            await submission.done
        finally:
            self._count -= count

    async def _commit(self, gathered: Sequence[Submission]) -> None:
        try:
            await self._store(gathered)
        except Unavailable as error:
            for submission in gathered:
                _fail(submission, error)
        except Exception:
            for submission in gathered:
                await self._commit_alone(submission)
        else:
            for submission in gathered:
                _succeed(submission)

    async def _commit_alone(self, submission: Submission) -> None:
        try:
            for attempt in range(1, ATTEMPTS + 1):
                try:
                    await self._store([submission], known=True, alone=attempt > 1)
                    break
                except asyncpg.UniqueViolationError:
                    if attempt == ATTEMPTS:
                        raise
        except Exception as error:
            _fail(submission, error)
        else:
            _succeed(submission)

    async def _store(self, gathered: Sequence[Submission], *, known: bool = False, alone: bool = False) -> None:
        """One transaction. `known` says that some ids may be in the record already: equal ones are left out.

        Alone, no other writer is in flight, in this process or another.
        """

        async def work(connection: AnyConnection) -> News:
            drafts = [draft for submission in gathered for draft in submission.drafts]
            early = any(draft.target for draft in drafts) and await statements.missing_targets(connection, drafts)
            microsecond, awaited = await begin_write(connection, drafts, alone=alone or early)
            if not self._dictionary_kept:
                await keep_dictionary(connection)
            if known:
                drafts = await _new_ones(connection, drafts)
            await keep(connection, [each for submission in gathered for each in submission.attachments])
            moments = [Moment(microsecond + later) for later in range((len(drafts) >> PLACES) + 1)]
            rows = [placed(draft, moments[place >> PLACES], place) for place, draft in enumerate(drafts)]
            news = self._vocabulary.news(drafts)
            observed, unread = self._observed(rows)
            await insert(connection, [*statements.insertions(rows), *self._vocabulary.insertions(news), *observed])
            if awaited or any(draft.target for draft in drafts):
                await statements.resolve_references(connection, rows)
            if unread:
                await statements.insert_unread(connection, unread)
            for submission in gathered:
                await record(connection, submission.repairs, submission.drafts, submission.credential_id)
            return news

        news = await self._context.database.write(work)
        self._dictionary_kept = True
        self._vocabulary.remember(news)

    def _observed(self, rows: Sequence[Placed]) -> tuple[list[Insertion], list[Unread]]:
        """What observers insert beside these statements, and the statements that one could not read."""
        found: list[Insertion] = []
        unread: list[Unread] = []
        for observer in self._context.observers:
            read: list[object] = []
            for row in rows:
                arrival = arrival_of(row)
                try:
                    read += observer.read(arrival)
                except Exception as error:
                    log.exception("observer %s could not read statement %s", observer.name, arrival.id)
                    unread.append((arrival.store_id, observer.name, arrival.id, repr(error)[:1000].replace("\x00", "")))
            if read:
                found += observer.insertions(read)
        return found, unread


def placed(draft: Draft, moment: Moment, place: int) -> Placed:
    """A draft as it is stored at a moment and place in the batch: what the store sets is set.

    Where the places of a microsecond are all taken, the next places are the next microsecond's.
    """
    stored = moment.text
    text = close_text(draft.text, stored, draft.authority_text, timestamp=draft.timestamp is None)
    position = (moment.microsecond << PLACES) + (place & PLACE_MOST)
    return Placed(draft, position, pack(text), moment.stored)


def arrival_of(row: Placed) -> Arrival:
    """What observers are told of a placed statement."""
    draft = row.draft
    place = row.position & PLACE_MOST
    timestamp = draft.timestamp or row.stored
    return Arrival(draft.store_id, draft.id, row.stored, place, timestamp, draft.statement, draft.voids)


async def _new_ones(connection: AnyConnection, drafts: Iterable[Draft]) -> list[Draft]:
    """The drafts whose ids the record does not have. Conflict where it has one with another statement."""
    by_store: dict[int, list[Draft]] = {}
    for draft in drafts:
        by_store.setdefault(draft.store_id, []).append(draft)
    new: list[Draft] = []
    faults: list[Fault] = []
    for store_id, group in by_store.items():
        there = await statements.existing(connection, store_id, [draft.id for draft in group if draft.sent_id])
        for index, draft in enumerate(group):
            if draft.id not in there:
                new.append(draft)
            elif not same_text(there[draft.id], draft.parsed, timestamp_sent=draft.timestamp is not None):
                faults.append(Fault("id", f"{draft.id} is the id of a different statement in the record", index))
    if faults:
        raise Conflict(f"Statement {faults[0].statement}, id: {faults[0].message}. Nothing was stored.", faults)
    return new


def _succeed(submission: Submission) -> None:
    if not submission.done.done():
        submission.done.set_result(None)


def _fail(submission: Submission, error: BaseException) -> None:
    if not submission.done.done():
        submission.done.set_exception(error)
