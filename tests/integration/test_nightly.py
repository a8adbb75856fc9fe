"""The nightly calibration on a real database: published in one step, kept back, rolled back, held, once a night."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.special import expit

from adaptive import calibrations, nightly
from adaptive.calibration import nightwork
from adaptive.calibration.nightwork import Found, Task
from adaptive.calibration.trial import Verdict
from adaptive.engine import Parameters
from adaptive.evaluation import train_again
from adaptive.folding import catch_up, request_refold
from adaptive.logs import read
from adaptive.nightly import STEPS, Told, calibrate_due, calibrate_store, undo
from adaptive.replay import statement_of
from adaptive.versions import Follower, freeze, history
from adaptive.worker import Worker
from admin.doctor import _nights
from lrs.context import Context
from lrs.database import Database
from lrs.errors import Conflict, NotFound
from lrs.terms import term_id
from tests.integration.learners import STORE, Record, agent_id, answer
from tests.integration.service import client_of
from tests.unit.response_logs import simulated, written

NIGHT = datetime(2026, 3, 1, 3, tzinfo=UTC)
LEARNERS, ITEMS = 40, 12
WAITS = """
SELECT EXISTS (SELECT FROM pg_locks l JOIN pg_database d ON d.oid = l.database
               WHERE d.datname = current_database() AND l.locktype = 'advisory' AND NOT l.granted)"""
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


async def here(work: Callable[[Task, Told], Found], task: Task, told: Told) -> Found:
    return work(task, told)


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Computes in this process, and lets the trial end with the gain that is asked for."""
    monkeypatch.setattr(nightly, "apart", here)

    def judge(gain: float) -> None:
        monkeypatch.setattr(nightwork, "trial", lambda _: Verdict(0.6, 0.6 - gain, gain, 0.001, 20))

    judge(0.01)
    return judge


@pytest.fixture
async def folded(database: Database, judged: Callable[[float], None]) -> Database:
    """A store whose evidence has been folded and learnt from, and whose record is better learnt again."""
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


async def run(database: Database, *, by_hand: bool = True) -> nightly.Outcome:
    return await calibrate_store(database, STORE, clock, lambda _: None, by_hand=by_hand)


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


async def nights(database: Database) -> tuple[bool, str]:
    """What the doctor finds of them, from the stores on."""
    async with database.read() as connection:
        found = _nights(await calibrations.on_hold(connection))
    return found.well, found.sentence.removeprefix("Since a roll-back, nights publish nothing for ")


async def test_nights_after_a_roll_back_publish_nothing_until_a_calibration_by_hand(folded: Database) -> None:
    await run(folded)
    await undo(folded, STORE)
    before = await head(folded)
    night = await run(folded, by_hand=False)
    assert (night.outcome, night.version, night.items) == ("held", None, ITEMS)
    assert await head(folded) == before
    assert await nights(folded) == (False, "store 1; to let them again, run: proximal calibrate --store 1")
    assert (await run(folded)).outcome == "activated"
    assert await nights(folded) == (True, "No store is on hold.")
    await Record(folded, count=20_000).write(answer("p1", "i1", right=True))
    await work_through(folded)
    assert (await run(folded, by_hand=False)).outcome == "activated"


async def test_frozen_parameters_are_not_replaced(folded: Database) -> None:
    await folded.write(lambda connection: freeze(connection, STORE))
    before = await head(folded)
    assert (await run(folded)).outcome == "held"
    assert await head(folded) == before


async def test_parameters_frozen_while_a_night_computes_are_not_replaced(
    folded: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def meanwhile(work: Callable[[Task, Told], Found], task: Task, told: Told) -> Found:
        await folded.write(lambda connection: freeze(connection, STORE))
        return work(task, told)

    monkeypatch.setattr(nightly, "apart", meanwhile)
    before = await head(folded)
    assert (await run(folded)).outcome == "held"
    assert await head(folded) == before


async def test_a_roll_back_while_a_night_computes_undoes_what_it_publishes(
    folded: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await run(folded)
    undoing: list[asyncio.Task[int]] = []

    async def meanwhile(work: Callable[[Task, Told], Found], task: Task, told: Told) -> Found:
        undoing.append(asyncio.create_task(undo(folded, STORE)))
        async with folded.lend() as connection:
            while not undoing[0].done() and not await connection.fetchval(WAITS):
                await asyncio.sleep(0.01)
        return work(task, told)

    monkeypatch.setattr(nightly, "apart", meanwhile)
    second = await run(folded)
    await undoing[0]
    async with folded.read() as connection:
        last = await calibrations.last_activated(connection, STORE)
    assert (second.outcome, last and last["number"]) == ("activated", first.number)


async def test_production_learns_again_what_evaluation_does(
    context: Context, tmp_path: Path, judged: Callable[[float], None]
) -> None:
    """A log sent over HTTP, then a night: the parameters of `proximal evaluate --two-pass`, bit for bit."""
    log = read(written(tmp_path / "log.tsv", simulated(4, 40, 24, clock=True)))
    async with client_of(context) as client:
        await client.send(*[statement_of(log, index) for index in range(len(log.rows))])
    worker = Worker(context.database)
    while await worker.fold_waiting():
        pass
    outcome = await run(context.database)
    assert (outcome.outcome, outcome.answers) == ("activated", len(log.rows))
    expected = Parameters()
    train_again(expected, log)
    assert (await head(context.database))[1] == expected.snapshot()
    assert await worker.learn_waiting() == 0, "what was learnt again is not learnt once more"


async def test_what_comes_during_a_night_is_learnt_after_it(folded: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Folds go on while a night computes, learning waits; each answer is learnt once."""
    worker = Worker(folded)

    async def slow(work: Callable[[Task, Told], Found], task: Task, told: Told) -> Found:
        await Record(folded, count=20_000).write(*[answer("late", f"i{item}", right=True) for item in range(3)])
        assert await worker.fold_waiting() == 3
        assert await worker.learn_waiting() == 0
        return work(task, told)

    monkeypatch.setattr(nightly, "apart", slow)
    outcome = await run(folded)
    _, calibrated = await head(folded)
    assert (outcome.outcome, outcome.answers) == ("activated", LEARNERS * ITEMS)
    assert await worker.learn_waiting() == 3
    version, after = await head(folded)
    assert (version, after != calibrated) == ((outcome.version or 0) + 1, True)


async def test_a_night_computes_in_a_process_of_its_own(database: Database) -> None:
    """The real thing: what it says is what happens, whether it wins or not."""
    await simulate(Record(database))
    await work_through(database)
    told: list[str] = []
    outcome = await calibrate_store(database, STORE, clock, told.append)
    assert tuple(told) == STEPS
    assert (outcome.gain is not None, outcome.items) == (True, ITEMS)
    assert (outcome.version is not None) == (outcome.outcome == "activated")


async def test_learners_replay_bit_for_bit_across_a_calibration(folded: Database) -> None:
    await run(folded)
    record = Record(folded, count=10_000)
    await record.write(*[answer("p0", f"i{item}", right=True) for item in range(5)])
    await folded.write(lambda connection: catch_up(connection, STORE, agent_id("p0")))
    lived = await state(folded, "p0")
    await folded.write(lambda connection: request_refold(connection, STORE, agent_id("p0"), "test"))
    await folded.write(lambda connection: catch_up(connection, STORE, agent_id("p0")))
    assert await state(folded, "p0") == lived


async def test_what_was_voided_does_not_count(database: Database, judged: Callable[[float], None]) -> None:
    record = Record(database)
    await simulate(record)
    await record.void(record.ids[0])
    await work_through(database)
    assert (await run(database)).answers == LEARNERS * ITEMS - 1


async def test_too_little_evidence_changes_nothing(database: Database, judged: Callable[[float], None]) -> None:
    await simulate(Record(database), learners=3)
    await work_through(database)
    before = await head(database)
    outcome = await run(database)
    assert (outcome.outcome, outcome.version) == ("too little", None)
    assert "It takes 200, 5 and 3" in outcome.reason
    assert await head(database) == before


async def test_what_predicts_no_better_is_kept_back(folded: Database, judged: Callable[[float], None]) -> None:
    judged(0.001)
    before = await head(folded)
    outcome = await run(folded)
    assert (outcome.outcome, outcome.version, outcome.gain, outcome.gain_se) == ("no better", None, 0.001, 0.001)
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

    monkeypatch.setattr(nightwork, "item_set", broken)
    assert await calibrate_due(folded, lambda: datetime.now(UTC)) == 0
    async with folded.read() as connection:
        assert [row["outcome"] for row in await calibrations.history(connection, STORE)] == ["failed"]
    assert await calibrate_due(folded, lambda: datetime.now(UTC)) == 0
