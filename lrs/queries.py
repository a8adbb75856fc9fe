"""The SQL beside a module: its queries by name (aiosql), each run on the connection that it is given."""

from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import aiosql
from aiosql.adapters.asyncpg import AsyncPGAdapter

from lrs.observers import AnyConnection


class _OnConnection(AsyncPGAdapter):
    """aiosql's own adapter would look, before each query, whether it was given a pool: some 20 µs that nobody needs."""

    def _ordered(self, query_name: str, parameters: Mapping[str, Any]) -> list[Any]:
        return [parameters[name] for name in self.var_sorted[query_name]]

    async def select(
        self, conn: AnyConnection, query_name: str, sql: str, parameters: Mapping[str, Any], record_class: Any = None
    ) -> AsyncIterator[Any]:
        for row in await conn.fetch(sql, *self._ordered(query_name, parameters)):
            yield row

    async def select_one(
        self, conn: AnyConnection, query_name: str, sql: str, parameters: Mapping[str, Any], record_class: Any = None
    ) -> Any:
        return await conn.fetchrow(sql, *self._ordered(query_name, parameters))

    async def select_value(self, conn: AnyConnection, query_name: str, sql: str, parameters: Mapping[str, Any]) -> Any:
        return await conn.fetchval(sql, *self._ordered(query_name, parameters))

    async def insert_update_delete(
        self, conn: AnyConnection, query_name: str, sql: str, parameters: Mapping[str, Any]
    ) -> str:
        return await conn.execute(sql, *self._ordered(query_name, parameters))


def queries_beside(module: str) -> Any:
    """The queries of the `.sql` file that has the name of a module, given as its `__file__`."""
    adapter: Any = _OnConnection
    return aiosql.from_path(Path(module).with_suffix(".sql"), adapter, mandatory_parameters=False)
