"""Each word of a trainer changes the very next recommendation, and says so; cohorts, talks and peer groups."""

import json
from collections.abc import AsyncIterator

import pytest

from lrs.context import Context
from tests.integration.cooking import PATH, ROLE, course
from tests.integration.learners import ADL, agent, answer
from tests.integration.service import Client, client_of, ids, texts


@pytest.fixture
async def client(context: Context) -> AsyncIterator[Client]:
    async with client_of(context) as client:
        await client.put("/adaptive/catalogue/collection", None, course(), 200)
        yield client


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
    assert "Your role Cook asks for Tasting at level +1.5" in texts(found)
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
    assert ids(found)[:2] == ["urn:video:tasting", "urn:item:tasting-0"]
    assert "“First week” lets you choose 1 in Tasting (0 done, due" in found[0]["reasons"][0]["text"]
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


async def test_a_path_goes_on_past_what_a_trainer_closed(client: Client, cohort: int) -> None:
    await client.put(f"/adaptive/cohorts/{cohort}", None, {"path": PATH})
    word = {"cohort": cohort, "activity": "urn:text:tasting", "action": "lock"}
    await client.post("/adaptive/overrides", None, word, 201)
    assert ids(await client.recommended("ann"))[0] == "urn:text:heating"
    await client.post("/adaptive/overrides", None, {**word, "action": "assign"}, 201)
    assert ids(await client.recommended("ann"))[0] == "urn:text:tasting"


async def test_an_elective_may_be_refused_for_another(client: Client, cohort: int) -> None:
    await client.put(f"/adaptive/cohorts/{cohort}", None, {"path": PATH})
    read = {"actor": agent("ann"), "verb": {"id": ADL + "verbs/completed"}}
    await client.send(*({**read, "object": {"id": f"urn:text:{name}"}} for name in ("tasting", "heating")))
    assert ids(await client.recommended("ann"))[0] == "urn:video:tasting"
    await client.post("/adaptive/feedback", "ann", {"activity": "urn:video:tasting", "answer": "refused"}, 204)
    found = ids(await client.recommended("ann", limit=20))
    assert found[0] == "urn:item:tasting-0"
    assert "urn:video:tasting" not in found


async def test_a_cohorts_day_ends_its_path(client: Client, cohort: int) -> None:
    await client.put(f"/adaptive/cohorts/{cohort}", None, {"path": PATH, "due": "2099-12-31"})
    (path,) = await client.get("/adaptive/paths", "ann")
    assert path["due"] < "2099"
    await client.put(f"/adaptive/cohorts/{cohort}", None, {"path": PATH, "due": "2020-12-31"})
    (path,) = await client.get("/adaptive/paths", "ann")
    assert path["due"] == "2020-12-31T23:59:59Z"
    assert "due 31 Dec 2020" in texts(await client.recommended("ann"))


async def test_a_cohort_on_the_fixed_policy(client: Client, cohort: int) -> None:
    await client.put(f"/adaptive/cohorts/{cohort}", None, {"policy": "fixed"})
    found = await client.get("/adaptive/recommendations", "ann")
    assert ids(found["recommendations"])[0] == "urn:text:mixing"
    assert "Your cohort takes everything in turn" in texts(found["recommendations"])
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
