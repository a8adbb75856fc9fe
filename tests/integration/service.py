"""A client of the whole application, for tests of the adaptive service over HTTP."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import httpx

from adaptive.evidence import EvidenceReader
from admin.application import build
from lrs import credentials
from lrs.context import Context
from tests.integration.learners import agent

STORE = 1


@dataclass(slots=True)
class Client:
    """Speaks to the application as an LMS does."""

    http: httpx.AsyncClient

    async def send(self, *statements: dict[str, Any]) -> None:
        answer = await self.http.post(
            "/xapi/statements", json=list(statements), headers={"X-Experience-API-Version": "2.0.0"}
        )
        assert answer.status_code == 200, answer.text

    async def get(self, path: str, name: str | None = None, **query: Any) -> Any:
        """The JSON of a GET about a learner; fails on anything but 200."""
        if name is not None:
            query["agent"] = json.dumps(agent(name))
        answer = await self.http.get(path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def recommended(self, name: str, **query: Any) -> list[Any]:
        found: list[Any] = (await self.get("/adaptive/recommendations", name, **query))["recommendations"]
        return found

    async def chances(self, name: str) -> dict[str, float]:
        """The chance of each activity to be offered first, now: which one comes first is drawn."""
        offered = await self.get("/adaptive/recommendations", name, limit=1)
        first = (await self.get(f"/adaptive/decisions/{offered['decision']}"))["draws"][0]
        return dict(zip(first["activities"], first["probabilities"], strict=True))

    async def put(self, path: str, name: str | None, body: Any, status: int = 204) -> Any:
        return await self._with_body("PUT", path, name, body, status)

    async def post(self, path: str, name: str | None, body: Any, status: int = 200) -> Any:
        return await self._with_body("POST", path, name, body, status)

    async def _with_body(self, method: str, path: str, name: str | None, body: Any, status: int) -> Any:
        params = {} if name is None else {"agent": json.dumps(agent(name))}
        answer = await self.http.request(method, path, params=params, json=body)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None


@asynccontextmanager
async def client_of(context: Context, *scopes: str) -> AsyncIterator[Client]:
    """A client with a credential of its own; no worker runs."""
    observed = replace(context, observers=[EvidenceReader()])
    credential, secret = await context.database.write(
        lambda connection: credentials.create(connection, STORE, "LMS", scopes or ("all",))
    )
    transport = httpx.ASGITransport(build(observed))
    auth = (credential.key, secret)
    async with httpx.AsyncClient(transport=transport, base_url="http://proximal.test", auth=auth) as http:
        yield Client(http)


def ids(found: list[Any]) -> list[str]:
    return [one["activity"]["id"] for one in found]


def codes(one: Any) -> set[str]:
    return {reason["code"] for reason in one["reasons"]}


def texts(found: list[Any]) -> str:
    return " ".join(reason["text"] for one in found for reason in one["reasons"])
