"""Each wish of the learner changes the very next recommendation, and says so."""

import json
from collections.abc import AsyncIterator, Mapping
from typing import Any
from uuid import uuid4

import pytest

from adaptive.evidence import CONFIDENCE
from adaptive.reasons import signed
from lrs.context import Context
from tests.integration.cooking import course
from tests.integration.learners import ADL, agent, answer
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
    assert "Your goal is Mixing at level +1.5 by 31 Dec 2099" in texts(after)
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


async def test_a_language(client: Client) -> None:
    document = course()
    german = {one["id"] for one in document["activities"] if one["id"].startswith("urn:video")}
    document["activities"] = [
        one | {"language": "de-AT"} if one["id"] in german else one for one in document["activities"]
    ]
    await client.put("/adaptive/catalogue/collection", None, document, 200)
    await client.put("/adaptive/preferences", "ann", {"language": "de-CH"})
    assert set(ids(await client.recommended("ann", limit=20))) == german
    await client.put("/adaptive/preferences", "ann", {"language": "fr"})
    found = await client.get("/adaptive/recommendations", "ann", limit=20)
    assert found["relaxed"] == "language"
    assert "Nothing is left in your language" in found["message"]
    assert set(ids(found["recommendations"])) > german


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


async def checks(client: Client, name: str, skill: str, told: str) -> None:
    """That the next step is all but certainly a question on this skill, and that each such offer says why."""
    item = f"urn:item:{skill}"
    chances = await client.chances(name)
    assert sum(chance for activity, chance in chances.items() if activity.startswith(item)) > 0.9
    offers = [one for one in await client.recommended(name, limit=20) if told in texts([one])]
    assert offers
    assert all(one["skills"] == [f"urn:skill:{skill}"] and one["activity"]["id"].startswith(item) for one in offers)


async def test_i_know_this_already_leads_to_a_check(client: Client) -> None:
    before = await client.get("/adaptive/profile", "ann")
    await client.post("/adaptive/feedback", "ann", {"activity": "urn:text:heating", "answer": "known"}, 204)
    await checks(client, "ann", "heating", "You said you know Heating already; this checks it")
    assert (await client.get("/adaptive/profile", "ann"))["skills"] == before["skills"]


async def test_a_self_assessment_stands_beside_the_estimate(client: Client) -> None:
    await client.send(answer("ann", "mixing-0", right=True, skill="mixing"))
    before = (await client.get("/adaptive/profile", "ann"))["skills"][0]
    await client.put("/adaptive/self-assessments", "ann", {"skill": "urn:skill:mixing", "level": 2.0})
    after = (await client.get("/adaptive/profile", "ann"))["skills"][0]
    gap = pytest.approx(2.0 - before["level"])
    assert after == {**before, "self_assessment": {"level": 2.0, "gap": gap, "validated_by": None}}


@pytest.mark.parametrize(("level", "side"), [(2.0, "above"), (-1.0, "below")])
async def test_a_self_assessment_is_checked_next(client: Client, level: float, side: str) -> None:
    told = f"You put yourself at {signed(level)} in Tasting, {side} +0.8 where mastery begins; this checks it"
    before = await client.chances("ann")
    assert sum(chance for activity, chance in before.items() if ":mixing" in activity) > 0.99
    await client.put("/adaptive/self-assessments", "ann", {"skill": "urn:skill:tasting", "level": level})
    await checks(client, "ann", "tasting", told)


async def tasted(client: Client, name: str, confidence: float | None, *, right: bool) -> None:
    """An answer on the last skill of the course that says how sure it is."""
    statement = answer(name, "tasting-0", right=right)
    if confidence is not None:
        statement["result"]["extensions"] = {CONFIDENCE: confidence}
    await client.send(statement)


@pytest.mark.parametrize(
    ("confidence", "right", "said"),
    [
        (0.9, False, "You were 90 % sure of your last answer on Tasting, and it was not right"),
        (0.3, True, "Your last answer on Tasting was right, though you were only 30 % sure"),
    ],
)
async def test_a_misjudged_answer_is_gone_back_to(client: Client, confidence: float, right: bool, said: str) -> None:
    await tasted(client, "ann", confidence, right=right)
    found = await client.recommended("ann", limit=20)
    told = [one for one in found if codes(one) & {"sure-but-wrong", "right-but-unsure"}]
    assert said in texts(told)
    assert {skill for one in told for skill in one["skills"]} == {"urn:skill:tasting"}
    await tasted(client, "ann", None, right=True)
    assert "last answer on Tasting" not in texts(await client.recommended("ann", limit=20))


@pytest.mark.parametrize(("confidence", "right"), [(0.9, True), (0.3, False), (None, False)])
async def test_a_well_judged_answer_is_not_spoken_of(client: Client, confidence: float | None, right: bool) -> None:
    await tasted(client, "ann", confidence, right=right)
    assert "last answer on Tasting" not in texts(await client.recommended("ann", limit=20))


async def test_confidence_moves_the_next_offer(client: Client) -> None:
    scores: dict[str, float] = {}
    for name, confidence in (("ann", 0.9), ("ben", 0.2)):
        await tasted(client, name, confidence, right=False)
        made = await client.get("/adaptive/recommendations", name, limit=20)
        offers = (await client.get(f"/adaptive/decisions/{made['decision']}"))["offers"]
        (scores[name],) = {one["components"]["confidence"] for one in offers if one["skills"] == ["urn:skill:tasting"]}
    assert scores == {"ann": 1.0, "ben": 0.0}


async def test_how_sure_and_how_right_is_counted_by_skill(client: Client) -> None:
    for number, (confidence, right) in enumerate([(0.9, True), (0.9, False), (0.6, True), (0.2, True), (0.2, False)]):
        statement = answer("ann", f"mixing-{number % 4}", right=right) | {"timestamp": f"2026-01-05T08:0{number}:00Z"}
        statement["result"]["extensions"] = {CONFIDENCE: confidence}
        await client.send(statement)
    skills = {skill["name"]: skill for skill in (await client.get("/adaptive/profile", "ann"))["skills"]}
    counted = {"sure_right": 2, "sure_wrong": 1, "unsure_right": 1, "unsure_wrong": 1}
    assert skills["Mixing"]["confidence"] == counted
    assert "confidence" not in skills["Tasting"]


async def test_an_answer_that_was_taken_back_is_not_spoken_of(client: Client) -> None:
    sure = answer("ann", "tasting-0", right=False) | {"id": str(uuid4())}
    sure["result"]["extensions"] = {CONFIDENCE: 0.9}
    await client.send(sure)
    assert "last answer on Tasting" in texts(await client.recommended("ann", limit=20))
    voided = {"id": ADL + "verbs/voided"}
    await client.send({**sure, "id": str(uuid4()), "verb": voided, "result": {}, "context": {}, "object": ref(sure)})
    assert "last answer on Tasting" not in texts(await client.recommended("ann", limit=20))
    skills = (await client.get("/adaptive/profile", "ann"))["skills"]
    assert not any("confidence" in skill for skill in skills)


def ref(statement: Mapping[str, Any]) -> dict[str, str]:
    return {"objectType": "StatementRef", "id": statement["id"]}
