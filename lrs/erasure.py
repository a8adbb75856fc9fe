"""Taking a person out of the record: their own statements with all that was kept of them, documents, name and account.

Statements are otherwise immutable; this is an operator's deliberate act, on record itself. What others say of the
person stays theirs: it is counted, not changed. Nothing here commits.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from lrs.observers import AnyConnection
from lrs.payloads import unpack
from lrs.queries import queries_beside

_QUERIES = queries_beside(__file__)
_SHA2 = re.compile(rb'"sha2"\s*:\s*"([0-9a-fA-F]{64})"')
PAGE = 2000


@dataclass(frozen=True, slots=True)
class Erased:
    """How many rows of each kind are gone, and which statements."""

    counts: Mapping[str, int]
    statements: Sequence[UUID]


async def erase(connection: AnyConnection, store_id: int, agent_ids: Sequence[int]) -> Erased:
    """Delete the record of a person, who is all these agents. `mentions` counts statements of others that name them,
    `staff` accounts that do more than learn: both stay."""
    positions, ids, hashes = await _own(connection, store_id, agent_ids)
    whom = {"store_id": store_id, "agent_ids": list(agent_ids)}
    which = {"positions": positions, "ids": ids}
    mentions = await _QUERIES.mentions(connection, **whom, **which)
    staff = await _QUERIES.staff(connection, **whom)
    counts = dict(await _QUERIES.erase(connection, **whom, **which))
    attachments = await _attachments(connection, store_id, hashes)
    return Erased({**counts, "attachments": attachments, "mentions": mentions, "staff": staff}, ids)


async def keep(
    connection: AnyConnection,
    store_id: int,
    keys: Sequence[str],
    counts: Mapping[str, int],
    *,
    author: str,
    now: datetime,
) -> None:
    """Put an erasure on record; of whom, only as the SHA-256 of each agent's key (lrs.agents)."""
    subjects = [sha256(key.encode()).digest() for key in keys]
    await _QUERIES.keep(connection, store_id=store_id, made=now, author=author, subjects=subjects, counts=dict(counts))


async def _own(
    connection: AnyConnection, store_id: int, agent_ids: Sequence[int]
) -> tuple[list[int], list[UUID], set[bytes]]:
    """Positions and ids of the person's own statements, and the hashes of what is attached to them."""
    positions: list[int] = []
    ids: list[UUID] = []
    hashes: set[bytes] = set()
    while True:
        after = positions[-1] if positions else -1
        page = _QUERIES.own(connection, store_id=store_id, agent_ids=list(agent_ids), after=after, most=PAGE)
        rows = [row async for row in page]
        for row in rows:
            positions.append(row["position"])
            ids.append(row["id"])
            hashes |= _attached(row["payload"])
        if len(rows) < PAGE:
            return positions, ids, hashes


async def _attachments(connection: AnyConnection, store_id: int, hashes: set[bytes]) -> int:
    """Delete contents that no statement left has; the whole store is looked through where there are any."""
    left, after = set(hashes), -1
    await _QUERIES.lock_attachments(connection, store_id=store_id, hashes=list(left))
    while left:
        rows = [row async for row in _QUERIES.rest(connection, store_id=store_id, after=after, most=PAGE)]
        for row in rows:
            left -= _attached(row["payload"])
        if len(rows) < PAGE:
            break
        after = rows[-1]["position"]
    return int(await _QUERIES.erase_attachments(connection, store_id=store_id, hashes=list(left))) if left else 0


def _attached(payload: bytes) -> set[bytes]:
    return {bytes.fromhex(found.decode()) for found in _SHA2.findall(unpack(payload))}
