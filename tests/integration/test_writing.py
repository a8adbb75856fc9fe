"""Many writers at once: no deadlock, no lost statement, and a plain answer when more comes than can be stored."""

import asyncio
import random
from collections.abc import Iterable, Sequence
from typing import Any

import pytest

from lrs import statements, writing
from lrs.context import Context
from lrs.observers import AnyConnection
from lrs.resources.room import Room
from lrs.rows import Draft
from lrs.writing import Submission
from tests.integration.xapi import client_of, ids, statement


def shared(rng: random.Random, number: int) -> dict[str, Any]:
    """A statement about actors and activities that all writers share, told differently each time."""
    actor, activity = rng.randrange(20), rng.randrange(10)
    return statement(
        actor={"mbox": f"mailto:{actor}@example.org", "name": f"Name {number}"},
        verb={"id": f"https://v.example/{number % 3}", "display": {"en": f"did {number}"}},
        object={"id": f"act:{activity}", "definition": {"name": {"en": f"Activity {number}"}}},
        context={"contextActivities": {"parent": [{"id": f"act:{rng.randrange(10)}"}]}},
    )


async def test_writers_of_shared_actors_and_activities_do_not_lock_each_other_out(context: Context) -> None:
    async def write(seed: int) -> set[int]:
        rng = random.Random(seed)
        statuses = set()
        async with client_of(context) as client:
            for batch in range(5):
                sent = [shared(rng, seed * 1000 + batch * 20 + place) for place in range(20)]
                statuses.add((await client.post("/statements", json=sent)).status_code)
                statuses.add((await client.post("/statements", json=shared(rng, seed))).status_code)
        return statuses

    assert await asyncio.gather(*(write(seed) for seed in range(8))) == [{200}] * 8
    async with client_of(context) as client:
        assert len(await ids(client)) == 8 * 5 * 21


async def test_a_target_and_its_reference_that_race_find_each_other(context: Context) -> None:
    async with client_of(context) as one, client_of(context) as other:
        for _ in range(10):
            target = statement(actor={"mbox": f"mailto:{random.random()}@example.org"})
            refers = statement(object={"objectType": "StatementRef", "id": target["id"]})
            await asyncio.gather(one.post("/statements", json=refers), other.post("/statements", json=target))
            agent = str(target["actor"]).replace("'", '"')
            assert set(await ids(one, agent=agent)) == {target["id"], refers["id"]}


async def test_what_cannot_be_stored_in_time_is_told_to_come_again(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lrs.writing.WAITING_MOST", 3)
    async with client_of(context) as client:
        async with context.database.pool.acquire() as writer, writer.transaction():
            await writer.execute("SELECT begin_write(true, '{}')")
            sent = [asyncio.create_task(client.post("/statements", json=statement())) for _ in range(8)]
            while sum(task.done() for task in sent) < 5:
                await asyncio.wait([task for task in sent if not task.done()], return_when=asyncio.FIRST_COMPLETED)
        answers = await asyncio.gather(*sent)
        assert sorted(answer.status_code for answer in answers) == [200] * 3 + [503] * 5
        refused = next(answer for answer in answers if answer.status_code == 503)
        assert (refused.headers["retry-after"], refused.json()["code"]) == ("1", "unavailable")
        assert len(await ids(client)) == 3


async def test_bodies_that_find_no_room_are_told_to_come_again(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lrs.resources.interface.Room", lambda: Room(15_000))
    long = {"https://e.example/long": "x" * 10_000}
    sent = [statement(result={"extensions": long}) for _ in range(8)]
    async with client_of(context) as client:
        async with context.database.pool.acquire() as writer, writer.transaction():
            await writer.execute("SELECT begin_write(true, '{}')")
            asked = [asyncio.create_task(client.post("/statements", json=each)) for each in sent]
            while sum(task.done() for task in asked) < 6:
                await asyncio.wait([task for task in asked if not task.done()], return_when=asyncio.FIRST_COMPLETED)
        answers = await asyncio.gather(*asked)
        assert sorted(answer.status_code for answer in answers) == [200] * 2 + [503] * 6
        assert {answer.headers["retry-after"] for answer in answers if answer.status_code == 503} == {"1"}
        for each in sent:
            assert (await client.post("/statements", json=each)).status_code == 200
        assert len(await ids(client)) == 8


async def test_ids_that_others_store_meanwhile_are_no_failure(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    several = [statement() for _ in range(8)]
    left, alone = list(several), [False]
    begin_write, new_ones = statements.begin_write, writing._new_ones
    async with client_of(context) as one, client_of(context) as other:

        async def begin(connection: AnyConnection, drafts: Sequence[Draft], **how: bool) -> tuple[int, bool]:
            alone.append(how["alone"])
            return await begin_write(connection, drafts, **how)

        async def and_then_another_is_stored(connection: AnyConnection, drafts: Iterable[Draft]) -> list[Draft]:
            found = await new_ones(connection, drafts)
            if left and not alone[-1]:
                assert (await other.post("/statements", json=left.pop())).status_code == 200
            return found

        monkeypatch.setattr(writing, "begin_write", begin)
        monkeypatch.setattr(writing, "_new_ones", and_then_another_is_stored)
        await other.post("/statements", json=left.pop())
        assert (await one.post("/statements", json=several)).status_code == 200
        assert sorted(await ids(one)) == sorted(each["id"] for each in several)


async def test_one_conflict_costs_nobody_else_in_the_group(context: Context) -> None:
    async with client_of(context) as client:
        known = statement()
        assert (await client.post("/statements", json=known)).status_code == 200
        others = [statement() for _ in range(10)]
        changed = {**known, "object": {"id": "act:other"}}
        answers = await asyncio.gather(
            *(client.post("/statements", json=each) for each in [*others[:5], changed, *others[5:], known])
        )
        assert sorted(answer.status_code for answer in answers) == [200] * 11 + [409]
        assert len(await ids(client)) == 11


async def test_what_comes_just_as_a_worker_ends_is_not_left_waiting() -> None:
    async def commit(gathered: Sequence[Submission]) -> None:
        for submission in gathered:
            submission.done.set_result(None)

    lane = writing._Lane(commit, 1)
    first, second = Submission([]), Submission([])
    lane.add(first)
    asyncio.get_running_loop().call_soon(lane.add, second)
    async with asyncio.timeout(5):
        await asyncio.gather(first.done, second.done)
