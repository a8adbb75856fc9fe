"""What our processes ask of the kernel and the interpreter: to end with their parent, to seldom look for garbage."""

import ctypes
import gc
import os
import signal
import sys
from collections.abc import Callable

PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None)
COLLECT_AFTER = 50_000


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


def settle_memory(collect_after: int = COLLECT_AFTER) -> None:
    """What lives until the end is never searched for garbage, and the search for the rest is rarer: it begins when so
    many objects are there that were not."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(collect_after, 20, 20)
