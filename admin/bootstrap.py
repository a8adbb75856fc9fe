"""What a database needs before anybody is served: the schema, and what the settings say shall exist."""

from collections.abc import Sequence
from datetime import datetime

import asyncpg

from lrs import accounts, credentials
from lrs.accounts import FIRST_STORE
from lrs.database import connect
from lrs.errors import OperatorError, ProximalError
from lrs.migrations import Migration, migrate
from lrs.settings import Settings


async def prepare(dsn: str, settings: Settings, *, now: datetime) -> Sequence[Migration]:
    """Migrate, then see that the first credential and the first administrator exist; the migrations applied."""
    connection = await connect(dsn)
    try:
        applied = await migrate(connection)
        async with connection.transaction():
            await _first_credential(connection, settings)
            await _first_administrator(connection, settings, now)
    finally:
        await connection.close()
    return applied


async def _first_credential(connection: "asyncpg.Connection[asyncpg.Record]", settings: Settings) -> None:
    key, secret = settings.bootstrap_key, settings.bootstrap_secret
    if key is None and secret is None:
        return
    if key is None or secret is None:
        raise OperatorError(
            "PROXIMAL_BOOTSTRAP_KEY and PROXIMAL_BOOTSTRAP_SECRET belong together: set both or neither."
        )
    with_secret = secret.get_secret_value()
    try:
        await credentials.ensure(connection, FIRST_STORE, key, with_secret, name="bootstrap", scopes=("all",))
    except ProximalError as error:
        raise OperatorError(f"PROXIMAL_BOOTSTRAP_KEY cannot be used: {error.message}") from error


async def _first_administrator(
    connection: "asyncpg.Connection[asyncpg.Record]", settings: Settings, now: datetime
) -> None:
    if (settings.admin_email is None) != (settings.admin_password is None):
        raise OperatorError("PROXIMAL_ADMIN_EMAIL and PROXIMAL_ADMIN_PASSWORD belong together: set both or neither.")
    try:
        await accounts.ensure_administrator(connection, settings, now=now)
    except ProximalError as error:
        raise OperatorError(f"The first administrator cannot be made: {error.message}") from error
