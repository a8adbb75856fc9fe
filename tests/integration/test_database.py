"""The pool: durable, read-only where it says so, retried by failure class, honest when the database is away."""

import asyncio

import asyncpg
import pytest

from lrs.database import ATTEMPTS, Database, connect
from lrs.errors import OperatorError, Unavailable
from lrs.observers import AnyConnection

AWAY = "postgresql://nobody@127.0.0.1:9/none"


async def test_what_a_connection_of_the_pool_commits_is_on_disk(database: Database) -> None:
    async with database.read() as connection:
        for name in ("fsync", "synchronous_commit", "full_page_writes"):
            assert await connection.fetchval("SELECT current_setting($1)", name) == "on", name


async def test_a_read_cannot_write(database: Database) -> None:
    with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
        async with database.read() as connection:
            await connection.execute("INSERT INTO stores (name) VALUES ('x')")


async def test_a_write_is_all_or_nothing(database: Database) -> None:
    async def work(connection: AnyConnection) -> None:
        await connection.execute("INSERT INTO stores (name) VALUES ('x')")
        await connection.execute("SELECT 1 / 0")

    with pytest.raises(asyncpg.DivisionByZeroError):
        await database.write(work)
    async with database.read() as connection:
        assert await connection.fetchval("SELECT count(*) FROM stores WHERE name = 'x'") == 0


async def test_deadlocked_writes_are_run_again(database: Database) -> None:
    async def prepare(connection: AnyConnection) -> None:
        await connection.execute("CREATE TABLE pair (id int PRIMARY KEY, n int)")
        await connection.execute("INSERT INTO pair VALUES (1, 0), (2, 0)")

    await database.write(prepare)
    holding = [asyncio.Event(), asyncio.Event()]

    async def crosswise(connection: AnyConnection, mine: int) -> None:
        await connection.execute("UPDATE pair SET n = n + 1 WHERE id = $1", mine + 1)
        holding[mine].set()
        await holding[1 - mine].wait()
        await connection.execute("UPDATE pair SET n = n + 1 WHERE id = $1", 2 - mine)

    await asyncio.gather(database.write(lambda c: crosswise(c, 0)), database.write(lambda c: crosswise(c, 1)))
    async with database.read() as connection:
        assert [row["n"] for row in await connection.fetch("SELECT n FROM pair")] == [2, 2]


async def test_retries_end(database: Database) -> None:
    calls = 0

    async def hopeless(connection: AnyConnection) -> None:
        nonlocal calls
        calls += 1
        raise asyncpg.SerializationError("again")

    with pytest.raises(asyncpg.SerializationError):
        await database.write(hopeless)
    assert calls == ATTEMPTS


async def test_a_database_that_is_away_is_unavailable() -> None:
    database = await Database.open(AWAY)
    with pytest.raises(Unavailable) as raised:
        async with database.read():
            pass
    assert raised.value.headers == {"Retry-After": "2"}
    await database.close()


async def test_a_connection_lost_midway_is_unavailable_and_the_pool_recovers(database: Database) -> None:
    async def cut(connection: AnyConnection) -> None:
        await connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    with pytest.raises(Unavailable):
        await database.write(cut)
    async with database.read() as connection:
        assert await connection.fetchval("SELECT 1") == 1


async def test_the_command_line_is_told_why_there_is_no_connection(dsn: str) -> None:
    with pytest.raises(OperatorError, match="does not answer"):
        await connect(AWAY)
    with pytest.raises(OperatorError, match="no_such_database"):
        await connect(dsn.replace("/test_", "/no_such_database_"))
    with pytest.raises(OperatorError, match="PROXIMAL_DATABASE_URL"):
        await connect("nonsense")
