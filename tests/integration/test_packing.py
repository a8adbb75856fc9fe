"""Learners, lessons and predictions of earlier releases are packed by the migration as the code of today reads them."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg

from adaptive.audit.predictions import Prediction
from adaptive.audit.predictions import unpacked as predictions_in
from adaptive.engine import LearnerState, Response, Trace
from adaptive.folding import fold_learners
from adaptive.lessons import unpacked as lessons_in
from adaptive.levels import Told, told
from adaptive.pieces import datetime_at, moment_of
from lrs.migrations import migrate, migrations

ANSWERED = datetime(2025, 3, 1, 9, 30, 15, 123457, tzinfo=UTC)
TRACE = Trace(0.7, 1.0, 0.25, 1.5, 3, (300, 650, 670) * 2, (7, 8), (1, 2, 3, 4, 5, 6, 9, 10))
SEEN = """
INSERT INTO learners (store_id, learner_id, state, version, responses, last_timestamp, last_stored, last_position,
    last_statement_id, skill_ids, means, sds, counts, last_evidence, mastery, was_mastered, stabilities, difficulties,
    practised)
VALUES (1, 5, '\\x02', 3, 9, $1, $1::timestamptz + interval '1 day', 7, '0badcafe-0000-4000-8000-000000000001',
    '{-11,12}', '{0.1,-0.2}', '{0.5,0.75}', '{4,5}', $2, '{0.3,0.96}', '{f,t}', '{1.5,2.5}', '{5.25,6.25}',
    '{100.125,200.25}')"""


async def test_what_an_earlier_release_left_is_read(empty_dsn: str) -> None:
    connection = await asyncpg.connect(empty_dsn)
    await migrate(connection, [each for each in migrations() if each.number < 14])
    await connection.execute(SEEN, ANSWERED, [ANSWERED, ANSWERED])
    await connection.execute("INSERT INTO learners (store_id, learner_id) VALUES (1, 6)")
    lesson = "INSERT INTO lessons (store_id, item_id, skill_ids, time, score, weight, guessing, trace) VALUES"
    await connection.execute(f"{lesson} (1, -77, $1, 5.5, 1, 0.5, 0.25, $2)", [-11, 12], TRACE.encode())
    await connection.execute(f"{lesson} (1, 78, '{{}}', 6.5, 0, 1, 0, 'unreadable')")
    await connection.execute(f"{lesson} (1, 79, '{{}}', 6.5, 0, 1, 0, $1)", _without_skills().encode())
    await connection.execute(
        "INSERT INTO unscored (store_id, item_id, course_id, learner_answers, item_answers, probability, score)"
        " VALUES (1, -77, NULL, 3, 4, 0.1, 1), (1, 78, -9, 5, 6, 0.2, 0.5)"
    )
    await migrate(connection)
    rows = await connection.fetch("SELECT * FROM learners ORDER BY learner_id")
    first, second = told(rows[0]["skills"])
    assert first == Told(-11, 0.1, 0.5, 4, ANSWERED.timestamp(), 0.3, False, 1.5, 5.25, 100.125)
    assert second == Told(12, -0.2, 0.75, 5, ANSWERED.timestamp(), 0.96, True, 2.5, 6.25, 200.25)
    assert first.last_evidence == ANSWERED
    assert (rows[0]["state"], rows[0]["responses"]) == (b"\x02", 9)
    place = rows[0]["last_place"]
    assert datetime_at(moment_of(place)) == ANSWERED
    assert datetime_at(moment_of(place[8:])) == ANSWERED + timedelta(days=1)
    assert place[16:] == (7).to_bytes(4, "big") + UUID("0badcafe-0000-4000-8000-000000000001").bytes
    assert rows[1]["last_place"] is None
    assert list(told(rows[1]["skills"])) == []
    left = await connection.fetch("SELECT responses, data FROM lessons ORDER BY id")
    assert [row["responses"] for row in left] == [1, 1, 1]
    (response, trace), (bare, _) = (lesson for row in left for lesson in lessons_in(row["data"]))
    assert response == Response(-77, (-11, 12), 5.5, 1.0, 0.5, 0.25)
    assert trace.encode() == TRACE.encode()
    assert bare.skills == ()
    waiting = await connection.fetch("SELECT predictions, data FROM unscored ORDER BY id")
    assert [one for row in waiting for one in predictions_in(row["data"])] == [
        Prediction(-77, 0, 3, 4, 0.1, 1.0),
        Prediction(78, -9, 5, 6, 0.2, 0.5),
    ]
    await connection.close()


def _without_skills() -> Trace:
    return Trace(0.7, 1.0, 0.25, 1.5, 3, (), (), (1, 2, 3, 4, 5, 6, 9))


async def test_learners_held_up_by_the_end_of_the_calendar_are_folded(empty_dsn: str) -> None:
    connection = await asyncpg.connect(empty_dsn)
    await migrate(connection, [each for each in migrations() if each.number < 19])
    statement = (
        "INSERT INTO evidence (store_id, agent_id, timestamp, statement_id, stored, position, item_id, kind, verb,"
        " score, hints, skill_ids, container_ids, version, folded_skill_ids, guessing, weight, prediction)"
        " SELECT 1, $1, $2::text::timestamptz, gen_random_uuid(), now(), 0, 7, 1, 1, 1, 0, '{8}', '{}',"
        " $3::integer, CASE WHEN $3 IS NOT NULL THEN '{8}'::bigint[] END, 0, 1, 0.5"
    )
    for agent, moment, version in ((5, "infinity", 0), (5, "2026-01-01", None), (6, "-infinity", None)):
        await connection.execute(statement, agent, moment, version)
    await connection.execute(
        "INSERT INTO learners (store_id, learner_id, state, skills, responses, last_timestamp, last_stored,"
        " last_position, last_statement_id) VALUES (1, 5, $1, '', 1, 'infinity', now(), 0, gen_random_uuid())",
        LearnerState().encode(),
    )
    await migrate(connection)
    async with connection.transaction():
        assert await fold_learners(connection, 1, [5, 6]) == 2
    found = await connection.fetch("SELECT learner_id, responses FROM learners ORDER BY learner_id")
    assert [tuple(row) for row in found] == [(5, 2), (6, 1)]
    await connection.close()
