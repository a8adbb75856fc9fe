"""`proximal serve`."""

import click

from admin.logs import write_logs
from admin.supervisor import PARTS, run_until_signalled, supervise
from lrs.settings import settings_from


@click.command("serve")
@click.option("--only", type=click.Choice(PARTS), help="Run one part, for machines where each is its own service.")
def command(only: str | None) -> None:
    """Run the store until it is told to stop: Postgres (unless PROXIMAL_DATABASE_URL names one), web, worker."""
    write_logs("serve")

    async def ready(address: str) -> None:
        click.echo(f"Proximal answers at {address}" if address else "The engine worker is at work.")

    run_until_signalled(supervise(settings_from(), ready, only=only))
