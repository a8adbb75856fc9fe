"""A place in the fold order is one value, which sorts as what it is made of and tells its moment exactly; and a row is
marked where it lies in its table, if it is that row."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random
from uuid import UUID

import asyncpg
import pytest

from adaptive import saving
from adaptive.evidence import EARLIEST, LATEST
from adaptive.pieces import Piece, datetime_at, moment_of, seconds_at
from adaptive.saving import Mark
from lrs.database import Database
from lrs.migrations import migrate, migrations
from lrs.observers import AnyConnection
from tests.integration.learners import STORE, Record, answers

PLACE = "SELECT place_of($1::timestamptz, $2::timestamptz, $3::integer, $4::uuid)"


async def test_places_sort_as_the_columns_they_are_made_of(dsn: str) -> None:
    connection, rng = await asyncpg.connect(dsn), Random(3)
    moments = [EARLIEST, datetime(1999, 12, 31, 23, 59, 59, 999_999, UTC), datetime(2000, 1, 1, tzinfo=UTC), LATEST]
    moments += [EARLIEST + rng.random() * (LATEST - EARLIEST) for _ in range(20)]
    keys = [
        (rng.choice(moments), rng.choice(moments[-3:]), rng.randrange(3), UUID(int=rng.getrandbits(128)))
        for _ in range(300)
    ]
    places = {await connection.fetchval(PLACE, *key): key for key in keys}
    for one, other in pairwise(sorted(places)):
        assert places[one] < places[other]
    for place, (moment, stored, *_) in places.items():
        assert datetime_at(moment_of(place)) == moment
        assert datetime_at(moment_of(place[8:])) == stored
        assert seconds_at(moment_of(place)) == moment.timestamp()
    await connection.close()


async def test_rows_are_marked_where_they_lie_all_or_none(database: Database) -> None:
    await Record(database).write(*answers(["ann"], 3))
    query = "SELECT ctid, statement_id, agent_id, version, prediction FROM evidence ORDER BY ctid"

    async def mark(connection: AnyConnection, moved: int) -> None:
        found = await connection.fetch(query)
        ids = [row["statement_id"].bytes for row in found[moved:] + found[:moved]]
        rows = [
            Piece(row[2], bytes(20) + key, row[0], 7, 1, 1, 1.0, None, 0, None, None, [], [])
            for row, key in zip(found, ids, strict=True)
        ]
        await saving.mark(connection, STORE, [Mark(row, 4, None, None, False) for row in rows])

    with pytest.raises(RuntimeError, match="of 3 rows of evidence 0 are where they were"):
        await database.write(lambda connection: mark(connection, 1))
    async with database.read() as connection:
        assert [row["version"] for row in await connection.fetch(query)] == [None] * 3
    await database.write(lambda connection: mark(connection, 0))
    async with database.read() as connection:
        assert [(row["version"], row["prediction"]) for row in await connection.fetch(query)] == [(4, None)] * 3


async def test_learners_and_checkpoints_of_before_keep_their_places(empty_dsn: str) -> None:
    connection, last = await asyncpg.connect(empty_dsn), "last_timestamp, last_stored, last_position, last_statement_id"
    key = (datetime(2026, 1, 2, 3, 4, 5, 678_901, UTC), datetime(2026, 1, 3, tzinfo=UTC), 2, UUID(int=7))
    earlier = (key[0] - timedelta(days=9), *key[1:])
    await migrate(connection, [each for each in migrations() if each.number < 21])
    await connection.execute(
        f"INSERT INTO learners (store_id, learner_id, state, skills, version, responses, {last}, updated)"
        " VALUES (1, 5, 'state', 'skills', 3, 9, $1, $2, $3, $4, $1)",
        *key,
    )
    await connection.execute(
        f"INSERT INTO checkpoints (store_id, learner_id, slot, state, skills, {last})"
        " VALUES (1, 5, 3, 'then', 'some', $1, $2, $3, $4)",
        *earlier,
    )
    await migrate(connection)
    learner, checkpoint = [await connection.fetch(f"SELECT * FROM {table}") for table in ("learners", "checkpoints")]
    place = await connection.fetchval(PLACE, *key)
    assert [tuple(row) for row in learner] == [(1, 5, b"state", b"skills", 3, 9, place, key[0])]
    place = await connection.fetchval(PLACE, *earlier)
    assert [tuple(row) for row in checkpoint] == [(1, 5, 3, b"then", b"some", place)]
    await connection.close()
