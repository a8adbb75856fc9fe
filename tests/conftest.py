"""Real Postgres for every test that asks: one embedded server a session, one cloned database a test."""

import asyncio
import itertools
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest

from lrs.context import Context
from lrs.database import Database
from lrs.migrations import migrate
from lrs.postgres import Cluster
from lrs.settings import Settings

TEMPLATE = "proximal_template"
NUMBERS = itertools.count(1)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A fresh folder that the server's user can reach (pytest's own are closed to others); no data in it yet."""
    folder = Path(tempfile.mkdtemp(prefix="proximal-test-"))
    folder.chmod(0o711)
    yield folder / "data"
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """The session's server, with product settings, and the template database migrated in it."""
    folder = Path(tempfile.mkdtemp(prefix="proximal-test-"))
    folder.chmod(0o711)
    cluster = Cluster(folder / "data")
    with asyncio.Runner() as runner:
        runner.run(cluster.start())
        runner.run(_prepare_template(cluster))
        yield cluster
        runner.run(cluster.stop())
    shutil.rmtree(folder, ignore_errors=True)


async def _prepare_template(cluster: Cluster) -> None:
    await _execute(cluster, f"CREATE DATABASE {TEMPLATE}")
    connection = await asyncpg.connect(cluster.dsn(TEMPLATE))
    try:
        await migrate(connection)
    finally:
        await connection.close()


async def _execute(cluster: Cluster, sql: str) -> None:
    connection = await asyncpg.connect(cluster.dsn("postgres"))
    try:
        await connection.execute(sql)
    finally:
        await connection.close()


@pytest.fixture
async def empty_dsn(cluster: Cluster) -> AsyncIterator[str]:
    """A database with nothing in it."""
    name = f"empty_{next(NUMBERS)}"
    await _execute(cluster, f"CREATE DATABASE {name}")
    yield cluster.dsn(name)
    await _execute(cluster, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def dsn(cluster: Cluster) -> AsyncIterator[str]:
    """A database of the test's own, migrated."""
    name = f"test_{next(NUMBERS)}"
    await _execute(cluster, f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
    yield cluster.dsn(name)
    await _execute(cluster, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def database(dsn: str) -> AsyncIterator[Database]:
    database = await Database.open(dsn)
    yield database
    await database.close()


@pytest.fixture
def context(database: Database, dsn: str) -> Context:
    """A context without observers, on the real clock; `dataclasses.replace` changes what a test needs otherwise."""
    return Context(settings=Settings(database_url=dsn), database=database, clock=lambda: datetime.now(UTC))
