"""Placement tests over HTTP: they place, stop, resume, and become evidence."""

import asyncio
import json
from collections.abc import AsyncIterator
from math import exp
from random import Random
from typing import Any

import numpy as np
import pytest

from adaptive import exposures
from adaptive.exposures import Pool
from adaptive.selection.exposure import after, opened
from adaptive.selection.exposure import sit as whole_test
from adaptive.selection.placement import Bank, Rule
from lrs.context import Context
from lrs.observers import AnyConnection
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


async def test_a_test_that_is_begun_twice_at_once_is_one(client: Client) -> None:
    begun = await asyncio.gather(*(client.post("/adaptive/placements", "ann", {}) for _ in range(4)))
    assert len({test["placement"] for test in begun}) == 1


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


async def test_exposure_is_kept_as_it_is_simulated(context: Context) -> None:
    rng, rule, size = np.random.default_rng(2), Rule(0.4, 12), 90
    items = Bank(np.exp(0.3 * rng.standard_normal(size)), rng.uniform(-2, 2, size))
    pool = Pool(1, exposures.pool_key(["urn:skill"]), range(1000, 1000 + size), items, rule)
    simulated = opened(items, rule, pool.cap)
    assert simulated.prices.max() > 0

    async def sittings(connection: AnyConnection) -> None:
        nonlocal simulated
        for _ in range(40):
            await exposures.admit(connection, pool)
            kept = await exposures.current(connection, pool)
            assert kept.uses.tolist() == simulated.uses.tolist()
            assert kept.bases == pytest.approx(simulated.bases, abs=1e-9)
            assert kept.prices == pytest.approx(simulated.prices, abs=1e-9)
            assert (kept.cap, kept.examinees) == (simulated.cap, simulated.examinees)
            session = whole_test(items, rule, rng.random(size) < 0.5, kept.tariff(items, rule), kept.closed())
            for item in session.given:
                await exposures.meet(connection, pool, pool.items[item], kept)
            simulated = after(simulated, session.given)

    await context.database.write(sittings)


async def test_a_bank_that_has_grown_is_opened_anew_and_remembers_its_uses(context: Context) -> None:
    def pool(size: int) -> Pool:
        items = Bank(np.full(size, 1.2), np.linspace(-2, 2, size))
        return Pool(1, exposures.pool_key([]), range(size), items, Rule(0.4, 12))

    async def work(connection: AnyConnection) -> None:
        small, large = pool(12), pool(90)
        await exposures.admit(connection, small)
        first = await exposures.current(connection, small)
        assert (first.cap, first.prices.max()) == (1.0, 0.0)
        await exposures.meet(connection, small, 5, first)
        await exposures.admit(connection, large)
        second = await exposures.current(connection, large)
        assert second.cap == 0.25
        assert second.bases.max() > 0
        assert (second.examinees, second.uses[5], second.uses.sum()) == (1, 1, 1)
        assert second.excess == pytest.approx(0, abs=0.125)

    await context.database.write(work)


async def test_an_item_is_met_when_it_is_asked_and_tests_on_other_skills_count_apart(
    client: Client, context: Context
) -> None:
    async def uses(skills: list[str]) -> int:
        async with context.database.read() as connection:
            found = await connection.fetchval(
                "SELECT coalesce(sum(uses), 0)::int FROM exposures WHERE pool = $1", exposures.pool_key(skills)
            )
        return int(found)

    await client.post("/adaptive/placements", "ann", {"skills": [SKILL], "items": 5})
    await client.post("/adaptive/placements", "ann", {"skills": [SKILL], "items": 5})
    assert await uses([SKILL]) == 1
    assert await uses([]) == 0


async def test_a_test_that_began_before_its_pool_was_counted_goes_on(client: Client, context: Context) -> None:
    """As after the upgrade from 0.1.0, which begins the counts anew."""

    async def forget(connection: AnyConnection) -> None:
        await connection.execute("DELETE FROM exposures")
        await connection.execute("DELETE FROM exposure_pools")

    test = await client.post("/adaptive/placements", "ann", {"skills": [SKILL], "items": 3})
    await context.database.write(forget)
    body = {"item": test["item"]["id"], "answer": "right"}
    test = await client.post(f"/adaptive/placements/{test['placement']}/answers", None, body)
    assert (test["given"], test["item"] is not None) == (1, True)
