"""The tracked belief: led on answer by answer, rebuilt from the record, and the same either way."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from adaptive import tracking
from adaptive.catalogue import import_document
from lrs.context import Context
from tests.integration.cooking import course
from tests.integration.learners import answer
from tests.integration.service import Client, client_of


@pytest.fixture
async def cooking(context: Context) -> AsyncIterator[Client]:
    tracking.forget()
    async with client_of(context) as client:
        await context.database.write(lambda c: import_document(c, 1, course()))
        yield client


def mixed(n: int, *, right: bool) -> dict[str, Any]:
    return answer("ann", f"mixing-{n % 4}", right=right, skill="mixing") | {"timestamp": f"2026-01-01T10:{n:02}:00Z"}


async def worths(client: Client) -> dict[str, float]:
    decision = (await client.get("/adaptive/recommendations", "ann", limit=20))["decision"]
    kept = await client.get(f"/adaptive/decisions/{decision}")
    return {offer["activity"]["id"]: offer["components"]["worth"] for offer in kept["offers"]}


async def test_led_on_and_rebuilt_are_the_same(cooking: Client) -> None:
    for n in range(6):
        await cooking.send(mixed(n, right=n % 2 == 0))
        led_on = await worths(cooking)
    tracking.forget()
    assert await worths(cooking) == led_on


async def test_an_answer_that_arrives_late_is_believed_in_its_place(cooking: Client) -> None:
    await cooking.send(*(mixed(n, right=False) for n in (1, 2, 4, 5)))
    before = await worths(cooking)
    await cooking.send(mixed(3, right=True))
    after = await worths(cooking)
    assert after != before
    tracking.forget()
    assert await worths(cooking) == after


async def test_practice_changes_what_practice_is_worth(cooking: Client) -> None:
    await cooking.send(mixed(0, right=True))
    before = await worths(cooking)
    await cooking.send(*(mixed(n, right=True) for n in range(1, 20)))
    after = await worths(cooking)
    shared = before.keys() & after.keys()
    assert any(after[item] < before[item] - 0.5 for item in shared)
    assert any(after[item] > before[item] for item in shared)


def long_course(skills: int = 260) -> dict[str, Any]:
    """One item a skill, each skill standing on the one before."""
    return {
        "id": "urn:long",
        "name": "Long",
        "skills": [
            {"id": f"urn:skill:s{k}", "name": f"S{k}", "prerequisites": [f"urn:skill:s{k - 1}"] if k else []}
            for k in range(skills)
        ],
        "activities": [{"id": f"urn:item:i{k}", "name": f"I{k}", "skills": [f"urn:skill:s{k}"]} for k in range(skills)],
    }


async def test_among_many_skills_the_belief_follows_the_learner(context: Context) -> None:
    tracking.forget()
    async with client_of(context) as client:
        await client.put("/adaptive/catalogue/collection", None, long_course(), 200)
        near, far = answer("ann", "i3", right=True, skill="s3"), answer("ann", "i250", right=True, skill="s250")
        await client.send(near | {"timestamp": "2026-01-01T10:00:00Z"})
        at_first = await worths(client)
        await client.send(far | {"timestamp": "2026-01-01T10:01:00Z"})
        led_on = await worths(client)
        assert not any(item in at_first for item in ("urn:item:i249", "urn:item:i251"))
        assert any(item in led_on for item in ("urn:item:i249", "urn:item:i251"))
        tracking.forget()
        assert await worths(client) == led_on
