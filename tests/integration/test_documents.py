"""State and profile documents, agents and activities on a real database (xAPI Communication 2.2 to 2.7, 3.1)."""

import asyncio
import gzip
import hashlib
import json
import random
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from lrs.context import Context
from tests.integration.xapi import ANN, BEN, client_of, statement

AGENT = json.dumps(ANN)
STATE = ("/activities/state", {"activityId": "act:1", "agent": AGENT, "stateId": "s"})
ACTIVITY_PROFILE = ("/activities/profile", {"activityId": "act:1", "profileId": "p"})
AGENT_PROFILE = ("/agents/profile", {"agent": AGENT, "profileId": "p"})
RESOURCES = [STATE, ACTIVITY_PROFILE, AGENT_PROFILE]
ANY_BYTES = bytes(range(256))
REGISTRATION = "ec531277-b57b-4c15-8d91-d292c5b2b8f7"


@pytest.fixture
async def client(context: Context) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(context) as client:
        yield client


@pytest.mark.parametrize(("path", "parameters"), RESOURCES)
async def test_any_bytes_come_back_as_they_were(
    client: httpx.AsyncClient, path: str, parameters: dict[str, str]
) -> None:
    headers = {"Content-Type": "application/x-own; a=b", "If-None-Match": "*"}
    assert (await client.put(path, params=parameters, content=ANY_BYTES, headers=headers)).status_code == 204
    got = await client.get(path, params=parameters)
    assert (got.content, got.headers["content-type"]) == (ANY_BYTES, "application/x-own; a=b")
    assert got.headers["etag"] == f'"{hashlib.sha1(ANY_BYTES).hexdigest()}"'
    assert "last-modified" in got.headers
    assert (await client.delete(path, params=parameters)).status_code == 204
    assert (await client.get(path, params=parameters)).status_code == 404


@pytest.mark.parametrize(("path", "parameters"), RESOURCES)
async def test_post_merges_json_objects(client: httpx.AsyncClient, path: str, parameters: dict[str, str]) -> None:
    """2.2.s7: top-level properties; what is not touched keeps its text."""
    json_type = {"Content-Type": "application/json"}
    first, second = b'{"x":1.50,"y":{"a":1}}', b'{"y":{"b":2},"z":null}'
    for content in (first, second):
        assert (await client.post(path, params=parameters, content=content, headers=json_type)).status_code == 204
    assert (await client.get(path, params=parameters)).text == '{"x":1.50,"y":{"b":2},"z":null}'
    for content, kind in ((b"[]", "application/json"), (b"{", "application/json"), (b"{}", "text/plain")):
        refused = await client.post(path, params=parameters, content=content, headers={"Content-Type": kind})
        assert refused.status_code == 400
    assert (await client.get(path, params=parameters)).text == '{"x":1.50,"y":{"b":2},"z":null}'


CONDITIONS: list[tuple[str, str, bool, dict[str, str], dict[str, int]]] = [
    ("PUT", "new, no header", False, {}, {"state 1": 204, "state 2": 204, "profile 1": 400, "profile 2": 204}),
    ("PUT", "there, no header", True, {}, {"state 1": 204, "state 2": 409, "profile 1": 409, "profile 2": 409}),
    ("PUT", "there, its ETag", True, {"If-Match": "ETAG"}, {"any": 204}),
    ("PUT", "there, among ETags", True, {"If-Match": '"x", ETAG'}, {"any": 204}),
    ("PUT", "there, another ETag", True, {"If-Match": '"x"'}, {"any": 412}),
    ("PUT", "new, an ETag", False, {"If-Match": '"x"'}, {"any": 412}),
    ("PUT", "there, any", True, {"If-Match": "*"}, {"any": 204}),
    ("PUT", "new, none may be", False, {"If-None-Match": "*"}, {"any": 204}),
    ("PUT", "there, none may be", True, {"If-None-Match": "*"}, {"any": 412}),
    ("POST", "there, no header", True, {}, {"any": 204}),
    ("POST", "there, another ETag", True, {"If-Match": '"x"'}, {"any": 412}),
    ("POST", "there, none may be", True, {"If-None-Match": "*"}, {"any": 412}),
    ("DELETE", "there, no header", True, {}, {"any": 204}),
    ("DELETE", "there, its ETag", True, {"If-Match": "ETAG"}, {"any": 204}),
    ("DELETE", "there, another ETag", True, {"If-Match": '"x"'}, {"any": 412}),
]


@pytest.mark.parametrize(
    ("method", "case", "there", "headers", "statuses"), CONDITIONS, ids=[f"{case[0]} {case[1]}" for case in CONDITIONS]
)
async def test_concurrency(
    context: Context, method: str, case: str, there: bool, headers: dict[str, str], statuses: dict[str, int]
) -> None:
    """3.1, 2.0: 4.1.4. A refused request changes nothing."""
    async with client_of(context) as client:
        for version in ("1.0.3", "2.0.0"):
            for name, (path, parameters) in (
                ("state", STATE),
                ("profile", ACTIVITY_PROFILE),
                ("profile", AGENT_PROFILE),
            ):
                expected = statuses.get("any") or statuses[f"{name} {version[0]}"]
                parameters = parameters | {list(parameters)[-1]: version}
                before = b'{"before":1}'
                kind = {"Content-Type": "application/json", "X-Experience-API-Version": version}
                if there:
                    await client.post(path, params=parameters, content=before, headers=kind)
                sent = {k: v.replace("ETAG", f'"{hashlib.sha1(before).hexdigest()}"') for k, v in headers.items()}
                content = b"" if method == "DELETE" else b'{"after":1}'
                answer = await client.request(method, path, params=parameters, content=content, headers=kind | sent)
                assert answer.status_code == expected, (case, name, version, answer.text)
                kept = await client.get(path, params=parameters)
                if expected >= 400:
                    assert kept.content == before if there else kept.status_code == 404


async def test_of_two_writers_of_one_etag_one_wins(client: httpx.AsyncClient) -> None:
    path, parameters = AGENT_PROFILE
    answers = await asyncio.gather(
        *(client.put(path, params=parameters, content=b"%d" % n, headers={"If-None-Match": "*"}) for n in range(6))
    )
    assert sorted(answer.status_code for answer in answers) == [204, 412, 412, 412, 412, 412]


async def test_ids_of_documents_and_of_those_changed_since(client: httpx.AsyncClient) -> None:
    path, parameters = STATE
    owner = {name: value for name, value in parameters.items() if name != "stateId"}
    await client.put(path, params=owner | {"stateId": "a"}, content=b"1")
    moment = (await client.get(path, params=owner)).headers["last-modified"]
    first = await client.get("/statements")
    await client.put(path, params=owner | {"stateId": "b", "registration": REGISTRATION}, content=b"2")
    assert (await client.get(path, params=owner)).json() == ["a", "b"]
    assert (await client.get(path, params=owner | {"registration": REGISTRATION})).json() == ["b"]
    since = first.headers["x-experience-api-consistent-through"]
    assert (await client.get(path, params=owner | {"since": since})).json() == ["b"]
    assert moment.endswith("GMT")
    assert (await client.get(path, params=owner | {"agent": json.dumps(BEN)})).json() == []
    assert (await client.delete(path, params=owner | {"registration": REGISTRATION})).status_code == 204
    assert (await client.get(path, params=owner)).json() == ["a"]
    assert (await client.delete(path, params=owner)).status_code == 204
    assert (await client.get(path, params=owner)).json() == []


@pytest.mark.parametrize(
    ("path", "parameters"),
    [
        ("/activities/state", {"agent": AGENT, "stateId": "s"}),
        ("/activities/state", {"activityId": "one", "agent": AGENT, "stateId": "s"}),
        ("/activities/state", {"activityId": "act:1", "agent": "ann", "stateId": "s"}),
        ("/activities/state", {"activityId": "act:1", "agent": AGENT, "stateId": "s", "registration": "7"}),
        ("/activities/state", {"activityId": "act:1", "agent": AGENT, "stateId": "s", "since": "2026-01-01T00:00:00Z"}),
        ("/activities/state", {"activityId": "act:1", "agent": AGENT, "stateId": "\x00"}),
        ("/activities/profile", {"profileId": "p"}),
        ("/agents/profile", {"agent": "{}", "profileId": "p"}),
        ("/agents", {}),
        ("/agents", {"agent": "[]"}),
        ("/activities", {"activityId": ""}),
    ],
)
async def test_a_malformed_parameter_is_400(client: httpx.AsyncClient, path: str, parameters: dict[str, Any]) -> None:
    assert (await client.get(path, params=parameters)).status_code == 400


async def test_a_name_may_be_as_long_as_an_index_takes(client: httpx.AsyncClient) -> None:
    for name, status in (
        ("x" * 1_000, 204), ("x" * 1_001, 400), (random_text(624), 204), (random_text(626), 400), ("", 400),
    ):  # fmt: skip
        for path, parameters in (STATE, ACTIVITY_PROFILE):
            named = parameters | {"profileId" if "profileId" in parameters else "stateId": name}
            answer = await client.put(path, params=named, content=b"1", headers={"If-None-Match": "*"})
            assert answer.status_code == status, answer.text


def random_text(length: int) -> str:
    """Characters of four octets each that nothing compresses."""
    rng = random.Random(length)
    return "".join(chr(rng.randrange(0x10000, 0x10FFFF)) for _ in range(length))


async def test_a_document_is_kept_as_what_it_says_it_is(client: httpx.AsyncClient) -> None:
    path, parameters = STATE
    json_type = {"Content-Type": "application/json"}
    for method in ("PUT", "POST"):
        refused = await client.request(method, path, params=parameters, content=b'{"a":"\xff"}', headers=json_type)
        assert refused.status_code == 400
    for coding in ("gzip", "br", "GZIP"):
        packed = {"Content-Type": "text/plain", "Content-Encoding": coding}
        refused = await client.put(path, params=parameters, content=gzip.compress(b"x"), headers=packed)
        assert (refused.status_code, refused.headers["accept-encoding"]) == (415, "identity")
    refused = await client.post("/statements", json=statement(), headers={"Content-Encoding": "gzip"})
    assert refused.status_code == 415
    assert (await client.get(path, params=parameters)).status_code == 404


async def test_browsers_ask_again_for_what_they_have(client: httpx.AsyncClient) -> None:
    """Without Cache-Control, Last-Modified alone lets them answer from their caches (RFC 9111 section 4.2.2)."""
    await client.put(STATE[0], params=STATE[1], content=b"1")
    for path, parameters in (STATE, ("/statements", {}), ("/activities", {"activityId": "act:1"})):
        assert (await client.get(path, params=parameters)).headers["cache-control"] == "no-cache"


async def test_a_person_has_the_names_that_statements_told(client: httpx.AsyncClient) -> None:
    """2.4."""
    for name in ("Ann", "Ann B.", "Ann"):
        await client.post("/statements", json=statement(actor={**ANN, "name": name}))
    person = (await client.get("/agents", params={"agent": AGENT})).json()
    assert person["objectType"] == "Person"
    assert sorted(person["name"]) == ["Ann", "Ann B."]
    assert person["mbox"] == ["mailto:ann@example.org"]


async def test_an_activity_has_all_that_statements_told(client: httpx.AsyncClient) -> None:
    """2.5, and format=canonical of 2.1.3."""
    for definition in ({"name": {"en": "One"}}, {"name": {"de": "Eins"}, "type": "https://t.example/quiz"}):
        await client.post("/statements", json=statement(object={"id": "act:1", "definition": definition}))
    known = (await client.get("/activities", params={"activityId": "act:1"})).json()
    assert known["definition"] == {"name": {"en": "One", "de": "Eins"}, "type": "https://t.example/quiz"}
    page = await client.get("/statements", params={"format": "canonical"}, headers={"Accept-Language": "de, en;q=0.5"})
    told = [each["object"]["definition"] for each in page.json()["statements"]]
    assert told == [{"name": {"de": "Eins"}, "type": "https://t.example/quiz"}] * 2


async def test_text_that_the_database_cannot_hold_does_no_harm(client: httpx.AsyncClient) -> None:
    strange = {"id": "act:1", "definition": {"name": {"en": "a\x00b"}, "extensions": {"act:x": {"\x00": "\x00"}}}}
    one = statement(object=strange, actor={**ANN, "name": "A\x00nn"})
    assert (await client.post("/statements", json=one)).status_code == 200
    kept = (await client.get("/statements", params={"statementId": one["id"]})).json()
    assert (kept["object"], kept["actor"]) == (one["object"], one["actor"])
