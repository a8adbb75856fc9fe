"""The bench measures the product: what it fills in is what the store writes, and its client counts what it is told."""

import os
import re
import signal
import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from admin.application import build
from admin.bench import filling, stage
from admin.bench.client import Outcome, Target, drive
from admin.bench.filling import fill
from admin.bench.statements import Crowd, text
from admin.bootstrap import prepare
from admin.composition import observers
from lrs.context import Context
from lrs.database import Database, connect
from lrs.payloads import unpack
from lrs.settings import Settings
from tests.server import KEY, SECRET, Server

COUNT = 120
SETTINGS = Settings.model_validate({"bootstrap_key": stage.KEY, "bootstrap_secret": stage.SECRET})
COMPARED = {
    "statements": "SELECT id, actor, verb, activity, authority, registration, voided FROM statements ORDER BY id",
    "related_terms": (
        "SELECT s.id, kind, main, term, r.verb FROM related_terms r JOIN statements s USING (store_id, position) "
        "ORDER BY 1, 2, 3, 4"
    ),
    "evidence": (
        "SELECT statement_id, agent_id, timestamp, item_id, kind, verb, score, choices, hints, confidence, seconds, "
        "registration, response_hash, skill_ids, container_ids FROM evidence ORDER BY statement_id"
    ),
    "activities": "SELECT id, iri, definition, told FROM activities ORDER BY id",
    "agents": "SELECT id, identity, names, told FROM agents ORDER BY id",
}


async def _rows(dsn: str) -> dict[str, list[tuple[Any, ...]]]:
    connection = await connect(dsn)
    try:
        return {name: [tuple(row) for row in await connection.fetch(sql)] for name, sql in COMPARED.items()}
    finally:
        await connection.close()


async def _texts(dsn: str) -> list[bytes]:
    """The statements as they are read back, but for the moment they were stored."""
    connection = await connect(dsn)
    try:
        rows = await connection.fetch("SELECT payload FROM statements ORDER BY id")
        return [re.sub(rb'"stored":"[^"]+"', b"", unpack(row["payload"])) for row in rows]
    finally:
        await connection.close()


async def _indexes(dsn: str) -> list[str]:
    connection = await connect(dsn)
    try:
        rows = await connection.fetch("SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1")
        return [row["indexdef"] for row in rows]
    finally:
        await connection.close()


@pytest.mark.parametrize("crowd", [Crowd(learners=9, courses=3), Crowd(learners=9, courses=3, groups=True)])
async def test_a_filled_database_is_one_that_was_written(
    empty_dsn: str, context: Context, dsn: str, crowd: Crowd
) -> None:
    for each in (empty_dsn, dsn):
        await prepare(each, SETTINGS, now=datetime.now(UTC))
    await fill(empty_dsn, await stage.credential(empty_dsn), COUNT, crowd=crowd, processes=1)
    transport = httpx.ASGITransport(build(replace(context, observers=observers())))
    headers = {"X-Experience-API-Version": "1.0.3", "Content-Type": "application/json"}
    async with httpx.AsyncClient(transport=transport, base_url="http://proximal.test", headers=headers) as client:
        body = b"[" + b",".join(text(crowd, number) for number in range(COUNT)) + b"]"
        answer = await client.post("/xapi/statements", content=body, auth=(stage.KEY, stage.SECRET))
    assert answer.status_code == 200
    filled, written = await _rows(empty_dsn), await _rows(dsn)
    for name in COMPARED:
        assert filled[name] == written[name], name
    assert len(filled["statements"]) == COUNT
    assert await _texts(empty_dsn) == await _texts(dsn)
    assert await _indexes(empty_dsn) == await _indexes(dsn)


async def test_a_filled_database_reads_back_and_has_nothing_waiting(empty_dsn: str) -> None:
    await prepare(empty_dsn, SETTINGS, now=datetime.now(UTC))
    await fill(empty_dsn, await stage.credential(empty_dsn), COUNT, crowd=Crowd(), processes=1)
    database = await Database.open(empty_dsn)
    try:
        context = Context(SETTINGS, database, clock=lambda: datetime.now(UTC))
        transport = httpx.ASGITransport(build(context))
        headers = {"X-Experience-API-Version": "1.0.3"}
        async with httpx.AsyncClient(transport=transport, base_url="http://proximal.test", headers=headers) as client:
            auth = (stage.KEY, stage.SECRET)
            answer = await client.get("/xapi/statements", params={"limit": COUNT}, auth=auth)
        found = answer.json()["statements"]
        assert len(found) == COUNT
        assert found == sorted(found, key=lambda one: str(one["stored"]), reverse=True)
        assert await database.pool.fetchval("SELECT count(*) FROM evidence WHERE version IS NULL") == 0
    finally:
        await database.close()


def test_the_client_counts_answers_and_refuses_refusals(server: Server) -> None:
    host, port = server.address.removeprefix("http://").split(":")
    target = Target(host, int(port), KEY, SECRET)
    posts = [[target.request("POST", "/xapi/statements", text(Crowd(salt=each), 1))] * 3 for each in range(4)]
    outcome = drive(target, posts, 30.0)
    assert outcome.require(200).answers == 12
    assert len(outcome.latencies) == 12
    assert 0 < outcome.percentile(0.5) <= outcome.percentile(0.99)
    wrong = Target(host, int(port), KEY, "wrong")
    with pytest.raises(RuntimeError, match="401"):
        drive(wrong, [[wrong.request("GET", "/xapi/statements")]], 30.0).require(200)
    with pytest.raises(RuntimeError, match="nothing"):
        Outcome().require(200)


async def test_a_filling_that_fails_leaves_no_database_behind(dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    name = "proximal_bench_of_a_test"

    async def fails(*_: object, **__: object) -> None:
        assert await stage._exists(dsn, f"{name}_unfinished")
        raise KeyboardInterrupt

    monkeypatch.setattr(stage, "fill", fails)
    with pytest.raises(KeyboardInterrupt):
        await stage._fill(dsn, name, 1_000)
    assert not await stage._exists(dsn, f"{name}_unfinished")


def test_who_fills_is_not_interrupted_itself_and_ends_at_once_with_the_filling() -> None:
    def interrupted() -> None:
        with filling._pool(1) as pool:
            with filling._uninterrupted():
                ignores = pool.submit(signal.getsignal, signal.SIGINT)
            assert ignores.result(60) is signal.SIG_IGN
            pool.submit(time.sleep, 3_600)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()


async def test_an_interrupt_of_the_terminal_does_not_reach_the_server_under_test(dsn: str) -> None:
    with stage.server(dsn, SETTINGS, worker=False) as serving:
        assert os.getsid(serving.pid) == serving.pid
