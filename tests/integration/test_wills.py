"""Each wish of the learner changes the very next recommendation, and says so."""

import json
from collections.abc import AsyncIterator

import pytest

from lrs.context import Context
from tests.integration.cooking import course
from tests.integration.learners import agent, answer
from tests.integration.service import Client, client_of, codes, ids, texts


@pytest.fixture
async def client(context: Context) -> AsyncIterator[Client]:
    async with client_of(context) as client:
        await client.put("/adaptive/catalogue/collection", None, course(), 200)
        yield client


async def test_a_goal_of_ones_own(client: Client) -> None:
    before = await client.recommended("ann", limit=1)
    assert "goal-gap" not in codes(before[0])
    goal = {"skill": "urn:skill:mixing", "level": 1.5, "due": "2099-12-31"}
    await client.put("/adaptive/goals", "ann", goal)
    after = await client.recommended("ann", limit=1)
    assert "goal-gap" in codes(after[0])
    assert "Your goal is Mixing at level 1.50 by 2099-12-31" in texts(after)
    assert [one["skill"] for one in await client.get("/adaptive/goals", "ann")] == ["urn:skill:mixing"]
    query = {"agent": json.dumps(agent("ann")), "skill": "urn:skill:mixing"}
    assert (await client.http.delete("/adaptive/goals", params=query)).status_code == 204
    assert (await client.http.delete("/adaptive/goals", params=query)).status_code == 404
    assert "goal-gap" not in codes((await client.recommended("ann", limit=1))[0])


async def test_goals_that_cannot_be(client: Client) -> None:
    for body, path in (
        ({"skill": "urn:skill:mixing", "level": 1, "due": "2001-01-01"}, "due"),
        ({"skill": "urn:skill:flying", "level": 1}, "skill"),
        ({"skill": "urn:skill:mixing", "level": "high"}, "level"),
        ({"skill": "urn:skill:mixing"}, "level"),
    ):
        refused = await client.put("/adaptive/goals", "ann", body, 400)
        assert [fault["path"] for fault in refused["errors"]] == [path]


async def test_a_preferred_format(client: Client) -> None:
    await client.put("/adaptive/preferences", "ann", {"formats": ["video"]})
    found = await client.recommended("ann", limit=2)
    liked = [one for one in found if one["activity"]["format"] == "video"]
    assert liked
    assert "format" in codes(liked[0])
    assert "a format you prefer: video" in texts(liked)
    await client.put("/adaptive/preferences", "ann", {"formats": ["video"], "only_formats": True})
    found = await client.recommended("ann", limit=4)
    assert {one["activity"]["format"] for one in found} == {"video"}
    refused = await client.put("/adaptive/preferences", "ann", {"formats": ["song"]}, 400)
    assert refused["errors"][0]["path"] == "formats"


async def test_formats_that_leave_nothing_are_relaxed_and_said(client: Client) -> None:
    await client.put("/adaptive/preferences", "ann", {"formats": ["external"], "only_formats": True})
    found = await client.get("/adaptive/recommendations", "ann")
    assert found["recommendations"]
    assert found["relaxed"] == "format"
    assert "these fit otherwise" in found["message"]


async def test_a_time_budget(client: Client) -> None:
    await client.put("/adaptive/preferences", "ann", {"weekly_minutes": 4})
    found = await client.recommended("ann", limit=20)
    assert {one["activity"]["minutes"] for one in found} == {2}
    assert "of the 4 minutes you have left this week" in texts(found)


async def test_adaptivity_off(client: Client) -> None:
    await client.put("/adaptive/preferences", "ann", {"adaptive": False})
    found = await client.recommended("ann", limit=3)
    assert ids(found) == ["urn:text:mixing", "urn:video:mixing", "urn:item:mixing-0"]
    assert "adaptivity off" in texts(found)


@pytest.mark.parametrize("given", ["refused", "postponed"])
async def test_no_for_now(client: Client, given: str) -> None:
    decision = await client.get("/adaptive/recommendations", "ann", limit=1)
    first = decision["recommendations"][0]["activity"]["id"]
    body = {"activity": first, "answer": given, "decision": decision["decision"], "comment": "not today"}
    await client.post("/adaptive/feedback", "ann", body, 204)
    assert first not in ids(await client.recommended("ann", limit=20))
    kept = await client.get("/adaptive/feedback", "ann")
    assert [(one["activity"], one["answer"], one["decision_id"]) for one in kept] == [
        (first, given, decision["decision"])
    ]
    await client.post("/adaptive/feedback", "ann", {"activity": first, "answer": "accepted"}, 204)
    assert first in ids(await client.recommended("ann", limit=20))


async def test_i_know_this_already_leads_to_a_check(client: Client) -> None:
    before = await client.get("/adaptive/profile", "ann")
    await client.post("/adaptive/feedback", "ann", {"activity": "urn:text:heating", "answer": "known"}, 204)
    found = await client.recommended("ann", limit=1)
    assert found[0]["skills"] == ["urn:skill:heating"]
    assert "You said you know Heating already; this checks it" in texts(found)
    assert (await client.get("/adaptive/profile", "ann"))["skills"] == before["skills"]


async def test_a_self_assessment_stands_beside_the_estimate(client: Client) -> None:
    await client.send(answer("ann", "mixing-0", right=True, skill="mixing"))
    before = (await client.get("/adaptive/profile", "ann"))["skills"][0]
    await client.put("/adaptive/self-assessments", "ann", {"skill": "urn:skill:mixing", "level": 2.0})
    after = (await client.get("/adaptive/profile", "ann"))["skills"][0]
    gap = pytest.approx(2.0 - before["level"])
    assert after == {**before, "self_assessment": {"level": 2.0, "gap": gap, "validated_by": None}}
