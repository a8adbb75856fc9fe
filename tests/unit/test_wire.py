"""What is written in one turn leaves in one packet, and nothing is held back, lost or sent after the end."""

import asyncio
from typing import Any, cast

from admin.wire import HELD_MOST, Joining


class Recording:
    def __init__(self) -> None:
        self.packets: list[bytes] = []
        self.closed = False

    def write(self, data: bytes) -> None:
        assert not self.closed
        self.packets.append(data)

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True

    def get_extra_info(self, name: str) -> str:
        return name


def joining() -> tuple[Joining, Recording]:
    recording = Recording()
    return Joining(cast(Any, recording)), recording


async def test_head_and_body_are_one_packet_of_their_turn() -> None:
    wire, recording = joining()
    wire.write(b"head")
    wire.write(b"")
    wire.write(b"body")
    assert recording.packets == []
    await asyncio.sleep(0)
    assert recording.packets == [b"headbody"]
    wire.write(b"next")
    await asyncio.sleep(0)
    assert recording.packets == [b"headbody", b"next"]


async def test_a_large_answer_is_not_gathered_in_memory() -> None:
    wire, recording = joining()
    wire.write(b"head")
    wire.write(b"x" * HELD_MOST)
    assert recording.packets == [b"head" + b"x" * HELD_MOST]
    await asyncio.sleep(0)
    assert len(recording.packets) == 1


async def test_an_answer_goes_before_its_connection_closes() -> None:
    wire, recording = joining()
    wire.write(b"last")
    wire.close()
    assert (recording.packets, recording.closed) == ([b"last"], True)
    wire.write(b"too late")
    await asyncio.sleep(0)
    assert recording.packets == [b"last"]


async def test_all_else_is_asked_of_the_transport() -> None:
    wire, _ = joining()
    assert wire.get_extra_info("peername") == "peername"
