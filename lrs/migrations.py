"""Numbered SQL files that bring a database to the schema of this release, each applied once, in order."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from lrs.errors import OperatorError
from lrs.observers import AnyConnection
from lrs.schema import schema_folder

OLDEST_SERVER = 14
ADVISORY_KEY = 0x70726F78696D616C  # "proximal": one migrator at a time
NAME = re.compile(r"(\d{4})_[a-z0-9_]+\.sql")
LEDGER = """
CREATE TABLE IF NOT EXISTS migrations (
    number int PRIMARY KEY,
    name text NOT NULL,
    checksum text NOT NULL,
    applied timestamptz NOT NULL DEFAULT now()
)"""


@dataclass(frozen=True, slots=True)
class Migration:
    """One file; `checksum` is the SHA-256 of its text in hex."""

    number: int
    name: str
    sql: str

    @property
    def checksum(self) -> str:
        return sha256(self.sql.encode()).hexdigest()


def migrations(folder: Path | None = None) -> list[Migration]:
    """The release's migrations by number. A file name that is no `NNNN_name.sql`, or a number twice, is an error."""
    found = []
    for path in sorted((folder or schema_folder() / "migrations").glob("*.sql")):
        match = NAME.fullmatch(path.name)
        if match is None:
            raise OperatorError(f"{path} is not named like a migration (0001_name.sql).")
        found.append(Migration(int(match[1]), path.name, path.read_text()))
    if len({migration.number for migration in found}) != len(found):
        raise OperatorError("Two migrations have one number: this installation is damaged.")
    return found


async def migrate(connection: AnyConnection, known: Sequence[Migration] | None = None) -> list[Migration]:
    """Apply what is missing, each in its own transaction, while other migrators wait; the migrations applied.

    Raises OperatorError where the database is newer than this release, was built from other files, or is older
    than Postgres 14.
    """
    known = migrations() if known is None else known
    require_server(connection)
    await connection.execute("SELECT pg_advisory_lock($1)", ADVISORY_KEY)
    try:
        await connection.execute(LEDGER)
        missing = await pending(connection, known)
        for migration in missing:
            await _apply(connection, migration)
    finally:
        await connection.execute("SELECT pg_advisory_unlock($1)", ADVISORY_KEY)
    return missing


async def pending(connection: AnyConnection, known: Sequence[Migration] | None = None) -> list[Migration]:
    """What this release has and the database has not; OperatorError where they cannot belong together."""
    known = migrations() if known is None else known
    applied = await _applied(connection)
    numbers = {migration.number for migration in known}
    if newer := sorted(set(applied) - numbers):
        raise OperatorError(
            f"The database is newer than this release (it has migration {newer[-1]:04d}): install the newer release."
        )
    for migration in known:
        if applied.get(migration.number, migration.checksum) != migration.checksum:
            raise OperatorError(
                f"The database was built from another {migration.name} than this release has: "
                "install the release that built it, or start with an empty database."
            )
    return [migration for migration in known if migration.number not in applied]


async def require_current(connection: AnyConnection, known: Sequence[Migration] | None = None) -> None:
    """For processes that do not migrate themselves."""
    require_server(connection)
    if missing := await pending(connection, known):
        raise OperatorError(f"The database lacks {missing[0].name}. Run: proximal migrate")


def require_server(connection: AnyConnection) -> None:
    version = connection.get_server_version()
    if version.major < OLDEST_SERVER:
        raise OperatorError(f"The database is Postgres {version.major}; Proximal needs {OLDEST_SERVER} or newer.")


async def _applied(connection: AnyConnection) -> dict[int, str]:
    if await connection.fetchval("SELECT to_regclass('migrations')") is None:
        return {}
    return {row["number"]: row["checksum"] for row in await connection.fetch("SELECT number, checksum FROM migrations")}


async def _apply(connection: AnyConnection, migration: Migration) -> None:
    async with connection.transaction():
        await connection.execute(migration.sql)
        await connection.execute(
            "INSERT INTO migrations (number, name, checksum) VALUES ($1, $2, $3)",
            migration.number,
            migration.name,
            migration.checksum,
        )
