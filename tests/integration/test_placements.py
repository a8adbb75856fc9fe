"""Placement tests over HTTP: they place, stop, resume, and become evidence."""

import json
from collections.abc import AsyncIterator
from math import exp
from random import Random
from typing import Any

import pytest

from lrs.context import Context
from tests.integration.learners import agent
from tests.integration.service import Client, client_of

SKILL = "urn:skill:one"


def bank(size: int = 60) -> dict[str, Any]:
    """Questions from easy to hard, and one text."""
    question = {"interaction": "fill-in", "prompt": "?", "key": ["x"], "skills": [SKILL]}
    questions = [
        {"id": f"urn:q:{n}", "name": f"Q{n}", "difficulty": round(-3 + 6 * n / (size - 1), 3), **question}
        for n in range(size)
    ]
    text = {"id": "urn:text", "name": "T", "format": "reading", "skills": [SKILL]}
    skills = [{"id": SKILL, "name": "One"}, {"id": "urn:skill:bare", "name": "Bare"}]
    return {"id": "urn:bank", "name": "Bank", "skills": skills, "activities": [*questions, text]}


@pytest.fixture
async def client(context: Context) -> AsyncIterator[Client]:
    async with client_of(context) as client:
        await client.put("/adaptive/catalogue/collection", None, bank(), 200)
        yield client


async def sit(client: Client, name: str, level: float, **start: Any) -> dict[str, Any]:
    """A whole test of someone at a level."""
    rng = Random(name)
    test: dict[str, Any] = await client.post("/adaptive/placements", name, start)
    while test["item"] is not None:
        difficulty = -3 + 6 * int(test["item"]["id"].rsplit(":", 1)[-1]) / 59
        right = rng.random() < 1 / (1 + exp(difficulty - level))
        body = {"item": test["item"]["id"], "answer": "right" if right else "wrong"}
        test = await client.post(f"/adaptive/placements/{test['placement']}/answers", None, body)
    return test


async def test_a_test_places_and_stops(client: Client) -> None:
    high, low = await sit(client, "hana", 2.0, items=20), await sit(client, "lou", -2.0, items=20)
    assert high["level"] - low["level"] > 2
    assert (high["given"], high["stop"]) == (20, "length")
    precise = await sit(client, "pia", 0.0, error=0.7)
    assert precise["stop"] == "precision"
    assert precise["error"] <= 0.7
    assert precise["given"] < 20


async def test_answers_are_evidence_at_once(client: Client) -> None:
    done = await sit(client, "ann", 1.0, items=6)
    (skill, _) = (await client.get("/adaptive/profile", "ann"))["skills"]
    assert skill["evidence"] == 6
    found = await client.http.get(
        "/xapi/statements", params={"agent": json.dumps(agent("ann"))}, headers={"X-Experience-API-Version": "2.0.0"}
    )
    verbs = [statement["verb"]["id"].rsplit("/", 1)[-1] for statement in found.json()["statements"]]
    assert sorted(verbs) == ["answered"] * 6 + ["finished-placement"]
    assert done["stop"] == "length"


async def test_a_test_is_resumed(client: Client) -> None:
    test = await client.post("/adaptive/placements", "ann", {"skills": [SKILL], "items": 5})
    body = {"item": test["item"]["id"], "answer": "unknown"}
    test = await client.post(f"/adaptive/placements/{test['placement']}/answers", None, body)
    assert await client.post("/adaptive/placements", "ann", {"skills": [SKILL], "items": 5}) == test
    assert await client.get(f"/adaptive/placements/{test['placement']}") == test
    assert test["given"] == 1
    assert test["level"] < 0
    other = await client.post("/adaptive/placements", "ann", {})
    assert other["placement"] != test["placement"]


async def test_an_answer_out_of_turn_is_refused(client: Client) -> None:
    test = await client.post("/adaptive/placements", "ann", {"items": 1})
    address = f"/adaptive/placements/{test['placement']}/answers"
    await client.post(address, None, {"item": "urn:text", "answer": "right"}, 409)
    await client.post(address, None, {"item": test["item"]["id"], "answer": "perhaps"}, 400)
    await client.post(address, None, {"item": test["item"]["id"], "answer": "right"})
    await client.post(address, None, {"item": test["item"]["id"], "answer": "right"}, 409)
    await client.post("/adaptive/placements", "ann", {"skills": ["urn:skill:bare"]}, 400)
    await client.post("/adaptive/placements", "ann", {"items": 0}, 400)
    assert (await client.http.get("/adaptive/placements/nonsense")).status_code == 404
