"""Credentials against a real database: made, borne by requests, narrowed by scopes, revoked."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette

from adaptive.routes import routes as adaptive_routes
from lrs import credentials
from lrs.authentication import authenticate_header
from lrs.context import Context
from lrs.credentials import Credential
from lrs.errors import BadRequest, Forbidden, Unauthorized
from lrs.observers import AnyConnection
from lrs.routes import routes
from tests.integration.xapi import ANN, statement


def basic(key: str, secret: str) -> str:
    return "Basic " + base64.b64encode(f"{key}:{secret}".encode()).decode()


async def test_a_new_credential_opens_the_store_until_it_is_revoked(context: Context) -> None:
    async with context.database.pool.acquire() as connection:
        made, secret = await credentials.create(connection, 1, "An LMS", ["statements/write"])
        known = await authenticate_header(context, basic(made.key, secret))
        assert (known.id, known.store_id, known.authority) == (made.id, 1, made.authority)
        assert await credentials.revoke(connection, 1, made.key)
        assert not await credentials.revoke(connection, 1, made.key)
        assert await credentials.by_secret(connection, made.key, secret) is None
        assert [each.revoked is None for each in await credentials.list_all(connection, 1)] == [False]


@pytest.mark.parametrize(
    "header",
    [
        None,
        "Basic",
        "Basic !!",
        "Basic " + base64.b64encode(b"nocolon").decode(),
        basic("a", "b"),
        "Digest x",
        "Bearer t",
    ],
)
async def test_what_names_no_open_credential_is_refused(context: Context, header: str | None) -> None:
    with pytest.raises(Unauthorized) as refused:
        await authenticate_header(context, header)
    assert refused.value.headers["WWW-Authenticate"].startswith("Basic")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/xapi/statements", statement()),
        ("PUT", f"/xapi/agents/profile?agent={json.dumps(ANN)}&profileId=p", {"a": 1}),
        ("POST", "/adaptive/cohorts", {"name": "Fitters"}),
    ],
)
async def test_a_body_that_comes_slowly_is_refused_if_its_credential_is_revoked_meanwhile(
    context: Context, monkeypatch: pytest.MonkeyPatch, method: str, path: str, body: object
) -> None:
    monkeypatch.setattr("lrs.authentication.REMEMBERED_SECONDS", 0.0)
    async with context.database.pool.acquire() as connection:
        made, secret = await credentials.create(connection, 1, "An LMS")
    text = json.dumps(body).encode()

    async def slowly() -> AsyncIterator[bytes]:
        yield text[:9]
        async with context.database.pool.acquire() as connection:
            assert await credentials.revoke(connection, 1, made.key)
        yield text[9:]

    app = Starlette(routes=[*routes(context), *adaptive_routes(context)])
    headers = {
        "Authorization": basic(made.key, secret), "X-Experience-API-Version": "1.0.3", "If-None-Match": "*",
        "Content-Type": "application/json",
    }  # fmt: skip
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://store") as client:
        try:
            assert (await client.request(method, path, content=slowly(), headers=headers)).status_code == 401
        except Unauthorized:
            assert path.startswith("/adaptive")  # which leaves failures to the application around it


async def test_requests_of_one_moment_share_a_question(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    async with context.database.pool.acquire() as connection:
        made, secret = await credentials.create(connection, 1, "An LMS")
    asked, answer, by_secret = 0, asyncio.Event(), credentials.by_secret

    async def slowly(connection: AnyConnection, key: str, given: str) -> Credential | None:
        nonlocal asked
        asked += 1
        await answer.wait()
        return await by_secret(connection, key, given)

    monkeypatch.setattr(credentials, "by_secret", slowly)
    for header, found in ((basic(made.key, secret), made.id), (basic(made.key, "wrong"), None)):
        asked = 0
        answer.clear()
        first, *others = [asyncio.create_task(authenticate_header(context, header)) for _ in range(8)]
        async with asyncio.timeout(30):
            while not asked:
                await asyncio.sleep(0)
            first.cancel()
            await asyncio.wait([first])
            answer.set()
            answers = await asyncio.gather(*others, return_exceptions=True)
        assert asked == 1
        assert [each.id if isinstance(each, Credential) else None for each in answers] == [found] * 7
        assert all(isinstance(each, Credential | Unauthorized) for each in answers)


async def test_a_token_has_only_its_own_scopes(context: Context) -> None:
    async with context.database.pool.acquire() as connection:
        made, _ = await credentials.create(connection, 1, "An LMS")
        token = await credentials.issue_token(connection, made, ["statements/read"], 60)
    known = await authenticate_header(context, f"Bearer {token}")
    assert known.allows("statements/read/mine")
    with pytest.raises(Forbidden, match="statements/write"):
        known.require("statements/write")


async def test_a_token_expires(context: Context) -> None:
    async with context.database.pool.acquire() as connection:
        made, _ = await credentials.create(connection, 1, "An LMS")
        token = await credentials.issue_token(connection, made, ["all"], 0)
    with pytest.raises(Unauthorized):
        await authenticate_header(context, f"Bearer {token}")


async def test_a_given_credential_is_made_once(context: Context) -> None:
    async with context.database.pool.acquire() as connection:
        for _ in range(2):
            await credentials.ensure(connection, 1, "key", "secret", name="Bootstrap")
        assert len(await credentials.list_all(connection, 1)) == 1
        with pytest.raises(BadRequest, match="no scope fly"):
            await credentials.create(connection, 1, "x", ["fly"])
    assert (await authenticate_header(context, basic("key", "secret"))).allows("anything")
