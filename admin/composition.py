"""The context that processes run in: settings, an open pool, the clock and the observers."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from adaptive.evidence import EvidenceReader
from lrs.context import Context
from lrs.database import POOL_SIZE, Database
from lrs.observers import Observer
from lrs.settings import Settings


def observers() -> Sequence[Observer[Any]]:
    """Whoever reads along as statements are stored."""
    return (EvidenceReader(),)


@asynccontextmanager
async def open_context(settings: Settings, dsn: str, *, size: int = POOL_SIZE) -> AsyncIterator[Context]:
    """`size` is the most connections the process opens."""
    database = await Database.open(dsn, size=size)
    try:
        yield Context(settings, database, clock=lambda: datetime.now(UTC), observers=observers())
    finally:
        await database.close()
