"""The service's own statements on their way into the record.

They are kept in the transaction of what they tell of, and written afterwards by the way of every statement; written
twice they are one statement. So nothing is told that did not happen, and nothing that happened goes untold.
"""

import json
import logging
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any
from uuid import UUID, uuid4

from lrs import intake
from lrs.context import Context
from lrs.credentials import Credential, default_authority
from lrs.errors import BadRequest, Conflict
from lrs.observers import AnyConnection
from lrs.queries import queries_beside
from lrs.writing import Submission, Writer

_QUERIES = queries_beside(__file__)
VERSION = "1.0.3"
MOST = 200
_log = logging.getLogger(__name__)


async def put(connection: AnyConnection, store_id: int, statement: Mapping[str, Any]) -> None:
    """Keep a statement for delivery; one that waits or is in the record already is not told again."""
    await _QUERIES.put(connection, store_id=store_id, id=UUID(statement["id"]), statement=statement)


async def deliver(context: Context, writer: Writer) -> int:
    """Write what waits, a portion of it; how many statements."""
    async with context.database.lend() as connection:
        rows = [row async for row in _QUERIES.waiting(connection, most=MOST)]
    for store_id in sorted({row["store_id"] for row in rows}):
        mine = [row for row in rows if row["store_id"] == store_id]
        await _write(writer, store_id, [row["statement"] for row in mine])
        await context.database.write(partial(_QUERIES.delivered, store_id=store_id, ids=[row["id"] for row in mine]))
    return len(rows)


async def deliver_at_once(context: Context, writer: Writer) -> None:
    """As `deliver`, for a request that has done its own work: what cannot be delivered now is left to the worker."""
    try:
        await deliver(context, writer)
    except Exception:
        _log.exception("statements wait for the worker to deliver them")


async def _write(writer: Writer, store_id: int, statements: Sequence[Mapping[str, Any]]) -> None:
    """All at once; where one cannot be stored, one by one, and that one is left out with a word in the log."""
    texts = [json.dumps(statement, ensure_ascii=False).encode() for statement in statements]
    try:
        drafts, _ = intake.read(texts, VERSION, _credential(store_id), uuid4)
        await writer.write(Submission(drafts))
    except (BadRequest, Conflict) as error:
        if len(statements) == 1:
            _log.warning("statement %s cannot be stored: %s", statements[0]["id"], error)
            return
        for statement in statements:
            await _write(writer, store_id, [statement])


def _credential(store_id: int) -> Credential:
    authority = default_authority(store_id, "adaptive", "Proximal")
    return Credential(0, store_id, "adaptive", "Proximal", frozenset({"all"}), authority)
