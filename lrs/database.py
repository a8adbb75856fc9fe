"""The pool, and the one place that opens transactions and retries them."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import asyncpg

from lrs.errors import Unavailable
from lrs.observers import AnyConnection

Result = TypeVar("Result")
ATTEMPTS = 5
RETRIED = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError)
DOWN = (OSError, asyncpg.PostgresConnectionError, asyncpg.CannotConnectNowError, asyncpg.InterfaceError)


async def _codecs(connection: AnyConnection) -> None:
    await connection.set_type_codec("jsonb", encoder=json.dumps, decoder=json.loads, schema="pg_catalog")


class Database:
    """An asyncpg pool. `read` and `write` lend a connection inside one transaction; stores never commit."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self.pool = pool

    @classmethod
    async def open(cls, dsn: str, *, size: int = 8, **options: Any) -> "Database":
        try:
            pool = await asyncpg.create_pool(dsn, min_size=1, max_size=size, init=_codecs, **options)
        except DOWN as error:
            raise Unavailable(f"The database does not answer ({error}). Run: proximal doctor") from error
        return cls(pool)

    async def close(self) -> None:
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
                async with self.lend() as connection, connection.transaction():
                    return await work(connection)
            except RETRIED:
                if attempt == ATTEMPTS:
                    raise
        raise AssertionError("unreachable")

    @asynccontextmanager
    async def lend(self) -> AsyncIterator[AnyConnection]:
        """A connection outside any transaction: each query sees what is committed when it begins."""
        try:
            async with self.pool.acquire() as connection:
                yield connection
        except DOWN as error:
            raise Unavailable(
                "The database does not answer; try again shortly.", headers={"Retry-After": "2"}
            ) from error
