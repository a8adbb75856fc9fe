"""`proximal doctor`."""

import asyncio
import json

import click

from admin.doctor import Finding, examine
from lrs.settings import Settings, settings_from


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="The findings as one line of JSON.")
def command(as_json: bool) -> None:
    """Look at the settings, the data folder, the database and the port; exit with 1 if anything is wrong."""
    findings = asyncio.run(_all(settings_from()))
    if as_json:
        click.echo(json.dumps([finding.as_json() for finding in findings]))
    else:
        for finding in findings:
            click.echo(f"{'well ' if finding.well else 'WRONG'}  {finding.subject}: {finding.sentence}")
    if not all(finding.well for finding in findings):
        raise click.exceptions.Exit(1)


async def _all(settings: Settings) -> list[Finding]:
    return [finding async for finding in examine(settings)]
