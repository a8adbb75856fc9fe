"""The readable schema and the migrations make the same database, and so does a migrated template."""

from typing import Any

import asyncpg

from lrs.migrations import migrate
from lrs.postgres import Cluster
from lrs.schema import schema_folder

COLUMNS = """
SELECT table_name, ordinal_position, column_name, data_type, udt_name, is_nullable, column_default, is_identity,
       generation_expression, collation_name
FROM information_schema.columns WHERE table_schema = 'public'"""
CONSTRAINTS = """
SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)
FROM pg_constraint WHERE connamespace = 'public'::regnamespace"""
INDEXES = "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
FUNCTIONS = "SELECT proname, pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
TRIGGERS = "SELECT tgrelid::regclass::text, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal"
VIEWS = "SELECT viewname, definition FROM pg_views WHERE schemaname = 'public'"
SEQUENCES = "SELECT sequencename, data_type::text, start_value, increment_by FROM pg_sequences"
TYPES = """
SELECT t.typname, e.enumlabel, e.enumsortorder
FROM pg_type t JOIN pg_enum e ON e.enumtypid = t.oid WHERE t.typnamespace = 'public'::regnamespace"""
STORAGE = """
SELECT c.relname, c.relkind::text, c.relpersistence::text, c.reloptions, a.attname, a.attstorage::text
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')"""
CATALOGS = (COLUMNS, CONSTRAINTS, INDEXES, FUNCTIONS, TRIGGERS, VIEWS, SEQUENCES, TYPES, STORAGE)
LEDGER = "migrations"


async def catalog(connection: Any) -> list[set[tuple[Any, ...]]]:
    """Everything that makes a schema, less the ledger of the migrations themselves."""
    found = []
    for query in CATALOGS:
        rows = [tuple(str(value) for value in row) for row in await connection.fetch(query)]
        found.append({row for row in rows if row[0] != LEDGER})
    return found


async def test_the_readable_schema_is_what_the_migrations_make(cluster: Cluster, empty_dsn: str, dsn: str) -> None:
    written, migrated = await asyncpg.connect(empty_dsn), await asyncpg.connect(dsn)
    await written.execute((schema_folder() / "schema.sql").read_text())
    for one, other in zip(await catalog(written), await catalog(migrated), strict=True):
        assert one == other
    assert (await catalog(migrated))[0]
    tables = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'migrations'"
    for (table,) in await migrated.fetch(tables):
        rows = [await side.fetchval(f"SELECT count(*) FROM {table}") for side in (written, migrated)]
        assert rows[0] == rows[1], table
    await written.close()
    await migrated.close()


async def test_the_comparison_sees_a_difference(empty_dsn: str, dsn: str) -> None:
    first, second = await asyncpg.connect(empty_dsn), await asyncpg.connect(dsn)
    await migrate(first)
    assert await catalog(first) == await catalog(second)
    await first.execute("ALTER TABLE stores ADD COLUMN odd int DEFAULT 3")
    await first.execute("CREATE INDEX odd ON stores (odd)")
    different = [one != other for one, other in zip(await catalog(first), await catalog(second), strict=True)]
    assert different[0]
    assert different[2]
    await first.close()
    await second.close()
