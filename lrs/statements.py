"""The statements of a store: written in bulk, read by id or in order. Searches are in lrs.search."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any, NamedTuple
from uuid import UUID

from lrs.formats import timestamp_text
from lrs.observers import AnyConnection, Insertion
from lrs.payloads import unpack
from lrs.queries import queries_beside
from lrs.rows import PLACES, VOIDED_TERM, Draft, inherited, terms_of

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FOLLOWED_MOST = 10
"""References in a row through which a statement matches what their targets match: what a chain hands on grows with the
square of its length and more."""
Unread = tuple[int, str, UUID, str]
"""A statement that an observer could not read: store, observer, statement, error."""
queries = queries_beside(__file__)
BEGIN_WRITE: str = queries.begin_write.sql
CONSISTENT_THROUGH: str = queries.consistent_through.sql
INSERT: str = queries.insert.sql
INSERT_RELATED: str = queries.insert_related.sql
INSERT_REFERENCES: str = queries.insert_references.sql


@dataclass(frozen=True, slots=True)
class Stored:
    """A statement of the record; `text` is its JSON as every reader gets it, `position` its place in the order."""

    position: int
    id: UUID
    text: bytes
    voided: bool


class Placed(NamedTuple):
    """A draft with its place in the record, its packed JSON, and when it was stored."""

    draft: Draft
    position: int
    payload: bytes
    stored: datetime


class Moment:
    """When a batch is stored: `microsecond` since 1970, the same as a datetime and as text."""

    def __init__(self, microsecond: int) -> None:
        self.microsecond = microsecond
        self.stored = moment_of(microsecond)
        self.text = timestamp_text(self.stored)


def moment_of(microsecond: int) -> datetime:
    """Microseconds since 1970 as a datetime."""
    return EPOCH + timedelta(microseconds=microsecond)


def microsecond_of(moment: datetime) -> int:
    """The microseconds since 1970 of an aware datetime."""
    return (moment - EPOCH) // timedelta(microseconds=1)


def stored_at(position: int) -> datetime:
    """The moment that `stored` tells for a position."""
    return moment_of(position >> PLACES)


async def begin_write(connection: AnyConnection, drafts: Iterable[Draft], *, alone: bool) -> tuple[int, bool]:
    """The microsecond that is `stored` in this transaction, and whether earlier references wait for these statements.

    Alone, no other writer is in flight.
    """
    row = await connection.fetchrow(BEGIN_WRITE, alone, [draft.id for draft in drafts if draft.sent_id])
    assert row is not None
    return row["moment"], row["awaited"]


async def consistent_through(connection: AnyConnection) -> datetime:
    """The moment before which every statement that will ever be stored can be read (Communication 2.1.3.s2.b5)."""
    return moment_of(await connection.fetchval(CONSISTENT_THROUGH))


def insertions(rows: Sequence[Placed]) -> list[Insertion]:
    """INSERTs of statements with their related terms and references. UniqueViolationError where one's id is there.

    Rows go in sorted by id, so that two writers of the same ids cannot deadlock.
    """
    ordered = sorted(rows, key=lambda row: (row.draft.store_id, row.draft.id.bytes))
    related = [
        (row.draft.store_id, kind, term, row.draft.verb, row.position)
        for row in ordered
        for kind, term in row.draft.related
    ]
    references = [
        (row.draft.store_id, row.draft.target, row.position, row.draft.voids is not None)
        for row in ordered
        if row.draft.target is not None
    ]
    found = [
        Insertion(INSERT, columns(map(_row, ordered), 9, alike=2)),
        Insertion(INSERT_RELATED, columns(related, 5, alike=2)),
    ]
    return [*found, Insertion(INSERT_REFERENCES, columns(references, 4))] if references else found


def columns(rows: Iterable[Sequence[Any]], count: int, *, alike: int = 0) -> list[Sequence[Any]]:
    """Rows turned into `count` columns, as an INSERT from `unnest` takes them, which fills short ones up with NULL.

    Of the first `alike` columns, which have no NULL, one that is the same in all rows is one element long, and the
    INSERT gives it to all; any other without a value is empty. Each element costs asyncpg a quarter of a microsecond.
    """
    found: list[Sequence[Any]] = list(zip(*rows, strict=True)) or [()] * count
    for place, column in enumerate(found):
        if column and (place < alike or column[0] is None) and column.count(column[0]) == len(column):
            found[place] = column[:1] if place < alike else ()
    return found


def _row(row: Placed) -> tuple[Any, ...]:
    draft = row.draft
    return (
        draft.store_id,
        draft.authority_term,
        row.position,
        draft.actor,
        draft.verb,
        draft.activity,
        draft.id,
        draft.registration,
        row.payload,
    )


async def resolve_references(connection: AnyConnection, rows: Sequence[Placed]) -> None:
    """Void targets and hand terms on, from these statements to their targets and from older references to these."""
    for store_id, group in groupby(sorted(rows, key=lambda row: row.draft.store_id), lambda row: row.draft.store_id):
        placed = list(group)
        own = [row.draft.id for row in placed if row.draft.sent_id]
        targets = [row.draft.target for row in placed if row.draft.target is not None]
        waiting = [row async for row in queries.references_to(connection, store_id=store_id, ids=own)] if own else []
        if not waiting and not targets:
            continue
        ids = sorted({row["target"] for row in waiting if row["voiding"]} | set(targets))
        await queries.void(connection, store_id=store_id, ids=ids, voided_verb=VOIDED_TERM)
        positions = {row["position"] for row in waiting}
        positions |= {row.position for row in placed if row.draft.target is not None}
        await _inherit(connection, store_id, sorted(positions))


async def _inherit(connection: AnyConnection, store_id: int, positions: Sequence[int]) -> None:
    """Statements match what their targets match (Communication 2.1.3.s3): give these, and all that refer to them, the
    terms of everything that they reach."""
    reached_rows = queries.reached(connection, store_id=store_id, positions=positions, most=FOLLOWED_MOST)
    found = [row async for row in reached_rows]
    statements = {row["position"]: row for row in found}
    terms = {position: terms_of(row, unpack(row["payload"])) for position, row in statements.items()}
    rows: list[tuple[int, bool, int, int, int]] = []
    for position, reached in groupby(found, lambda row: row["source"]):
        own, each = statements[position], list(reached)
        matched: set[tuple[int, int]] = set().union(*(terms[row["position"]] for row in each))
        rows += [
            (kind, verb == own["verb"], term, verb, position)
            for kind, term, verb in inherited(own, matched, {row["verb"] for row in each})
        ]
    kinds, main, terms_, verbs, at = columns(rows, 5)
    await queries.insert_inherited(
        connection, store_id=store_id, kinds=kinds, main=main, terms=terms_, verbs=verbs, positions=at
    )


async def missing_targets(connection: AnyConnection, drafts: Iterable[Draft]) -> bool:
    """Whether any of the drafts refers to a statement that the record does not have."""
    targets: dict[int, set[UUID]] = {}
    for draft in drafts:
        if draft.target is not None:
            targets.setdefault(draft.store_id, set()).add(draft.target)
    for store_id, ids in targets.items():
        there = [row async for row in queries.existing_ids(connection, store_id=store_id, ids=sorted(ids))]
        if len(there) < len(ids):
            return True
    return False


async def existing(connection: AnyConnection, store_id: int, ids: Iterable[UUID]) -> dict[UUID, bytes]:
    """The JSON of those of these statements that a store has."""
    rows = queries.existing_payloads(connection, store_id=store_id, ids=sorted(ids))
    return {row["id"]: unpack(row["payload"]) async for row in rows}


async def count_unread(connection: AnyConnection) -> int:
    """How many statements are stored that a side job (such as the evidence reader) could not read."""
    return int(await queries.count_unread(connection))


async def insert_unread(connection: AnyConnection, rows: Sequence[Unread]) -> None:
    """Note statements that an observer could not read."""
    await queries.insert_unread(
        connection,
        stores=[row[0] for row in rows],
        observers=[row[1] for row in rows],
        ids=[row[2] for row in rows],
        errors=[row[3] for row in rows],
    )


async def by_id(connection: AnyConnection, store_id: int, statement_id: UUID) -> Stored | None:
    """One statement, voided or not."""
    row = await queries.by_id(connection, store_id=store_id, id=statement_id)
    return Stored(row["position"], statement_id, unpack(row["payload"]), row["voided"]) if row else None


async def by_ids(connection: AnyConnection, store_id: int, ids: Iterable[UUID]) -> list[Stored]:
    """Those of these statements that a store has, the oldest first, voided ones too."""
    return [_stored(row) async for row in queries.by_ids(connection, store_id=store_id, ids=sorted(ids))]


async def last_heard(connection: AnyConnection, store_id: int, authorities: Iterable[int]) -> dict[int, datetime]:
    """When the newest statement of each of these authorities, by their terms, was stored."""
    rows = queries.latest_positions(connection, store_id=store_id, authorities=list(authorities))
    return {row["authority"]: stored_at(row["position"]) async for row in rows}


async def after(connection: AnyConnection, store_id: int, position: int = 0, *, most: int = 500) -> list[Stored]:
    """Up to so many statements just after a position, in the order they were stored, voided ones too.

    A reader that goes on from the last position must stop at `consistent_through`, or it loses what commits late.
    """
    rows = queries.from_position(connection, store_id=store_id, position=position, most=most)
    return [_stored(row) async for row in rows]


def _stored(row: Any) -> Stored:
    return Stored(row["position"], row["id"], unpack(row["payload"]), row["voided"])
