"""One log format for all processes, on stderr."""

import logging
import os


def write_logs(process: str, level: int = logging.INFO) -> None:
    """Log lines name the process they come from."""
    form = f"%(asctime)s %(levelname)s {process}[{os.getpid()}] %(name)s: %(message)s"
    logging.basicConfig(level=level, format=form)
    for noisy in ("httpx", "httpcore", "uvicorn.error"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
