"""Each wish of the learner and each word of a trainer changes the very next recommendation, and says so."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from lrs.context import Context
from tests.integration.cooking import PATH, ROLE, course
from tests.integration.learners import ADL, agent, answer
from tests.integration.service import Client, client_of


@pytest.fixture
async def client(context: Context) -> AsyncIterator[Client]:
    async with client_of(context) as client:
        await client.put("/adaptive/catalogue/collection", None, course(), 200)
        yield client


def ids(found: list[Any]) -> list[str]:
    return [one["activity"]["id"] for one in found]


def codes(one: Any) -> set[str]:
    return {reason["code"] for reason in one["reasons"]}


def texts(found: list[Any]) -> str:
    return " ".join(reason["text"] for one in found for reason in one["reasons"])


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


@pytest.fixture
async def cohort(client: Client) -> int:
    made = await client.post("/adaptive/cohorts", None, {"name": "Spring"}, 201)
    await client.post(f"/adaptive/cohorts/{made['id']}/members", None, {"agents": [agent("ann")]}, 204)
    return int(made["id"])


@pytest.mark.parametrize("action", ["pin", "assign"])
async def test_a_trainer_puts_something_first(client: Client, cohort: int, action: str) -> None:
    wanted = "urn:item:tasting-2"
    word = {"cohort": cohort, "activity": wanted, "action": action, "note": "for Friday"}
    made = await client.post("/adaptive/overrides", None, word, 201)
    found = await client.recommended("ann")
    assert ids(found)[0] == wanted
    assert "for Friday" in found[0]["reasons"][0]["text"]
    assert wanted not in ids(await client.recommended("ben"))
    assert (await client.http.delete(f"/adaptive/overrides/{made['id']}")).status_code == 204
    assert ids(await client.recommended("ann"))[0] != wanted


@pytest.mark.parametrize("action", ["ban", "lock"])
async def test_a_trainer_takes_something_away(client: Client, action: str) -> None:
    first = ids(await client.recommended("ann", limit=20))
    for activity in first[:10]:
        word = {"agent": agent("ann"), "activity": activity, "action": action}
        await client.post("/adaptive/overrides", None, word, 201)
    assert not set(ids(await client.recommended("ann", limit=20))) & set(first[:10])
    for activity in {one["id"] for one in course()["activities"]} - set(first[:10]):
        await client.post(
            "/adaptive/overrides", None, {"agent": agent("ann"), "activity": activity, "action": action}, 201
        )
    nothing = await client.get("/adaptive/recommendations", "ann")
    assert nothing["recommendations"] == []
    assert "ask your trainer" in nothing["message"]


async def test_a_role_sets_targets(client: Client, cohort: int) -> None:
    await client.put(f"/adaptive/cohorts/{cohort}", None, {"role": ROLE})
    found = await client.recommended("ann", limit=20)
    assert "Your role Cook asks for Tasting at level 1.50" in texts(found)
    assert {s["name"]: s["target"] for s in (await client.get("/adaptive/profile", "ann"))["skills"]}["Tasting"] == 1.5


async def test_a_path_leads_step_by_step(client: Client, cohort: int) -> None:
    await client.put(f"/adaptive/cohorts/{cohort}", None, {"path": PATH})
    found = await client.recommended("ann")
    assert ids(found)[0] == "urn:text:tasting"
    assert "the next required step of your path “First week” (0 of 2 done, due" in texts(found)
    read = {"actor": agent("ann"), "verb": {"id": ADL + "verbs/completed"}, "object": {"id": "urn:text:tasting"}}
    await client.send(read)
    found = await client.recommended("ann")
    assert ids(found)[0] == "urn:text:heating"
    assert "(1 of 2 done" in texts(found)
    await client.send({**read, "object": {"id": "urn:text:heating"}})
    found = await client.recommended("ann", limit=20)
    assert "Your path “First week” asks for electives in Tasting" in texts(found)
    (path,) = await client.get("/adaptive/paths", "ann")
    assert [step["expired"] for step in path["required"]] == [False, False]
    assert (path["complete"], path["electives"][0]["open"]) == (False, ["urn:video:tasting", "urn:item:tasting-0"])
    await client.send({**read, "object": {"id": "urn:video:tasting"}})
    (path,) = await client.get("/adaptive/paths", "ann")
    assert path["complete"]
    assert "asks for electives" not in texts(await client.recommended("ann", limit=20))
    long_ago = {**read, "object": {"id": "urn:text:tasting"}, "timestamp": "2020-01-01T00:00:00Z"}
    await client.send({**long_ago, "actor": agent("ben")})
    await client.post(f"/adaptive/cohorts/{cohort}/members", None, {"agents": [agent("ben")]}, 204)
    (path,) = await client.get("/adaptive/paths", "ben")
    assert [step["expired"] for step in path["required"]] == [True, False]
    assert ids(await client.recommended("ben"))[0] == "urn:text:tasting"


async def test_a_cohort_on_the_fixed_policy(client: Client, cohort: int) -> None:
    await client.put(f"/adaptive/cohorts/{cohort}", None, {"policy": "fixed"})
    found = await client.get("/adaptive/recommendations", "ann")
    assert ids(found["recommendations"])[0] == "urn:text:mixing"
    kept = await client.get(f"/adaptive/decisions/{found['decision']}")
    assert kept["policy"] == "fixed"


async def test_cohorts_and_their_levels(client: Client, cohort: int) -> None:
    await client.post(f"/adaptive/cohorts/{cohort}/members", None, {"agents": [agent("ben")]}, 204)
    await client.send(answer("ann", "mixing-0", right=True, skill="mixing"))
    await client.get("/adaptive/profile", "ann")
    levels = await client.get(f"/adaptive/cohorts/{cohort}/levels")
    assert [(row["name"], [level["name"] for level in row["levels"]]) for row in levels] == [
        ("ann@example.com", ["Mixing"]),
        ("ben@example.com", []),
    ]
    assert (await client.get("/adaptive/cohorts"))[0]["members"] == 2
    await client.post("/adaptive/cohorts", None, {"name": "Spring"}, 409)
    await client.post("/adaptive/cohorts", None, {"name": "Other", "role": "urn:role:none"}, 400)
    params = {"agent": json.dumps(agent("ben"))}
    assert (await client.http.delete(f"/adaptive/cohorts/{cohort}/members", params=params)).status_code == 204
    assert len(await client.get(f"/adaptive/cohorts/{cohort}/members")) == 1
    assert (await client.http.delete(f"/adaptive/cohorts/{cohort}")).status_code == 204
    assert (await client.http.get(f"/adaptive/cohorts/{cohort}/members")).status_code == 404


async def test_authors_publish_undo_and_see_drafts(client: Client) -> None:
    renamed = {**course(), "name": "Cooking well"}
    assert await client.put("/adaptive/catalogue/collection", None, renamed, 200) == {"version": 2}
    assert (await client.get("/adaptive/catalogue"))["collections"][0]["name"] == "Cooking well"
    assert await client.post("/adaptive/catalogue/undo", None, {"version": 2}) == {"version": 3}
    document = await client.get("/adaptive/catalogue/collection", id="urn:course")
    assert document["name"] == "Cooking"
    assert await client.put("/adaptive/catalogue/collection", None, document, 200) == {"version": 3}
    broken = {**course(), "skills": []}
    refused = await client.put("/adaptive/catalogue/collection", None, broken, 400)
    assert refused["code"] == "catalogue-invalid"
    assert "activities[0].skills[0]" in [fault["path"] for fault in refused["errors"]]
    await client.send(answer("ann", "new", right=True, skill="mixing"))
    await client.get("/adaptive/profile", "ann")
    drafts = await client.get("/adaptive/catalogue/drafts")
    assert [(one["id"], one["skills"]) for one in drafts] == [("urn:item:new", ["urn:skill:mixing"])]
    versions = await client.get("/adaptive/catalogue/history")
    assert [(row["version"], row["author"]) for row in versions] == [(3, "LMS"), (2, "LMS"), (1, "LMS")]
    gone = await client.http.delete("/adaptive/catalogue/collection", params={"id": "urn:course"})
    assert gone.json() == {"version": 4}
    assert (await client.get("/adaptive/catalogue"))["collections"] == []


async def test_authors_work_in_tables_and_frameworks(client: Client) -> None:
    params = {"id": "urn:course", "format": "csv"}
    table = await client.http.get("/adaptive/catalogue/collection", params=params)
    assert table.headers["content-type"].startswith("text/csv")
    same = await client.http.put("/adaptive/catalogue/collection", params=params, content=table.content)
    assert same.json() == {"version": 1}
    changed = table.text.replace("On mixing", "All about mixing")
    published = await client.http.put("/adaptive/catalogue/collection", params=params, content=changed)
    assert published.json() == {"version": 2}
    document = await client.get("/adaptive/catalogue/collection", id="urn:course")
    assert "All about mixing" in [activity["name"] for activity in document["activities"]]
    assert [path["id"] for path in document["paths"]] == [PATH]
    package = {
        "CFDocument": {"uri": "https://case.example/doc", "title": "Framework"},
        "CFItems": [{"uri": "https://case.example/1", "fullStatement": "Weigh"}],
    }
    case = await client.http.put("/adaptive/catalogue/collection", params={"format": "case"}, json=package)
    assert case.json() == {"version": 3}
    refused = await client.http.put("/adaptive/catalogue/collection", params=params, content="type,id\n")
    assert refused.status_code == 400


async def test_two_policies_side_by_side(client: Client, cohort: int) -> None:
    fixed = (await client.post("/adaptive/cohorts", None, {"name": "Fixed", "policy": "fixed"}, 201))["id"]
    await client.post(f"/adaptive/cohorts/{cohort}/members", None, {"agents": [agent("cid")]}, 204)
    await client.post(f"/adaptive/cohorts/{fixed}/members", None, {"agents": [agent("dea"), agent("eva")]}, 204)
    for name, right in (("ann", True), ("cid", True), ("dea", False)):
        await client.send(*(answer(name, f"mixing-{n}", right=right, skill="mixing") for n in range(3)))
        await client.get("/adaptive/profile", name)
    found = await client.get(f"/adaptive/cohorts/{cohort}/comparison", **{"with": fixed})
    adaptive, other = found["cohorts"]
    assert (adaptive["policy"], other["policy"]) == ("learning", "fixed")
    assert (adaptive["responses"]["mean"], other["responses"]["mean"]) == (3.0, 1.5)
    assert (adaptive["score"]["mean"], other["score"]["members"], other["score"]["mean"]) == (1.0, 1, 0.0)
    assert found["differences"]["responses"]["mean"] == 1.5
    low, high = found["differences"]["responses"]["interval"]
    assert low < 1.5 < high
    missing = await client.http.get(f"/adaptive/cohorts/{cohort}/comparison", params={"with": "77"})
    assert missing.status_code == 404
    assert (await client.http.get(f"/adaptive/cohorts/{cohort}/comparison", params={"with": "x"})).status_code == 400


async def test_a_coaching_talk_and_its_next_step(client: Client) -> None:
    talk = {"note": "Went well.", "next_step": "Taste with a colleague", "activity": "urn:item:tasting-1"}
    await client.post("/adaptive/coaching", "ann", {**talk, "due": "2099-12-31"}, 201)
    (kept,) = await client.get("/adaptive/coaching", "ann")
    assert {name: kept[name] for name in talk} == talk
    assert (kept["author"], kept["due"]) == ("LMS", "2099-12-31")
    found = await client.recommended("ann")
    assert ids(found)[0] == "urn:item:tasting-1"
    assert "Taste with a colleague" in found[0]["reasons"][0]["text"]
    await client.post("/adaptive/coaching", "ann", {"note": ""}, 400)


async def test_a_trainer_agrees_with_a_self_assessment(client: Client) -> None:
    skill = {"skill": "urn:skill:mixing"}
    await client.post("/adaptive/self-assessments/validation", "ann", skill, 404)
    await client.put("/adaptive/self-assessments", "ann", {**skill, "level": 1.0})
    await client.post("/adaptive/self-assessments/validation", "ann", skill, 204)
    assert (await client.get("/adaptive/self-assessments", "ann"))[0]["validated_by"] == "LMS"
    await client.put("/adaptive/self-assessments", "ann", {**skill, "level": 2.0})
    assert (await client.get("/adaptive/self-assessments", "ann"))[0]["validated_by"] is None


async def test_a_peer_group_is_seen_by_its_members_alone(client: Client) -> None:
    group = {"name": "Tasters", "purpose": "Taste together", "agents": [agent("ann"), agent("ben")]}
    path = f"/adaptive/peer-groups/{(await client.post('/adaptive/peer-groups', None, group, 201))['id']}"
    (seen,) = await client.get("/adaptive/peers", "ann")
    assert (seen["name"], seen["purpose"], seen["author"]) == ("Tasters", "Taste together", "LMS")
    assert seen["peers"] == ["ben@example.com"]
    assert await client.get("/adaptive/peers", "cid") == []
    await client.post(f"{path}/members", None, {"agents": [agent("cid"), agent("ben")]}, 204)
    assert (await client.get("/adaptive/peers", "cid"))[0]["peers"] == ["ann@example.com", "ben@example.com"]
    params = {"agent": json.dumps(agent("ann"))}
    assert [(await client.http.delete(f"{path}/members", params=params)).status_code for _ in "12"] == [204, 404]
    assert await client.get("/adaptive/peers", "ann") == []
    assert (await client.get("/adaptive/peer-groups"))[0]["members"] == 2
    assert [(await client.http.delete(path)).status_code for _ in "12"] == [204, 404]
    assert await client.get("/adaptive/peers", "ben") == []
    await client.post(f"{path}/members", None, {"agents": [agent("ben")]}, 404)


async def test_a_peer_group_is_formed_whole_or_not_at_all(client: Client) -> None:
    await client.post("/adaptive/peer-groups", None, {"name": "Tasters", "agents": [{"mbox": "nobody"}]}, 400)
    await client.post("/adaptive/peer-groups", None, {"name": " "}, 400)
    assert await client.get("/adaptive/peer-groups") == []
    await client.post("/adaptive/peer-groups", None, {"name": "Tasters"}, 201)
    await client.post("/adaptive/peer-groups", None, {"name": "Tasters"}, 409)


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
