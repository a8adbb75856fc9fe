"""Folding evidence: exactly once, in order, and replayed to the same state bit for bit."""

import asyncio
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from adaptive.catalogue import import_document
from adaptive.engine import LearnerState, Parameters, Response, Trace, fold
from adaptive.folding import agents_of, catch_up, request_refold
from adaptive.identities import merge, separate
from adaptive.learning import learn_next
from adaptive.levels import told
from adaptive.versions import Follower, freeze
from adaptive.worker import Worker
from lrs.database import Database
from lrs.errors import BadRequest
from lrs.formats import timestamp_of
from lrs.terms import term_id
from tests.integration.learners import ADL, START, STORE, Record, agent_id, answer, answers

ANN = agent_id("ann")
LEARNER = "SELECT responses, skills FROM learners WHERE learner_id = $1"


@pytest.fixture
def record(database: Database) -> Record:
    return Record(database)


async def state(database: Database, learner: int = ANN) -> bytes:
    async with database.read() as connection:
        return bytes(await connection.fetchval("SELECT state FROM learners WHERE learner_id = $1", learner))


async def fetch(database: Database, query: str, *values: Any) -> list[dict[str, Any]]:
    async with database.read() as connection:
        return [dict(row) for row in await connection.fetch(query, *values)]


async def folded(database: Database, name: str = "ann") -> bytes:
    """The state after a request of the learner's own."""
    await database.write(lambda connection: catch_up(connection, STORE, agent_id(name)))
    return await state(database, agent_id(name))


async def replayed(database: Database, learner: int = ANN, *, afresh: bool = False) -> bytes:
    """The state after a replay from the record."""
    await database.write(lambda connection: request_refold(connection, STORE, learner, "test", afresh=afresh))
    await database.write(lambda connection: catch_up(connection, STORE, learner))
    return await state(database, learner)


async def learn(database: Database, follower: Follower) -> int:
    return await database.write(lambda connection: learn_next(connection, STORE, follower))


async def test_a_request_folds_what_the_engine_would(database: Database, record: Record) -> None:
    await record.write(answer("ann", "a", right=True), answer("ann", "b", right=False))
    expected = LearnerState()
    for minute, item, score in ((1, "a", 1.0), (2, "b", 0.0)):
        time = (START + timedelta(minutes=minute)).timestamp()
        fold(Parameters(), expected, Response(term_id(f"urn:item:{item}"), (term_id("urn:skill:s"),), time, score))
    assert await folded(database) == expected.encode()
    rows = await fetch(database, "SELECT version, prediction, folded_skill_ids FROM evidence ORDER BY timestamp")
    assert [row["version"] for row in rows] == [0, 0]
    assert all(0 < row["prediction"] < 1 and row["folded_skill_ids"] == [term_id("urn:skill:s")] for row in rows)
    levels = told((await fetch(database, LEARNER, ANN))[0]["skills"])
    assert [(one.skill_id, one.answers) for one in levels] == [(term_id("urn:skill:s"), 2)]


async def test_nothing_is_folded_twice(database: Database, record: Record) -> None:
    await record.write(*answers(["ann"], 20))
    once = await folded(database)
    assert await folded(database) == once
    assert await Worker(database).fold_waiting() == 0
    assert (await fetch(database, "SELECT responses FROM learners"))[0]["responses"] == 20


async def test_workers_and_requests_at_once_fold_once(database: Database, record: Record) -> None:
    names = ["ann", "ben", "cid", "dea", "eva"]
    workers = [Worker(database) for _ in range(3)]
    for round_ in range(4):
        await record.write(*answers(names, 40, seed=round_))
        requests = [folded(database, name) for name in names]
        await asyncio.gather(*requests, *(worker.fold_waiting() for worker in workers))
    counts = await fetch(database, "SELECT sum(responses) AS n FROM learners")
    lessons = await fetch(database, "SELECT sum(responses) AS n FROM lessons")
    assert (counts[0]["n"], lessons[0]["n"]) == (160, 160)
    for name in names:
        assert await replayed(database, agent_id(name)) == await state(database, agent_id(name))


async def test_a_crash_before_commit_leaves_it_to_the_next(database: Database, record: Record) -> None:
    await record.write(*answers(["ann"], 10))

    class CrashError(Exception):
        pass

    async def crash(connection: Any) -> None:
        await catch_up(connection, STORE, ANN)
        raise CrashError

    with pytest.raises(CrashError):
        await database.write(crash)
    assert (await fetch(database, "SELECT count(*) AS n FROM evidence WHERE version IS NULL"))[0]["n"] == 10
    assert await Worker(database).fold_waiting() == 10
    assert (await fetch(database, "SELECT responses FROM learners"))[0]["responses"] == 10


async def test_replay_equals_fold_across_versions(database: Database, record: Record) -> None:
    follower = Follower()
    for round_ in range(5):
        await record.write(*answers(["ann", "ben"], 12, seed=round_))
        await folded(database)
        await folded(database, "ben")
        assert await learn(database, follower) == 12
    versions = await fetch(database, "SELECT DISTINCT version FROM evidence ORDER BY version")
    assert [row["version"] for row in versions] == [0, 1, 2, 3, 4]
    before = await fetch(database, LEARNER, ANN)
    live = await state(database)
    assert await replayed(database) == live
    assert await fetch(database, LEARNER, ANN) == before
    assert (await fetch(database, "SELECT count(*) AS n FROM lessons"))[0]["n"] == 0


async def test_late_evidence_takes_its_place(database: Database, record: Record) -> None:
    statements = answers(["ann"], 6)
    first = START + timedelta(days=1)
    moments = [first + timedelta(minutes=n) for n in range(6)]
    for place in (0, 1, 3, 5):
        await record.write(statements[place], at=moments[place])
    await folded(database)
    for place in (4, 2):
        await record.write(statements[place], at=moments[place])
        await folded(database)
    arrived_late = await state(database)
    await database.write(lambda c: c.execute("UPDATE evidence SET version = NULL, folded_skill_ids = NULL"))
    await database.write(lambda c: c.execute("DELETE FROM learners"))
    assert await folded(database) == arrived_late


async def test_late_evidence_keeps_recorded_versions(database: Database, record: Record) -> None:
    follower = Follower()
    first = START + timedelta(days=1)
    for n, statement in enumerate(answers(["ann"], 6)):
        await record.write(statement, at=first + timedelta(minutes=2 * n))
        await folded(database)
        await learn(database, follower)
    await record.write(answer("ann", "late", right=True), at=first + timedelta(minutes=3))
    live = await folded(database)
    rows = await fetch(database, "SELECT version FROM evidence ORDER BY timestamp")
    assert [row["version"] for row in rows] == [0, 1, 6, 2, 3, 4, 5]
    assert await replayed(database) == live
    assert await learn(database, follower) == 1


async def test_replays_from_checkpoints_are_replays_from_the_first_answer(database: Database, record: Record) -> None:
    rng, follower = Random(5), Follower()
    first = START + timedelta(days=1)
    await record.write(*answers(["ann"], 3), at=first)
    for round_ in range(30):
        newest = first + timedelta(minutes=10 * round_)
        late = newest - timedelta(minutes=rng.choice((5, 15, 95, 400)))
        for statement in answers(["ann"], rng.randrange(1, 4), seed=round_):
            await record.write(statement, at=late if rng.random() < 0.2 else newest)
        if round_ % 4 == 3:
            await record.void(rng.choice(record.ids[-12:]))
        if round_ % 7 == 6:
            await record.write(answer("ann", "q", right=True) | {"verb": {"id": ADL + "verbs/completed"}}, at=late)
        await folded(database)
        await learn(database, follower)
        if round_ % 10 == 9:
            before = await fetch(database, LEARNER, ANN)
            live = await state(database)
            assert await replayed(database) == live
            assert await fetch(database, LEARNER, ANN) == before
            assert len(await fetch(database, "SELECT 1 FROM checkpoints")) == 1


async def test_a_late_answer_folds_only_what_follows_it(
    database: Database, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = START + timedelta(days=1)
    for n, statement in enumerate(answers(["ann"], 40)):
        await record.write(statement, at=first + timedelta(minutes=2 * n))
        await folded(database)
    kept = await fetch(database, "SELECT slot FROM checkpoints ORDER BY slot")
    assert [row["slot"] for row in kept] == [3, 4, 5]
    await record.write(answer("ann", "late", right=True), at=first + timedelta(minutes=71))
    times: list[float | None] = []

    def counted(parameters: Parameters, state: LearnerState, response: Response) -> Trace:
        times.append(response.time)
        return fold(parameters, state, response)

    monkeypatch.setattr("adaptive.progress.fold", counted)
    live = await folded(database)
    assert 5 <= len(times) <= 9
    assert (await fetch(database, "SELECT responses FROM learners"))[0]["responses"] == 41
    assert await replayed(database) == live
    assert len(times) > 41


async def test_a_replay_from_a_checkpoint_knows_what_lies_before_it(database: Database, record: Record) -> None:
    """The total of a quiz is an echo of its last answer, which the checkpoint holds."""
    first, quiz = START + timedelta(days=1), {"contextActivities": {"parent": [{"id": "urn:quiz"}]}}
    for n, statement in enumerate(answers(["ann"], 8)):
        await record.write(statement | ({"context": quiz} if n == 7 else {}), at=first + timedelta(minutes=n))
        await folded(database)
    assert len(await fetch(database, "SELECT 1 FROM checkpoints")) == 1
    total = {"verb": {"id": ADL + "verbs/completed"}, "object": {"id": "urn:quiz"}, "result": {"score": {"scaled": 1}}}
    await record.write(answer("ann", "q", right=True) | total, at=first + timedelta(minutes=12))
    await folded(database)
    await record.write(answer("ann", "late", right=True), at=first + timedelta(minutes=10))
    live = await folded(database)
    assert (await fetch(database, "SELECT responses FROM learners"))[0]["responses"] == 9
    assert await replayed(database) == live


async def test_of_two_changes_at_once_the_earlier_is_gone_back_to(database: Database, record: Record) -> None:
    first = START + timedelta(days=1)
    for n, statement in enumerate(answers(["ann"], 20)):
        await record.write(statement, at=first + timedelta(minutes=2 * n))
        await folded(database)
    await record.void(record.ids[18])
    await record.write(answer("ann", "late", right=True), at=first + timedelta(minutes=5))
    live = await folded(database)
    assert (await fetch(database, "SELECT responses FROM learners"))[0]["responses"] == 20
    assert await replayed(database) == live


async def test_a_late_encounter_changes_nothing(database: Database, record: Record) -> None:
    first = START + timedelta(days=1)
    await record.write(*answers(["ann"], 3), at=first)
    live = await folded(database)
    reading = answer("ann", "r", right=True) | {"verb": {"id": ADL + "verbs/experienced"}, "result": {}}
    met = await record.write(reading, at=first - timedelta(days=1))
    before = await fetch(database, "SELECT last_place FROM learners")
    assert await folded(database) == live
    assert await fetch(database, "SELECT last_place FROM learners") == before
    await record.void(met)
    assert await folded(database) == live
    assert not await fetch(database, "SELECT 1 FROM evidence WHERE version IS NULL")


async def test_a_backfill_from_new_to_old_is_recorded_anew(
    database: Database, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adaptive.folding.MOST_REWINDS", 3)
    follower = Follower()
    first = START + timedelta(days=1)
    for n, statement in enumerate(answers(["ann"], 8)):
        await record.write(statement, at=first - timedelta(minutes=n))
        await folded(database)
        await learn(database, follower)
    rows = await fetch(database, "SELECT version FROM evidence ORDER BY timestamp")
    assert [row["version"] for row in rows] == [7, 6, 5, 5, 5, 5, 5, 5]
    live = await state(database)
    assert await replayed(database) == live
    assert (await fetch(database, "SELECT responses FROM learners"))[0]["responses"] == 8
    assert not await fetch(database, "SELECT 1 FROM lessons")


async def test_a_void_is_as_if_it_never_was(database: Database, record: Record) -> None:
    await record.write(answer("ann", "a", right=True))
    await record.write(answer("ann", "b", right=False))
    without = await folded(database)
    wrong = await record.write(answer("ann", "c", right=True))
    assert await folded(database) != without
    await record.void(wrong)
    assert await folded(database) == without
    assert await Worker(database).fold_waiting() == 0
    unfolded = await record.write(answer("ann", "d", right=True))
    await record.void(unfolded)
    assert await folded(database) == without
    assert not await fetch(database, "SELECT 1 FROM evidence_voids WHERE pending")


async def test_a_worker_folds_voids_and_settles_the_others(database: Database, record: Record) -> None:
    await record.write(answer("ann", "a", right=True))
    without = await folded(database)
    wrong = await record.write(answer("ann", "b", right=True))
    await folded(database)
    await record.void(wrong)
    await record.void(record.ids[-1])
    await Worker(database).fold_waiting()
    assert await state(database) == without
    assert not await fetch(database, "SELECT 1 FROM evidence_voids WHERE pending")


async def test_merged_agents_are_one_learner(database: Database, record: Record) -> None:
    for round_ in range(3):
        await record.write(*answers(["ann", "ann2"], 10, seed=round_))
    await Worker(database).fold_waiting()
    apart = await state(database)
    await database.write(lambda c: merge(c, STORE, agent_id("ann2"), ANN))
    together = await folded(database, "ann")
    async with database.read() as connection:
        owned = await agents_of(connection, STORE, [agent_id("ann2"), ANN])
    assert owned == {agent_id("ann2"): [], ANN: [ANN, agent_id("ann2")]}
    assert (await fetch(database, "SELECT learner_id, responses FROM learners")) == [
        {"learner_id": ANN, "responses": 30}
    ]
    await record.write(answer("ann2", "x", right=True))
    await Worker(database).fold_waiting()
    assert await state(database) != together
    with pytest.raises(BadRequest, match="one person already"):
        await database.write(lambda c: merge(c, STORE, agent_id("ann2"), ANN))
    await database.write(lambda c: separate(c, STORE, agent_id("ann2")))
    await Worker(database).fold_waiting()
    assert await state(database) == apart


async def test_a_quiz_counts_once(database: Database, record: Record) -> None:
    quiz = {"contextActivities": {"parent": [{"id": "urn:quiz"}], "other": []}}
    await record.write(answer("ann", "a", right=True) | {"context": quiz})
    await record.write(answer("ann", "b", right=False) | {"context": quiz})
    before = await folded(database)
    total = {
        "verb": {"id": ADL + "verbs/completed"},
        "object": {"id": "urn:quiz"},
        "result": {"score": {"scaled": 0.5}},
    }
    await record.write(answer("ann", "q", right=True) | total)
    assert await folded(database) == before
    assert await replayed(database) == before


async def test_the_catalogues_skills_win_and_reach_back(database: Database, record: Record) -> None:
    await record.write(answer("ann", "a", right=True))
    by_context = await folded(database)
    document = {
        "id": "urn:c",
        "name": "C",
        "skills": [{"id": "urn:skill:own", "name": "Own"}],
        "activities": [{"id": "urn:item:a", "name": "A", "skills": ["urn:skill:own"]}],
    }
    await database.write(lambda c: import_document(c, STORE, document))
    assert await folded(database) != by_context
    rows = await fetch(database, LEARNER, ANN)
    assert [one.skill_id for one in told(rows[0]["skills"])] == [term_id("urn:skill:own")]
    live = await state(database)
    assert await replayed(database) == live


async def test_frozen_learning_leaves_no_lessons(database: Database, record: Record) -> None:
    await database.write(lambda c: freeze(c, STORE))
    await record.write(*answers(["ann"], 5))
    await folded(database)
    assert await Worker(database).learn_waiting() == 0
    assert not await fetch(database, "SELECT 1 FROM lessons")
    await database.write(lambda c: freeze(c, STORE, frozen=False))
    await record.write(answer("ann", "z", right=True))
    await folded(database)
    assert await Worker(database).learn_waiting() == 1


async def test_an_answer_that_names_hundreds_of_skills_is_folded_and_learnt(database: Database, record: Record) -> None:
    parents = [{"id": f"urn:part:{number}"} for number in range(300)]
    await record.write(answer("ann", "a", right=True) | {"context": {"contextActivities": {"parent": parents}}})
    before = await folded(database)
    (row,) = await fetch(database, LEARNER, ANN)
    assert [each.skill_id for each in told(row["skills"])] == [term_id(part["id"]) for part in parents[:255]]
    assert await learn(database, Follower()) == 1
    assert await replayed(database) == before


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00Z", "0001-01-01T00:00:01Z", "9999-12-31T23:59:59.999999Z"])
async def test_answers_at_the_ends_of_the_calendar_are_folded(database: Database, record: Record, at: str) -> None:
    await record.write(answer("ann", "a", right=True))
    await folded(database)
    moment = timestamp_of(at)
    await record.write(answer("ann", "b", right=True), at=moment)
    await folded(database)
    await record.write(answer("ann", "c", right=False), at=moment)
    before = await folded(database)
    assert await fetch(database, "SELECT responses FROM learners") == [{"responses": 3}]
    assert await replayed(database) == before
