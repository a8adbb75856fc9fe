"""The pool, and the one place that opens transactions and retries them."""

import json
import logging
from asyncio import gather
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import TypeVar

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from lrs.errors import OperatorError, Unavailable
from lrs.observers import AnyConnection

Result = TypeVar("Result")
ATTEMPTS = 5
RETRIED = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError)
UNSTORABLE = (asyncpg.CharacterNotInRepertoireError, asyncpg.UntranslatableCharacterError)
CONNECT_SECONDS = 10.0
POOL_SIZE = 8
ARRAYS = (
    "boolean", "smallint", "integer", "bigint", "real", "float8", "text", "uuid", "bytea", "timestamptz", "date", "tid",
)  # fmt: skip
UNABLE = (asyncpg.InsufficientResourcesError, asyncpg.OperatorInterventionError, asyncpg.PostgresSystemError)
"""A server that has no room, memory or connection left, was told to stop, or cannot read its disk."""
LOST = (
    ConnectionError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    *UNABLE,
)
UNREACHABLE = (*LOST, OSError)
REFUSED = (asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InvalidCatalogNameError, ValueError)
log = logging.getLogger(__name__)


async def _codecs(connection: AnyConnection) -> None:
    await connection.set_type_codec("jsonb", encoder=json.dumps, decoder=json.loads, schema="pg_catalog")


async def _ready(connection: AnyConnection) -> None:
    """Codecs, and all kinds of arrays at once: asyncpg would ask for each when a query first has it, slowly."""
    await _codecs(connection)
    kinds = ", ".join(f"${n}::{kind}[]" for n, kind in enumerate(ARRAYS, 1))
    await connection.prepare(f"SELECT {kinds}, array(SELECT row(1))")


async def _as_it_is(connection: AnyConnection) -> None:
    """Lend a connection on without a round trip: transactions end with their blocks, sessions are never changed."""


class Database:
    """An asyncpg pool. `read` and `write` lend a connection inside one transaction; stores never commit.

    Half of its connections stay at hand when they are given back: the pool takes some 15 µs to lend one and to take it
    back, with a task and a timer each time.
    """

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self.pool = pool
        self._at_hand: list[PoolConnectionProxy[asyncpg.Record]] = []
        self._kept_most = pool.get_max_size() // 2
        self._waiting = 0

    @classmethod
    async def open(cls, dsn: str, *, size: int = POOL_SIZE) -> "Database":
        """A pool that connects when it is first asked, so that a process may start before its database answers."""
        return cls(
            await asyncpg.create_pool(
                dsn,
                min_size=0,
                max_size=size,
                init=_ready,
                reset=_as_it_is,
                timeout=CONNECT_SECONDS,
                command_timeout=None,
                max_cached_statement_lifetime=0,
            )
        )

    async def connect_ahead(self) -> None:
        """Open as many as are kept at hand, so that no request waits for one; where there is no database yet, none."""
        lent = await gather(*(self.pool.acquire() for _ in range(self._kept_most)), return_exceptions=True)
        for connection in lent:
            if not isinstance(connection, BaseException):
                await self.pool.release(connection)

    async def close(self) -> None:
        while self._at_hand:
            await self.pool.release(self._at_hand.pop())
        await self.pool.close()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AnyConnection]:
        """A connection in a read-only transaction: all its queries see one snapshot."""
        async with self.lend() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
            yield connection

    async def write(self, work: Callable[[AnyConnection], Awaitable[Result]]) -> Result:
        """Run `work` in one transaction, again from the start after a serialisation failure or deadlock."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                async with self.lend() as connection, _writable(), connection.transaction():
                    return await work(connection)
            except RETRIED:
                if attempt == ATTEMPTS:
                    raise
        raise AssertionError("unreachable")

    @asynccontextmanager
    async def lend(self) -> AsyncIterator[AnyConnection]:
        """A connection outside any transaction: each query sees what is committed when it begins.

        One that was lost, or that asyncpg left halfway through a COPY when its server went, is not lent again, nor one
        to a server that is not able to serve.
        """
        try:
            connection = await self._take()
        except UNREACHABLE as error:
            raise unavailable() from error
        try:
            yield connection
        except LOST as error:
            log.warning("the database failed: %s", error)
            with suppress(asyncpg.InterfaceError):  # the pool has let go of it already
                connection.terminate()
            await self.pool.release(connection)
            raise unavailable() from error
        except BaseException:
            await self.pool.release(connection)  # which waits for a query that was cancelled
            raise
        if self._waiting or self._kept_most <= len(self._at_hand) or not _open(connection):
            await self.pool.release(connection)
        else:
            self._at_hand.append(connection)

    async def _take(self) -> "PoolConnectionProxy[asyncpg.Record]":
        """A connection that is at hand, or the pool's next."""
        while self._at_hand:
            connection = self._at_hand.pop()
            if _open(connection):
                return connection
            await self.pool.release(connection)
        self._waiting += 1
        try:
            return await self.pool.acquire()
        finally:
            self._waiting -= 1


@asynccontextmanager
async def _writable() -> AsyncIterator[None]:
    """Count a connection as lost whose server takes no writes: a standby, or one that was set so as its disk filled."""
    try:
        yield
    except asyncpg.ReadOnlySQLTransactionError as error:
        raise ConnectionRefusedError(str(error)) from error


def _open(connection: AnyConnection) -> bool:
    try:
        return not connection.is_closed()
    except asyncpg.InterfaceError:  # the pool has let go of it already
        return False


def unavailable() -> Unavailable:
    return Unavailable("The database does not answer; try again shortly.", headers={"Retry-After": "2"})


async def connect(dsn: str) -> "asyncpg.Connection[asyncpg.Record]":
    """One connection outside any pool, for the command line; OperatorError says why there is none."""
    try:
        connection = await asyncpg.connect(dsn, timeout=CONNECT_SECONDS)
    except (*UNREACHABLE, *REFUSED) as error:
        reason = str(error).strip() or type(error).__name__
        raise OperatorError(
            f"The database does not answer ({reason}): start it, or mend PROXIMAL_DATABASE_URL."
        ) from error
    await _codecs(connection)
    return connection
