"""A database as after a restart of its machine: Postgres started anew, its files out of the system's memory."""

import os
from pathlib import Path

from lrs.postgres.cluster import Cluster
from lrs.postgres.source import in_use
from lrs.settings import Settings


def cool(settings: Settings) -> bool:
    """Take the embedded cluster's files out of the page cache while it is stopped; False where it is not ours to stop.

    The system is asked file by file (posix_fadvise), which needs no privilege and leaves other programs' files alone.
    """
    cluster = Cluster(settings.data_dir)
    if settings.database_url or not cluster.data.exists() or in_use(cluster):
        return False
    os.sync()
    for path in cluster.data.rglob("*"):
        if path.is_file():
            _forget(path)
    return True


def _forget(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(descriptor)
