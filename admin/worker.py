"""One engine worker process: folds evidence and runs jobs until it is told to stop."""

import asyncio
import signal
from importlib import import_module

import uvloop

from adaptive import worker
from admin.composition import open_context
from admin.logs import write_logs
from lrs.processes import settle_memory
from lrs.settings import Settings, settings_from

AUDITOR = "river.drift"
"""Half a second of importing, better before there is work than between two rounds of it."""
PORTION = 500_000
"""Objects: some ten times what a fold makes, all of which lives until it ends."""


async def work(settings: Settings) -> None:
    """Needs `settings.database_url`."""
    assert settings.database_url is not None
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with open_context(settings, settings.database_url, size=6) as context:
        import_module(AUDITOR)
        settle_memory(PORTION)
        await worker.run(context, stop)


def main() -> None:
    write_logs("worker")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(work(settings_from()))


if __name__ == "__main__":
    main()
