"""What is recommended over HTTP, and that an answer shows in the very next recommendation."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from math import log

import httpx
import pytest

from adaptive.catalogue import import_document
from adaptive.reasons import sentence
from lrs.context import Context
from tests.integration.cooking import course
from tests.integration.learners import agent, answer, skill_activity
from tests.integration.service import Client, client_of


@pytest.fixture
async def client(context: Context) -> AsyncIterator[Client]:
    async with client_of(context) as client:
        yield client


@pytest.fixture
async def cooking(context: Context, client: Client) -> Client:
    await context.database.write(lambda c: import_document(c, 1, course()))
    return client


async def test_the_shapes_of_the_answers(cooking: Client) -> None:
    await cooking.send(answer("ann", "mixing-0", right=True, skill="mixing"))
    found = await cooking.get("/adaptive/recommendations", "ann", limit=3)
    assert set(found) == {"decision", "mode", "item_version", "recommendations"}
    assert (found["mode"], found["item_version"]) == ("learning", 0)
    assert 2 <= len(found["recommendations"]) <= 3
    for one in found["recommendations"]:
        assert set(one) == {"activity", "skills", "success_probability", "reasons"}
        assert set(one["activity"]) == {"id", "name", "format", "minutes", "launch"}
        assert 0 < one["success_probability"] < 1
        assert one["reasons"]
        assert all(set(reason) == {"code", "text", "facts"} for reason in one["reasons"])
    profile = await cooking.get("/adaptive/profile", "ann")
    assert profile["agent"] == agent("ann")
    states = {skill["name"]: skill for skill in profile["skills"]}
    assert states["Mixing"]["state"] == "learning"
    assert (states["Mixing"]["evidence"], states["Heating"]["evidence"]) == (1, 0)
    assert (states["Heating"]["state"], states["Heating"]["level"]) == ("unknown", None)
    low, high = states["Mixing"]["interval"]
    assert low < states["Mixing"]["level"] < high
    assert states["Mixing"]["last_evidence"].endswith("Z")


async def test_a_chance_is_explained_with_what_an_answer_would_change(cooking: Client) -> None:
    await cooking.send(answer("ann", "mixing-0", right=True, skill="mixing"))
    found = await cooking.get("/adaptive/recommendations", "ann", limit=20)
    told = {
        one["activity"]["id"]: {reason["code"]: reason for reason in one["reasons"]} for one in found["recommendations"]
    }
    assert "forecast" not in told["urn:text:heating"]
    forecast, chance = (
        told["urn:item:heating-1"]["forecast"],
        told["urn:item:heating-1"]["zone"]["facts"]["probability"],
    )
    facts = forecast["facts"]
    assert facts["probability"] == chance
    assert facts["if_wrong"] < chance < facts["if_right"]
    guessing = 0.5
    assert sum(facts["terms"].values()) == pytest.approx(log((chance - guessing) / (1 - chance)), abs=0.002)
    now, right = (round(100 * share) for share in (chance, facts["if_right"]))
    assert forecast["text"].startswith(f"{now} %: for it speak")
    assert f"If this is answered right: {now} → {right} %" in forecast["text"]
    kept = await cooking.get(f"/adaptive/decisions/{found['decision']}")
    (again,) = (one for one in kept["offers"] if one["activity"]["id"] == "urn:item:heating-1")
    assert forecast in again["reasons"]


async def test_a_recommendation_opens_at_its_own_address_or_in_the_player(context: Context, client: Client) -> None:
    given = course()
    given["activities"] = [one for one in given["activities"] if one["skills"] == ["urn:skill:mixing"]]
    given["paths"] = []
    text, video = given["activities"][0], given["activities"][1]
    text["launch"] = "https://lms.example/text"
    await context.database.write(lambda c: import_document(c, 1, given))
    found = await client.get("/adaptive/recommendations", "ann", limit=20)
    opens = {one["activity"]["id"]: one["activity"]["launch"] for one in found["recommendations"]}
    assert opens[text["id"]] == "https://lms.example/text"
    assert opens[video["id"]] is None
    assert opens["urn:item:mixing-0"] == "http://proximal.test/learn/activity?id=urn%3Aitem%3Amixing-0"
    kept = await client.get(f"/adaptive/decisions/{found['decision']}")
    assert {one["activity"]["id"]: one["activity"]["launch"] for one in kept["offers"]} == opens
    public = context.settings.model_copy(update={"public_url": "https://learn.example/"})
    async with client_of(replace(context, settings=public)) as behind_a_proxy:
        again = await behind_a_proxy.get("/adaptive/recommendations", "ann", limit=20)
    at = {one["activity"]["id"]: one["activity"]["launch"] for one in again["recommendations"]}
    assert again["decision"] == found["decision"]
    assert at["urn:item:mixing-0"] == "https://learn.example/learn/activity?id=urn%3Aitem%3Amixing-0"
    assert at[text["id"]] == "https://lms.example/text"


async def test_an_answer_shows_in_the_very_next_recommendation(cooking: Client) -> None:
    before = {one["activity"]["id"]: one for one in await cooking.recommended("ann", limit=20)}
    await cooking.send(*(answer("ann", f"mixing-{n}", right=False, skill="mixing") for n in range(3)))
    after = {one["activity"]["id"]: one for one in await cooking.recommended("ann", limit=20)}
    item = "urn:item:mixing-3"
    assert after[item]["success_probability"] < before[item]["success_probability"]
    assert after[item]["reasons"] != before[item]["reasons"]
    assert "urn:item:mixing-0" not in after


async def test_a_mastered_skill_leads_on(cooking: Client) -> None:
    first = (await cooking.recommended("ann"))[0]
    assert first["skills"] == ["urn:skill:mixing"]
    statements = [answer("ann", f"mixing-{n}", right=True, skill="mixing") for n in range(24)]
    for n, statement in enumerate(statements):
        statement["timestamp"] = f"2026-01-0{1 + n // 8}T10:{n % 8:02}:00Z"
    await cooking.send(*statements)
    profile = await cooking.get("/adaptive/profile", "ann")
    assert profile["skills"][0]["mastery_probability"] > 0.9
    assert (await cooking.recommended("ann"))[0]["skills"] != ["urn:skill:mixing"]


async def test_a_decision_is_explained_again_from_its_facts(cooking: Client) -> None:
    found = await cooking.get("/adaptive/recommendations", "ann")
    kept = await cooking.get(f"/adaptive/decisions/{found['decision']}")
    assert [offer["reasons"] for offer in kept["offers"]] == [one["reasons"] for one in found["recommendations"]]
    for offer, draw in zip(kept["offers"], kept["draws"], strict=True):
        assert sum(draw["probabilities"]) == pytest.approx(1)
        assert offer["propensity"] == pytest.approx(
            draw["probabilities"][draw["activities"].index(offer["activity"]["id"])]
        )
        for reason in offer["reasons"]:
            assert sentence(reason["code"], reason["facts"]) == reason["text"]
    missing = await cooking.http.get("/adaptive/decisions/00000000-0000-0000-0000-000000000000")
    assert missing.status_code == 404


async def test_a_plain_lms_without_a_catalogue(client: Client) -> None:
    nothing = await client.get("/adaptive/recommendations", "ann")
    assert nothing["recommendations"] == []
    assert "publish a catalogue" in nothing["message"]
    named = {"id": "urn:item:q2", "definition": {"name": {"en": "Second"}, "interactionType": "true-false"}}
    await client.send(answer("ben", "q1", right=True), answer("ben", "q2", right=False) | {"object": named})
    await client.get("/adaptive/profile", "ben")
    found = {one["activity"]["id"]: one for one in await client.recommended("ann")}
    assert set(found) == {"urn:item:q1", "urn:item:q2"}
    assert (found["urn:item:q2"]["activity"]["name"], found["urn:item:q2"]["activity"]["format"]) == (
        "Second",
        "practice",
    )
    assert found["urn:item:q1"]["skills"] == [skill_activity("s")["id"]]
    profile = await client.get("/adaptive/profile", "ben")
    assert [(skill["id"], skill["evidence"]) for skill in profile["skills"]] == [("urn:skill:s", 2)]


async def test_a_class_at_once(cooking: Client) -> None:
    agents = [agent(name) for name in ("ann", "ben", "cid")]
    found = await cooking.post("/adaptive/recommendations/batch", None, {"agents": agents, "limit": 2})
    assert [one["agent"] for one in found] == agents
    assert all(len(one["recommendations"]) == 2 for one in found)


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ({}, "agent"),
        ({"agent": "{"}, "agent"),
        ({"agent": "[]"}, "agent"),
        ({"agent": '{"mbox": "ann"}'}, "agent.mbox"),
        ({"agent": '{"name": "Ann"}'}, "agent"),
        ({"agent": '{"objectType": "Group", "mbox": "mailto:a@b.example"}'}, "agent.objectType"),
        ({"agent": json.dumps(agent("ann")), "limit": "0"}, "limit"),
        ({"agent": json.dumps(agent("ann")), "limit": "three"}, "limit"),
        ({"agent": json.dumps(agent("ann")), "mode": "random"}, "mode"),
        ({"agent": json.dumps(agent("ann")), "max": "3"}, "max"),
    ],
)
async def test_bad_requests_say_where(client: Client, query: dict[str, str], path: str) -> None:
    answer = await client.http.get("/adaptive/recommendations", params=query)
    assert answer.status_code == 400
    assert [fault["path"] for fault in answer.json()["errors"]] == [path]


async def test_scopes(context: Context) -> None:
    async with client_of(context, "statements/write") as client:
        answer = await client.http.get("/adaptive/profile", params={"agent": json.dumps(agent("ann"))})
        assert answer.status_code == 403


async def test_a_learners_token_sees_only_that_learner(cooking: Client) -> None:
    issued = await cooking.post("/adaptive/tokens", "ann", None, 201)
    mine = {"Authorization": f"Bearer {issued['token']}"}
    theirs = (await cooking.get("/adaptive/recommendations", "ben"))["decision"]
    test = await cooking.post("/adaptive/placements", "ben", {})
    http = cooking.http
    http.auth = httpx.Auth()
    own = await http.get("/adaptive/recommendations", headers=mine)
    assert own.status_code == 200
    decision = own.json()["decision"]
    assert (await http.get("/adaptive/profile", headers=mine)).json()["agent"] == agent("ann")
    assert (await http.get(f"/adaptive/decisions/{decision}", headers=mine)).status_code == 200
    about_ben = {"agent": json.dumps(agent("ben"))}
    for method, path, params in (
        ("GET", "/adaptive/profile", about_ben),
        ("GET", "/adaptive/goals", about_ben),
        ("GET", f"/adaptive/decisions/{theirs}", {}),
        ("GET", f"/adaptive/placements/{test['placement']}", {}),
        ("POST", "/adaptive/recommendations/batch", {}),
        ("POST", "/adaptive/tokens", {}),
        ("GET", "/adaptive/cohorts", {}),
        ("GET", "/adaptive/catalogue", {}),
    ):
        refused = await http.request(method, path, params=params, headers=mine)
        assert (refused.status_code, path) == (403, path)
    unknown = await http.get("/adaptive/profile", headers={"Authorization": "Bearer learner-nobody"})
    assert unknown.status_code == 401
    statements = await http.get("/xapi/statements", headers={**mine, "X-Experience-API-Version": "2.0.0"})
    assert statements.status_code == 401


async def test_a_decision_is_drawn_again_from_its_record(context: Context, cooking: Client) -> None:
    """Forced places, places with one activity and draws among many; and a record that was tampered with."""
    word = {"agent": agent("ann"), "activity": "urn:item:tasting-2", "action": "pin"}
    await cooking.post("/adaptive/overrides", None, word, 201)
    for limit, mode in ((1, "learning"), (3, "learning"), (4, "explore"), (20, "learning"), (3, "placement")):
        found = await cooking.get("/adaptive/recommendations", "ann", limit=limit, mode=mode, fresh="true")
        assert (await cooking.get(f"/adaptive/decisions/{found['decision']}"))["reproduced"]
    await context.database.write(
        lambda c: c.execute(
            "UPDATE decisions SET document = jsonb_set(document, '{offers,0,activity,id}', '\"urn:x\"')"
        )
    )
    assert not (await cooking.get(f"/adaptive/decisions/{found['decision']}"))["reproduced"]
