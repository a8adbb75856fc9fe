"""A uvicorn server that shares connections evenly with the other web processes of its machine.

Processes that wait on one listening socket race for what comes, and who wins takes all there is. Of sixteen senders one
process then has fourteen, while a core and the other's transactions are idle.
"""

import asyncio
import logging
import mmap
import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn

PATIENCE_SECONDS = 0.002
"""How long a process with more connections than another leaves one to be taken there."""
PAUSE_SECONDS = 1.0
log = logging.getLogger(__name__)


@contextmanager
def tally(processes: int) -> Iterator[int]:
    """The descriptor of a file where so many processes count their connections, each at its place."""
    with tempfile.TemporaryFile() as file:
        file.truncate(processes * 8)
        yield file.fileno()


class _Open(set[Any]):
    """The open connections of a process, counted where all can see it."""

    def __init__(self, descriptor: int, place: int) -> None:
        self._counts = memoryview(mmap.mmap(descriptor, 0)).cast("q")
        self._place = place
        self._counts[place] = 0

    def add(self, connection: Any) -> None:
        super().add(connection)
        self._counts[self._place] = len(self)

    def discard(self, connection: Any) -> None:
        super().discard(connection)
        self._counts[self._place] = len(self)

    @property
    def most(self) -> bool:
        """Whether another process has fewer."""
        return len(self) > min(self._counts)


class Server(uvicorn.Server):
    """Serves at a place among processes that share a listening socket and a tally."""

    def __init__(self, config: uvicorn.Config, listener: socket.socket, descriptor: int, place: int) -> None:
        super().__init__(config)
        self._listener = listener
        self._open = _Open(descriptor, place)
        self.server_state.connections = self._open

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=[])
        self._listener.setblocking(False)
        self._accepting = asyncio.create_task(self._accept())

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._accepting.cancel()
        await super().shutdown(sockets=[self._listener])

    async def _accept(self) -> None:
        while True:
            await _readable(self._listener)
            if self._open.most:
                await asyncio.sleep(PATIENCE_SECONDS)
            try:
                connection, _ = self._listener.accept()
            except (BlockingIOError, ConnectionError):
                continue  # another process took it, or the client is gone
            except OSError as error:
                log.error("no connection can be accepted: %s", os.strerror(error.errno or 0))
                await asyncio.sleep(PAUSE_SECONDS)
                continue
            try:
                await asyncio.get_running_loop().connect_accepted_socket(self._protocol, connection)
            except Exception:
                log.exception("a connection could not be served")
                connection.close()

    def _protocol(self) -> asyncio.Protocol:
        made: Any = self.config.http_protocol_class
        return made(config=self.config, server_state=self.server_state, app_state=self.lifespan.state)  # type: ignore[no-any-return]


async def _readable(listener: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    offered: asyncio.Future[None] = loop.create_future()
    loop.add_reader(listener, _note, offered)
    try:
        await offered
    finally:
        loop.remove_reader(listener)


def _note(offered: asyncio.Future[None]) -> None:
    if not offered.done():
        offered.set_result(None)
