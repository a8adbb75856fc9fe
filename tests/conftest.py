"""Real Postgres for every test that asks: one embedded server a session, one cloned database a test."""

import asyncio
import itertools
import os
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
from tests.server import Server, reachable_folder

NO_SKIPS = "NO_SKIPS"
TEMPLATE = "proximal_template"
NUMBERS = itertools.count(1)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Where the environment says NO_SKIPS, a skipped test is a failure of the whole run."""
    skipped = terminalreporter.stats.get("skipped", [])
    if skipped and os.environ.get(NO_SKIPS):
        terminalreporter.write_line(f"{len(skipped)} skipped, and {NO_SKIPS} is set: the run fails.", red=True)


def pytest_sessionfinish(session: pytest.Session) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and reporter.stats.get("skipped") and os.environ.get(NO_SKIPS):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A data folder that does not exist yet, where the server's user can reach it."""
    with reachable_folder() as folder:
        yield folder / "data"


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """The session's server, with product settings, and the template database migrated in it."""
    with reachable_folder() as folder, asyncio.Runner() as runner:
        cluster = Cluster(folder / "data")
        runner.run(cluster.start())
        runner.run(_prepare_template(cluster))
        yield cluster
        runner.run(cluster.stop())


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """The whole product as a real process with an empty store, one for each file of tests."""
    with reachable_folder() as folder, Server(folder / "data") as running:
        yield running


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
