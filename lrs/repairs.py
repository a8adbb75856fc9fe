"""What an operator should see of what clients send: statements that repair mode mended, requests that were refused."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from lrs.observers import AnyConnection
from lrs.queries import queries_beside
from lrs.repair import Repair
from lrs.rows import Draft

queries = queries_beside(__file__)


async def record(
    connection: AnyConnection, repairs: Sequence[Repair], drafts: Sequence[Draft], credential_id: int
) -> None:
    """Record what was mended in the drafts of one request."""
    if repairs:
        await queries.insert_repairs(
            connection,
            store_id=drafts[0].store_id,
            credential_id=credential_id,
            ids=[drafts[each.statement].id for each in repairs],
            paths=[each.path.replace("\x00", "") for each in repairs],
            repairs=[each.repair.replace("\x00", "") for each in repairs],
        )


async def latest(connection: AnyConnection, store_id: int, most: int = 100) -> list[dict[str, UUID | str | datetime]]:
    """The newest repairs: statement_id, path, repair, made, key and name of the credential."""
    return [dict(row) async for row in queries.latest_repairs(connection, store_id=store_id, most=most)]


async def note_refusal(connection: AnyConnection, store_id: int, credential_id: int, code: str, message: str) -> None:
    """Count a refused write of a credential under its error code; the last message stays."""
    await queries.note_refusal(
        connection,
        store_id=store_id,
        credential_id=credential_id,
        code=code,
        message=message[:1000].replace("\x00", ""),
    )


async def refusals(connection: AnyConnection, store_id: int) -> list[dict[str, Any]]:
    """What each credential was refused: key, name, code, times, latest, message; the latest first."""
    return [dict(row) async for row in queries.refusals(connection, store_id=store_id)]
