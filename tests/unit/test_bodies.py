"""Bodies as the xAPI receives them: whole, bounded, and little in memory as long as they are on their way."""

import tracemalloc
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.types import Message

from lrs.errors import TooLarge, Unavailable
from lrs.resources.call import COMING_MOST, Call
from lrs.resources.interface import NOBODY
from lrs.resources.room import Room

CHUNK = 65_536
LIMIT = 8 * COMING_MOST


def call_of(length: int, room: Room, seen: list[int]) -> Call:
    """A request with a body of so many octets; `seen` gets what is in memory as each part of it is asked for."""
    left = length

    async def receive() -> Message:
        nonlocal left
        seen.append(tracemalloc.get_traced_memory()[0])
        part = min(left, CHUNK)
        left -= part
        return {"type": "http.request", "body": b"x" * part, "more_body": left > 0}

    context: Any = SimpleNamespace(settings=SimpleNamespace(body_limit=LIMIT))
    writer: Any = None
    return Call(context, writer, room, "POST", "/statements", "/xapi", {}, {}, receive, "2.0.0", NOBODY)


@pytest.mark.parametrize("length", [0, 5, CHUNK, COMING_MOST, COMING_MOST + 1, LIMIT])
async def test_a_body_is_whole_and_most_of_a_large_one_is_not_in_memory_while_it_comes(length: int) -> None:
    seen: list[int] = []
    call = call_of(length, Room(), seen)
    tracemalloc.start()
    try:
        assert await call.body() == b"x" * length
    finally:
        tracemalloc.stop()
    assert max(seen) < COMING_MOST + 4 * CHUNK
    assert call.held == length


async def test_a_body_over_the_limit_is_refused() -> None:
    with pytest.raises(TooLarge):
        await call_of(LIMIT + 1, Room(), []).body()


async def test_bodies_find_room_until_it_is_taken() -> None:
    room = Room(CHUNK)
    large = call_of(LIMIT, room, [])
    await large.body()
    with pytest.raises(Unavailable) as refused:
        await call_of(1, room, []).body()
    assert refused.value.headers == {"Retry-After": "1"}
    room.leave(large.held)
    assert await call_of(1, room, []).body() == b"x"
