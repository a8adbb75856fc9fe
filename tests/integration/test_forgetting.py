"""A person is forgotten whole, under every identity, with an audit entry; nobody else is touched."""

import asyncio
import json
from collections.abc import AsyncIterator
from hashlib import sha256
from io import BytesIO
from typing import Any

import anyio.to_thread
import pytest
from click.testing import CliRunner, Result

from adaptive import erasure
from adaptive.folding import catch_up
from admin.commands.forget import command
from admin.forgetting import forget
from lrs import accounts
from lrs import erasure as record
from lrs.accounts import NewAccount
from lrs.attachments import Attachment, keep
from lrs.context import Context
from lrs.errors import NotFound
from lrs.observers import AnyConnection
from lrs.payloads import pack
from tests.integration.cooking import course
from tests.integration.learners import ADL, agent, agent_id, answer
from tests.integration.service import Client, client_of
from tests.integration.test_attachments import MIXED, attachment, mixed

STATE = "/xapi/activities/state"
VERSION = {"X-Experience-API-Version": "2.0.0"}


@pytest.fixture
async def client(context: Context) -> AsyncIterator[Client]:
    """Ann, who is Anna too, and Ben have used everything there is."""
    async with client_of(context) as client:
        await client.put("/adaptive/catalogue/collection", None, course(), 200)
        cohort = (await client.post("/adaptive/cohorts", None, {"name": "Spring"}, 201))["id"]
        for name in ("ann", "ben"):
            await used_by(client, name, cohort)
        await client.send(answer("anna", "mixing-1", right=False))
        await client.post("/adaptive/identities", "anna", {"same_as": agent("ann")}, 204)
        await client.get("/adaptive/profile", "ann")
        yield client


async def used_by(client: Client, name: str, cohort: int) -> None:
    helped = answer(name, "mixing-0", right=True, instructor=agent("ann"))
    await client.send(helped, answer(name, "heating-0", right=False))
    document = {"activityId": "urn:item:mixing-0", "agent": json.dumps(agent(name)), "stateId": "bookmark"}
    await client.http.put(STATE, params=document, content=b"here", headers=VERSION)
    await client.put("/adaptive/goals", name, {"skill": "urn:skill:tasting", "level": 1.0})
    await client.put("/adaptive/preferences", name, {"formats": ["video"]})
    await client.put("/adaptive/self-assessments", name, {"skill": "urn:skill:tasting", "level": 1.0})
    await client.post(f"/adaptive/cohorts/{cohort}/members", None, {"agents": [agent(name)]}, 204)
    await client.post("/adaptive/peer-groups", None, {"name": name, "agents": [agent(name)]}, 201)
    await client.post("/adaptive/coaching", name, {"note": "n", "activity": "urn:item:mixing-1"}, 201)
    await client.post("/adaptive/tokens", name, {}, 201)
    found = await client.get("/adaptive/recommendations", name)
    offered = found["recommendations"][0]["activity"]["id"]
    given = {"activity": offered, "answer": "refused", "decision": found["decision"]}
    await client.post("/adaptive/feedback", name, given, 204)
    test = await client.post("/adaptive/placements", name, {"items": 2})
    body = {"item": test["item"]["id"], "answer": "unknown"}
    await client.post(f"/adaptive/placements/{test['placement']}/answers", None, body)


async def run(dsn: str, *arguments: str) -> Result:
    """The command as an operator calls it."""
    runner = CliRunner(env={"PROXIMAL_DATABASE_URL": dsn})
    return await anyio.to_thread.run_sync(lambda: runner.invoke(command, list(arguments)))


async def traces(context: Context, *names: str) -> dict[str, int]:
    """Tables with rows that hold an address or the key of one of these people, and how many."""
    keys, found = [agent_id(name) for name in names], {}
    async with context.database.read() as connection:
        tables = await connection.fetch(
            """SELECT table_name AS name, array_agg(column_name::text) FILTER (WHERE data_type = 'bigint') AS numbers
               FROM information_schema.columns WHERE table_schema = 'public' GROUP BY 1"""
        )
        for table in tables:
            tests = [f"t::text ~ '\"mailto:({'|'.join(names)})@example\\.com\"'"]
            tests += [f"t.{column} = ANY($1::bigint[])" for column in table["numbers"] or ()]
            sql = f"SELECT count(*) FROM {table['name']} t WHERE $1::bigint[] IS NOT NULL AND ({' OR '.join(tests)})"
            if count := await connection.fetchval(sql, keys):
                found[table["name"]] = count
    return found


async def test_a_person_is_forgotten_and_nobody_else(context: Context, dsn: str, client: Client) -> None:
    before, others = await traces(context, "ann", "anna"), await traces(context, "ben")
    assert {"statements", "evidence", "learners", "decisions", "goals", "hints"} - before.keys() == {"hints"}
    trial = await run(dsn, "ann@example.com")
    assert trial.exit_code == 0, trial.output
    assert "would be deleted" in trial.output
    assert await traces(context, "ann", "anna") == before
    done = await run(dsn, "ann@example.com", "--really", "--json")
    counts = json.loads(done.stdout)
    assert (counts["deleted"], counts["statements"], counts["documents"], counts["placements"]) == (True, 6, 1, 1)
    assert counts["mentions"] == 1
    assert await traces(context, "ann", "anna") == {"related_terms": 1}
    assert await traces(context, "ben") == others
    for name in ("ann", "anna"):
        query = {"agent": json.dumps(agent(name))}
        listed = await client.http.get("/xapi/statements", params=query, headers=VERSION)
        assert listed.json()["statements"] == []
        assert not any(skill["evidence"] for skill in (await client.get("/adaptive/profile", name))["skills"])
    assert await client.recommended("ann")


async def test_an_erasure_is_on_record_and_not_made_twice(context: Context, dsn: str, client: Client) -> None:
    assert (await run(dsn, "ann@example.com", "--really")).exit_code == 0
    (entry,) = await context.database.pool.fetch("SELECT subjects, counts, author FROM erasures")
    hashes = {sha256(f"mbox:mailto:{name}@example.com".encode()).digest() for name in ("ann", "anna")}
    assert set(entry["subjects"]) == hashes
    assert entry["author"]
    assert "example.com" not in str(dict(entry))
    again = await run(dsn, "ann@example.com", "--really")
    assert isinstance(again.exception, NotFound)
    assert "keeps nothing of mbox:mailto:ann@example.com" in str(again.exception)


async def test_who_comes_back_begins_anew(dsn: str, client: Client) -> None:
    assert (await run(dsn, json.dumps(agent("ann")), "--really")).exit_code == 0
    await client.send(answer("ann", "mixing-0", right=True))
    skills = {skill["name"]: skill["evidence"] for skill in (await client.get("/adaptive/profile", "ann"))["skills"]}
    assert skills == {"Mixing": 1, "Heating": 0, "Tasting": 0}


@pytest.mark.parametrize(("roles", "left"), [(("learner",), 0), (("learner", "trainer"), 1)])
async def test_an_account_goes_unless_it_does_more_than_learn(
    context: Context, dsn: str, client: Client, roles: tuple[str, ...], left: int
) -> None:
    new = NewAccount(1, "ann@example.com", "Ann", roles, "a long sentence")
    await context.database.write(lambda connection: accounts.create(connection, new, now=context.clock()))
    told = await run(dsn, "ann@example.com", "--really")
    assert ("account stays" in told.output) == bool(left)
    assert len(await context.database.pool.fetch("SELECT FROM accounts")) == left


async def test_a_trail_of_voids_and_references_holds(dsn: str, client: Client) -> None:
    """Others' statements about the person's own stay, and can be read."""
    own = answer("ann", "mixing-2", right=True) | {"id": "5a3b1c52-9f0c-4f2e-8e0c-6d2f8a4f3b11"}
    await client.send(own)
    about: dict[str, Any] = {"actor": agent("ben"), "object": {"objectType": "StatementRef", "id": own["id"]}}
    await client.send({**about, "verb": {"id": ADL + "verbs/voided"}})
    assert json.loads((await run(dsn, "ann@example.com", "--really", "--json")).stdout)["mentions"] == 1
    query = {"agent": json.dumps(agent("ann")), "related_agents": "true"}
    named = (await client.http.get("/xapi/statements", params=query, headers=VERSION)).json()["statements"]
    assert [statement["verb"]["id"] for statement in named] == [ADL + "verbs/answered"]
    await client.send(own)
    listed = (await client.http.get("/xapi/statements", params={"verb": ADL + "verbs/voided"}, headers=VERSION)).json()
    assert len(listed["statements"]) == 1


async def test_attachments_go_unless_others_have_them_too(context: Context, dsn: str, client: Client) -> None:
    for name, contents in (("ann", (b"essay", b"handout")), ("ben", (b"handout",))):
        sent = answer(name, "tasting-1", right=True) | {"attachments": [attachment(content) for content in contents]}
        stored = await client.http.post("/xapi/statements", content=mixed(sent, *contents), headers=VERSION | MIXED)
        assert stored.status_code == 200, stored.text
    counts = json.loads((await run(dsn, "ann@example.com", "--really", "--json")).stdout)
    assert counts["attachments"] == 1
    left = await context.database.pool.fetch(
        "SELECT a.sha2, p.content FROM attachments a JOIN attachment_parts p USING (sha2)"
    )
    assert [bytes(row["content"]) for row in left] == [b"handout"]


@pytest.mark.parametrize("first", [True, False])
async def test_an_attachment_that_is_sent_again_meanwhile_stays(
    context: Context, client: Client, *, first: bool
) -> None:
    """Whether its sender or who forgets comes first."""
    sent = answer("ann", "tasting-1", right=True) | {"attachments": [attachment(b"essay")]}
    stored = await client.http.post("/xapi/statements", content=mixed(sent, b"essay"), headers=VERSION | MIXED)
    assert stored.status_code == 200, stored.text
    essay = Attachment(1, sha256(b"essay").hexdigest(), 5, BytesIO(b"essay"))
    blocked = "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    pool, again = context.database.pool, json.dumps({"attachments": [attachment(b"essay")]}).encode()

    async def send(link: AnyConnection) -> None:
        await keep(link, [essay])
        await link.execute("UPDATE statements SET payload = $1 WHERE actor = $2", pack(again), agent_id("ben"))

    async def erase(link: AnyConnection) -> None:
        await record.erase(link, 1, [agent_id("ann")])

    async with pool.acquire() as link:
        async with link.transaction():
            await (send if first else erase)(link)
            other = asyncio.create_task(context.database.write(erase if first else send))
            while not other.done() and not await pool.fetch(blocked):
                await asyncio.sleep(0)
        await other
    assert await pool.fetchval("SELECT content FROM attachment_parts") == b"essay"


async def test_an_answer_that_comes_meanwhile_stays_whole(
    context: Context, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    erase, about = erasure.erase, agent("ann")

    async def slowly(*arguments: Any) -> dict[str, int]:
        await client.send(answer("ann", "mixing-2", right=True))
        return await erase(*arguments)

    monkeypatch.setattr(erasure, "erase", slowly)
    await context.database.write(lambda link: forget(link, 1, about, author="operator", now=context.clock()))
    query = {"agent": json.dumps(about)}
    listed = await client.http.get("/xapi/statements", params=query, headers=VERSION)
    assert [statement["object"]["id"] for statement in listed.json()["statements"]] == ["urn:item:mixing-2"]
    assert [skill["evidence"] for skill in (await client.get("/adaptive/profile", "ann"))["skills"]] == [1, 0, 0]


async def test_nobody_begins_with_whom_is_being_forgotten(context: Context, client: Client) -> None:
    """The worker passes over a person who was never folded, too."""
    await client.send(answer("eve", "mixing-2", right=True))
    async with context.database.pool.acquire() as connection, connection.transaction():
        ids, _ = await erasure.whole_person(connection, 1, agent("eve"))
        folding = asyncio.create_task(client.get("/adaptive/profile", "eve"))
        blocked = "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        while not folding.done() and not await context.database.pool.fetch(blocked):
            await asyncio.sleep(0)
        assert not folding.done()
    await folding
    assert ids == [agent_id("eve")]


async def test_who_was_begun_with_meanwhile_is_locked_all_the_same(context: Context, client: Client) -> None:
    await client.send(answer("eve", "mixing-2", right=True))
    blocked = "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    free = "SELECT FROM learners WHERE learner_id = $1 FOR UPDATE SKIP LOCKED"
    pool, eve = context.database.pool, agent_id("eve")
    async with pool.acquire() as forgetting, forgetting.transaction(), pool.acquire() as folding:
        async with folding.transaction():
            await catch_up(folding, 1, eve)
            whole = asyncio.create_task(erasure.whole_person(forgetting, 1, agent("eve")))
            while not whole.done() and not await pool.fetch(blocked):
                await asyncio.sleep(0)
        await whole
        assert not await folding.fetch(free, eve)


@pytest.mark.parametrize("who", ["nobody", "a|b", "{}", "{"])
async def test_whom_nobody_can_be(dsn: str, who: str) -> None:
    told = await run(dsn, who)
    assert getattr(told.exception, "code", None) == "agent-invalid"
