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


async def test_connections_are_opened_ahead_where_there_is_a_database(dsn: str) -> None:
    database, away = await Database.open(dsn, size=6), await Database.open(AWAY)
    await database.connect_ahead()
    await away.connect_ahead()
    assert (database.pool.get_size(), database.pool.get_idle_size(), away.pool.get_size()) == (3, 3, 0)
    await database.close()
    await away.close()


async def test_a_connection_lost_midway_is_unavailable_and_the_pool_recovers(database: Database) -> None:
    async def cut(connection: AnyConnection) -> None:
        await connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    with pytest.raises(Unavailable):
        await database.write(cut)
    async with database.read() as connection:
        assert await connection.fetchval("SELECT 1") == 1


@pytest.mark.parametrize("failure", ["disk_full", "out_of_memory", "io_error", "query_canceled"])
async def test_a_server_that_is_not_able_is_unavailable(database: Database, failure: str) -> None:
    async def fail(connection: AnyConnection) -> None:
        await connection.execute(f"DO $$BEGIN RAISE EXCEPTION 'told' USING ERRCODE = '{failure}'; END$$")

    with pytest.raises(Unavailable):
        await database.write(fail)
    async with database.read() as connection:
        assert await connection.fetchval("SELECT 1") == 1


async def test_a_server_that_takes_no_writes_is_unavailable_and_asked_anew(database: Database) -> None:
    async def add(connection: AnyConnection) -> None:
        await connection.execute("INSERT INTO stores (name) VALUES ('x')")

    async with database.lend() as connection:
        await connection.execute("SET default_transaction_read_only = on")
    with pytest.raises(Unavailable):
        await database.write(add)
    await database.write(add)


async def test_connections_at_hand_are_bounded_and_given_to_who_waits(dsn: str) -> None:
    database = await Database.open(dsn, size=2)
    holding, done = asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        async with database.lend():
            holding.set()
            await done.wait()

    async def ask() -> int:
        async with database.lend() as connection:
            return int(await connection.fetchval("SELECT pg_backend_pid()"))

    async with asyncio.timeout(30):
        held = asyncio.create_task(hold())
        await holding.wait()
        assert len(set(await asyncio.gather(*(ask() for _ in range(6))))) == 1
        done.set()
        await held
        assert len(set(await asyncio.gather(*(ask() for _ in range(6))))) == 2
        assert database.pool.get_idle_size() == 1
    await database.close()


async def test_a_connection_lost_while_at_hand_is_not_lent(database: Database) -> None:
    async with database.lend() as connection:
        lost = await connection.fetchval("SELECT pg_backend_pid()")
    await database.pool.execute("SELECT pg_terminate_backend($1, 10000)", lost)
    async with database.lend() as connection:
        assert await connection.fetchval("SELECT pg_backend_pid()") != lost


async def test_a_query_that_was_cancelled_leaves_its_connection_whole(database: Database) -> None:
    begun = asyncio.Event()

    async def slow(connection: AnyConnection) -> None:
        begun.set()
        await connection.execute("SELECT pg_sleep(60)")

    task = asyncio.create_task(database.write(slow))
    await begun.wait()
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with database.lend() as connection:
        assert not connection.is_in_transaction()
        assert await connection.fetchval("SELECT 1") == 1


async def test_the_command_line_is_told_why_there_is_no_connection(dsn: str) -> None:
    with pytest.raises(OperatorError, match="does not answer"):
        await connect(AWAY)
    with pytest.raises(OperatorError, match="no_such_database"):
        await connect(dsn.replace("/test_", "/no_such_database_"))
    with pytest.raises(OperatorError, match="PROXIMAL_DATABASE_URL"):
        await connect("nonsense")
