"""Which processes use a data folder: advisory file locks, which outlive neither their holders nor a reused pid."""

import fcntl
import os
import signal
from pathlib import Path


def try_lock(path: Path) -> int | None:
    """Lock the file without waiting; the descriptor, or None where another process holds it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def write_holder(descriptor: int) -> None:
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)


def holder(path: Path) -> str:
    """The process id the lock's holder wrote, or "unknown"."""
    try:
        return path.read_text().strip() or "unknown"
    except OSError:
        return "unknown"


def processes_in(folder: Path) -> list[int]:
    """Live processes whose working folder is `folder`, as every Postgres process's is. Zombies have none."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if (entry / "cwd").readlink() == folder:
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def send(processes: list[int], number: signal.Signals) -> None:
    for process in processes:
        try:
            os.kill(process, number)
        except ProcessLookupError:
            continue
