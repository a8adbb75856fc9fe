"""The seam between the record and whatever lives beside it.

An observer's `read` is pure and runs before the transaction, once for each statement that is new to the store (never
for an equal duplicate); what it returns is only inserted, inside the statement's transaction, by `insert`.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Protocol, TypeAlias, TypeVar
from uuid import UUID

from asyncpg import Connection
from asyncpg.pool import PoolConnectionProxy

AnyConnection: TypeAlias = "Connection[Any] | PoolConnectionProxy[Any]"
Row = TypeVar("Row")


class Arrival(NamedTuple):
    """A statement on its way into the record.

    `statement` is the parsed JSON as it will be stored (id, stored, authority, timestamp present) and must not be
    changed; `position` orders the statements of one `stored` instant; `voids` is the target of a voiding statement.
    """

    store_id: int
    id: UUID
    stored: datetime
    position: int
    timestamp: datetime
    statement: Mapping[str, Any]
    voids: UUID | None = None


class Observer(Protocol[Row]):
    """Reads arrivals into rows, inserts rows. A `read` that raises costs the side job, never the write."""

    name: str

    def read(self, arrival: Arrival) -> Sequence[Row]: ...

    async def insert(self, connection: AnyConnection, rows: Sequence[Row]) -> None: ...
