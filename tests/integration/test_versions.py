"""Versions of the shared parameters: one writer, many readers, every version again exactly."""

import asyncio
from datetime import timedelta
from operator import attrgetter
from typing import Any

import pytest

from adaptive import heads, versions
from adaptive.engine import Parameters
from adaptive.engine.parameters import Shared
from adaptive.engine.slots import HISTORY_SLOTS
from adaptive.folding import catch_up, fold_learners
from adaptive.learning import learn_next
from adaptive.versions import Follower, Past, activate, history, roll_back, whole
from lrs.database import Database
from lrs.errors import NotFound
from lrs.observers import AnyConnection
from tests.integration.learners import START, STORE, Record, agent_id, answer, answers


@pytest.fixture
def record(database: Database) -> Record:
    return Record(database)


async def published(database: Database, record: Record, rounds: int, seed: int = 0) -> dict[int, bytes]:
    """Publish some versions; the writer's parameters at each."""
    writer, found = Follower(), {}
    for round_ in range(rounds):
        await record.write(*answers(["ann", "ben"], 8, seed=seed + round_))
        await database.write(lambda c: catch_up(c, STORE, agent_id("ann")))
        await database.write(lambda c: catch_up(c, STORE, agent_id("ben")))
        await database.write(lambda c: learn_next(c, STORE, writer))
        async with database.read() as connection:
            held = await writer.current(connection, STORE)
            found[held.version] = held.parameters.snapshot()
    return found


def contents(parameters: Parameters, newest: Parameters) -> list[Any]:
    """All that parameters have, of what a later version knows: they may be a view, which can only be asked."""
    shared = attrgetter(*Shared.__slots__)
    kinds = ((parameters.items, newest.items), (parameters.skills, newest.skills))
    known = [[one and shared(one) for one in map(mine.get, sorted(theirs))] for mine, theirs in kinds]
    weights = [(parameters.history[slot], parameters.history_variance[slot]) for slot in range(HISTORY_SLOTS)]
    pairs = [parameters.pairs[place] for place, weight in enumerate(newest.pairs) if weight]
    return [known, [parameters.parents.get(key) for key in sorted(newest.parents)], weights, pairs]


@pytest.mark.parametrize("step", [1 << 20, 1])
async def test_every_version_can_be_had_again(
    database: Database, record: Record, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    monkeypatch.setattr(versions, "_SMALLEST_SNAPSHOT_STEP", step)
    found = await published(database, record, 6)
    past, newest = Past(), Parameters.restore(found[6])
    async with database.read() as connection:
        snapshots = [row["snapshot_bytes"] for row in await history(connection, STORE)]
        assert any(snapshots) == (step == 1)
        for version in (1, 3, 4, 6, 2, 5, 1):
            expected = contents(Parameters.restore(found[version]), newest)
            assert contents(await past.at(connection, STORE, version), newest) == expected
            assert (await whole(connection, STORE, version)).parameters.snapshot() == found[version]
        assert (await whole(connection, STORE, 0)).parameters.snapshot() == Parameters().snapshot()


async def test_a_version_far_on_is_reached_from_its_nearest_snapshot(
    database: Database, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(versions, "_FAR", 2)
    await published(database, record, 6)
    read: list[int] = []

    async def reading(connection: AnyConnection, store_id: int, version: int) -> versions.Held:
        read.append(version)
        return await whole(connection, store_id, version)

    monkeypatch.setattr(versions, "whole", reading)
    past = Past()
    async with database.read() as connection:
        for version in (1, 3, 6):
            await past.at(connection, STORE, version)
    assert read == [1, 6]


async def test_learners_who_are_replayed_together_read_the_past_once(
    database: Database, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ["ann", "ben", "cid", "dan"]
    writer, first = Follower(), START + timedelta(days=1)
    for hour in range(4):
        for name in names:
            await record.write(*answers([name], 2, seed=hour), at=first + timedelta(hours=hour))
        await database.write(lambda c: fold_learners(c, STORE, map(agent_id, names)))
        await database.write(lambda c: learn_next(c, STORE, writer))
    read: list[int] = []

    async def reading(connection: AnyConnection, store_id: int, version: int) -> versions.Held:
        read.append(version)
        held = await whole(connection, store_id, version)
        held.formers.clear()
        return held

    monkeypatch.setattr(versions, "whole", reading)
    heads.FOLLOWER.forget(STORE)
    await record.write(*(answer(name, "late", right=True) for name in names), at=first + timedelta(minutes=1))
    await database.write(lambda c: fold_learners(c, STORE, map(agent_id, names)))
    assert read == [4, 1]
    async with database.read() as connection:
        late = await connection.fetch("SELECT version FROM evidence ORDER BY timestamp, version")
    assert [row["version"] for row in late] == [0] * 8 + [4] * 4 + [1] * 8 + [2] * 8 + [3] * 8


async def test_whole_parameters_are_packed_only_where_they_may_be_due(
    database: Database, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(versions, "_SMALLEST_SNAPSHOT_STEP", 1)
    packed: list[int] = []

    def snapshot(parameters: Parameters) -> bytes:
        packed.append(len(parameters.items))
        return whole_of(parameters)

    whole_of = Parameters.snapshot
    monkeypatch.setattr(Parameters, "snapshot", snapshot)
    writer = Follower()
    for round_ in range(24):
        await record.write(*answers(["ann"], 2, seed=round_))
        await database.write(lambda c: catch_up(c, STORE, agent_id("ann")))
        await database.write(lambda c: learn_next(c, STORE, writer))
    async with database.read() as connection:
        kept = [row["version"] for row in await history(connection, STORE) if row["snapshot_bytes"]]
    assert len(kept) > 1
    assert len(packed) < 12


async def test_many_readers_see_whole_versions_while_one_writes(database: Database, record: Record) -> None:
    readers = [Follower() for _ in range(3)]
    seen: dict[int, set[bytes]] = {}
    done = asyncio.Event()

    async def read(follower: Follower) -> None:
        last = -1
        while not done.is_set():
            async with database.pool.acquire() as connection:
                held = await follower.current(connection, STORE)
                if held.version != last:
                    last = held.version
                    seen.setdefault(last, set()).add(held.parameters.snapshot())

    tasks = [asyncio.create_task(read(follower)) for follower in readers for _ in range(2)]
    found = await published(database, record, 5)
    done.set()
    await asyncio.gather(*tasks)
    found[0] = Parameters().snapshot()
    assert seen
    assert all(texts == {found[version]} for version, texts in seen.items())
    for follower in readers:
        async with database.read() as connection:
            held = await follower.current(connection, STORE)
            assert (held.version, held.parameters.snapshot()) == (5, found[5])


async def test_who_read_the_head_before_another_led_on_goes_on_with_what_is_there(
    database: Database, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = Follower()
    async with database.read() as connection:
        await reader.current(connection, STORE)
    found = await published(database, record, 2)
    async with database.read() as connection:
        early = await reader.current(connection, STORE)
        version, digest = early.version, early.digest
    found |= await published(database, record, 1, seed=9)
    async with database.read() as connection:
        await reader.current(connection, STORE)
        monkeypatch.setattr(versions, "whole", None)
        held = await reader.at_head(connection, STORE, version, digest)
    assert held is early
    assert (held.version, held.parameters.snapshot()) == (version + 1, found[version + 1])


async def test_a_head_of_another_database_is_read_whole(database: Database, record: Record) -> None:
    reader = Follower()
    found = await published(database, record, 2)
    async with database.read() as connection:
        await reader.current(connection, STORE)
        assert (await reader.at_head(connection, STORE, 1, b"of another")).parameters.snapshot() == found[1]
        assert (await reader.at_head(connection, STORE, None, None)).version == 0


async def test_two_writers_never_write_at_once(database: Database, record: Record) -> None:
    for count in (4, 6):
        await record.write(*answers(["ann"], count))
        await database.write(lambda c: catch_up(c, STORE, agent_id("ann")))
    inside = asyncio.Event()
    leave = asyncio.Event()

    async def slow(connection: AnyConnection) -> int:
        learnt = await learn_next(connection, STORE, Follower(), most=4)
        inside.set()
        await leave.wait()
        return learnt

    first = asyncio.create_task(database.write(slow))
    await inside.wait()
    assert await database.write(lambda c: learn_next(c, STORE, Follower())) == 0
    leave.set()
    assert await first == 4
    assert await database.write(lambda c: learn_next(c, STORE, Follower())) == 6


async def test_a_failed_publication_is_forgotten(database: Database, record: Record) -> None:
    await record.write(*answers(["ann"], 10))
    await database.write(lambda c: catch_up(c, STORE, agent_id("ann")))
    writer = Follower()

    class CrashError(Exception):
        pass

    async def crash(connection: AnyConnection) -> None:
        await learn_next(connection, STORE, writer)
        raise CrashError

    with pytest.raises(CrashError):
        await database.write(crash)
    assert await database.write(lambda c: learn_next(c, STORE, writer)) == 10
    async with database.read() as connection:
        held = await writer.current(connection, STORE)
        assert held.version == 1
        assert held.parameters.snapshot() == (await whole(connection, STORE, 1)).parameters.snapshot()


async def test_roll_back_and_activate_are_versions_too(database: Database, record: Record) -> None:
    reader = Follower()
    found = await published(database, record, 3)
    assert await database.write(lambda c: roll_back(c, STORE, 1)) == 4
    calibrated = Parameters()
    calibrated.set_item(7, 0.5, 0.01, 1.2)
    async with database.read() as connection:
        assert (await reader.current(connection, STORE)).parameters.snapshot() == found[1]
    assert await database.write(lambda c: activate(c, STORE, calibrated, origin="calibration")) == 5
    async with database.read() as connection:
        held = await reader.current(connection, STORE)
        assert (held.version, held.parameters.snapshot()) == (5, calibrated.snapshot())
        assert [row["origin"] for row in await history(connection, STORE)][:2] == ["calibration", "rollback"]
    with pytest.raises(NotFound):
        await database.write(lambda c: roll_back(c, STORE, 9))
    after = await published(database, record, 1, seed=50)
    assert list(after) == [6]
