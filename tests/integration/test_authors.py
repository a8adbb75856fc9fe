"""What authors do over HTTP: publish, undo, tables and frameworks; and what is refused with a place and a reason."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from lrs.context import Context
from tests.integration.cooking import PATH, course
from tests.integration.learners import answer
from tests.integration.service import Client, client_of


@pytest.fixture
async def client(context: Context) -> AsyncIterator[Client]:
    async with client_of(context) as client:
        await client.put("/adaptive/catalogue/collection", None, course(), 200)
        yield client


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


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b'{"id": "urn:x",\n "name" "X"}', "is no JSON from line 2, column 9: expecting ':' delimiter"),
        (b'{"id": "urn:x",\n "name": "\xe9"}', "is not UTF-8 text: line 2 has a byte that belongs to no character"),
        (b"[" * 100_000, "is no JSON that can be read: it is nested too deep, or a number in it is too long"),
    ],
)
async def test_a_file_that_is_no_json_is_told_where(client: Client, content: bytes, told: str) -> None:
    refused = await client.http.put("/adaptive/catalogue/collection", content=content)
    assert (refused.status_code, refused.json()["message"]) == (400, f"The body {told}.")


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


DEFINED = {
    "type": "http://adlnet.gov/expapi/activities/cmi.interaction",
    "name": {"en": "Salt"},
    "description": {"de": "Wann?", "en": "When to salt?"},
    "moreInfo": "https://lms.example/salt",
    "interactionType": "choice",
    "choices": [{"id": "a", "description": {"en": "First"}}, {"id": "b"}],
    "correctResponsesPattern": ["a"],
}


async def test_a_draft_has_the_definition_and_can_be_published_as_it_is(client: Client) -> None:
    told = answer("ann", "salt", right=True, skill="mixing")
    likert = answer("ann", "mood", right=True, skill="mixing")
    keyless = answer("ann", "open", right=True, skill="mixing")
    told["object"]["definition"] = DEFINED
    likert["object"]["definition"] = {"interactionType": "likert", "scale": [{"id": "1"}], "name": {"en": "Mood"}}
    keyless["object"]["definition"] = {**DEFINED, "name": {"en": "Open"}, "correctResponsesPattern": []}
    await client.send(told, likert, keyless)
    await client.get("/adaptive/profile", "ann")
    drafts = {one["name"]: one for one in await client.get("/adaptive/catalogue/drafts")}
    assert drafts["Salt"] == {
        "id": "urn:item:salt",
        "name": "Salt",
        "format": "practice",
        "skills": ["urn:skill:mixing"],
        "description": "When to salt?",
        "launch": "https://lms.example/salt",
        "interaction": "choice",
        "prompt": "When to salt?",
        "choices": {"a": "First", "b": "b"},
        "key": ["a"],
    }
    assert drafts["Mood"]["interaction"] == "other"
    assert "interaction" not in drafts["Open"]
    document = course()
    document["activities"] += drafts.values()
    await client.put("/adaptive/catalogue/collection", None, document, 200)
    assert await client.get("/adaptive/catalogue/drafts") == []


PACKAGE: dict[str, Any] = {
    "CFDocument": {"uri": "https://case.example/doc", "title": "Framework"},
    "CFItems": [{"uri": "https://case.example/1", "fullStatement": "Weigh"}],
}
CONCEPT = {"type": "Activity", "id": "urn:c:1", "activityDefinition": {"type": "urn:x/skill", "name": {"en": "One"}}}


@pytest.mark.parametrize(
    ("written", "document", "status"),
    [
        ("case", {**PACKAGE, "CFItems": [1]}, 400),
        ("case", {**PACKAGE, "CFItems": PACKAGE["CFItems"] * 2}, 400),
        ("case", {**PACKAGE, "CFAssociations": [1, {"originNodeURI": "x", "destinationNodeURI": 5}]}, 200),
        ("profile", {"id": "urn:c", "prefLabel": {"en": "P"}, "concepts": [{**CONCEPT, "broader": 5}, 7]}, 200),
        (
            "profile",
            {"id": "urn:c", "prefLabel": {"en": "P"}, "concepts": [{**CONCEPT, "activityDefinition": []}]},
            200,
        ),
    ],
)
async def test_a_framework_with_faults(client: Client, written: str, document: Any, status: int) -> None:
    params = {"format": written}
    answered = await client.http.put("/adaptive/catalogue/collection", params=params, json=document)
    assert answered.status_code == status, answered.text


def paths(**given: Any) -> dict[str, Any]:
    return {**course(), "paths": [{"id": PATH, "name": "First week", **given}]}


VIDEO = "urn:video:tasting"
TWICE = {"skill": "urn:skill:tasting", "activities": [VIDEO, VIDEO]}
TOO_MANY = {"skill": "urn:skill:tasting", "activities": [VIDEO, "urn:text:tasting"], "choose": 3}


@pytest.mark.parametrize(
    ("document", "place"),
    [
        (paths(), "paths[0]"),
        (paths(required=[VIDEO], due_days=10**9), "paths[0].due_days"),
        (paths(required=[VIDEO], recertify_days=10**9), "paths[0].recertify_days"),
        (paths(electives=[TWICE]), "paths[0].electives[0].activities"),
        (paths(electives=[TOO_MANY]), "paths[0].electives[0].choose"),
        ({**course(), "name": "a\x00b"}, "name"),
    ],
)
async def test_a_collection_that_could_not_be_served(client: Client, document: Any, place: str) -> None:
    refused = await client.put("/adaptive/catalogue/collection", None, document, 400)
    assert [fault["path"] for fault in refused["errors"]] == [place]


async def test_an_undo_of_no_version(client: Client) -> None:
    await client.post("/adaptive/catalogue/undo", None, {"version": 77}, 404)
    await client.post("/adaptive/catalogue/undo", None, {"version": 2**31}, 400)
