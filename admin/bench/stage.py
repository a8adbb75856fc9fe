"""Where a bench plays: a database of its own, filled once and cloned for each run, and the real server on it."""

import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from admin.bench import processes
from admin.bench.client import Target
from admin.bench.filling import fill
from admin.bench.statements import Crowd
from admin.bootstrap import prepare
from lrs import credentials
from lrs.accounts import FIRST_STORE
from lrs.credentials import Credential
from lrs.database import connect
from lrs.errors import OperatorError
from lrs.postgres.source import database_url
from lrs.processes import dies_with
from lrs.settings import Settings

KEY, SECRET = "bench", "bench-secret-of-this-machine-only"
RUN = "proximal_bench_run"
CROWD = Crowd()
STOP_SECONDS = 30.0
INDEXED = """
SELECT i.indrelid::regclass::text,
    string_agg(pg_get_indexdef(i.indexrelid, k.place::integer, true), ', ' ORDER BY k.place),
    coalesce(pg_get_expr(i.indpred, i.indrelid), 'true')
FROM pg_index i
CROSS JOIN unnest(i.indkey) WITH ORDINALITY AS k (attribute, place)
WHERE i.indrelid IN ('statements'::regclass, 'related_terms'::regclass, 'evidence'::regclass)
GROUP BY i.indexrelid, i.indrelid, i.indpred"""


@dataclass(frozen=True, slots=True)
class Serving:
    """A server under test."""

    target: Target
    pid: int

    def peak_memory(self) -> int:
        """The most bytes any of its web processes has held."""
        return processes.peak_memory(self.pid)


@asynccontextmanager
async def database(settings: Settings, stored: int) -> AsyncIterator[str]:
    """A clone of a database that holds so many statements of CROWD; filled the first time, kept for the next."""
    async with database_url(settings) as dsn:
        name = await _filled(dsn, stored)
        await _drop(dsn, RUN)
        await _execute(dsn, f"CREATE DATABASE {RUN} TEMPLATE {name} STRATEGY FILE_COPY")
        await _execute(dsn, "CHECKPOINT")
        try:
            await _warm(named(dsn, RUN))
            yield named(dsn, RUN)
        finally:
            await _drop(dsn, RUN)


@asynccontextmanager
async def read_only(settings: Settings, *stored: int) -> AsyncIterator[list[str]]:
    """The filled databases themselves, one for each size, for those who only read: no clone of a large one."""
    async with database_url(settings) as dsn:
        yield [named(dsn, await _filled(dsn, each)) for each in stored]


async def _warm(dsn: str) -> None:
    """Read the indexes of the large tables into Postgres's memory, where those of a store in use are."""
    connection = await connect(dsn)
    try:
        await connection.execute(
            "SET enable_seqscan = off; SET enable_sort = off; SET max_parallel_workers_per_gather = 0"
        )
        for table, columns, rows in await connection.fetch(INDEXED):
            ordered = f"SELECT FROM {table} WHERE {rows} ORDER BY {columns}"
            await connection.execute(f"SELECT count(*) FROM ({ordered}) ordered")  # noqa: S608
    finally:
        await connection.close()


async def _filled(dsn: str, stored: int) -> str:
    """The name of the database of so many statements: filled the first time, later only brought to this release."""
    name = f"proximal_bench_{stored}"
    if await _exists(dsn, name):
        await _prepare(named(dsn, name))
    else:
        await _fill(dsn, name, stored)
    return name


async def _prepare(dsn: str) -> None:
    settings = Settings.model_validate({"bootstrap_key": KEY, "bootstrap_secret": SECRET})
    await prepare(dsn, settings, now=datetime.now(UTC))


async def _fill(dsn: str, name: str, stored: int) -> None:
    """Fill under another name, so that a filling that was interrupted is not taken for a full one."""
    unfinished = f"{name}_unfinished"
    await _drop(dsn, unfinished)
    await _execute(dsn, f"CREATE DATABASE {unfinished}")
    try:
        await _prepare(named(dsn, unfinished))
        await fill(named(dsn, unfinished), await credential(named(dsn, unfinished)), stored, crowd=CROWD)
    except BaseException:
        with suppress(OperatorError, OSError, asyncpg.PostgresError):
            await _drop(dsn, unfinished)
        raise
    await _execute(dsn, f"ALTER DATABASE {unfinished} RENAME TO {name}")


async def credential(dsn: str) -> Credential:
    """The bench's own, which `prepare` made."""
    connection = await connect(dsn)
    try:
        known = await credentials.list_all(connection, FIRST_STORE)
        return next(one for one in known if one.key == KEY)
    finally:
        await connection.close()


def named(dsn: str, name: str) -> str:
    """The same server's DSN for another database."""
    return urlunsplit(urlsplit(dsn)._replace(path=f"/{name}"))


async def _exists(dsn: str, name: str) -> bool:
    connection = await connect(dsn)
    try:
        return bool(await connection.fetchval("SELECT true FROM pg_database WHERE datname = $1", name))
    finally:
        await connection.close()


async def _drop(dsn: str, name: str) -> None:
    await _execute(dsn, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


async def _execute(dsn: str, sql: str) -> None:
    connection = await connect(dsn)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()


@contextmanager
def server(dsn: str, settings: Settings, *, worker: bool = True) -> Iterator[Serving]:
    """`proximal serve` on a database and a free port, with its engine worker or without; its log goes where the
    bench's does. A ^C is the bench's alone, which then stops the server."""
    environment = {
        **os.environ,
        "PROXIMAL_DATABASE_URL": dsn,
        "PROXIMAL_HOST": "127.0.0.1",
        "PROXIMAL_PORT": "0",
        "PROXIMAL_WEB_WORKERS": str(settings.web_workers),
        "PROXIMAL_BOOTSTRAP_KEY": KEY,
        "PROXIMAL_BOOTSTRAP_SECRET": SECRET,
    }
    command = [sys.executable, "-m", "admin.cli", "serve", *(() if worker else ("--only", "web"))]
    with subprocess.Popen(
        command,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=dies_with(os.getpid(), signal.SIGTERM),
    ) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            address = urlsplit(line.rsplit(" ", 1)[-1].strip())
            if not address.port:
                raise OperatorError("The server to be measured did not start; its log stands above.")
            yield Serving(Target(address.hostname or "127.0.0.1", address.port, KEY, SECRET), process.pid)
        finally:
            _stop(process)


def _stop(process: "subprocess.Popen[str]") -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        raise RuntimeError(f"the server did not stop within {STOP_SECONDS:.0f} s and was killed") from None
