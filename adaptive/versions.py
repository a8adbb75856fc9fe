"""Numbered versions of the shared parameters: read the current one, walk the earlier ones, publish the next.

A version is the delta to the one before, with a snapshot now and then; version 0 is the engine's priors. Readers keep
the current parameters in memory and catch up by deltas. Every version's digest covers all that led to it, so memory
that does not belong to this database's chain is noticed and read afresh.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from hashlib import blake2b
from typing import Any

import zstandard

from adaptive.engine import Earlier, Former, Parameters, Response, Trace, former, tables
from adaptive.lessons import FORGETFUL, Remembered
from lrs.errors import NotFound
from lrs.observers import AnyConnection
from lrs.queries import queries_beside

_QUERIES = queries_beside(__file__)
_SMALLEST_SNAPSHOT_STEP = 1 << 20
_STEPS = 64
_MOST_FORMER = 16 << 20
_FAR = 64
"""More versions on than this are not walked: the nearest snapshot is nearer."""


@dataclass(slots=True)
class Held:
    """Parameters at a version, in this process's memory. Whoever mutates them moves version and digest along.

    `steps` are the last deltas applied: digest after → digest before and the items changed. `formers` are what the
    last ones overwrote, so that the versions before can be read without the database. `whole_size` is that of the last
    whole parameters that were packed or read here.
    """

    version: int
    digest: bytes
    parameters: Parameters
    steps: dict[bytes, tuple[bytes, set[int]]] = field(default_factory=dict)
    formers: list[Former] = field(default_factory=list)
    frozen: bool = False
    whole_size: int = 0

    def at(self, version: int) -> Parameters | None:
        """The parameters at a version, to be read until the next await; None where it is not remembered."""
        back = self.version - version
        if back == 0:
            return self.parameters
        if version == 0:
            return _priors()
        return Earlier(self.parameters, self.formers[-back:]) if 0 < back <= len(self.formers) else None

    def changed(self, since: bytes) -> set[int] | None:
        """The items that differ from the version with this digest; None where that is no longer known."""
        digest, items = self.digest, set[int]()
        while digest != since:
            if digest not in self.steps:
                return None
            digest, some = self.steps[digest]
            items |= some
        return items


class Follower:
    """Keeps the current parameters of each store; `current` catches up with what has been published since.

    Between the return of `current` and the caller's next await the parameters are exactly at `held.version`.
    """

    def __init__(self) -> None:
        self._held: dict[int, Held] = {}

    async def current(self, connection: AnyConnection, store_id: int) -> Held:
        head = await _QUERIES.head(connection, store_id=store_id)
        if head is None:
            return await self.at_head(connection, store_id, None, None)
        return await self.at_head(connection, store_id, head["version"], head["digest"], frozen=head["frozen"])

    async def at_head(
        self,
        connection: AnyConnection,
        store_id: int,
        version: int | None,
        digest: bytes | None,
        *,
        frozen: bool = False,
    ) -> Held:
        """The parameters at a head that was just read, or at a later one that another task has come to meanwhile."""
        version, digest = version or 0, bytes(digest or b"")
        while True:
            held = self._held.get(store_id)
            if held is None or not _reaches(held, version, digest):
                held = self._held[store_id] = await whole(connection, store_id, version)
            elif held.version < version:
                await self._advance(connection, store_id, held, version)
                continue
            held.frozen = frozen
            return held

    def forget(self, store_id: int) -> None:
        """Drop what is held: after a failed publication it is ahead of the database."""
        self._held.pop(store_id, None)

    async def _advance(self, connection: AnyConnection, store_id: int, held: Held, version: int) -> None:
        start = held.version
        chain = await _chain(connection, store_id, start, version)
        if held.version != start or self._held.get(store_id) is not held:
            return
        if not _belongs(held.digest, chain):
            self._held.pop(store_id)
            return
        for row in chain:
            _advance(held, row)


class Past:
    """Parameters at earlier versions, cheapest when asked in ascending order; those just passed are remembered. All
    replays of one fold share one: to be read until it is asked again."""

    def __init__(self) -> None:
        self._held: Held | None = None

    async def at(self, connection: AnyConnection, store_id: int, version: int) -> Parameters:
        held = self._held
        known = None if held is None else held.at(version)
        if known is not None:
            return known
        if held is None or not 0 <= version - held.version <= _FAR:
            held = self._held = await whole(connection, store_id, version)
        for row in await _chain(connection, store_id, held.version, version):
            _advance(held, row)
        return held.parameters


@cache
def _priors() -> Parameters:
    """Version 0, never to be changed."""
    return Parameters()


async def whole(connection: AnyConnection, store_id: int, version: int) -> Held:
    """The parameters at a version, from the nearest snapshot; the priors at version 0."""
    row = await _QUERIES.last_snapshot(connection, store_id=store_id, until=version)
    held = Held(0, b"", Parameters())
    if row is not None:
        parameters = Parameters.restore(zstandard.decompress(row["snapshot"]))
        held = Held(row["version"], bytes(row["digest"]), parameters, whole_size=len(row["snapshot"]))
    for later in await _chain(connection, store_id, held.version, version):
        _advance(held, later)
    return held


async def publish(
    connection: AnyConnection, store_id: int, held: Held, *, origin: str, responses: int = 0, note: str = ""
) -> int:
    """Publish what has changed in `held` since its version as the next one, and make it current.

    The caller holds the writer's lock (`write_lock`), got `held` from a Follower of its own, and forgets it there
    if the transaction does not commit.
    """
    head = await _QUERIES.head(connection, store_id=store_id)
    delta = zstandard.compress(held.parameters.delta(), 1)
    unsaved = (head["unsaved"] if head else 0) + len(delta)
    snapshot = None
    if unsaved > max(_SMALLEST_SNAPSHOT_STEP, held.whole_size):
        packed = zstandard.compress(held.parameters.snapshot(), 3)
        held.whole_size = len(packed)
        if unsaved > held.whole_size:
            snapshot, unsaved = packed, 0
    held.version += 1
    held.digest = _digest(held.digest, delta)
    held.formers.clear()
    await _insert(connection, store_id, held, origin, note, responses, delta, snapshot, unsaved)
    return held.version


async def activate(
    connection: AnyConnection, store_id: int, parameters: Parameters, *, origin: str, note: str = ""
) -> int:
    """Publish whole parameters (a calibration's, an earlier version's) as the next version, in one step."""
    await _QUERIES.wait_writer(connection, store_id=store_id)
    head = await _QUERIES.head(connection, store_id=store_id)
    snapshot = zstandard.compress(parameters.snapshot(), 3)
    version, before = (head["version"], bytes(head["digest"])) if head else (0, b"")
    held = Held(version + 1, _digest(before, snapshot), parameters)
    await _insert(connection, store_id, held, origin, note, 0, None, snapshot, 0)
    return held.version


async def roll_back(connection: AnyConnection, store_id: int, version: int) -> int:
    """Publish an earlier version again as the next one; what was recorded under the versions between stays valid."""
    await _QUERIES.wait_writer(connection, store_id=store_id)
    head = await _QUERIES.head(connection, store_id=store_id)
    if not 0 <= version <= (head["version"] if head else 0):
        raise NotFound(f"There is no version {version} of the parameters.")
    earlier = await whole(connection, store_id, version)
    return await activate(connection, store_id, earlier.parameters, origin="rollback", note=f"back to {version}")


async def freeze(connection: AnyConnection, store_id: int, *, frozen: bool = True) -> None:
    """Stop (or resume) learning: learners are folded on, against the version that is current."""
    await _QUERIES.set_frozen(connection, store_id=store_id, frozen=frozen)


async def is_frozen(connection: AnyConnection, store_id: int) -> bool:
    head = await _QUERIES.head(connection, store_id=store_id)
    return bool(head and head["frozen"])


async def history(connection: AnyConnection, store_id: int, most: int = 100) -> Sequence[Mapping[str, Any]]:
    """version, published, origin, note, responses, delta_bytes, snapshot_bytes; the newest first."""
    return [dict(row) async for row in _QUERIES.history(connection, store_id=store_id, most=most)]


async def write_lock(connection: AnyConnection, store_id: int) -> bool:
    """Become the one writer until the transaction ends; False where another is."""
    return bool(await _QUERIES.lock_writer(connection, store_id=store_id))


async def wait_write_lock(connection: AnyConnection, store_id: int) -> None:
    """Become the one writer, however long another takes."""
    await _QUERIES.wait_writer(connection, store_id=store_id)


@asynccontextmanager
async def learning_paused(connection: AnyConnection, store_id: int) -> AsyncIterator[None]:
    """Be the one writer over several transactions, all on this connection: lessons wait, folds go on."""
    await _QUERIES.lock_writer_on(connection, store_id=store_id)
    try:
        yield
    finally:
        await _QUERIES.unlock_writer(connection, store_id=store_id)


async def waiting_lessons(connection: AnyConnection, store_id: int) -> list[int]:
    """Folds whose lessons are on the queue, by id."""
    return [row["id"] async for row in _QUERIES.waiting_lessons(connection, store_id=store_id)]


async def drop_lessons(connection: AnyConnection, store_id: int, ids: Sequence[int]) -> None:
    """Take the lessons of folds off the queue unlearnt: what they tell has been learnt in another way."""
    await _QUERIES.drop_lessons(connection, store_id=store_id, ids=ids)


async def learning_stores(connection: AnyConnection) -> list[int]:
    """Stores whose parameters have something to learn from evidence or from a new catalogue's labels."""
    return [row["store_id"] async for row in _QUERIES.learning_stores(connection)]


async def take_lessons(
    connection: AnyConnection, store_id: int, most: int, remembered: Remembered = FORGETFUL
) -> list[tuple[Response, Trace]]:
    """The oldest lessons in fold order, `most` or the rest of a fold more, taken off the queue in the caller's
    transaction."""
    rows = [row async for row in _QUERIES.take_lessons(connection, store_id=store_id, most=most)]
    return [lesson for row in sorted(rows, key=lambda row: row["id"]) for lesson in remembered.unpacked(row["data"])]


async def labelled(connection: AnyConnection, store_id: int) -> int:
    """The catalogue's version whose difficulty labels are in the parameters."""
    head = await _QUERIES.head(connection, store_id=store_id)
    return head["labelled"] if head else 0


async def set_labelled(connection: AnyConnection, store_id: int, catalogue_version: int) -> None:
    await _QUERIES.set_labelled(connection, store_id=store_id, labelled=catalogue_version)


async def _insert(
    connection: AnyConnection,
    store_id: int,
    held: Held,
    origin: str,
    note: str,
    responses: int,
    delta: bytes | None,
    snapshot: bytes | None,
    unsaved: int,
) -> None:
    await _QUERIES.insert_version(
        connection,
        store_id=store_id,
        version=held.version,
        origin=origin,
        note=note,
        responses=responses,
        delta=delta,
        snapshot=snapshot,
        digest=held.digest,
    )
    await _QUERIES.move_head(connection, store_id=store_id, version=held.version, digest=held.digest, unsaved=unsaved)


async def _chain(connection: AnyConnection, store_id: int, after: int, until: int) -> list[Mapping[str, Any]]:
    if after >= until:
        return []
    return [row async for row in _QUERIES.chain(connection, store_id=store_id, after=after, until=until)]


def _advance(held: Held, row: Mapping[str, Any]) -> None:
    if row["delta"] is None:
        held.parameters = Parameters.restore(zstandard.decompress(row["snapshot"]))
        held.whole_size = len(row["snapshot"])
        held.steps.clear()
        held.formers.clear()
    else:
        delta = tables(zstandard.decompress(row["delta"]))
        held.formers.append(former(held.parameters, delta))
        changed = held.parameters.apply(delta)
        held.steps[bytes(row["digest"])] = held.digest, changed
        if len(held.steps) > _STEPS:
            del held.steps[next(iter(held.steps))]
        while sum(each.size for each in held.formers) > _MOST_FORMER:
            del held.formers[0]
    held.version, held.digest = row["version"], bytes(row["digest"])


def _reaches(held: Held, version: int, digest: bytes) -> bool:
    """Whether what is held is at a head, has come past it, or is earlier and may be led on to it.

    Version 0 is that of any database: what has come past it may be another's.
    """
    if held.version <= version:
        return held.version < version or held.digest == digest
    return version > 0 and held.changed(digest) is not None


def _belongs(digest: bytes, chain: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the chain goes on from what has this digest."""
    if not chain:
        return False
    first = chain[0]
    return _digest(digest, first["snapshot"] if first["delta"] is None else first["delta"]) == bytes(first["digest"])


def _digest(before: bytes, payload: bytes) -> bytes:
    return blake2b(before + payload, digest_size=16).digest()
