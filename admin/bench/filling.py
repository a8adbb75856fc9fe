"""Fill a database with stored statements by COPY: the rows that the store would write, made by several processes."""

import asyncio
import signal
import sys
import time
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import asynccontextmanager, contextmanager
from multiprocessing import active_children, get_context

from tqdm import tqdm

from admin.bench.rows import EVIDENCE_COLUMNS, RELATED_COLUMNS, SPACING, STATEMENT_COLUMNS, Rows, rows_of
from admin.bench.statements import Crowd
from lrs.credentials import Credential
from lrs.database import connect
from lrs.facts import Fact
from lrs.insertion import insert
from lrs.observers import AnyConnection
from lrs.payloads import keep_dictionary
from lrs.vocabulary import Vocabulary

CHUNK = 20_000
FILLED = ("statements", "related_terms", "evidence")
TOLD: set[Fact] = set()
"""What this process has taught the store already."""
INDEXES = """
SELECT i.indexrelid::regclass::text AS name, i.indrelid::regclass::text AS table, c.conname AS constraint,
    coalesce(pg_get_constraintdef(c.oid), pg_get_indexdef(i.indexrelid)) AS definition
FROM pg_index i LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid
WHERE i.indrelid = ANY($1::text[]::regclass[]) ORDER BY i.indrelid, i.indexrelid"""


async def fill(dsn: str, credential: Credential, count: int, *, crowd: Crowd, processes: int = 2) -> None:
    """Put statements 0 … count − 1 of a crowd into an empty store; indexes are built afterwards."""
    connection = await connect(dsn)
    try:
        await keep_dictionary(connection)
        async with _indexed_afterwards(connection):
            base = int(time.time() * 1_000_000) - (count + 1) * SPACING
            with _pool(processes) as pool:
                with _uninterrupted():
                    chunks = [
                        pool.submit(fill_chunk, dsn, credential, crowd, range(at, min(at + CHUNK, count)), base)
                        for at in range(0, count, CHUNK)
                    ]
                with tqdm(total=count, desc="filling", unit="statement", unit_scale=True, file=sys.stderr) as bar:
                    for chunk in as_completed(chunks):
                        bar.update(chunk.result())
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()


@contextmanager
def _pool(processes: int) -> Iterator[ProcessPoolExecutor]:
    """Processes that end with the block: at once where it fails, since one whose server died waits for ever."""
    pool = ProcessPoolExecutor(processes, mp_context=get_context("spawn"))
    try:
        yield pool
    except BaseException:
        for process in active_children():
            process.terminate()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Processes that are started in this block ignore a ^C, which reaches all of a terminal's: ours stops them."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@asynccontextmanager
async def _indexed_afterwards(connection: AnyConnection) -> AsyncIterator[None]:
    """Drop the indexes and keys of what is filled, and build them again: sorting once is faster, and fills pages."""
    indexes = await connection.fetch(INDEXES, FILLED)
    for name, table, constraint, _ in indexes:
        await connection.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}" if constraint else f"DROP INDEX {name}")
    yield
    await connection.execute("SET maintenance_work_mem = '1GB'")
    for _, table, constraint, definition in tqdm(indexes, desc="indexing", unit="index", file=sys.stderr):
        await connection.execute(
            f"ALTER TABLE {table} ADD CONSTRAINT {constraint} {definition}" if constraint else definition
        )


def fill_chunk(dsn: str, credential: Credential, crowd: Crowd, numbers: range, base: int) -> int:
    """Write one run of numbers; how many."""
    asyncio.run(_copy(dsn, credential.store_id, rows_of(credential, crowd, numbers, base)))
    return len(numbers)


async def _copy(dsn: str, store_id: int, rows: Rows) -> None:
    connection = await connect(dsn)
    try:
        async with connection.transaction():
            for table, columns, records in (
                ("statements", STATEMENT_COLUMNS, rows.statements),
                ("related_terms", RELATED_COLUMNS, rows.related),
                ("evidence", EVIDENCE_COLUMNS, rows.evidence),
            ):
                await connection.copy_records_to_table(table, columns=columns, records=records)
            if told := Vocabulary().insertions({store_id: list(rows.facts - TOLD)}):
                await insert(connection, told)
        TOLD.update(rows.facts)
    finally:
        await connection.close()
