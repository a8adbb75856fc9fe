"""Processes that must not outlive the one that started them."""

import ctypes
import os
import signal
import sys
from collections.abc import Callable

PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None)


def dies_with(parent: int, number: signal.Signals) -> Callable[[], None] | None:
    """For a child between fork and exec (`preexec_fn`): the kernel signals it when `parent` dies, however it dies.

    The signal follows the thread that forks, so fork from the main one. Linux alone has this; None elsewhere.
    """
    if not sys.platform.startswith("linux"):
        return None

    def arm() -> None:
        LIBC.prctl(PR_SET_PDEATHSIG, int(number))
        if os.getppid() != parent:
            os._exit(1)

    return arm
