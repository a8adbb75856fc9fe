"""The constants of learning of a store: learnt at night from its own record, kept by version, used by its decisions."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from adaptive import populations, tracking
from adaptive.catalogue import import_document
from adaptive.populations import FIRST, learn_due, learn_store
from lrs.context import Context
from lrs.errors import NotFound
from tests.integration.cooking import course
from tests.integration.learners import STORE, answer
from tests.integration.service import Client, client_of

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
async def cooking(context: Context) -> AsyncIterator[Client]:
    tracking.forget()
    async with client_of(context) as client:
        await context.database.write(lambda c: import_document(c, STORE, course()))
        yield client


def answers(name: str, *, right: bool) -> list[dict[str, Any]]:
    return [
        answer(name, f"mixing-{n % 4}", right=right, skill="mixing") | {"timestamp": f"2026-01-01T10:{n:02}:00Z"}
        for n in range(12)
    ]


async def taught(client: Client, *, right: bool) -> None:
    for learner in range(10):
        await client.send(*answers(f"learner{learner}", right=right))
        await client.recommended(f"learner{learner}")


async def of(context: Context, number: int | None = None) -> populations.Version:
    async with context.database.read() as connection:
        if number is None:
            return await populations.current(connection, STORE)
        return await populations.at(connection, STORE, number)


async def test_a_store_learns_its_constants_at_night_and_decides_by_them(cooking: Client, context: Context) -> None:
    assert (await of(context)).number == 0
    await taught(cooking, right=False)
    early = (await cooking.get("/adaptive/recommendations", "learner0", fresh="true"))["decision"]
    assert await learn_due(context.database, lambda: NOON) == 1
    assert await learn_due(context.database, lambda: NOON) == 0
    learnt = await of(context)
    assert learnt.number == 1
    assert learnt.population.learners == 10
    assert learnt.population.general.mean < FIRST.general.mean - 0.5
    late = (await cooking.get("/adaptive/recommendations", "learner0", fresh="true"))["decision"]
    first, second = [await cooking.get(f"/adaptive/decisions/{one}") for one in (early, late)]
    assert (first["population_version"], second["population_version"]) == (0, 1)
    worths = [{o["activity"]["id"]: o["components"]["worth"] for o in one["offers"]} for one in (first, second)]
    shared = worths[0].keys() & worths[1].keys()
    assert shared
    assert all(worths[0][item] != worths[1][item] for item in shared)


async def test_the_same_record_leads_to_the_same_constants_and_versions_stay(cooking: Client, context: Context) -> None:
    await taught(cooking, right=True)
    assert await learn_store(context.database, STORE, NOON) == 1
    assert await learn_store(context.database, STORE, NOON + timedelta(days=1)) == 2
    first, second = await of(context, 1), await of(context, 2)
    assert first.population == second.population
    assert first.population.general.mean > FIRST.general.mean
    assert (await of(context, 0)).population == FIRST
    with pytest.raises(NotFound, match="no version 3"):
        await of(context, 3)


async def test_few_learners_leave_the_guesses(cooking: Client, context: Context) -> None:
    for learner in range(9):
        await cooking.send(*answers(f"learner{learner}", right=True))
        await cooking.recommended(f"learner{learner}")
    assert await learn_due(context.database, lambda: NOON) == 0
    assert await of(context) == populations.Version(0, FIRST)
