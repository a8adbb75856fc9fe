"""Which database: the one the operator names, else the embedded one."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from lrs.postgres.cluster import Cluster
from lrs.postgres.locks import try_lock
from lrs.settings import Settings


@asynccontextmanager
async def database_url(settings: Settings) -> AsyncIterator[str]:
    """A DSN that answers for as long as the block lasts.

    PROXIMAL_DATABASE_URL if it is set; else the embedded cluster of the data folder: that of the running
    `proximal serve` where there is one, else started for the block and stopped after it.
    """
    if settings.database_url:
        yield settings.database_url
        return
    cluster = Cluster(settings.data_dir)
    if in_use(cluster):
        yield cluster.dsn()
        return
    await cluster.start()
    try:
        yield cluster.dsn()
    finally:
        await cluster.stop()


def in_use(cluster: Cluster) -> bool:
    """Whether a process owns the cluster's data folder now."""
    path = cluster.data_dir / "proximal.lock"
    if not path.exists():
        return False
    lock = try_lock(path)
    if lock is None:
        return True
    os.close(lock)
    return False
