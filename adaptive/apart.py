"""Long computations in a process of their own, at low priority, so that no request and no fold waits for them."""

import asyncio
import os
import pickle
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from typing import Any, BinaryIO, TypeVar

from lrs.processes import dies_with

Argument = TypeVar("Argument")
Result = TypeVar("Result")
Told = Callable[[str], None]
NICENESS = 10
_SIZE = 8


class Interrupted(RuntimeError):
    """The process ended without a result; what it said is on standard error."""


async def apart(work: Callable[[Argument, Told], Result], argument: Argument, told: Told) -> Result:
    """`work(argument, told)` in another process; `work` is a function of a module, argument and result can be pickled.

    `told` hears here what it is told there. Cancelled, it ends the process. An exception there is Interrupted here.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", __name__, stdin=PIPE, stdout=PIPE, preexec_fn=dies_with(os.getpid(), signal.SIGKILL)
    )
    try:
        result: Result = await _answer(process, pickle.dumps((work, argument)), told)
        return result
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _answer(process: Process, question: bytes, told: Told) -> Any:
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(question)
        await process.stdin.drain()
        process.stdin.close()
        while True:
            size = int.from_bytes(await process.stdout.readexactly(_SIZE), "big")
            done, said = pickle.loads(await process.stdout.readexactly(size))  # noqa: S301 - our own process
            if done:
                return said
            told(said)
    except (asyncio.IncompleteReadError, ConnectionError):
        raise Interrupted("A computation apart ended without a result; the reason is on standard error.") from None


def _say(stream: BinaryIO, done: bool, said: object) -> None:
    message = pickle.dumps((done, said))
    stream.write(len(message).to_bytes(_SIZE, "big") + message)
    stream.flush()


def main() -> None:
    """The other side: a pickled (work, argument) on standard input, messages on standard output."""
    os.nice(NICENESS)
    work, argument = pickle.load(sys.stdin.buffer)  # noqa: S301 - from the process that started this one
    out = sys.stdout.buffer
    _say(out, True, work(argument, lambda said: _say(out, False, said)))


if __name__ == "__main__":
    main()
