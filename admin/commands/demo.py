"""`proximal demo`: a server with a course, people and a cohort's record, and what to try on it."""

import asyncio
import os
from datetime import UTC, datetime
from pathlib import Path

import click

from admin.demo.furnishing import furnish
from admin.demo.keys import keys_in
from admin.supervisor import run_until_signalled, supervise
from admin.transfer.endpoint import DEMONSTRATION
from lrs.settings import PREFIX, Settings, settings_from


@click.command("demo")
@click.option("--once", is_flag=True, help="End when all is set up and printed, instead of serving on.")
def command(once: bool) -> None:
    """Run the demonstration on a database of its own (./.proximal-demo unless PROXIMAL_DATA_DIR says otherwise).

    The first time it publishes a course, makes accounts and has a simulated cohort's statements sent over HTTP; after
    that it only starts. Ctrl-C ends it; nothing is lost by running it again.
    """
    run_until_signalled(demonstrate(demonstration_settings(), once=once))


def demonstration_settings() -> Settings:
    """The settings of the environment, with the demonstration's own data folder as the default."""
    return settings_from({PREFIX + "DATA_DIR": str(DEMONSTRATION), **os.environ})


async def demonstrate(settings: Settings, *, once: bool) -> None:
    """Serve, furnish what is missing, print; then go on serving unless `once`."""
    serving = asyncio.current_task()
    keys = keys_in(Path(settings.data_dir), datetime.now(UTC))

    async def ready(server: str) -> None:
        click.echo(await furnish(settings, server, keys))
        if once and serving is not None:
            serving.cancel()
            await asyncio.sleep(0)

    await supervise(settings, ready)
