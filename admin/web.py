"""One web process: the application under uvicorn, on a listening socket that its supervisor opened."""

import argparse
import asyncio
import socket

import uvicorn
import uvloop

from admin.accepting import Server
from admin.application import build
from admin.composition import open_context
from admin.logs import write_logs
from admin.wire import Protocol
from lrs.processes import settle_memory
from lrs.settings import Settings, settings_from

DRAIN_SECONDS = 10


async def serve(settings: Settings, listener: socket.socket, tally: int, place: int) -> None:
    """Answer until SIGTERM, then finish what is under way. Needs `settings.database_url`."""
    assert settings.database_url is not None
    async with open_context(settings, settings.database_url) as context:
        config = uvicorn.Config(
            build(context),
            http=Protocol,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=DRAIN_SECONDS,
        )
        settle_memory()
        ahead = asyncio.create_task(context.database.connect_ahead())
        await Server(config, listener, tally, place).serve()
        ahead.cancel()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--fd", type=int, required=True, help="an inherited listening socket")
    parser.add_argument("--tally", type=int, required=True, help="an inherited file (admin.accepting)")
    parser.add_argument("--place", type=int, required=True, help="this process's in the tally")
    given = parser.parse_args()
    listener = socket.socket(fileno=given.fd)
    write_logs("web")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(settings_from(), listener, given.tally, given.place))


if __name__ == "__main__":
    main()
