"""The contents of attachments (xAPI Data 2.4.11): each kept once by its hash, in parts, so that they stream."""

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from typing import IO

from lrs.database import Database
from lrs.observers import AnyConnection
from lrs.queries import queries_beside

PART_OCTETS = 262_144
queries = queries_beside(__file__)


@dataclass(frozen=True, slots=True)
class Attachment:
    """A received attachment whose hash has been checked; `content` is read from its start."""

    store_id: int
    sha2: str
    length: int
    content: IO[bytes]


async def keep(connection: AnyConnection, attachments: Sequence[Attachment]) -> None:
    """Store contents that the store does not have, sorted by hash."""
    for each in sorted(attachments, key=lambda attachment: attachment.sha2):
        key = bytes.fromhex(each.sha2)
        row = await queries.insert_attachment(connection, store_id=each.store_id, sha2=key, length=each.length)
        if row is None:
            continue
        each.content.seek(0)
        part = 0
        while content := each.content.read(PART_OCTETS):
            await queries.insert_part(connection, store_id=each.store_id, sha2=key, part=part, content=content)
            part += 1


async def lengths(connection: AnyConnection, store_id: int, hashes: Iterable[str]) -> dict[str, int]:
    """The octets of those of these attachments (hex of their hashes) that a store has."""
    keys = sorted({bytes.fromhex(each) for each in hashes})
    return {
        row["sha2"].hex(): row["length"] async for row in queries.lengths(connection, store_id=store_id, hashes=keys)
    }


async def stream(database: Database, store_id: int, sha2: str, length: int) -> AsyncIterator[bytes]:
    """An attachment's content part by part; no connection is held between parts, so a slow reader costs none."""
    for part in range(-(-length // PART_OCTETS)):
        async with database.read() as connection:
            content = await queries.part(connection, store_id=store_id, sha2=bytes.fromhex(sha2), part=part)
        yield content
