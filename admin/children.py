"""Processes that are started again when they die."""

import asyncio
import logging
import os
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lrs.errors import OperatorError
from lrs.processes import dies_with

_LOG = logging.getLogger(__name__)
FIRST_PAUSE = 0.1
LONGEST_PAUSE = 10.0
STEADY_SECONDS = 10.0
PATIENCE = 5
STOP_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Child:
    """A Python module to run as a process; `descriptors` are inherited."""

    name: str
    arguments: Sequence[str]
    environment: Mapping[str, str]
    descriptors: Sequence[int] = ()

    async def start(self) -> Process:
        """The process has a session of its own (a terminal's Ctrl-C is for the supervisor) and dies with us."""
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            *self.arguments,
            stdin=asyncio.subprocess.DEVNULL,
            env=dict(self.environment),
            pass_fds=tuple(self.descriptors),
            start_new_session=True,
            preexec_fn=dies_with(os.getpid(), signal.SIGKILL),
        )


async def keep(child: Child, *, ready: asyncio.Event) -> None:
    """Run a child for ever, pausing longer each time it dies young; stop it when cancelled.

    Before `ready`, PATIENCE early deaths in a row are an OperatorError: the installation, not an accident.
    """
    pause, deaths = FIRST_PAUSE, 0
    clock = asyncio.get_running_loop().time
    while True:
        process, began = await child.start(), clock()
        try:
            code = await process.wait()
        except asyncio.CancelledError:
            await end(process)
            raise
        if clock() - began > STEADY_SECONDS:
            pause, deaths = FIRST_PAUSE, 0
        deaths += 1
        if deaths >= PATIENCE and not ready.is_set():
            raise OperatorError(f"The {child.name} process does not start; its last message is above.")
        _LOG.warning("The %s process %d ended (%d) and is started again.", child.name, process.pid, code)
        await asyncio.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE)


async def end(process: Process) -> None:
    """Ask a process to finish what it does; kill it when it takes too long."""
    if process.returncode is not None:
        return
    process.terminate()
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
