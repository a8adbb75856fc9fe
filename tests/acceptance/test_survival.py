"""kill -9 of every part in turn under load: nothing lost, nothing counted twice, the engine's state as the record's."""

import asyncio
import json
import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any

import asyncpg
import pytest

from adaptive.folding import request_refold
from adaptive.versions import freeze
from lrs.database import connect
from lrs.errors import OperatorError
from lrs.postgres import Cluster
from tests.server import Server, reachable_folder

ROWS, USERS, ITEMS = 6000, 48, 150
LIMIT = 180.0
COUNT = "SELECT count(*) FROM statements"
STATES = """
SELECT learner_id, responses, state, skills
FROM learners WHERE store_id = 1 ORDER BY learner_id"""
EVIDENCE = """
SELECT agent_id, timestamp, statement_id, item_id, kind, verb, score, choices, skill_ids, container_ids
FROM evidence WHERE store_id = 1 ORDER BY agent_id, timestamp, statement_id"""
WAITING = """
SELECT (SELECT count(*) FROM evidence WHERE version IS NULL) + (SELECT count(*) FROM refolds)
     + (SELECT count(*) FROM lessons)"""
RECORDED = "SELECT agent_id, timestamp, statement_id, version FROM evidence WHERE store_id = 1"
RECORD = "UPDATE evidence SET version = $4 WHERE agent_id = $1 AND timestamp = $2 AND statement_id = $3"
VERSIONS = "SELECT * FROM parameter_versions ORDER BY version"


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A response log in which all learners answer by turns, so that every batch holds many of them."""
    rng = Random(11)
    rows = [
        f"u{row % USERS}\ti{rng.randrange(ITEMS)}\t0\t{int(rng.random() < 0.6)}\ts{rng.randrange(6)}"
        for row in range(ROWS)
    ]
    path = tmp_path_factory.mktemp("logs") / "responses.tsv"
    path.write_text("\n".join(["user_id\titem_id\ttimestamp\tcorrect\tskills", *rows]))
    return path


def fetch(server: Server, query: str) -> list[tuple[Any, ...]]:
    """Rows from the server's own database, asked again while it is away."""

    async def once() -> list[tuple[Any, ...]]:
        connection = await connect(Cluster(server.data_dir).dsn())
        try:
            return [tuple(row) for row in await connection.fetch(query)]
        finally:
            await connection.close()

    deadline = time.monotonic() + LIMIT
    while True:
        with suppress(OperatorError, asyncpg.PostgresError, OSError):
            return asyncio.run(once())
        assert time.monotonic() < deadline, "the database stays away"
        time.sleep(0.05)


def stored(server: Server) -> int:
    return int(fetch(server, COUNT)[0][0])


def eventually(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + LIMIT
    while not holds():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.02)


def kill(server: Server, part: str) -> None:
    if part == "supervisor":
        server.kill()
        server.start()
    else:
        victims = [server.postmaster()] if part == "postgres" else server.children(part)
        os.kill(victims[0], signal.SIGKILL)


def test_everything_killed_in_turn(data_dir: Path, log: Path) -> None:
    parts = ("web", "worker", "postgres", "supervisor")
    with Server(data_dir, {"PROXIMAL_WEB_WORKERS": "2"}) as server:
        replay = ("replay", str(log), "--endpoint", f"{server.address}/xapi", "--batch", "20", "--json")
        begun = server.run(*replay, "--limit", str(ROWS // 6))
        assert begun.returncode == 0, begun.stderr
        eventually(lambda: bool(fetch(server, VERSIONS)))
        with server.begin(*replay) as sending:
            for turn, part in enumerate(parts, 1):
                while stored(server) < ROWS * (turn + 1) // 6 and sending.poll() is None:
                    time.sleep(0.02)
                if sending.poll() is not None:
                    pytest.fail(f"the load ended before {part} was killed: {sending.communicate()[1][-2000:]}")
                kill(server, part)
            output, errors = sending.communicate(timeout=LIMIT)
        assert sending.returncode == 0, errors
        assert json.loads(output)["refused"] == 0
        assert_whole(server)
        with reachable_folder() as folder, Server(folder / "data") as other:
            assert_same_as_a_fresh_fold(server, other, log)


def assert_whole(server: Server) -> None:
    """Every response is stored once, read once and folded once."""
    eventually(lambda: fetch(server, WAITING) == [(0,)])
    assert stored(server) == ROWS
    assert fetch(server, "SELECT count(*), count(DISTINCT statement_id), count(prediction) FROM evidence") == [
        (ROWS, ROWS, ROWS)
    ]
    assert fetch(server, "SELECT count(*), min(responses), max(responses) FROM learners") == [
        (USERS, ROWS // USERS, ROWS // USERS)
    ]
    assert fetch(server, "SELECT sum(responses) FROM parameter_versions") == [(ROWS,)]


def assert_same_as_a_fresh_fold(server: Server, other: Server, log: Path) -> None:
    """From the statements alone and the shared parameters' versions an empty database comes to the same state."""
    asyncio.run(_freeze(other))
    done = other.run("replay", str(log), "--endpoint", f"{other.address}/xapi", "--json")
    assert done.returncode == 0, done.stderr
    eventually(lambda: fetch(other, WAITING) == [(0,)])
    assert fetch(other, EVIDENCE) == fetch(server, EVIDENCE)
    assert fetch(other, STATES) != fetch(server, STATES)
    asyncio.run(_refold(other, fetch(server, VERSIONS), fetch(server, RECORDED)))
    eventually(lambda: fetch(other, WAITING) == [(0,)])
    assert fetch(other, STATES) == fetch(server, STATES)


async def _freeze(server: Server) -> None:
    connection = await connect(Cluster(server.data_dir).dsn())
    await freeze(connection, 1)
    await connection.close()


async def _refold(server: Server, versions: list[tuple[Any, ...]], recorded: list[tuple[Any, ...]]) -> None:
    """Give a store the versions of another, and have every learner folded again at them."""
    connection = await connect(Cluster(server.data_dir).dsn())
    async with connection.transaction():
        await connection.copy_records_to_table("parameter_versions", records=versions)
        await connection.executemany(RECORD, recorded)
        for (learner_id,) in await connection.fetch("SELECT learner_id FROM learners"):
            await request_refold(connection, 1, learner_id, "test")
    await connection.close()
