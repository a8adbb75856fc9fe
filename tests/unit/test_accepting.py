"""Connections are shared evenly by the web processes of a machine."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn

from admin import accepting
from admin.accepting import Server, tally


async def application(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body"})


@asynccontextmanager
async def serving(listener: socket.socket, counts: int, place: int) -> AsyncIterator[Server]:
    config = uvicorn.Config(application, lifespan="off", log_config=None)
    server = Server(config, listener.dup(), counts, place)
    running = asyncio.create_task(server.serve())
    yield server
    server.should_exit = True
    await running


async def asked(address: tuple[str, int]) -> asyncio.StreamWriter:
    """A connection that has been answered and stays open."""
    reader, writer = await asyncio.open_connection(*address)
    writer.write(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n")
    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 204")
    return writer


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as made:
        yield made


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Makes processes wait so long for each other that a slow machine cannot change who takes a connection."""
    return lambda: monkeypatch.setattr(accepting, "PATIENCE_SECONDS", 1.0)


async def test_a_process_leaves_connections_to_those_that_have_fewer(
    listener: socket.socket, patient: Callable[[], None]
) -> None:
    address = listener.getsockname()
    with tally(2) as counts:
        async with asyncio.timeout(30), serving(listener, counts, 0) as first:
            writers = [await asked(address) for _ in range(8)]
            assert len(first.server_state.connections) == 8, "a place that nobody has holds nothing up"
            patient()
            async with serving(listener, counts, 1) as second:
                writers += [await asked(address) for _ in range(8)]
                assert len(first.server_state.connections) == len(second.server_state.connections) == 8
                for writer in writers:
                    writer.close()


async def test_who_has_closed_his_connections_takes_the_next(
    listener: socket.socket, patient: Callable[[], None]
) -> None:
    address = listener.getsockname()
    with tally(2) as counts:
        async with asyncio.timeout(30), serving(listener, counts, 0) as first:
            gone = [await asked(address) for _ in range(4)]
            patient()
            async with serving(listener, counts, 1) as second:
                writers = [await asked(address) for _ in range(4)]
                for writer in gone:
                    writer.close()
                while first.server_state.connections:
                    await asyncio.sleep(0)
                await asyncio.sleep(accepting.PATIENCE_SECONDS)  # it may have been waiting for the other
                writers += [await asked(address) for _ in range(4)]
                assert len(first.server_state.connections) == len(second.server_state.connections) == 4
                for writer in writers:
                    writer.close()


async def test_clients_that_are_gone_before_they_are_accepted_hold_nothing_up(listener: socket.socket) -> None:
    address = listener.getsockname()
    for _ in range(3):
        with socket.create_connection(address) as gone:
            gone.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    with tally(1) as counts:
        async with asyncio.timeout(30), serving(listener, counts, 0) as server:
            (await asked(address)).close()
            while server.server_state.connections:
                await asyncio.sleep(0)


async def test_a_connection_that_cannot_be_served_is_closed_and_the_next_is(
    listener: socket.socket, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    address = listener.getsockname()
    made, left = Server._protocol, [RuntimeError("no protocol")]

    def failing(server: Server) -> asyncio.Protocol:
        if left:
            raise left.pop()
        return made(server)

    monkeypatch.setattr(Server, "_protocol", failing)
    with tally(1) as counts:
        async with asyncio.timeout(30), serving(listener, counts, 0):
            reader, writer = await asyncio.open_connection(*address)
            assert await reader.read() == b""
            writer.close()
            (await asked(address)).close()
    assert "could not be served" in caplog.text
