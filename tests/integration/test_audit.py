"""The self-audit on a real database: each prediction scored once, by course and cold start, drift on record."""

import csv
import io
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest

from adaptive.audit import auditing
from adaptive.audit.auditing import NO_COURSE
from adaptive.audit.metrics import MEASURES
from adaptive.audit.predictions import Prediction, packed
from adaptive.audit.scores import FAMILIAR, NEW_ITEM, NEW_LEARNER, Summary, summary
from adaptive.folding import catch_up, request_refold
from adaptive.nightly import calibrate_store
from adaptive.versions import freeze
from adaptive.worker import Worker
from admin.doctor import _engine
from lrs.context import Context
from lrs.database import Database
from lrs.metrics import measured
from lrs.terms import term_id
from tests.integration.browsing import account, browser, course, quick_hashes
from tests.integration.learners import STORE, Record, agent_id, answer, answers

__all__ = ["course", "quick_hashes"]
TODAY = datetime(2026, 3, 1, 12, tzinfo=UTC)


def where(name: str) -> dict[str, object]:
    return {"grouping": [{"id": f"urn:course:{name}"}], "other": [{"id": "urn:skill:s"}]}


async def work_through(database: Database) -> Worker:
    worker = Worker(database, lambda: TODAY)
    while await worker.fold_waiting():
        pass
    while await worker.audit_waiting():
        pass
    return worker


async def scored(database: Database, since: date = date(2026, 3, 1)) -> list[dict[str, object]]:
    async with database.read() as connection:
        return [dict(row) for row in await auditing.scores(connection, STORE, since)]


async def test_every_prediction_is_scored_once(database: Database) -> None:
    await Record(database).write(*answers(["ann", "ben"], 60))
    await work_through(database)
    found = summary(await scored(database))
    async with database.read() as connection:
        kept = await connection.fetch("SELECT prediction, score FROM evidence WHERE prediction IS NOT NULL")
        assert await auditing.waiting(connection, STORE) == 0
    assert found is not None
    assert found.count == len(kept) > 50
    square = sum((row["score"] - row["prediction"]) ** 2 for row in kept) / len(kept)
    assert found.rmse == pytest.approx(square**0.5)


async def test_replays_and_voids_score_nothing_again(database: Database) -> None:
    record = Record(database)
    await record.write(*answers(["ann"], 20))
    await work_through(database)
    before = summary(await scored(database))
    await record.void(record.ids[3])
    await database.write(lambda connection: request_refold(connection, STORE, agent_id("ann"), "test"))
    await database.write(lambda connection: catch_up(connection, STORE, agent_id("ann")))
    await work_through(database)
    assert summary(await scored(database)) == before


async def test_late_evidence_is_scored_and_what_it_replays_is_not(database: Database) -> None:
    record = Record(database)
    await record.write(*answers(["ann"], 10))
    await work_through(database)
    before = summary(await scored(database))
    await record.write(answer("ann", "late", right=True), at=TODAY - timedelta(days=400))
    await work_through(database)
    after = summary(await scored(database))
    assert before is not None
    assert after is not None
    assert after.count == before.count + 1


async def test_learning_may_be_frozen_and_predictions_are_scored_still(database: Database) -> None:
    await database.write(lambda connection: freeze(connection, STORE))
    await Record(database).write(*answers(["ann"], 10))
    await work_through(database)
    assert summary(await scored(database)) is not None


async def test_scores_are_kept_by_course_and_cold_start(database: Database) -> None:
    record = Record(database)
    for number in range(12):
        name = "a" if number % 2 else "b"
        await record.write(answer("ann", f"i{number}", right=True, contextActivities=where(name)))
    await work_through(database)
    rows = await scored(database)
    counts = dict.fromkeys(("a", "b"), 0)
    for row in rows:
        for name in counts:
            counts[name] += int(str(row["count"])) if row["course_id"] == term_id(f"urn:course:{name}") else 0
    assert counts == {"a": 6, "b": 6}
    places = {row["familiarity"] for row in rows}
    assert places == {NEW_LEARNER, NEW_ITEM}
    assert FAMILIAR not in places


async def test_an_item_that_changed_raises_an_alarm(database: Database) -> None:
    rng, now = Random(1), TODAY
    async with database.pool.acquire() as connection, connection.transaction():
        made = [Prediction(7, NO_COURSE, 9, 99, 0.8, float(rng.random() < 0.8)) for _ in range(100)]
        made += [Prediction(7, NO_COURSE, 9, 99, 0.8, float(rng.random() < 0.3)) for _ in range(100)]
        made += [Prediction(8, NO_COURSE, 9, 99, 0.8, float(rng.random() < 0.8)) for _ in range(200)]
        for start in range(0, len(made), 10):
            some = made[start : start + 10]
            insert = "INSERT INTO unscored (store_id, predictions, data) VALUES ($1, $2, $3)"
            await connection.execute(insert, STORE, len(some), packed(some))
        assert await auditing.audit_next(connection, STORE, now, most=90) == 90
        while await auditing.audit_next(connection, STORE, now, most=90):
            pass
        heard = [(row["kind"], row["item_id"]) for row in await auditing.alarms(connection, STORE, now)]
    assert ("harder", 7) in heard
    assert not [item for _, item in heard if item == 8]


async def test_one_auditor_at_a_time(database: Database) -> None:
    worker, record = Worker(database, lambda: TODAY), Record(database)
    for name in ("ann", "ben"):
        await record.write(*answers([name], 2))
        await worker.fold_waiting()
    async with database.pool.acquire() as connection, connection.transaction():
        assert await auditing.audit_next(connection, STORE, TODAY, most=2) == 2
        assert await worker.audit_waiting() == 0
    assert await worker.audit_waiting() == 2


async def test_the_scores_are_on_metrics(context: Context) -> None:
    await Record(context.database).write(*answers(["ann"], 30))
    worker = Worker(context.database, context.clock)
    while await worker.fold_waiting():
        pass
    await worker.audit_waiting()
    told = dict(line.split() for line in (await measured(context.database, MEASURES)).decode().splitlines()[2::3])
    found = summary(await scored(context.database, context.clock().date()))
    assert found is not None
    assert float(told["proximal_engine_predictions"]) == found.count
    assert float(told["proximal_engine_log_loss"]) == pytest.approx(found.log_loss)
    assert float(told["proximal_engine_alarms"]) == 0
    async with context.database.read() as connection:
        familiar = await auditing.everywhere(connection, [FAMILIAR])
        cold = await auditing.everywhere(connection, [NEW_LEARNER, NEW_ITEM])
    assert familiar is None
    assert cold is not None
    assert cold.count == found.count


async def test_the_operator_sees_the_engine(course: Context) -> None:
    await account(course, "Olga", "operator")
    await account(course, "Tom", "trainer")
    async with browser(course, "Olga") as client:
        assert "No prediction has been scored yet" in (await client.get("/admin/engine")).text
    record = Record(course.database)
    for number in range(30):
        placed = where("coffee")
        await record.write(answer("ann", f"i{number % 5}", right=number % 3 > 0, contextActivities=placed))
    worker = Worker(course.database, course.clock)
    while await worker.fold_waiting():
        pass
    await worker.audit_waiting()
    row = (course.clock(), "harder", term_id("urn:item:i1"))
    statement = "INSERT INTO engine_alarms (store_id, raised, kind, item_id) VALUES (1, $1, $2, $3)"
    await course.database.write(lambda connection: connection.execute(statement, *row))
    await calibrate_store(course.database, STORE, course.clock, lambda _: None)
    async with browser(course, "Olga") as client:
        page = (await client.get("/admin/engine")).text
    assert re.search(r"<dt>Predictions</dt><dd>\d+", page)
    assert "a learner’s first five answers" in page
    assert "has become harder than the engine expected" in page
    assert "too little" in page
    async with browser(course, "Tom") as client:
        assert (await client.get("/admin/engine")).status_code == 403


@pytest.mark.parametrize("anchors", [9, 0])
async def test_the_items_of_a_calibration_are_a_file(course: Context, anchors: int) -> None:
    """Also those of one that linked nothing, as all were pretest or did not fit."""
    await account(course, "Olga", "operator")
    met = (term_id("urn:item:salt"), "urn:item:salt", {"name": {"en": "=Salt"}})
    await course.database.write(
        lambda connection: connection.execute(
            "INSERT INTO activities (store_id, id, iri, definition) VALUES (1, $1, $2, $3)", *met
        )
    )
    await course.database.write(
        lambda connection: connection.execute(
            """INSERT INTO calibrations (store_id, number, started, finished, outcome, basis, answers, anchors)
               VALUES (1, 1, now(), now(), 'no better', 0, 900, $1)""",
            anchors,
        )
    )
    item = (met[0], 300.0, -0.51239, 0.2, 1.1, 0.1, 0.25, 1.02, None, 0.5, None, False, True, False)
    values = ", ".join(f"${n}" for n in range(1, len(item) + 1))
    await course.database.write(
        lambda connection: connection.execute(f"INSERT INTO calibrated_items VALUES (1, 1, {values})", *item)
    )
    async with browser(course, "Olga") as client:
        assert 'href="/admin/engine/items.csv"' in (await client.get("/admin/engine")).text
        download = await client.get("/admin/engine/items.csv")
    [row] = csv.DictReader(io.StringIO(download.text.removeprefix("\ufeff")))
    assert (row["Item"], row["Name"]) == ("urn:item:salt", "'=Salt")
    assert (row["Difficulty (logits)"], row["Standard error"]) == ("-0.5124", "0.2")
    assert (row["Outfit"], row["Does not fit"], row["Has moved"]) == ("", "yes", "no")


def test_the_doctor_judges_the_engine_where_it_knew_learner_and_item() -> None:
    assert _engine(None, None, 0.0).well
    good = Summary(2000, 0.8, 0.5, 0.4, 0.01, 0.5, ())
    off = replace(good, calibration_error=0.1)
    assert _engine(off, good, 2.0).sentence == "2,000 predictions in seven days, log loss 0.500, 2 alarms of drift."
    assert not _engine(good, replace(good, challenger_log_loss=0.45), 0.0).well
    assert not _engine(good, off, 0.0).well
    few = _engine(off, replace(off, count=50), 0.0)
    assert few.well
    assert "; 50 of learners and items it knew by then, too few to judge it." in few.sentence
