"""How fast statements are stored, against COPY and one-row INSERTs of the same rows as text in the same run."""

import itertools
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tqdm import tqdm

from admin.bench.ceiling import copy_rate, insert_rate
from admin.bench.client import Outcome, Target, drive
from admin.bench.processes import cpu_seconds, microseconds_each, postmaster
from admin.bench.rows import rows_of
from admin.bench.stage import credential, database, server
from admin.bench.statements import Crowd, text
from lrs.database import connect
from lrs.payloads import unpack
from lrs.settings import Settings

AFTERWARDS = 400
"""Days after START by which the filled statements are over: what is sent then is not late."""

STOCK = 9_000
"""Statements a second that are prepared for a case: more than any case stores."""


@dataclass(frozen=True, slots=True)
class Case:
    """`connections` senders of `batch` statements a request; unshared, each has actors and activities of its own."""

    name: str
    connections: int
    batch: int
    crowd: Crowd = field(default_factory=Crowd)
    shared: bool = True


CASES = (
    Case("batch", 8, 50),
    Case("single", 16, 1),
    Case("shared", 8, 50, Crowd(learners=200, courses=20)),
    Case("unshared", 8, 50, Crowd(learners=200, courses=20), shared=False),
    Case("small", 8, 5),
    Case("large", 4, 500),
    Case("groups", 8, 50, Crowd(groups=True)),
)


async def measure(settings: Settings, stored: int, seconds: float) -> dict[str, Any]:
    """Every case on a database that holds `stored` statements; rates in statements a second."""
    async with database(settings, stored) as dsn:
        rows = rows_of(await credential(dsn), Crowd(salt=1), range(5_000), int(time.time() * 1_000_000))
        texts = [unpack(row[-1]).decode() for row in rows.statements]
        ceilings = [await _ceilings(dsn, texts, seconds)]
        found: dict[str, Any] = {}
        database_process = await postmaster(dsn)
        with server(dsn, settings) as serving:
            for number, case in enumerate(tqdm(CASES, desc="ingest", unit="case", file=sys.stderr)):
                day = AFTERWARDS + 2 * number
                drive(serving.target, _requests(case, serving.target, 1.0, day), 1.0).require(200)
                requests = _requests(case, serving.target, seconds, day + 1)
                before = cpu_seconds(serving.pid, database_process)
                outcome = drive(serving.target, requests, seconds).require(200)
                spent = microseconds_each(before, cpu_seconds(serving.pid, database_process), outcome, case.batch)
                found[case.name] = _row(case, outcome) | {"cpu_us": spent, "unfolded": await _unfolded(dsn)}
            found["memory_mib"] = round(serving.peak_memory() / 2**20)
            found["folded_seconds"] = round(await _until_folded(dsn), 1)
        ceilings.append(await _ceilings(dsn, texts, seconds))
        found["disk"] = await _disk(dsn, sum(map(len, texts)) / len(texts))
    return {"stored": stored, **_related(found, ceilings)}


async def _ceilings(dsn: str, texts: Sequence[str], seconds: float) -> tuple[float, float]:
    return await copy_rate(dsn, texts, seconds), await insert_rate(dsn, texts, seconds)


def _requests(case: Case, target: Target, seconds: float, day: int) -> list[list[bytes]]:
    """Prebuilt requests of each connection; no two statements are the same, and those of a later day happen later."""
    many = int(STOCK * seconds / case.batch / case.connections) + 1
    crowds = [_crowd(case, connection, day) for connection in range(case.connections)]
    return [list(_of_connection(case.batch, target, many, crowd)) for crowd in crowds]


def _crowd(case: Case, connection: int, day: int) -> Crowd:
    first = 0 if case.shared else (connection + 1) * 100_000
    return replace(case.crowd, first=first, salt=day * 100 + connection, day=day)


def _of_connection(batch: int, target: Target, many: int, crowd: Crowd) -> Iterator[bytes]:
    numbers = itertools.count()
    for _ in range(many):
        body = b",".join(text(crowd, next(numbers)) for _ in range(batch))
        yield target.request("POST", "/xapi/statements", body if batch == 1 else b"[" + body + b"]")


def _row(case: Case, outcome: Outcome) -> dict[str, Any]:
    return {
        "statements_per_second": round(outcome.rate * case.batch, 1),
        "p50_ms": round(outcome.percentile(0.5), 2),
        "p99_ms": round(outcome.percentile(0.99), 2),
        "client_cpu_share": round(outcome.cpu_seconds / outcome.seconds, 3),
    }


def _related(found: dict[str, Any], ceilings: Sequence[tuple[float, float]]) -> dict[str, Any]:
    """The cases with their ratios; a ceiling is the mean of before and after."""
    copied, inserted = (sum(each) / len(ceilings) for each in zip(*ceilings, strict=True))
    for case in CASES:
        row, ceiling = found[case.name], inserted if case.batch == 1 else copied
        row["insert_ratio" if case.batch == 1 else "copy_ratio"] = round(row["statements_per_second"] / ceiling, 4)
    shared, unshared = (found[name]["statements_per_second"] for name in ("shared", "unshared"))
    found["shared"]["unshared_ratio"] = round(shared / unshared, 4)
    return {"copy_per_second": round(copied, 1), "insert_per_second": round(inserted, 1), **found}


async def _unfolded(dsn: str) -> int:
    return int(await _value(dsn, "SELECT count(*) FROM evidence WHERE version IS NULL"))


async def _until_folded(dsn: str, patience: float = 300.0) -> float:
    """Seconds until the worker has folded all that waits."""
    begun = time.perf_counter()
    while await _unfolded(dsn) and time.perf_counter() - begun < patience:
        await _value(dsn, "SELECT pg_sleep(0.2)")
    return time.perf_counter() - begun


async def _disk(dsn: str, raw: float) -> dict[str, float]:
    """Bytes a statement on disk, all indexes included, beside the bytes of its JSON."""
    tables = "('statements'), ('related_terms'), ('statement_references'), ('agents'), ('activities'), ('verbs')"
    bytes_ = await _value(dsn, f"SELECT sum(pg_total_relation_size(t::regclass)) FROM (VALUES {tables}) v (t)")  # noqa: S608
    evidence = await _value(dsn, "SELECT pg_total_relation_size('evidence')")
    count = await _value(dsn, "SELECT count(*) FROM statements")
    each = float(bytes_) / count
    return {
        "bytes_per_statement": round(each),
        "raw_bytes": round(raw),
        "raw_ratio": round(each / raw, 3),
        "evidence_bytes_per_statement": round(float(evidence) / count),
    }


async def _value(dsn: str, sql: str) -> Any:
    connection = await connect(dsn)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


def table(found: dict[str, Any]) -> str:
    """The measurements for a reader."""
    lines = [
        f"{found['stored']:,} statements stored before",
        f"COPY {found['copy_per_second']:,.0f}/s, one-row INSERT commits {found['insert_per_second']:,.0f}/s",
        f"{'':48}{'CPU, µs a statement':>36}",
        (
            f"{'case':10}{'statements/s':>13}{'ratio':>8}{'p50 ms':>8}{'p99 ms':>9}"
            f"{'web':>9}{'Postgres':>9}{'worker':>9}{'client':>9}{'unfolded':>10}"
        ),
    ]
    for case in CASES:
        row = found[case.name]
        ratio = row.get("copy_ratio", row.get("insert_ratio"))
        lines.append(
            f"{case.name:10}{row['statements_per_second']:13,.0f}{ratio:8.3f}{row['p50_ms']:8.1f}{row['p99_ms']:9.1f}"
            + "".join(f"{row['cpu_us'].get(kind, 0):9,}" for kind in ("web", "postgres", "worker", "client"))
            + f"{row['unfolded']:10,}"
        )
    disk = found["disk"]
    lines += [
        f"shared / unshared {found['shared']['unshared_ratio']:.2f}",
        f"web process: at most {found['memory_mib']} MiB",
        f"all folded {found['folded_seconds']} s after the last statement",
        f"disk with all indexes: {disk['bytes_per_statement']:,} bytes, {disk['raw_ratio']:.2f} of a statement's JSON",
        f"disk for its evidence: {disk['evidence_bytes_per_statement']:,} bytes",
    ]
    return "\n".join(lines)
