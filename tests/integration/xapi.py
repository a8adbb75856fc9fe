"""The record store in-process for tests: its real application on a real database, asked over ASGI."""

import base64
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import httpx
from starlette.applications import Starlette

from lrs import credentials
from lrs.context import Context
from lrs.routes import routes

ANN = {"mbox": "mailto:ann@example.org"}
BEN = {"account": {"homePage": "https://lms.example", "name": "ben"}}
VOIDED = "http://adlnet.gov/expapi/verbs/voided"


def statement(**parts: Any) -> dict[str, Any]:
    """A small valid statement with an id; `parts` replace its own."""
    small = {"id": str(uuid4()), "actor": ANN, "verb": {"id": "https://v.example/did"}, "object": {"id": "act:1"}}
    return {**small, **parts}


def reference(target: str) -> dict[str, str]:
    return {"objectType": "StatementRef", "id": target}


@asynccontextmanager
async def client_of(
    context: Context, scopes: Sequence[str] = ("all",), *, repair: bool = False, version: str = "1.0.3"
) -> AsyncIterator[httpx.AsyncClient]:
    """A client with a credential of its own."""
    async with context.database.pool.acquire() as connection:
        made, secret = await credentials.create(connection, 1, "Test", scopes, repair=repair)
    basic = base64.b64encode(f"{made.key}:{secret}".encode()).decode()
    headers = {"Authorization": f"Basic {basic}", "X-Experience-API-Version": version}
    transport = httpx.ASGITransport(Starlette(routes=routes(context)), raise_app_exceptions=True)
    async with httpx.AsyncClient(transport=transport, base_url="http://store/xapi", headers=headers) as client:
        yield client


async def ids(client: httpx.AsyncClient, **parameters: Any) -> list[str]:
    """The ids of all statements that meet filters, all pages of them."""
    answer = await client.get("/statements", params=parameters)
    found: list[str] = []
    while True:
        assert answer.status_code == 200, answer.text
        page = answer.json()
        found += [each["id"] for each in page["statements"]]
        if not page["more"]:
            return found
        answer = await client.get(f"http://store{page['more']}")
