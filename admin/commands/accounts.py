"""`proximal accounts list · create · reset-password`."""

import json
import secrets
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from admin.commands.credentials import json_option, store_option, with_database
from admin.supervisor import address
from lrs import accounts, password_links
from lrs.accounts import ROLES, Account, NewAccount
from lrs.errors import NotFound
from lrs.settings import Settings, settings_from

if TYPE_CHECKING:
    import asyncpg


@click.group("accounts")
def command() -> None:
    """List and make people's accounts, and have a password set anew."""


@command.command("list")
@store_option
@json_option
def list_command(store: int, as_json: bool) -> None:
    """Show who may sign in to a store."""
    found = with_database(lambda connection: accounts.of_store(connection, store), store)
    if as_json:
        click.echo(json.dumps([_shown(account) for account in found]))
        return
    for account in found:
        state = "closed" if account.disabled else "open"
        click.echo(f"{account.email}  {state:6}  {' '.join(account.roles)}  {account.name}")


@command.command("create")
@click.argument("email")
@click.option("--name", required=True, help="What to call the person.")
@click.option("--role", "roles", multiple=True, type=click.Choice(list(ROLES)), help="May be given several times.")
@store_option
@json_option
def create_command(email: str, name: str, roles: tuple[str, ...], store: int, as_json: bool) -> None:
    """Make an account for EMAIL (a learner's, unless told) and print the link that sets its first password."""
    now = datetime.now(UTC)

    async def work(connection: "asyncpg.Connection[asyncpg.Record]") -> tuple[Account, str]:
        unknown = secrets.token_urlsafe(32)
        made = await accounts.create(
            connection, NewAccount(store, email, name, roles or ("learner",), unknown), now=now
        )
        return made, await _token(connection, made, now)

    _tell(*with_database(work, store), as_json)


@command.command("reset-password")
@click.argument("email")
@json_option
def reset_command(email: str, as_json: bool) -> None:
    """Print a link with which the person of EMAIL sets a new password; the old one works until they do."""
    now = datetime.now(UTC)

    async def work(connection: "asyncpg.Connection[asyncpg.Record]") -> tuple[Account, str]:
        found = await accounts.by_email(connection, email)
        if found is None:
            raise NotFound(f"Nobody has an account with the address {email}.")
        if found[0].disabled is not None:
            raise NotFound(f"The account of {email} is closed; reopen it first, at /admin/accounts.")
        return found[0], password_links.token(*found, now)

    _tell(*with_database(work), as_json)


async def _token(connection: "asyncpg.Connection[asyncpg.Record]", account: Account, now: datetime) -> str:
    found = await accounts.with_hash(connection, account.store_id, account.id)
    assert found is not None
    return password_links.token(*found, now)


def _tell(account: Account, token: str, as_json: bool) -> None:
    link, until = f"{_base(settings_from())}/set-password?token={token}", password_links.expiry(token)
    if as_json:
        click.echo(json.dumps({**_shown(account), "link": link, "expires": until.isoformat()}))
        return
    click.echo(f"{link}\nIt sets the password of {account.email} once, until {until:%Y-%m-%d %H:%M} UTC.")


def _base(settings: Settings) -> str:
    """The address that people open: the public one, else the one the server listens on."""
    if settings.public_url:
        return settings.public_url.rstrip("/")
    return address(settings.host, settings.port)


def _shown(account: Account) -> dict[str, Any]:
    return {
        "email": account.email,
        "name": account.name,
        "roles": list(account.roles),
        "closed": account.disabled.isoformat() if account.disabled else None,
    }
