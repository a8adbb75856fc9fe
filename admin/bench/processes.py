"""CPU time by kind of process, from /proc: where a statement's time goes, also on a machine that others use too."""

import os
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

from admin.bench.client import Outcome
from lrs.database import connect

PROC = Path("/proc")
TICKS = os.sysconf("SC_CLK_TCK")
KINDS = {b"admin.web": "web", b"admin.worker": "worker"}
PARENT, OWN, REAPED = 1, (11, 12), (13, 14)
"""Fields of /proc/PID/stat behind the command: the parent, its own user and system ticks, those of ended children."""


async def postmaster(dsn: str) -> int | None:
    """The process id of a database's server, None where it is not on this machine."""
    connection = await connect(dsn)
    try:
        parent = int(_stat(await connection.fetchval("SELECT pg_backend_pid()"))[PARENT])
        return parent if b"postgres" in _command(parent) else None
    except OSError:
        return None
    finally:
        await connection.close()


def cpu_seconds(supervisor: int, database: int | None) -> dict[str, float]:
    """The CPU seconds spent so far by a server's web and worker processes, its Postgres, and this client."""
    spent = defaultdict(float, client=time.process_time())
    for pid in _children(supervisor):
        spent[next((kind for name, kind in KINDS.items() if name in _command(pid)), "other")] += _seconds(pid, OWN)
    if database is not None:
        spent["postgres"] = _seconds(database, OWN + REAPED) + sum(_seconds(pid, OWN) for pid in _children(database))
    return spent


def microseconds_each(
    before: Mapping[str, float], after: Mapping[str, float], outcome: Outcome, batch: int
) -> dict[str, int]:
    """What each statement of a drive took of each kind of process."""
    statements = outcome.answers * batch
    return {kind: round(1e6 * (after[kind] - before.get(kind, 0.0)) / statements) for kind in after}


def peak_memory(supervisor: int) -> int:
    """The most bytes that any of a server's web processes has held."""
    return max((_peak(pid) for pid in _children(supervisor) if b"admin.web" in _command(pid)), default=0)


def _peak(pid: int) -> int:
    lines = (PROC / str(pid) / "status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


def _children(pid: int) -> Iterator[int]:
    return map(int, (PROC / str(pid) / "task" / str(pid) / "children").read_text().split())


def _seconds(pid: int, fields: tuple[int, ...]) -> float:
    try:
        stat = _stat(pid)
    except OSError:  # it has just ended
        return 0.0
    return sum(int(stat[field]) for field in fields) / TICKS


def _stat(pid: int) -> list[str]:
    return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()


def _command(pid: int) -> bytes:
    try:
        return (PROC / str(pid) / "cmdline").read_bytes()
    except OSError:
        return b""
