"""What came of decisions: the reward, the bandit it trains, and the evaluation of a changed policy from the store."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from adaptive.catalogue import import_document
from adaptive.exploring import current, taught, train_due
from adaptive.outcomes import rewarded
from adaptive.simulation.logged import evaluate, taken_up
from lrs.context import Context
from tests.integration.cooking import course
from tests.integration.learners import answer
from tests.integration.service import STORE, Client, client_of


@pytest.fixture
async def cooking(context: Context) -> AsyncIterator[Client]:
    async with client_of(context) as client:
        await context.database.write(lambda c: import_document(c, 1, course()))
        yield client


def later(seconds: int, item: str, *, right: bool) -> dict[str, Any]:
    moment = datetime.now(UTC) + timedelta(seconds=seconds)
    return answer("ann", item, right=right, skill="mixing") | {"timestamp": moment.isoformat()}


async def outcomes(context: Context) -> list[dict[str, Any]]:
    now = datetime.now(UTC)
    async with context.database.read() as connection:
        return await rewarded(connection, STORE, now - timedelta(hours=1), now + timedelta(hours=1))


async def test_a_reward_needs_an_offer_taken_up_and_an_answer_after_it(context: Context, cooking: Client) -> None:
    offers = await cooking.recommended("ann", limit=20)
    offer = next(one for one in offers if one["activity"]["id"].startswith("urn:item:mixing"))
    assert await outcomes(context) == []
    taken = offer["activity"]["id"].removeprefix("urn:item:")
    await cooking.send(later(5, taken, right=True))
    await cooking.get("/adaptive/profile", "ann")
    assert await outcomes(context) == []
    others = [n for n in ("mixing-0", "mixing-1", "mixing-2", "mixing-3") if n != taken]
    await cooking.send(later(10, others[0], right=True), later(15, others[1], right=False))
    await cooking.get("/adaptive/profile", "ann")
    (found,) = await outcomes(context)
    assert found["chosen"] == offer["activity"]["id"]
    rise = 0.5 - offer["success_probability"]
    assert found["reward"] == pytest.approx(0.5 + 0.5 * (0.5 + rise))
    rows = evaluate(taken_up([found]), {"zone": 0.0}, 0.15)
    assert rows["logged"]["value"] == pytest.approx(found["reward"])
    assert rows["log"]["value"] == 1


async def test_the_worker_trains_the_bandit_that_explore_mode_asks(context: Context, cooking: Client) -> None:
    def now() -> datetime:
        return datetime.now(UTC) + timedelta(hours=1)

    assert await train_due(context.database, now) == 0
    offers = await cooking.recommended("ann", limit=20)
    offer = next(one for one in offers if one["activity"]["id"].startswith("urn:item:mixing"))
    taken = offer["activity"]["id"].removeprefix("urn:item:")
    other = next(n for n in ("mixing-0", "mixing-1") if n != taken)
    await cooking.send(later(5, taken, right=True), later(10, other, right=True))
    await cooking.get("/adaptive/profile", "ann")
    assert await train_due(context.database, now) == 1
    assert await train_due(context.database, now) == 0

    found = await cooking.get("/adaptive/recommendations", "ben", mode="explore", limit=20)
    decision = await cooking.get(f"/adaptive/decisions/{found['decision']}")
    (outcome,) = await outcomes(context)
    async with context.database.read() as connection:
        trained = await current(connection, STORE)
    expected = taught([outcome])
    assert (decision["bandit_version"], trained.version) == (1, 1)
    assert trained.bandit.names == expected.names
    assert trained.bandit.arms == expected.arms != {}
    np.testing.assert_array_equal(trained.bandit.weights, expected.weights)
    np.testing.assert_array_equal(trained.bandit.covariance, expected.covariance)
    assert any(offer["components"]["explore"] > 0 for offer in decision["offers"])
    assert decision["reproduced"]


async def test_explore_mode_says_where_it_explores(cooking: Client) -> None:
    found = await cooking.get("/adaptive/recommendations", "ann", mode="explore", limit=3)
    assert found["mode"] == "explore"
    decision = await cooking.get(f"/adaptive/decisions/{found['decision']}")
    assert all("explore" in offer["components"] for offer in decision["offers"])
    assert all(sum(draw["probabilities"]) == pytest.approx(1) for draw in decision["draws"])
