"""An offer stands until something changes that it rests on."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from adaptive import outbox
from adaptive.recommendations import STANDS
from lrs.context import Context
from lrs.writing import Writer
from tests.integration.browsing import account, browser, hidden, quick_hashes, stored
from tests.integration.browsing import course as offered_course
from tests.integration.cooking import PATH, ROLE, course
from tests.integration.learners import ADL, agent, answer
from tests.integration.service import Client, client_of

__all__ = ["offered_course", "quick_hashes"]


@pytest.fixture
async def client(context: Context) -> AsyncIterator[Client]:
    async with client_of(context) as client:
        await client.put("/adaptive/catalogue/collection", None, course(), 200)
        yield client


async def asked(client: Client, name: str = "ann", **query: Any) -> Any:
    return await client.get("/adaptive/recommendations", name, **query)


async def decisions(context: Context) -> int:
    async with context.database.read() as connection:
        return int(await connection.fetchval("SELECT count(*) FROM decisions"))


async def test_asking_again_answers_the_same_and_records_nothing(client: Client, context: Context) -> None:
    first = await asked(client)
    assert [await asked(client) for _ in range(3)] == [first] * 3
    assert await decisions(context) == 1
    batch = {"agents": [agent("ann"), agent("ben")]}
    for _ in range(2):
        (same, other) = await client.post("/adaptive/recommendations/batch", None, batch)
        assert same == {"agent": agent("ann"), **first}
        assert other["decision"] != first["decision"]
    assert await decisions(context) == 2


async def test_another_question_or_a_fresh_one_is_decided_anew(client: Client) -> None:
    first = await asked(client)
    others = [await asked(client, **q) for q in ({"limit": 2}, {"mode": "review"}, {"fresh": "true"})]
    assert len({one["decision"] for one in (first, *others)}) == 4
    assert (await asked(client))["decision"] == others[2]["decision"]
    refused = await client.http.get("/adaptive/recommendations", params={"agent": "{}", "fresh": "maybe"})
    assert refused.status_code == 400


async def _read(client: Client) -> None:
    verb = {"id": ADL + "verbs/completed"}
    await client.send({"actor": agent("ann"), "verb": verb, "object": {"id": "urn:text:mixing"}})


async def _join(client: Client, name: str, **plan: Any) -> None:
    made = await client.post("/adaptive/cohorts", None, {"name": name, **plan}, 201)
    await client.post(f"/adaptive/cohorts/{made['id']}/members", None, {"agents": [agent("ann")]}, 204)


BAN = {"agent": agent("ann"), "activity": "urn:video:mixing", "action": "ban"}
CHANGES: dict[str, Callable[[Client], Awaitable[Any]]] = {
    "an answer": lambda c: c.send(answer("ann", "mixing-0", right=True, skill="mixing")),
    "a reading": _read,
    "formats": lambda c: c.put("/adaptive/preferences", "ann", {"formats": ["video"]}),
    "minutes": lambda c: c.put("/adaptive/preferences", "ann", {"weekly_minutes": 20}),
    "adaptivity": lambda c: c.put("/adaptive/preferences", "ann", {"adaptive": False}),
    "a refusal": lambda c: c.post("/adaptive/feedback", "ann", _said("urn:item:mixing-0", "refused"), 204),
    "a claim": lambda c: c.post("/adaptive/feedback", "ann", _said("urn:text:heating", "known"), 204),
    "a ban": lambda c: c.post("/adaptive/overrides", None, BAN, 201),
    "a talk": lambda c: c.post("/adaptive/coaching", "ann", {"note": "x", "activity": "urn:video:mixing"}, 201),
    "a role": lambda c: _join(c, "Role", role=ROLE),
    "a goal": lambda c: c.put("/adaptive/goals", "ann", {"skill": "urn:skill:tasting", "level": 1.0}),
    "a path": lambda c: _join(c, "Path", path=PATH),
    "a policy": lambda c: _join(c, "Fixed", policy="fixed"),
    "the catalogue": lambda c: c.put("/adaptive/catalogue/collection", None, {**course(), "name": "Baking"}, 200),
}


def _said(activity: str, word: str) -> dict[str, str]:
    return {"activity": activity, "answer": word}


async def test_each_change_makes_a_new_decision_for_whom_it_concerns(client: Client) -> None:
    before, other = await asked(client), await asked(client, "ben")
    for what, change in CHANGES.items():
        await change(client)
        after = await asked(client)
        assert after["decision"] != before["decision"], what
        assert after == await asked(client), what
        assert (await asked(client, "ben") == other) is (what != "the catalogue"), what
        before = after


async def test_a_decision_grows_old(client: Client, context: Context) -> None:
    before = await asked(client)
    for age, same in ((STANDS - timedelta(minutes=1), True), (STANDS + timedelta(minutes=1), False)):
        moment = context.clock() + age

        def clock(moment: datetime = moment) -> datetime:
            return moment

        async with client_of(replace(context, clock=clock)) as later:
            assert ((await asked(later))["decision"] == before["decision"]) is same


async def test_what_is_discovered_is_offered_at_once(context: Context) -> None:
    async with client_of(context) as client:
        assert (await asked(client))["recommendations"] == []
        await client.send(answer("ben", "one", right=True))
        await client.get("/adaptive/profile", "ben")
        found = await asked(client)
        assert [one["activity"]["id"] for one in found["recommendations"]] == ["urn:item:one"]
        assert await asked(client) == found


async def test_loading_the_page_again_is_calm(offered_course: Context) -> None:
    """Nor is an offer told of twice, whoever decided it, before and after its delivery into the record."""
    ada = await account(offered_course, "Ada", "learner")
    async with client_of(offered_course) as lms:
        about = {"agent": json.dumps(ada.agent)}
        made = (await lms.http.get("/adaptive/recommendations", params=about)).json()["decision"]
    async with browser(offered_course, "Ada") as client:
        pages = [(await client.get("/learn/")).text for _ in range(2)]
        assert await outbox.deliver(offered_course, Writer(offered_course)) == pages[0].count('class="card"') > 0
        pages += [(await client.get("/learn/")).text for _ in range(2)]
    assert pages[0] == pages[1] == pages[2] == pages[3]
    assert hidden(pages[0], "decision") == made
    assert await outbox.deliver(offered_course, Writer(offered_course)) == 0
    assert await decisions(offered_course) == 1
    assert len(await stored(offered_course)) == pages[0].count('class="card"')
