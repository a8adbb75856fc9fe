"""What a process counts of itself, and the page that joins the counts of all processes on this machine.

With PROMETHEUS_MULTIPROC_DIR set (`proximal serve` sets it) every process writes its counts to files there, and any of
them answers for all; without it a process answers for itself.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import cache

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Histogram, generate_latest, multiprocess

from lrs.database import Database
from lrs.errors import Unavailable
from lrs.observers import AnyConnection

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
AREAS = ("xapi", "adaptive", "tutor", "learn", "admin", "static")
REQUESTS = Counter("proximal_http_requests_total", "Requests answered.", ["area", "method", "status"])
SECONDS = Histogram(
    "proximal_http_request_seconds",
    "Time from a request's headers to the end of its answer.",
    ["area", "method"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH")


def observe_request(method: str, path: str, status: int, seconds: float) -> None:
    """Count one request. Labels are of few values: the area is the first part of the path, where it is one of ours."""
    first = path.split("/", 2)[1] if "/" in path else ""
    area = first if first in AREAS else "other"
    method = method if method in METHODS else "other"
    requests, times = _counts(area, method, status)
    requests.inc()
    times.observe(seconds)


@cache
def _counts(area: str, method: str, status: int) -> tuple[Counter, Histogram]:
    return REQUESTS.labels(area, method, str(status)), SECONDS.labels(area, method)


@dataclass(frozen=True, slots=True)
class Measure:
    """A number that the database knows, asked for when the page is."""

    name: str
    help: str
    value: Callable[[AnyConnection], Awaitable[float]]

    def line(self, value: float) -> str:
        return f"# HELP {self.name} {self.help}\n# TYPE {self.name} gauge\n{self.name} {value}\n"


UP = Measure("proximal_database_up", "1 while the database answers.", lambda connection: asyncio.sleep(0, 1.0))


async def measured(database: Database, measures: Sequence[Measure]) -> bytes:
    """What the database knows, in Prometheus's text format; only that it is away while it is."""
    try:
        async with database.read() as connection:
            lines = [measure.line(await measure.value(connection)) for measure in (UP, *measures)]
    except Unavailable:
        lines = [UP.line(0.0)]
    return "".join(lines).encode()


def exposition() -> bytes:
    """All counts of processes in Prometheus's text format."""
    if FOLDER not in os.environ:
        return generate_latest(REGISTRY)
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry)
