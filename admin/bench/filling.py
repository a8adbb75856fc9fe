"""Fill a database with stored statements by COPY: the product's own rows, made by several processes.

Evidence is filled in as already folded, so that a filled database starts with nothing waiting.
"""

import asyncio
import sys
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import astuple
from multiprocessing import get_context
from typing import Any
from uuid import uuid4

import asyncpg
from tqdm import tqdm

from adaptive.evidence import Evidence, EvidenceReader
from admin.bench.statements import Crowd, text
from lrs import intake
from lrs.credentials import Credential
from lrs.database import connect
from lrs.payloads import keep_dictionary
from lrs.statements import Placed
from lrs.vocabulary import Vocabulary
from lrs.writing import arrival_of, placed

CHUNK = 20_000
SPACING = 1_000
"""Microseconds between two filled statements."""
STATEMENTS = ["store_id", "position", "actor", "verb", "activity", "authority", "id", "registration", "payload"]
RELATED = ["store_id", "kind", "main", "term", "verb", "position"]
EVIDENCE = [*Evidence.__slots__, "version"]
FILLED = ("statements", "related_terms", "evidence")
LEARNT = Vocabulary()


async def fill(dsn: str, credential: Credential, count: int, *, crowd: Crowd, processes: int = 2) -> None:
    """Put statements 0 … count − 1 of a crowd into an empty store; indexes are built afterwards."""
    connection = await connect(dsn)
    try:
        indexes = await _drop_indexes(connection)
        await keep_dictionary(connection)
        last = int(time.time() * 1_000_000) - SPACING
        with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
            chunks = [
                pool.submit(
                    fill_chunk, dsn, credential, crowd, range(at, min(at + CHUNK, count)), last - count * SPACING
                )
                for at in range(0, count, CHUNK)
            ]
            with tqdm(total=count, desc="filling", unit="statement", unit_scale=True, file=sys.stderr) as bar:
                for chunk in as_completed(chunks):
                    bar.update(chunk.result())
        for definition in tqdm(indexes, desc="indexing", unit="index", file=sys.stderr):
            await connection.execute("SET maintenance_work_mem = '1GB'")
            await connection.execute(definition)
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()


async def _drop_indexes(connection: "asyncpg.Connection[asyncpg.Record]") -> list[str]:
    """Drop what can be built again; the definitions. Primary keys stay, the keys come in their order."""
    rows = await connection.fetch(
        "SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition FROM pg_index "
        "WHERE NOT indisprimary AND indrelid = ANY($1::text[]::regclass[])",
        FILLED,
    )
    for row in rows:
        await connection.execute(f"DROP INDEX {row['name']}")
    return [row["definition"] for row in rows]


def fill_chunk(dsn: str, credential: Credential, crowd: Crowd, numbers: range, base: int) -> int:
    """Write one run of numbers; how many."""
    asyncio.run(_copy(dsn, credential, rows_of(credential, crowd, numbers, base)))
    return len(numbers)


def rows_of(credential: Credential, crowd: Crowd, numbers: range, base: int) -> list[Placed]:
    """The rows that the store itself would make; statement n is stored n × SPACING after `base` (microseconds)."""
    texts = [text(crowd, number) for number in numbers]
    drafts, _ = intake.read(texts, "1.0.3", credential, uuid4)
    return [placed(draft, base + number * SPACING, 0) for number, draft in zip(numbers, drafts, strict=True)]


async def _copy(dsn: str, credential: Credential, rows: Sequence[Placed]) -> None:
    connection = await connect(dsn)
    try:
        async with connection.transaction():
            await _copy_records(connection, "statements", STATEMENTS, map(_statement, rows))
            await _copy_records(connection, "related_terms", RELATED, _related(rows))
            await _copy_records(connection, "evidence", EVIDENCE, _evidence(rows))
            news = LEARNT.news(row.draft for row in rows)
            await LEARNT.learn(connection, news)
        LEARNT.remember(news)
    finally:
        await connection.close()


async def _copy_records(
    connection: "asyncpg.Connection[asyncpg.Record]", table: str, columns: Sequence[str], rows: Iterable[Any]
) -> None:
    await connection.copy_records_to_table(table, columns=columns, records=rows)


def _statement(row: Placed) -> tuple[Any, ...]:
    draft = row.draft
    return (
        draft.store_id,
        row.position,
        draft.actor,
        draft.verb,
        draft.activity,
        draft.authority_term,
        draft.id,
        draft.registration,
        row.payload,
    )


def _related(rows: Iterable[Placed]) -> Iterable[tuple[Any, ...]]:
    for row in rows:
        for kind, term in row.draft.related:
            yield (row.draft.store_id, kind, True, term, row.draft.verb, row.position)


def _evidence(rows: Iterable[Placed]) -> Iterable[tuple[Any, ...]]:
    reader = EvidenceReader()
    for row in rows:
        for found in reader.read(arrival_of(row)):
            yield (*astuple(found), 0)
