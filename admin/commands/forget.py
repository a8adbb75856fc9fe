"""`proximal forget WHO`."""

import getpass
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from adaptive.subjects import agent_from, checked_agent
from admin.commands.credentials import json_option, store_option, with_database
from admin.forgetting import STAYING, forget

if TYPE_CHECKING:
    import asyncpg


class _Tried(Exception):
    """Ends a trial, so that nothing of it is kept."""


@click.command("forget")
@click.argument("who")
@click.option("--really", is_flag=True, help="Delete it; without this, only what would be deleted is told.")
@store_option
@json_option
def command(who: str, really: bool, store: int, as_json: bool) -> None:
    """Delete all that a store keeps of a person: WHO is an email address, `homePage|name`, or an agent as JSON.

    Statements, documents, estimates, wishes, decisions and a learner's account go, under every identity the person was
    merged with; there is no way back. What others say of the person stays.
    """
    agent = _agent(who)
    counts = with_database(lambda connection: _carried_out(connection, store, agent, really), store)
    if as_json:
        click.echo(json.dumps({"deleted": really, **counts}))
        return
    click.echo("Deleted:" if really else "This would be deleted (add --really to do it):")
    for name, count in counts.items():
        if name not in STAYING and count:
            click.echo(f"  {count:>9,} {name.replace('_', ' ')}")
    if counts["mentions"]:
        click.echo(f"{counts['mentions']:,} statements of others name this person and stay.")
    if counts["staff"]:
        click.echo("The account stays, since it does more than learn; close it at /admin/accounts.")


async def _carried_out(
    connection: "asyncpg.Connection[asyncpg.Record]", store: int, agent: dict[str, Any], really: bool
) -> dict[str, int]:
    counts: dict[str, int] = {}
    try:
        async with connection.transaction():
            counts = await forget(connection, store, agent, author=getpass.getuser(), now=datetime.now(UTC))
            if not really:
                raise _Tried
    except _Tried:
        pass
    return counts


def _agent(who: str) -> dict[str, Any]:
    """Whom the command line names."""
    if who.lstrip().startswith("{"):
        return agent_from(who)
    home, bar, name = who.partition("|")
    return checked_agent({"account": {"homePage": home, "name": name}} if bar else {"mbox": f"mailto:{who}"})
