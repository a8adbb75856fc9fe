"""`proximal credentials list · create · revoke`."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import asyncpg
import click

from lrs import accounts, credentials
from lrs.accounts import FIRST_STORE
from lrs.credentials import SCOPES, Credential
from lrs.database import connect
from lrs.errors import NotFound
from lrs.migrations import require_current
from lrs.postgres import database_url
from lrs.settings import settings_from

Result = TypeVar("Result")
store_option = click.option(
    "--store", type=click.IntRange(1, 2**31 - 1), default=FIRST_STORE, show_default=True, help="Number of the store."
)
json_option = click.option("--json", "as_json", is_flag=True, help="The outcome as one line of JSON.")


@click.group("credentials")
def command() -> None:
    """List, make and revoke the credentials with which systems call the store."""


@command.command("list")
@store_option
@json_option
def list_command(store: int, as_json: bool) -> None:
    """Show all credentials of a store, never their secrets."""
    found = with_database(lambda connection: credentials.list_all(connection, store), store)
    if as_json:
        click.echo(json.dumps([_shown(credential) for credential in found]))
        return
    for credential in found:
        scopes = " ".join(sorted(credential.scopes))
        scopes += " (repairs)" if credential.repair else ""
        click.echo(f"{credential.key}  {'revoked' if credential.revoked else 'open':7}  {scopes}  {credential.name}")


@command.command("create")
@click.argument("name")
@click.option("--scope", "scopes", multiple=True, type=click.Choice(list(SCOPES)), help="May be given several times.")
@click.option("--repair", is_flag=True, help="Mend what has one safe reading in statements of this credential.")
@store_option
@json_option
def create_command(name: str, scopes: tuple[str, ...], repair: bool, store: int, as_json: bool) -> None:
    """Make a credential called NAME and print its secret, which is told only this once."""
    credential, secret = with_database(
        lambda connection: credentials.create(connection, store, name, scopes or ("all",), repair=repair), store
    )
    if as_json:
        click.echo(json.dumps({**_shown(credential), "secret": secret}))
    else:
        click.echo(f"key     {credential.key}\nsecret  {secret}\nscopes  {' '.join(sorted(credential.scopes))}")


@command.command("revoke")
@click.argument("key")
@store_option
@json_option
def revoke_command(key: str, store: int, as_json: bool) -> None:
    """Close the credential KEY and its tokens for good."""
    if not with_database(lambda connection: credentials.revoke(connection, store, key), store):
        raise NotFound(f"Store {store} has no open credential {key}.")
    click.echo(json.dumps({"key": key, "revoked": True}) if as_json else f"{key} is revoked.")


def _shown(credential: Credential) -> dict[str, Any]:
    return {
        "key": credential.key,
        "name": credential.name,
        "scopes": sorted(credential.scopes),
        "repair": credential.repair,
        "created": credential.created.isoformat() if credential.created else None,
        "revoked": credential.revoked.isoformat() if credential.revoked else None,
    }


def with_database(
    work: Callable[["asyncpg.Connection[asyncpg.Record]"], Awaitable[Result]], store: int | None = None
) -> Result:
    """Run `work` in one transaction of the settings' database; NotFound where it has no such store."""

    async def run() -> Result:
        async with database_url(settings_from()) as dsn:
            connection = await connect(dsn)
            try:
                await require_current(connection)
                async with connection.transaction():
                    if store is not None and not await accounts.store_exists(connection, store):
                        raise NotFound(f"There is no store {store}; docs/operators.md tells how to make one.")
                    return await work(connection)
            finally:
                await connection.close()

    return asyncio.run(run())
