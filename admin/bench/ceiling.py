"""What this machine's Postgres does by itself with the same rows as text: the ceiling of the ratios."""

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from uuid import uuid4

import asyncpg

from lrs.observers import AnyConnection

TABLE = "CREATE TABLE bench_ceiling (id uuid PRIMARY KEY, stored timestamptz NOT NULL, raw text NOT NULL)"
Write = Callable[[AnyConnection], Awaitable[int]]


async def copy_rate(dsn: str, texts: Sequence[str], seconds: float, *, connections: int = 8, batch: int = 50) -> float:
    """Rows a second by COPY of prebuilt rows, `batch` rows a transaction."""
    groups = itertools.cycle([texts[at : at + batch] for at in range(0, len(texts) - batch + 1, batch)])

    async def write(connection: AnyConnection) -> int:
        now = datetime.now(UTC)
        rows = [(uuid4(), now, text) for text in next(groups)]
        await connection.copy_records_to_table("bench_ceiling", records=rows)
        return len(rows)

    return await _rate(dsn, write, seconds, connections)


async def insert_rate(dsn: str, texts: Sequence[str], seconds: float, *, connections: int = 16) -> float:
    """Rows a second by one-row INSERTs, each committed."""
    each = itertools.cycle(texts)

    async def write(connection: AnyConnection) -> int:
        await connection.execute("INSERT INTO bench_ceiling VALUES ($1, now(), $2)", uuid4(), next(each))
        return 1

    return await _rate(dsn, write, seconds, connections)


async def _rate(dsn: str, write: Write, seconds: float, connections: int) -> float:
    pool = await asyncpg.create_pool(dsn, min_size=connections, max_size=connections)
    try:
        await pool.execute("DROP TABLE IF EXISTS bench_ceiling")
        await pool.execute(TABLE)
        begun = time.perf_counter()

        async def keep_writing() -> int:
            rows = 0
            async with pool.acquire() as connection:
                while time.perf_counter() - begun < seconds:
                    rows += await write(connection)
            return rows

        counts = await asyncio.gather(*(keep_writing() for _ in range(connections)))
        return sum(counts) / (time.perf_counter() - begun)
    finally:
        await pool.execute("DROP TABLE IF EXISTS bench_ceiling")
        await pool.close()
