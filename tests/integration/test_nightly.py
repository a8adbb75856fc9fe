"""The nightly calibration on a real database: published in one step, kept back, rolled back, once a night."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from scipy.special import expit

from adaptive import calibrations, nightly
from adaptive.calibration.trial import Verdict
from adaptive.folding import catch_up, request_refold
from adaptive.nightly import STEPS, calibrate_due, calibrate_store, night_before, undo
from adaptive.versions import Follower, history
from adaptive.worker import Worker
from lrs.database import Database
from lrs.errors import Conflict, NotFound
from lrs.terms import term_id
from tests.integration.learners import STORE, Record, agent_id, answer

NIGHT = datetime(2026, 3, 1, 3, tzinfo=UTC)
LEARNERS, ITEMS = 40, 12
DIFFICULTY = np.linspace(-2, 2, ITEMS)


def clock() -> datetime:
    return NIGHT


async def simulate(record: Record, learners: int = LEARNERS, seed: int = 0) -> None:
    """Every learner answers every item, some far easier than others."""
    rng = np.random.default_rng(seed)
    ability = rng.normal(size=learners)
    right = rng.random((learners, ITEMS)) < expit(1.2 * (ability[:, None] - DIFFICULTY))
    for person in range(learners):
        answers = [answer(f"p{person}", f"i{item}", right=bool(right[person, item])) for item in rng.permutation(ITEMS)]
        await record.write(*answers)


async def work_through(database: Database) -> None:
    worker = Worker(database)
    while await worker.fold_waiting():
        pass
    await worker.learn_waiting()


@pytest.fixture
async def folded(database: Database) -> Database:
    """A store whose evidence has been folded and learnt from."""
    await simulate(Record(database))
    await work_through(database)
    return database


async def head(database: Database) -> tuple[int, bytes]:
    async with database.read() as connection:
        held = await Follower().current(connection, STORE)
        return held.version, held.parameters.snapshot()


async def state(database: Database, name: str) -> bytes:
    async with database.read() as connection:
        found = await connection.fetchval("SELECT state FROM learners WHERE learner_id = $1", agent_id(name))
        return bytes(found)


async def run(database: Database) -> nightly.Outcome:
    return await calibrate_store(database, STORE, clock, lambda _: None)


async def test_a_calibration_is_published_as_the_next_version(folded: Database) -> None:
    told: list[str] = []
    before, _ = await head(folded)
    outcome = await calibrate_store(folded, STORE, clock, told.append)
    assert tuple(told) == STEPS
    assert (outcome.outcome, outcome.basis, outcome.version) == ("activated", before, before + 1)
    assert (outcome.learners, outcome.answers, outcome.items) == (LEARNERS, LEARNERS * ITEMS, ITEMS)
    async with folded.read() as connection:
        items = {row["item_id"]: row for row in await calibrations.items_of(connection, STORE, outcome.number)}
        newest = (await history(connection, STORE))[0]
        held = await Follower().current(connection, STORE)
    assert (newest["version"], newest["origin"]) == (outcome.version, "calibration")
    ordered = [items[term_id(f"urn:item:i{item}")] for item in range(ITEMS)]
    places = np.array([row["difficulty"] for row in ordered])
    assert np.corrcoef(places, DIFFICULTY)[0, 1] > 0.97
    errors = np.array([row["difficulty_se"] for row in ordered])
    assert ((errors > 0.05) & (errors < 1.5)).all()
    assert all(row["answers"] == LEARNERS and row["fit_p"] is not None for row in ordered)
    easiness = [held.parameters.easiness(row["item_id"], (term_id("urn:skill:s"),)) for row in ordered]
    assert np.corrcoef(easiness, -DIFFICULTY)[0, 1] > 0.97


async def test_the_same_evidence_gives_the_same_items(folded: Database) -> None:
    first = await run(folded)
    await undo(folded, STORE)
    second = await run(folded)
    async with folded.read() as connection:
        one, other = [await calibrations.items_of(connection, STORE, n) for n in (first.number, second.number)]
    assert [{**row, "number": 0} for row in one] == [{**row, "number": 0} for row in other]


async def test_rolling_back_brings_the_parameters_back(folded: Database) -> None:
    _, before = await head(folded)
    outcome = await run(folded)
    _, calibrated = await head(folded)
    assert calibrated != before
    version = await undo(folded, STORE)
    assert await head(folded) == (version, before)
    assert outcome.version is not None
    assert version > outcome.version
    with pytest.raises(NotFound, match="no calibration to roll back"):
        await undo(folded, STORE)


async def test_learners_replay_bit_for_bit_across_a_calibration(folded: Database) -> None:
    await run(folded)
    record = Record(folded, count=10_000)
    await record.write(*[answer("p0", f"i{item}", right=True) for item in range(5)])
    await folded.write(lambda connection: catch_up(connection, STORE, agent_id("p0")))
    lived = await state(folded, "p0")
    await folded.write(lambda connection: request_refold(connection, STORE, agent_id("p0"), "test"))
    await folded.write(lambda connection: catch_up(connection, STORE, agent_id("p0")))
    assert await state(folded, "p0") == lived


async def test_what_was_voided_does_not_count(database: Database) -> None:
    record = Record(database)
    await simulate(record)
    await record.void(record.ids[0])
    await work_through(database)
    assert (await run(database)).answers == LEARNERS * ITEMS - 1


async def test_too_little_evidence_changes_nothing(database: Database) -> None:
    await simulate(Record(database), learners=3)
    await work_through(database)
    before = await head(database)
    outcome = await run(database)
    assert (outcome.outcome, outcome.version) == ("too little", None)
    assert "It takes 200, 5 and 3" in outcome.reason
    assert await head(database) == before


async def test_what_predicts_worse_is_kept_back(folded: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nightly, "judge", lambda *_: Verdict(champion=0.5, challenger=0.6, strength=1.0))
    before = await head(folded)
    outcome = await run(folded)
    assert (outcome.outcome, outcome.version, outcome.challenger_loss) == ("predicts worse", None, 0.6)
    assert await head(folded) == before
    async with folded.read() as connection:
        assert len(await calibrations.items_of(connection, STORE, outcome.number)) == ITEMS


async def test_a_failed_publication_leaves_no_trace(folded: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: Any) -> None:
        raise RuntimeError("disk full")

    before = await head(folded)
    monkeypatch.setattr(calibrations, "insert_items", broken)
    with pytest.raises(RuntimeError):
        await run(folded)
    assert await head(folded) == before
    async with folded.read() as connection:
        assert await calibrations.history(connection, STORE) == []


async def test_only_one_calibrates_at_a_time(folded: Database) -> None:
    outcomes = await asyncio.gather(run(folded), run(folded), return_exceptions=True)
    assert sorted(type(one).__name__ for one in outcomes) == ["Conflict", "Outcome"]
    async with folded.lend() as connection:
        assert await calibrations.lock(connection, STORE)
        with pytest.raises(Conflict, match="by another process"):
            await run(folded)
    assert (await run(folded)).number == 2


async def test_the_worker_calibrates_once_a_night(folded: Database) -> None:
    now = datetime.now(UTC) + timedelta(days=1)

    def later() -> datetime:
        return now

    assert await calibrate_due(folded, later) == 1
    assert await calibrate_due(folded, later) == 0
    now += timedelta(days=1)
    assert await calibrate_due(folded, later) == 0, "nothing new has come"
    await folded.write(lambda connection: connection.execute("UPDATE learners SET updated = now() + '9 days'"))
    assert await calibrate_due(folded, later) == 1


async def test_a_calibration_that_breaks_waits_for_the_next_night(
    folded: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(nightly, "item_set", broken)
    assert await calibrate_due(folded, lambda: datetime.now(UTC)) == 0
    async with folded.read() as connection:
        assert [row["outcome"] for row in await calibrations.history(connection, STORE)] == ["failed"]
    assert await calibrate_due(folded, lambda: datetime.now(UTC)) == 0


def test_the_night_begins_at_two() -> None:
    assert night_before(datetime(2026, 3, 1, 1, 59, tzinfo=UTC)) == datetime(2026, 2, 28, 2, tzinfo=UTC)
    assert night_before(datetime(2026, 3, 1, 2, 0, tzinfo=UTC)) == datetime(2026, 3, 1, 2, tzinfo=UTC)
