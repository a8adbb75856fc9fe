"""`proximal serve`: Postgres, the web processes and the engine worker, kept alive together and stopped in order."""

import asyncio
import errno
import logging
import os
import shutil
import signal
import socket
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime

from admin.accepting import tally
from admin.bootstrap import prepare
from admin.children import Child, keep
from lrs.database import POOL_SIZE, connect
from lrs.errors import OperatorError, ProximalError
from lrs.metrics import FOLDER as METRICS_FOLDER
from lrs.migrations import require_current
from lrs.postgres import Cluster
from lrs.settings import Settings

_LOG = logging.getLogger(__name__)
PARTS = ("web", "worker")
BACKLOG = 2048
SPARE = 50  # connections beside those of the web processes
PAUSE = 0.1
WILDCARDS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - addresses to call instead
Ready = Callable[[str], Awaitable[None]]


async def supervise(settings: Settings, ready: Ready, *, only: str | None = None) -> None:
    """Serve until cancelled. `ready` is awaited with the server's address once it answers.

    `only` names one of PARTS for machines where each is a service of its own: such a process neither migrates nor
    runs Postgres. Raises OperatorError where a port, folder or database cannot be used.
    """
    if only and not settings.database_url:
        raise OperatorError("Parts served apart share a database: set PROXIMAL_DATABASE_URL.")
    async with AsyncExitStack() as stack:
        listener = stack.enter_context(listen(settings)) if only != "worker" else None
        dsn, cluster = await _database(settings, stack)
        await (_check(dsn) if only else prepare(dsn, settings, now=datetime.now(UTC)))
        environment = _environment(dsn, stack)
        counts = stack.enter_context(tally(settings.web_workers))
        await _run(_children(settings, environment, listener, counts, only), cluster, listener, ready)


def listen(settings: Settings) -> socket.socket:
    """The listening socket that all web processes share."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        return socket.create_server((settings.host, settings.port), family=family, backlog=BACKLOG)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise OperatorError(
                f"Port {settings.port} on {settings.host} is in use: stop what listens there, or set PROXIMAL_PORT."
            ) from error
        raise OperatorError(
            f"Proximal cannot listen on {settings.host}:{settings.port} ({error.strerror or error}): "
            "set PROXIMAL_HOST and PROXIMAL_PORT."
        ) from error


def address_of(listener: socket.socket) -> str:
    return address(*listener.getsockname()[:2])


def address(host: str, port: int) -> str:
    """Where a server that listens on a host is called from the same machine."""
    host = WILDCARDS.get(host, host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


async def _database(settings: Settings, stack: AsyncExitStack) -> tuple[str, Cluster | None]:
    if settings.database_url:
        return settings.database_url, None
    cluster = Cluster(settings.data_dir, {"max_connections": str(SPARE + settings.web_workers * POOL_SIZE)})
    await cluster.start()
    stack.push_async_callback(cluster.stop)
    return cluster.dsn(), cluster


async def _check(dsn: str) -> None:
    connection = await connect(dsn)
    try:
        await require_current(connection)
    finally:
        await connection.close()


def _environment(dsn: str, stack: AsyncExitStack) -> dict[str, str]:
    """The children's: the same database for all, and one folder where they count together."""
    metrics = tempfile.mkdtemp(prefix="proximal-metrics-")
    stack.callback(shutil.rmtree, metrics, ignore_errors=True)
    return {**os.environ, "PROXIMAL_DATABASE_URL": dsn, METRICS_FOLDER: metrics}


def _children(
    settings: Settings, environment: dict[str, str], listener: socket.socket | None, counts: int, only: str | None
) -> list[Child]:
    found = []
    if listener is not None:
        inherited = (listener.fileno(), counts)
        arguments = ("admin.web", "--fd", str(inherited[0]), "--tally", str(counts), "--place")
        places = range(settings.web_workers)
        found += [Child("web", (*arguments, str(place)), environment, inherited) for place in places]
    if only != "web":
        found.append(Child("worker", ("admin.worker",), environment))
    return found


async def _run(children: list[Child], cluster: Cluster | None, listener: socket.socket | None, ready: Ready) -> None:
    answered = asyncio.Event()
    try:
        async with asyncio.TaskGroup() as group:
            for child in children:
                group.create_task(keep(child, ready=answered))
            if cluster is not None:
                group.create_task(_keep_cluster(cluster))
            address = address_of(listener) if listener else ""
            if listener is not None:
                await _answering(listener)
            answered.set()
            await ready(address)
    except* ProximalError as group_error:
        raise group_error.exceptions[0] from None


async def _keep_cluster(cluster: Cluster) -> None:
    """Start Postgres again whenever it ends without being told to."""
    while True:
        await cluster.ended()
        _LOG.warning("Postgres ended and is started again.")
        try:
            await cluster.launch()
        except OperatorError as error:
            _LOG.error("%s", error)
            await asyncio.sleep(1)


async def _answering(listener: socket.socket) -> None:
    """Wait until a web process answers; before, a connection waits in the socket's queue."""
    host, port = listener.getsockname()[:2]
    while True:
        try:
            reader, writer = await asyncio.open_connection(WILDCARDS.get(host, host), port)
            writer.write(b"GET /healthz HTTP/1.1\r\nHost: proximal\r\nConnection: close\r\n\r\n")
            answer = await reader.read()
            writer.close()
            if answer.startswith(b"HTTP/1.1 200"):
                return
        except OSError:
            pass
        await asyncio.sleep(PAUSE)


def run_until_signalled(main: Awaitable[None]) -> None:
    """Run `main`; SIGTERM or SIGINT cancels it once, and it may take its time to end in order."""

    async def signalled() -> None:
        task = asyncio.ensure_future(main)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, task.cancel)
        try:
            await task
        except asyncio.CancelledError:
            _LOG.info("Stopped.")

    asyncio.run(signalled())
