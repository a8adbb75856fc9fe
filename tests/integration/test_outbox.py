"""What the service tells of itself reaches the record as statements, once."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest

from adaptive.actions import VERBS
from adaptive.outbox import deliver, put
from lrs.context import Context
from lrs.writing import Writer
from tests.integration.cooking import course
from tests.integration.learners import agent, answer
from tests.integration.service import Client, client_of


@pytest.fixture
async def client(context: Context) -> AsyncIterator[Client]:
    async with client_of(context) as client:
        await client.put("/adaptive/catalogue/collection", None, course(), 200)
        yield client


async def told(client: Client, verb: str) -> list[Any]:
    found = await client.http.get(
        "/xapi/statements", params={"verb": VERBS + verb}, headers={"X-Experience-API-Version": "2.0.0"}
    )
    assert found.status_code == 200
    statements: list[Any] = found.json()["statements"]
    return statements


async def test_wishes_become_statements_once(context: Context, client: Client) -> None:
    writer = Writer(context)
    await client.put("/adaptive/goals", "ann", {"skill": "urn:skill:mixing", "level": 1.5})
    decision = (await client.get("/adaptive/recommendations", "ann"))["decision"]
    body = {"activity": "urn:text:mixing", "answer": "refused", "decision": decision}
    await client.post("/adaptive/feedback", "ann", body, 204)
    await client.post("/adaptive/feedback", "ann", {**body, "answer": "helpful"}, 204)
    assert await deliver(context, writer) == 0
    (goal,) = await told(client, "set-goal")
    assert goal["object"]["id"] == "urn:skill:mixing"
    (refusal,) = await told(client, "refused")
    assert refusal["context"]["extensions"] == {"https://proximal.example/xapi/extensions/decision": decision}
    again = {name: value for name, value in goal.items() if name not in ("stored", "authority")}
    await context.database.write(lambda connection: put(connection, 1, again))
    await context.database.write(lambda connection: put(connection, 1, {**again, "id": str(UUID(int=1)), "verb": {}}))
    assert await deliver(context, writer) == 1
    assert await deliver(context, writer) == 0
    assert len(await told(client, "set-goal")) == 1


async def test_a_level_reached_is_told_once(context: Context, client: Client) -> None:
    for day in (1, 2, 3):
        statements = [answer("ann", f"mixing-{day}{n}", right=True, skill="mixing") for n in range(10)]
        for n, statement in enumerate(statements):
            statement["timestamp"] = f"2026-01-0{day}T10:{n:02}:00Z"
        await client.send(*statements)
        await client.get("/adaptive/profile", "ann")
    await deliver(context, Writer(context))
    (reached,) = await told(client, "reached")
    assert (reached["actor"]["mbox"], reached["object"]["id"]) == (agent("ann")["mbox"], "urn:skill:mixing")
    assert reached["result"]["extensions"]["https://proximal.example/xapi/extensions/target"] == 0.8
