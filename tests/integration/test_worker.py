"""The worker's rounds: one learner cannot hold up the others, everybody has a turn, and it ends when told to."""

import asyncio
from datetime import timedelta

import pytest

from adaptive.worker import Worker
from lrs.database import Database
from lrs.errors import Unavailable
from tests.integration.learners import START, Record, agent_id, answer
from tests.integration.test_folding import fetch, folded


@pytest.fixture
def record(database: Database) -> Record:
    return Record(database)


async def test_one_bad_learner_does_not_hold_up_the_others(database: Database, record: Record) -> None:
    await record.write(answer("ann", "a", right=True), answer("ben", "a", right=True))
    await folded(database, "ben")
    await database.write(lambda c: c.execute("UPDATE learners SET skills = 'cut short'"))
    await record.write(answer("ben", "b", right=True))
    now = START + timedelta(days=1)
    worker = Worker(database, lambda: now)
    assert await worker.fold_waiting() == 1
    assert worker.failed.keys() == {agent_id("ben")}
    await database.write(lambda c: c.execute("UPDATE learners SET skills = ''"))
    assert await worker.fold_waiting() == 0
    now += timedelta(hours=1)
    assert await worker.fold_waiting() == 1


async def test_a_database_that_is_full_is_no_learners_fault(database: Database, record: Record) -> None:
    await record.write(answer("ann", "a", right=True))
    await database.pool.execute(
        "CREATE FUNCTION full_() RETURNS trigger LANGUAGE plpgsql AS"
        " $$BEGIN RAISE EXCEPTION 'no space left' USING ERRCODE = 'disk_full'; END$$;"
        "CREATE TRIGGER full_ BEFORE UPDATE ON learners EXECUTE FUNCTION full_()"
    )
    worker = Worker(database)
    with pytest.raises(Unavailable):
        await worker.fold_waiting()
    await database.pool.execute("DROP TRIGGER full_ ON learners")
    assert await worker.fold_waiting() == 1


async def test_portions_go_round_so_that_everybody_has_a_turn(
    database: Database, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adaptive.waiting.ROWS", 1)
    names = sorted(["ann", "ben", "cid"], key=agent_id)
    worker = Worker(database)
    for name in names:
        await record.write(*(answer(each, "a", right=True) for each in names))
        await worker.fold_waiting()
        assert not await fetch(
            database, "SELECT 1 FROM evidence WHERE version IS NULL AND agent_id = $1", agent_id(name)
        )
    while await worker.fold_waiting():
        pass
    assert not await fetch(database, "SELECT 1 FROM evidence WHERE version IS NULL")


async def test_two_portions_are_folded_at_once(
    database: Database, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adaptive.worker.LEARNERS_AT_ONCE", 1)
    await record.write(*(answer(each, "a", right=True) for each in ("ann", "ben")))
    await database.pool.execute(
        "CREATE FUNCTION together() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN"
        " PERFORM pg_advisory_lock_shared(77);"
        " FOR n IN 1..500 LOOP"
        "  IF (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 77) > 1 THEN RETURN NEW; END IF;"
        "  PERFORM pg_sleep(0.01);"
        " END LOOP;"
        " RAISE EXCEPTION 'nobody else came'; END$$;"
        "CREATE TRIGGER together BEFORE UPDATE ON learners FOR EACH ROW EXECUTE FUNCTION together()"
    )
    worker = Worker(database)
    assert (await worker.fold_waiting(), worker.failed) == (2, {})


async def test_what_is_still_arriving_is_left_to_requests(database: Database, record: Record) -> None:
    await record.write(answer("ann", "a", right=True), answer("ben", "a", right=True))
    now = START + timedelta(minutes=1)
    worker = Worker(database, lambda: now, arriving=timedelta(seconds=1))
    assert await worker.fold_waiting() == 0
    await folded(database, "ben")
    now += timedelta(seconds=1)
    assert await worker.fold_waiting() == 1


async def test_a_stopping_worker_begins_no_learner(database: Database, record: Record) -> None:
    stop = asyncio.Event()
    worker = Worker(database, stop=stop)
    await record.write(answer("ann", "a", right=True))
    stop.set()
    assert await worker.fold_waiting() == 0
    stop.clear()
    assert await worker.fold_waiting() == 1
