"""Two agents that are one person: all that hangs on a learner goes along, by fixed rules, and returns when parted."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from adaptive import coaching, cohorts, peers, wishes
from adaptive.catalogue import Catalogue
from adaptive.coaching import Talk
from adaptive.folding import catch_up
from adaptive.identities import merge, separate
from adaptive.wishes import Preferences
from lrs.context import Context
from lrs.database import Database
from lrs.errors import BadRequest
from lrs.observers import AnyConnection
from tests.integration.cooking import course
from tests.integration.learners import STORE, Record, agent, agent_id, answer
from tests.integration.service import Client, client_of
from tutor import hints
from tutor.ladder import Prompt

ANN, BEN, CID = agent_id("ann"), agent_id("ben"), agent_id("cid")
EARLY = datetime(2026, 1, 5, tzinfo=UTC)
LATE = EARLY + timedelta(days=1)
TABLES = """
SELECT table_name FROM information_schema.columns WHERE table_schema = 'public' AND column_name = 'learner_id'
  AND table_name IN (SELECT table_name FROM information_schema.tables WHERE table_type = 'BASE TABLE')"""
KEPT = {
    "goals": "skill, level, made",
    "preferences": "weekly_minutes, changed",
    "self_assessments": "skill, level, validated_by",
    "overrides": "id, activity, action",
    "cohort_members": "cohort_id, joined",
    "peers": "group_id, joined",
    "coaching": "id, note",
    "feedback": "id, activity, answer",
    "decisions": "id",
    "placements": "id, agent",
}


@pytest.fixture
async def client(context: Context) -> AsyncIterator[Client]:
    async with client_of(context) as client:
        await client.put("/adaptive/catalogue/collection", None, course(), 200)
        yield client


async def live(connection: AnyConnection, name: str, at: datetime, level: float) -> None:
    """One learner's goals, preferences and the rest, at a moment."""
    learner = agent_id(name)
    for skill in ("mixing", name):
        await wishes.set_goal(connection, STORE, learner, skill=f"urn:skill:{skill}", level=level, due=None, now=at)
        await wishes.assess(connection, STORE, learner, skill=f"urn:skill:{skill}", level=level, now=at)
        action = "pin" if name == "ann" else "ban"
        await cohorts.override(connection, STORE, f"urn:text:{skill}", action, author="Tom", now=at, learner_id=learner)
    await wishes.set_preferences(connection, STORE, learner, Preferences(weekly_minutes=int(level * 10)), at)
    await wishes.add_feedback(connection, STORE, learner, activity="urn:text:heating", answer="accepted", now=at)
    await coaching.note_talk(connection, STORE, learner, Talk(f"With {name}"), author="Tom", now=at)


async def gathered(client: Client, database: Database) -> None:
    """Ann, later than Ben in all but memberships; both in one cohort and one group, each in another of their own."""

    async def work(connection: AnyConnection) -> None:
        await live(connection, "ann", LATE, 2.0)
        await live(connection, "ben", EARLY, 1.0)
        for n, names in enumerate((("ann", "ben"), ("ann",), ("ben",))):
            plan = cohorts.Plan()
            cohort = await cohorts.create(connection, STORE, f"Cohort {n}", plan, Catalogue(), EARLY)
            group = await peers.form(connection, STORE, f"Group {n}", author="Tom", now=EARLY)
            for name in names:
                at = LATE if name == "ann" else EARLY
                await cohorts.join(connection, STORE, cohort, [agent(name)], at)
                await peers.join(connection, STORE, group, [agent(name)], at)

    await database.write(work)
    for name in ("ann", "ben"):
        await client.send(*(answer(name, f"mixing-{n}", right=True, skill="mixing") for n in range(3)))
        await client.recommended(name)
        await client.post("/adaptive/placements", name, {"skills": ["urn:skill:heating"]})


async def kept(database: Database, *learners: int) -> dict[str, list[dict[str, Any]]]:
    """All that hangs on learners, by table."""
    async with database.read() as connection:
        found = {
            table: await connection.fetch(
                f"SELECT learner_id, {columns} FROM {table} WHERE learner_id = ANY($1)", list(learners)
            )
            for table, columns in KEPT.items()
        }
    return {table: sorted((dict(row) for row in rows), key=str) for table, rows in found.items()}


async def test_nothing_hangs_on_a_learner_that_merging_forgets(database: Database) -> None:
    """A new table with a learner in it has to take part, or say here why not."""
    own = {"checkpoints", "identities", "learners", "refolds"}
    by_agent = {"accounts", "hints"}
    async with database.read() as connection:
        tables = {row["table_name"] for row in await connection.fetch(TABLES)}
    assert tables == KEPT.keys() | own | by_agent


async def test_all_goes_along_and_the_later_will_stays(client: Client, context: Context) -> None:
    database = context.database
    await gathered(client, database)
    before = await kept(database, ANN, BEN)
    await client.post("/adaptive/identities", "ben", {"same_as": agent("ann")}, 204)
    assert not any((await kept(database, BEN)).values())
    after = await kept(database, ANN)
    assert {row["skill"]: row["level"] for row in after["goals"]} == {
        "urn:skill:ann": 2.0, "urn:skill:ben": 1.0, "urn:skill:mixing": 2.0,
    }  # fmt: skip
    assert {row["skill"]: row["level"] for row in after["self_assessments"]}["urn:skill:mixing"] == 2.0
    assert [row["weekly_minutes"] for row in after["preferences"]] == [20]
    assert {row["activity"]: row["action"] for row in after["overrides"]} == {
        "urn:text:mixing": "pin", "urn:text:ann": "pin", "urn:text:ben": "ban",
    }  # fmt: skip
    for table in ("cohort_members", "peers"):
        assert [row["joined"] for row in after[table]] == [EARLY, LATE, EARLY], table
    for table in ("coaching", "feedback", "decisions", "placements"):
        assert len(after[table]) == len(before[table]) == 2, table
    for name in ("ann", "ben"):
        assert len(await client.get("/adaptive/goals", name)) == 3
        assert len(await client.get("/adaptive/coaching", name)) == 2
        assert (await client.get("/adaptive/profile", name))["skills"][0]["evidence"] == 6
    (other,) = await client.get("/adaptive/identities", "ann")
    assert other["agent"] == agent("ben")


async def test_parting_gives_everyone_back_what_was_theirs(client: Client, context: Context) -> None:
    await gathered(client, context.database)
    before = await kept(context.database, ANN, BEN)
    await client.post("/adaptive/identities", "ben", {"same_as": agent("ann")}, 204)
    assert (await client.http.delete("/adaptive/identities", params=named("ben"))).status_code == 204
    assert await kept(context.database, ANN, BEN) == before
    assert (await client.http.delete("/adaptive/identities", params=named("ben"))).status_code == 404
    await client.post("/adaptive/identities", "ben", {"same_as": {"mbox": "nobody"}}, 400)
    assert (await client.get("/adaptive/profile", "ben"))["skills"][0]["evidence"] == 3


def named(name: str) -> dict[str, str]:
    return {"agent": json.dumps(agent(name))}


async def test_what_was_changed_since_stays_where_it_was_changed(client: Client, context: Context) -> None:
    await gathered(client, context.database)
    await client.post("/adaptive/identities", "ben", {"same_as": agent("ann")}, 204)
    await client.put("/adaptive/goals", "ann", {"skill": "urn:skill:mixing", "level": 3.0})
    await client.put("/adaptive/preferences", "ben", {"weekly_minutes": 90})
    await context.database.write(lambda c: separate(c, STORE, BEN))
    found = await kept(context.database, ANN, BEN)
    mixing = {row["learner_id"]: row["level"] for row in found["goals"] if row["skill"] == "urn:skill:mixing"}
    assert mixing == {ANN: 3.0, BEN: 1.0}
    assert {row["learner_id"]: row["weekly_minutes"] for row in found["preferences"]} == {ANN: 90, BEN: 10}


async def test_a_trainers_word_since_takes_the_place_of_what_was_set_aside(client: Client, context: Context) -> None:
    await gathered(client, context.database)
    await context.database.write(lambda c: merge(c, STORE, ANN, BEN))
    again = {"agent": agent("ben"), "activity": "urn:text:mixing", "action": "lock"}
    await client.post("/adaptive/overrides", None, again, 201)
    await context.database.write(lambda c: separate(c, STORE, ANN))
    found = (await kept(context.database, BEN))["overrides"]
    assert {row["activity"]: row["action"] for row in found} == {"urn:text:mixing": "lock", "urn:text:ben": "ban"}
    assert len(found) == 2


async def test_two_who_are_merged_into_each_other_at_once_are_merged_once(context: Context) -> None:
    done = await asyncio.gather(
        context.database.write(lambda c: merge(c, STORE, ANN, BEN)),
        context.database.write(lambda c: merge(c, STORE, BEN, ANN)),
        return_exceptions=True,
    )
    assert [type(one) for one in done if isinstance(one, BaseException)] == [BadRequest]
    (learner,) = (one for one in done if isinstance(one, int))
    async with context.database.read() as connection:
        assert await connection.fetchval("SELECT array_agg(learner_id) FROM identities") == [learner]


async def test_a_merge_waits_for_who_is_being_folded_for_the_first_time(database: Database) -> None:
    """Or the evidence would be folded twice at once, and Ben would stay a learner."""
    await Record(database).write(*(answer("ben", f"i{n}", right=True) for n in range(3)))
    blocked = "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    async with database.pool.acquire() as connection:
        async with connection.transaction():
            await catch_up(connection, STORE, BEN)
            merging = asyncio.create_task(database.write(lambda c: merge(c, STORE, BEN, ANN)))
            while not merging.done() and not await database.pool.fetch(blocked):
                await asyncio.sleep(0)
        assert await merging == ANN
    await database.write(lambda c: catch_up(c, STORE, BEN))
    learners = await database.pool.fetch("SELECT learner_id, responses FROM learners")
    assert [tuple(row) for row in learners] == [(ANN, 3)]


async def test_a_chain_of_three_comes_apart_link_by_link(client: Client, context: Context) -> None:
    await gathered(client, context.database)
    before = await kept(context.database, ANN, BEN)
    for name, into in (("ann", "ben"), ("ben", "cid")):
        await client.post("/adaptive/identities", name, {"same_as": agent(into)}, 204)
    assert not any((await kept(context.database, ANN, BEN)).values())
    assert len((await kept(context.database, CID))["goals"]) == 3
    await context.database.write(lambda c: separate(c, STORE, BEN))
    assert len(await client.get("/adaptive/goals", "ann")) == 3
    assert not any((await kept(context.database, CID)).values())
    await context.database.write(lambda c: separate(c, STORE, ANN))
    assert await kept(context.database, ANN, BEN) == before
    assert not any((await kept(context.database, CID)).values())


async def test_the_hint_ladder_is_one(client: Client, context: Context) -> None:
    """A hint given to one of a person's agents is a rung for the other, and an answer of either closes it."""
    prompt = Prompt(text="Think.", level=1, strategy="nudge", model="built-in", reason="", citations=())

    async def still(learner: int) -> int:
        async with context.database.read() as connection:
            return len(await hints.still_open(connection, STORE, learner, "urn:item:mixing-0"))

    async def given(connection: AnyConnection) -> None:
        await hints.keep(connection, STORE, BEN, "urn:item:mixing-0", prompt, question="", now=datetime.now(UTC))

    await context.database.write(given)
    assert (await still(ANN), await still(BEN)) == (0, 1)
    await context.database.write(lambda c: merge(c, STORE, BEN, ANN))
    assert (await still(ANN), await still(BEN)) == (1, 1)
    await client.send(answer("ann", "mixing-0", right=True, skill="mixing"))
    assert (await still(ANN), await still(BEN)) == (0, 0)


async def test_who_came_with_an_agent_leaves_with_it(client: Client, context: Context) -> None:
    """Ann is Ben, Ben is Cid; then Ben is parted: Ann goes with him, and each has what was theirs."""
    for name in ("ann", "ben", "cid"):
        await client.send(answer(name, "mixing-0", right=name != "ben"))
        await client.put("/adaptive/goals", name, {"skill": "urn:skill:mixing", "level": len(name) + ord(name[0]) % 5})
        await client.put("/adaptive/goals", name, {"skill": "urn:skill:heating", "level": 1})
    before = {name: await client.get("/adaptive/goals", name) for name in ("ann", "ben", "cid")}
    await client.post("/adaptive/identities", "ann", {"same_as": agent("ben")}, 204)
    pair = await kept(context.database, BEN)
    levels = await client.get("/adaptive/profile", "ben")
    await client.post("/adaptive/identities", "ben", {"same_as": agent("cid")}, 204)
    await client.http.delete("/adaptive/identities", params={"agent": json.dumps(agent("ben"))})
    assert [row["agent"] for row in await client.get("/adaptive/identities", "ben")] == [agent("ann")]
    assert await client.get("/adaptive/identities", "cid") == []
    assert await client.get("/adaptive/goals", "cid") == before["cid"]
    assert await kept(context.database, BEN) == pair
    assert (await client.get("/adaptive/profile", "ann"))["skills"] == levels["skills"]
    await client.http.delete("/adaptive/identities", params={"agent": json.dumps(agent("ann"))})
    assert {name: await client.get("/adaptive/goals", name) for name in before} == before
