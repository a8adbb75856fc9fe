"""Calls of the adaptive API that are refused, each with where and why; and odd ones that are served all the same."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from lrs.context import Context
from tests.integration.cooking import PATH, ROLE, course
from tests.integration.learners import agent
from tests.integration.service import Client, client_of

LAST_DAY = "9999-12-31"


@pytest.fixture
async def client(context: Context) -> AsyncIterator[Client]:
    async with client_of(context) as client:
        await client.put("/adaptive/catalogue/collection", None, course(), 200)
        yield client


UNSTORABLE: list[tuple[str, str, str, dict[str, Any] | None]] = [
    ("GET", "recommendations", "a\x00b", None),
    ("GET", "recommendations", "a\ud800b", None),
    ("POST", "tokens", "a\x00b", None),
    ("POST", "coaching", "ann", {"note": "a\x00b"}),
    ("POST", "peer-groups", "", {"name": "a\x00b"}),
    ("POST", "peer-groups", "", {"name": "Tasters", "agents": [{**agent("ann"), "name": "a\x00b"}]}),
]


async def test_a_text_that_cannot_be_kept_is_refused(client: Client) -> None:
    for method, path, name, body in UNSTORABLE:
        query = {"agent": json.dumps({**agent("ann"), "name": name})} if name else {}
        content = None if body is None else json.dumps(body)
        refused = await client.http.request(method, f"/adaptive/{path}", params=query, content=content)
        assert refused.status_code == 400, (path, refused.text)
    assert await client.get("/adaptive/peer-groups") == []


async def test_the_last_day_of_the_calendar(client: Client) -> None:
    due: dict[str, Any] = {"due": LAST_DAY}
    await client.put("/adaptive/goals", "ann", {"skill": "urn:skill:mixing", "level": 1.5, **due})
    cohort = (await client.post("/adaptive/cohorts", None, {"name": "A", "role": ROLE, "path": PATH, **due}, 201))["id"]
    await client.post(f"/adaptive/cohorts/{cohort}/members", None, {"agents": [agent("ben")]}, 204)
    word = {"agent": agent("cid"), "activity": "urn:item:mixing-0", "action": "assign", **due}
    await client.post("/adaptive/overrides", None, word, 201)
    await client.post("/adaptive/coaching", "dea", {"note": "n", "activity": "urn:item:mixing-0", **due}, 201)
    told = "31 Dec 9999"
    for name in ("ann", "cid", "dea"):
        offers = await client.recommended(name)
        assert any(told in reason["text"] for one in offers for reason in one["reasons"]), name
    assert await client.recommended("ben")


@pytest.mark.parametrize("until", ["2001-01-01T00:00:00Z", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00"])
async def test_an_offer_is_put_off_until_a_moment_to_come(client: Client, until: str) -> None:
    body = {"activity": "urn:item:mixing-0", "answer": "postponed", "until": until}
    refused = await client.post("/adaptive/feedback", "ann", body, 400)
    assert [fault["path"] for fault in refused["errors"]] == ["until"]


async def test_feedback_is_about_a_decision_for_this_learner(client: Client) -> None:
    body: dict[str, Any] = {"activity": "urn:item:mixing-0", "answer": "refused"}
    others = (await client.get("/adaptive/recommendations", "ben"))["decision"]
    for decision in (others, "00000000-0000-0000-0000-000000000000"):
        refused = await client.post("/adaptive/feedback", "ann", {**body, "decision": decision}, 400)
        assert [fault["path"] for fault in refused["errors"]] == ["decision"]
    assert await client.get("/adaptive/feedback", "ann") == []
    await client.post("/adaptive/feedback", "ben", {**body, "decision": others}, 204)


async def test_a_trainer_decides_about_activities_that_there_are(client: Client) -> None:
    word = {"agent": agent("ann"), "activity": "urn:none", "action": "pin"}
    for path, name, body in (
        ("overrides", None, word),
        ("overrides", None, {**word, "activity": "urn:item:mixing-0", "cohort": 2**63}),
        ("coaching", "ann", {"note": "n", "activity": "urn:none"}),
    ):
        await client.post(f"/adaptive/{path}", name, body, 400)
    assert await client.get("/adaptive/overrides") == []
    assert await client.get("/adaptive/coaching", "ann") == []


async def test_a_placement_on_what_there_is_to_find_out(client: Client) -> None:
    refused = await client.post("/adaptive/placements", "ann", {"skills": ["urn:skill:mixing", "urn:none"]}, 400)
    assert [fault["path"] for fault in refused["errors"]] == ["skills[1]"]
    refused = await client.post("/adaptive/placements", "ann", {"error": 1.9}, 400)
    assert [fault["path"] for fault in refused["errors"]] == ["error"]
    assert "ask for a smaller error" in refused["message"]
