"""Migrations: applied once and in order, and never to a database they do not belong to."""

import asyncio
from pathlib import Path

import asyncpg
import pytest

from lrs.database import Database
from lrs.errors import OperatorError
from lrs.migrations import Migration, migrate, migrations, pending, require_current

FIRST = Migration(1, "0001_one.sql", "CREATE TABLE one (id int)")
SECOND = Migration(2, "0002_two.sql", "CREATE TABLE two (id int); INSERT INTO two VALUES (7)")
BROKEN = Migration(2, "0002_two.sql", "CREATE TABLE two (id int); SELECT 1 / 0")


async def test_each_is_applied_once(empty_dsn: str) -> None:
    connection = await asyncpg.connect(empty_dsn)
    assert await migrate(connection, [FIRST]) == [FIRST]
    assert await migrate(connection, [FIRST, SECOND]) == [SECOND]
    assert await migrate(connection, [FIRST, SECOND]) == []
    assert await connection.fetchval("SELECT id FROM two") == 7
    await connection.close()


async def test_two_migrators_at_once_apply_once(empty_dsn: str) -> None:
    connections = [await asyncpg.connect(empty_dsn) for _ in range(4)]
    done = await asyncio.gather(*(migrate(connection, [FIRST, SECOND]) for connection in connections))
    assert sorted(map(len, done)) == [0, 0, 0, 2]
    for connection in connections:
        await connection.close()


async def test_a_failing_migration_leaves_nothing_of_itself(empty_dsn: str) -> None:
    connection = await asyncpg.connect(empty_dsn)
    with pytest.raises(asyncpg.DivisionByZeroError):
        await migrate(connection, [FIRST, BROKEN])
    assert await connection.fetchval("SELECT to_regclass('two')") is None
    assert await migrate(connection, [FIRST, SECOND]) == [SECOND]
    await connection.close()


async def test_a_newer_database_is_refused(empty_dsn: str) -> None:
    connection = await asyncpg.connect(empty_dsn)
    await migrate(connection, [FIRST, SECOND])
    with pytest.raises(OperatorError, match="newer than this release"):
        await migrate(connection, [FIRST])
    with pytest.raises(OperatorError, match="newer than this release"):
        await require_current(connection, [FIRST])
    await connection.close()


async def test_a_changed_migration_is_refused(empty_dsn: str) -> None:
    connection = await asyncpg.connect(empty_dsn)
    await migrate(connection, [FIRST])
    with pytest.raises(OperatorError, match=r"built from another 0001_one\.sql"):
        await pending(connection, [Migration(1, "0001_one.sql", "CREATE TABLE uno (id int)")])
    await connection.close()


async def test_an_older_database_is_told_to_migrate(empty_dsn: str) -> None:
    connection = await asyncpg.connect(empty_dsn)
    with pytest.raises(OperatorError, match="proximal migrate"):
        await require_current(connection, [FIRST])
    await connection.close()


async def test_the_fixture_database_is_current(database: Database) -> None:
    async with database.read() as connection:
        await require_current(connection)


def test_a_stray_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "1_oops.sql").write_text("")
    with pytest.raises(OperatorError, match=r"1_oops\.sql is not named like a migration"):
        migrations(tmp_path)


def test_a_number_used_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "0001_a.sql").write_text("")
    (tmp_path / "0001_b.sql").write_text("")
    with pytest.raises(OperatorError, match="one number"):
        migrations(tmp_path)
