"""`proximal migrate`."""

import asyncio
import json
from datetime import UTC, datetime

import click

from admin.bootstrap import prepare
from lrs.postgres import database_url
from lrs.settings import Settings, settings_from


@click.command("migrate")
@click.option("--json", "as_json", is_flag=True, help="The outcome as one line of JSON.")
def command(as_json: bool) -> None:
    """Bring the database to this release's schema; doing so again changes nothing.

    Also sees that the credential and the administrator exist whom the settings name.
    """
    applied = asyncio.run(_migrate(settings_from()))
    if as_json:
        click.echo(json.dumps({"applied": applied}))
    else:
        click.echo("\n".join(f"Applied {name}" for name in applied) or "The database is up to date.")


async def _migrate(settings: Settings) -> list[str]:
    async with database_url(settings) as dsn:
        return [migration.name for migration in await prepare(dsn, settings, now=datetime.now(UTC))]
