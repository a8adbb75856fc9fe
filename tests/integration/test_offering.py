"""What is offered follows discoveries and parameters step by step, and is what a fresh process would compile."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from adaptive import activities
from adaptive.activities import Offering, offering
from adaptive.catalogue import Catalogue
from adaptive.engine import Parameters
from adaptive.folding import catch_up
from adaptive.heads import FOLLOWER
from adaptive.learning import learn_next
from adaptive.versions import Follower
from lrs.context import Context
from lrs.observers import AnyConnection
from tests.integration.learners import STORE, agent_id, answer
from tests.integration.service import client_of


@pytest.fixture(autouse=True)
def forgotten() -> None:
    activities.forget()


async def _known(connection: AnyConnection) -> Offering:
    return await offering(connection, STORE, Catalogue(), await FOLLOWER.current(connection, STORE))


async def _catch_up(connection: AnyConnection) -> None:
    for name in ("ann", "ben"):
        await catch_up(connection, STORE, agent_id(name))


async def _learn(connection: AnyConnection) -> int:
    return await learn_next(connection, STORE, Follower())


def _places(known: Offering) -> dict[int, tuple[float, float]]:
    candidates = known.candidates
    offered = zip(candidates.ids.tolist(), candidates.a.tolist(), candidates.b.tolist(), strict=True)
    return {i: (a, b) for (i, a, b), open_ in zip(offered, candidates.offered, strict=True) if open_}


async def test_each_step_gives_what_a_fresh_process_compiles(context: Context) -> None:
    async with client_of(context) as client:
        for step in range(4):
            parent: dict[str, Any] = {"contextActivities": {"parent": [{"id": "urn:item:course"}]}} if step == 2 else {}
            last = "course" if step == 1 else f"late-{step}"
            await client.send(answer("ann", f"item-{step}", right=True, skill=f"s{step // 2}"))
            await client.send(answer("ben", last, right=False, **parent))
            await context.database.write(_catch_up)
            await context.database.write(_learn)
            async with context.database.read() as connection:
                led_on = _places(await _known(connection))
                activities.forget()
                assert led_on == _places(await _known(connection))
            assert len(led_on) >= 2 * step + 1


async def test_a_discovery_that_commits_late_is_not_missed(context: Context) -> None:
    insert = """
        WITH met AS (INSERT INTO activities (store_id, id, iri, definition)
            VALUES ($1, $2::bigint, 'urn:' || $2::bigint, '{}'))
        INSERT INTO discoveries (store_id, item_id, skill_ids, container_ids, found)
        VALUES ($1, $2::bigint, '{}', '{}', clock_timestamp())"""
    async with context.database.lend() as slow, context.database.lend() as quick:
        transaction = slow.transaction()
        await transaction.start()
        await slow.execute(insert, STORE, 1)
        await quick.execute(insert, STORE, 2)
        assert set(_places(await _known(quick))) == {2}
        await transaction.commit()
        assert set(_places(await _known(quick))) == {1, 2}
        before = await _known(quick)
        assert (await _known(quick)).candidates is before.candidates
        await quick.execute(insert, STORE, 3)
        assert set(_places(await _known(quick))) == {1, 2, 3}


async def test_only_what_a_version_changed_is_placed_anew(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    async with client_of(context) as client:
        await client.send(*(answer("ann", f"item-{n}", right=True) for n in range(6)))
        await client.get("/adaptive/recommendations", "ann")
        await context.database.write(_learn)
        await client.get("/adaptive/recommendations", "ann")
        await client.send(answer("ben", "item-3", right=False))
        await client.get("/adaptive/recommendations", "ben")
        await context.database.write(_learn)
        placed: list[int] = []
        real = activities._placed

        def noted(known: Offering, activity: int, parameters: Parameters) -> tuple[float, float]:
            placed.append(activity)
            return real(known, activity, parameters)

        monkeypatch.setattr(activities, "_placed", noted)
        async with context.database.read() as connection:
            known = await _known(connection)
        assert len(placed) == 1
        stale = replace(known, digest=b"of another database")
        assert np.array_equal(activities.up_to_date(stale, FOLLOWER._held[STORE]).candidates.b, known.candidates.b)
        assert len(placed) == 7
