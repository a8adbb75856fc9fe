"""What holds for every resource: versions, methods, CORS, credentials (xAPI Communication 1, 3, 4)."""

import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from lrs import repairs
from lrs.context import Context
from tests.integration.xapi import ANN, client_of, ids, statement

VERSION = "x-experience-api-version"
THROUGH = "x-experience-api-consistent-through"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
async def client(context: Context) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(context) as client:
        yield client


@pytest.mark.parametrize(
    ("sent", "told", "status"),
    [
        ("1.0", "1.0.3", 200),
        ("1.0.0", "1.0.3", 200),
        ("1.0.1", "1.0.3", 200),
        ("1.0.3", "1.0.3", 200),
        ("1.0.9", "1.0.3", 200),
        ("2.0", "2.0.0", 200),
        ("2.0.0", "2.0.0", 200),
        ("0.95", "2.0.0", 400),
        ("1.1", "2.0.0", 400),
        ("3.0.0", "2.0.0", 400),
        ("1.0.x", "2.0.0", 400),
        (None, "0.95", 400),
    ],
)
async def test_the_version_of_a_request(context: Context, sent: str | None, told: str, status: int) -> None:
    """3.3: patch versions of one minor are one thing."""
    async with client_of(context) as client:
        client.headers.pop(VERSION)
        answer = await client.get("/statements", headers={VERSION: sent} if sent else {})
        assert (answer.status_code, answer.headers[VERSION]) == (status, told)
        about = await client.get("/about", headers={VERSION: sent} if sent else {})
        assert (about.status_code, about.json()["version"][-1]) == (200, "2.0.0")


async def test_a_statement_keeps_the_version_it_came_with(context: Context) -> None:
    async with client_of(context, version="2.0.0") as new, client_of(context) as old:
        await new.post("/statements", json=statement(context={"contextAgents": []}))
        await old.post("/statements", json=statement())
        for client in (new, old):
            page = (await client.get("/statements")).json()["statements"]
            assert [each["version"] for each in page] == ["1.0.0", "2.0.0"]
            assert page[1]["context"] == {"contextAgents": []}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nowhere", 404), ("DELETE", "/statements", 405), ("PATCH", "/agents", 405), ("POST", "/about", 405)],
)
async def test_errors_have_the_headers_too(client: httpx.AsyncClient, method: str, path: str, status: int) -> None:
    answer = await client.request(method, path)
    assert (answer.status_code, answer.json()["status"]) == (status, status)
    assert answer.headers[VERSION] == "1.0.3"
    assert "ETag" in answer.headers["access-control-expose-headers"]
    assert ("allow" in answer.headers) is (status == 405)
    assert (THROUGH in answer.headers) is (path == "/statements")


async def test_an_unforeseen_failure_is_told_as_500_with_the_headers(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise RuntimeError("a fault of our own")

    monkeypatch.setattr("lrs.search.find", fail)
    answer = await client.get("/statements")
    assert (answer.status_code, answer.headers[VERSION], answer.json()["code"]) == (500, "1.0.3", "internal")
    assert "fault of our own" not in answer.text


@pytest.mark.parametrize("path", ["/statements", "/activities/state", "/nowhere"])
async def test_a_preflight_is_answered_without_credentials(client: httpx.AsyncClient, path: str) -> None:
    origin = {"Origin": "https://content.example", "Access-Control-Request-Method": "PUT"}
    client.headers.pop("Authorization")
    client.headers.pop(VERSION)
    answer = await client.options(path, headers=origin)
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (204, "*")
    for header in ("Authorization", "If-Match", "If-None-Match", "X-Experience-API-Version", "Content-Type"):
        assert header in answer.headers["access-control-allow-headers"]


@pytest.mark.parametrize("path", ["/statements", "/about", "/activities?activityId=act:1", "/nowhere"])
async def test_head_is_get_without_a_body(client: httpx.AsyncClient, path: str) -> None:
    """1.1."""
    got, head = await client.get(path), await client.head(path)
    assert (head.status_code, head.content) == (got.status_code, b"")
    assert set(head.headers) == set(got.headers)
    assert head.headers["content-length"] == got.headers["content-length"]


async def test_what_clients_in_the_field_add_is_let_through(client: httpx.AsyncClient) -> None:
    json_type = {"Content-Type": "application/json"}
    assert (await client.get("/statements", params={"cachebuster": "1"}, headers=json_type)).status_code == 200
    assert (await client.get("/statements", params={"cache": "1"})).status_code == 400
    assert (await client.get("/statements?limit=1&limit=2")).status_code == 400


async def alternate(
    client: httpx.AsyncClient, method: str, form: dict[str, str], path: str = "/statements"
) -> httpx.Response:
    return await client.post(f"{path}?method={method}", content=urlencode(form), headers=FORM)


async def test_an_alternate_request_does_what_it_hides(client: httpx.AsyncClient) -> None:
    """1.3: 1.0.x alone."""
    one = statement()
    stored = await alternate(client, "PUT", {"statementId": one["id"], "content": json.dumps(one)})
    assert stored.status_code == 204
    client.headers.pop(VERSION)
    headers = {"Authorization": client.headers.pop("Authorization"), "X-Experience-API-Version": "1.0.1"}
    found = await alternate(client, "GET", {"agent": json.dumps(ANN), **headers})
    assert [each["id"] for each in found.json()["statements"]] == [one["id"]]
    refused = await alternate(client, "GET", {**headers, "X-Experience-API-Version": "2.0.0"})
    assert refused.status_code == 400
    for limit, status in (("1", 200), ("x", 400)):
        head = await alternate(client, "HEAD", {"limit": limit, **headers})
        assert (head.status_code, head.headers["content-length"], head.content) == (status, "0", b""), (
            "HTTP sees a POST"
        )


@pytest.mark.parametrize(
    ("query", "form"),
    [
        ("method=PUT&statementId=x", "content=%7B%7D"),
        ("method=FETCH", ""),
        ("method=PUT", "statementId=x"),
        ("method=GET", "{not a form}"),
        ("method=GET", "limit=1&limit=2"),
        ("method=GET", "Accept-Language=de%0D%0ASet-Cookie:+a%3Db"),
        ("method=GET", "Content-Type=text%2Fplain%00"),
        ("method=GET", "If-Match=%E2%98%83"),
    ],
)
async def test_a_malformed_alternate_request_is_400(client: httpx.AsyncClient, query: str, form: str) -> None:
    assert (await client.post(f"/statements?{query}", content=form, headers=FORM)).status_code == 400
    assert (
        await client.post(f"/statements?{query}", content=form, headers={**FORM, VERSION: "2.0.0"})
    ).status_code == 400


SCOPES: list[tuple[str, set[str]]] = [
    ("statements/write", {"write"}),
    ("statements/read", {"read", "person"}),
    ("statements/read/mine", {"read", "person"}),
    ("state", {"state"}),
    ("profile", {"profile", "person"}),
    ("all/read", {"read", "person"}),
    ("all", {"write", "read", "state", "profile", "person"}),
    ("tutor", set()),
]


@pytest.mark.parametrize(("scope", "allowed"), SCOPES)
async def test_scopes(context: Context, scope: str, allowed: set[str]) -> None:
    """4.3: what a credential may do."""
    agent = {"agent": json.dumps(ANN)}
    async with client_of(context, [scope]) as client:
        state = {**agent, "activityId": "act:1", "stateId": "s"}
        answers = {
            "write": await client.post("/statements", json=statement()),
            "read": await client.get("/statements"),
            "state": await client.put("/activities/state", params=state, content=b"x"),
            "profile": await client.post("/agents/profile", params={**agent, "profileId": "p"}, content=b"x"),
            "person": await client.get("/agents", params=agent),
        }
    assert {name for name, answer in answers.items() if answer.is_success} == allowed
    assert {answer.status_code for answer in answers.values() if not answer.is_success} <= {403}


async def test_mine_is_what_the_credential_stored(context: Context) -> None:
    async with client_of(context) as other, client_of(context, ["statements/write", "statements/read/mine"]) as mine:
        theirs, own = statement(), statement()
        await other.post("/statements", json=theirs)
        await mine.post("/statements", json=own)
        assert await ids(mine) == await ids(mine, agent=json.dumps(ANN)) == [own["id"]]
        assert (await mine.get("/statements", params={"statementId": theirs["id"]})).status_code == 404
        assert (await mine.get("/statements", params={"statementId": own["id"]})).status_code == 200
        assert len(await ids(other)) == 2


async def test_definitions_are_only_taken_from_who_may_define(context: Context) -> None:
    told = {"id": "act:1", "definition": {"name": {"en": "Told"}}}
    async with client_of(context, ["statements/write", "statements/read"]) as client:
        await client.post("/statements", json=statement(object=told))
        known = (await client.get("/activities", params={"activityId": "act:1"})).json()
    assert known == {"objectType": "Activity", "id": "act:1"}


async def test_a_token_of_the_client_credentials_grant(context: Context) -> None:
    """RFC 6749 section 4.4."""
    async with client_of(context, ["statements/write", "statements/read"]) as client:
        form = {"grant_type": "client_credentials", "scope": "statements/read"}
        answer = await client.post("/oauth/token", content=urlencode(form), headers=FORM)
        granted = answer.json()
        assert (granted["token_type"], granted["scope"], granted["expires_in"]) == ("Bearer", "statements/read", 3600)
        assert answer.headers["cache-control"] == "no-store"
        bearer = {"Authorization": f"Bearer {granted['access_token']}"}
        assert (await client.get("/statements", headers=bearer)).status_code == 200
        assert (await client.post("/statements", json=statement(), headers=bearer)).status_code == 403


@pytest.mark.parametrize(
    ("form", "authorization", "status", "code"),
    [
        ({"grant_type": "password"}, None, 400, "unsupported_grant_type"),
        ({"grant_type": "client_credentials", "scope": "fly"}, None, 400, "invalid_scope"),
        ({"grant_type": "client_credentials", "scope": "tutor"}, None, 400, "invalid_scope"),
        ({"grant_type": "client_credentials"}, "Basic !", 401, "invalid_client"),
        ({"grant_type": "client_credentials", "client_id": "a", "client_secret": "b"}, "", 401, "invalid_client"),
    ],
)
async def test_a_refused_token(
    context: Context, form: dict[str, str], authorization: str | None, status: int, code: str
) -> None:
    headers: dict[str, Any] = dict(FORM) | ({} if authorization is None else {"Authorization": authorization})
    async with client_of(context, ["statements/read"]) as client:
        answer = await client.post("/oauth/token", content=urlencode(form), headers=headers)
    assert (answer.status_code, answer.json()["error"]) == (status, code)


async def test_repair_mode_mends_and_tells(context: Context) -> None:
    broken = statement(result={"extensions": []}, verb={"id": "https://v.example/did", "display": {"en_US": "did"}})
    async with client_of(context) as strict, client_of(context, repair=True) as lenient:
        assert (await strict.post("/statements", json=broken)).status_code == 400
        assert (await lenient.post("/statements", json=broken)).status_code == 200
        kept = (await strict.get("/statements", params={"statementId": broken["id"]})).json()
    assert (kept["result"], kept["verb"]["display"]) == ({"extensions": {}}, {"en-US": "did"})
    async with context.database.pool.acquire() as connection:
        made = await repairs.latest(connection, 1)
        refused = await repairs.refusals(connection, 1)
    assert {str(each["path"]) for each in made} == {"result.extensions", "verb.display"}
    assert [(each["code"], each["times"]) for each in refused] == [("statement-invalid", 1)]
