"""The seam between the record and whatever lives beside it.

An observer's `read` is pure and runs for each statement that may be new to the store; what it returns is inserted in
the statement's own round trip, as `insertions` says, or not at all: rows of an equal duplicate are never kept.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple, Protocol, TypeAlias, TypeVar
from uuid import UUID

from asyncpg import Connection
from asyncpg.pool import PoolConnectionProxy

from lrs.validation.shapes import Form

AnyConnection: TypeAlias = "Connection[Any] | PoolConnectionProxy[Any]"
Row = TypeVar("Row")


class Arrival(NamedTuple):
    """A statement on its way into the record.

    `statement` is what the sender told, as lrs.reading reads it, and must not be changed; `position` orders the
    statements of one `stored` instant; `voids` is the target of a voiding statement.
    """

    store_id: int
    id: UUID
    stored: datetime
    position: int
    timestamp: datetime
    statement: Form
    voids: UUID | None = None


class Insertion(NamedTuple):
    """An INSERT whose parameters are $1 to the number of its arguments, each of a type that the text tells."""

    sql: str
    arguments: Sequence[Any]


class Observer(Protocol[Row]):
    """Reads arrivals into rows, and how they are inserted. A `read` that raises costs the side job, not the write."""

    name: str

    def read(self, arrival: Arrival) -> Sequence[Row]: ...

    def insertions(self, rows: Sequence[Row]) -> Sequence[Insertion]: ...
