"""`proximal replay`, `import` and `export` against the real server: what is sent is stored, folded, and comes back."""

import asyncio
import gzip
import json
import socket
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import asyncpg
import pytest

from lrs.postgres import Cluster
from lrs.terms import term_id
from tests.server import KEY, SECRET, Server

ROWS, USERS = 3000, 60
REPLAYED = [term_id(f"account:https://replay.proximal.example|u{user}") for user in range(USERS)]
STORED = "SELECT count(*) FROM evidence WHERE agent_id = ANY($1)"
LIMIT = 90.0


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A response log of 60 learners on 200 items of 12 skills, without a clock."""
    rng = Random(5)
    path = tmp_path_factory.mktemp("logs") / "responses.tsv.gz"
    rows = [
        f"u{row * USERS // ROWS}\ti{rng.randrange(200)}\t0\t{rng.randrange(2)}\ts{rng.randrange(6)}~t{rng.randrange(6)}"
        for row in range(ROWS)
    ]
    path.write_bytes(gzip.compress("\n".join(["user_id\titem_id\ttimestamp\tcorrect\tskills", *rows]).encode()))
    return path


@pytest.fixture(scope="module")
def replayed(server: Server, log: Path) -> Any:
    done = server.run("replay", str(log), "--endpoint", f"{server.address}/xapi", "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def ask(server: Server, query: str, agents: list[int]) -> Any:
    """One value from the server's own database."""

    async def fetch() -> Any:
        connection = await asyncpg.connect(Cluster(server.data_dir).dsn())
        try:
            return await connection.fetchval(query, agents)
        finally:
            await connection.close()

    return asyncio.run(fetch())


def eventually(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + LIMIT
    while not holds():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.1)


def statement(name: str, **more: Any) -> dict[str, Any]:
    return {
        "actor": {"mbox": f"mailto:{name}@example.org"},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/answered"},
        "object": {"id": "https://example.org/items/1"},
        **more,
    }


def test_a_log_is_stored_and_folded_whole(server: Server, replayed: dict[str, Any]) -> None:
    assert (replayed["accepted"], replayed["refused"]) == (ROWS, 0)
    assert ask(server, STORED, REPLAYED) == ROWS
    eventually(lambda: ask(server, f"{STORED} AND version IS NULL", REPLAYED) == 0)
    folded = "SELECT count(*) FROM learners WHERE learner_id = ANY($1) AND responses = 50"
    assert ask(server, folded, REPLAYED) == USERS


def test_a_replayed_learner_has_a_profile(server: Server, replayed: dict[str, Any]) -> None:
    agent = json.dumps({"account": {"homePage": "https://replay.proximal.example", "name": "u7"}})
    with server.client() as client:
        profile = client.get("/adaptive/profile", params={"agent": agent}).json()
    assert sum(skill["evidence"] for skill in profile["skills"]) == 100
    assert {skill["id"] for skill in profile["skills"]} <= {
        f"https://replay.proximal.example/skills/{kind}{number}" for kind in "st" for number in range(6)
    }


def test_replaying_again_sends_nothing_and_stores_nothing_twice(
    server: Server, log: Path, replayed: dict[str, Any], tmp_path: Path
) -> None:
    again = json.loads(server.run("replay", str(log), "--endpoint", f"{server.address}/xapi", "--json").stdout)
    assert (again["accepted"], again["sent_before"]) == (0, ROWS)
    renamed = tmp_path / "renamed.tsv"
    renamed.write_bytes(gzip.decompress(log.read_bytes()))
    once_more = server.run("replay", str(renamed), "--endpoint", f"{server.address}/xapi", "--json", "--limit", "200")
    assert json.loads(once_more.stdout)["accepted"] == 200
    assert ask(server, STORED, REPLAYED) == ROWS


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("user_id\titem_id\tcorrect\n1\t2\t1\n", "line 1: missing column timestamp, skills"),
        ("user_id\titem_id\ttimestamp\tcorrect\tskills\n1\t2\t0\t1\t3\n1\t2\t0\tyes\t3\n", "line 3: correct must be"),
    ],
)
def test_a_bad_log_is_a_sentence_and_nothing_is_sent(
    server: Server, replayed: dict[str, Any], tmp_path: Path, text: str, sentence: str
) -> None:
    path = tmp_path / "bad.tsv"
    path.write_text(text)
    done = server.run("replay", str(path), "--endpoint", f"{server.address}/xapi")
    assert done.returncode == 1
    assert sentence in done.stderr
    assert done.stderr.count("\n") == 1
    assert ask(server, STORED, [*REPLAYED, term_id("account:https://replay.proximal.example|1")]) == ROWS


def test_a_wrong_credential_and_a_wrong_address_are_sentences(server: Server, log: Path) -> None:
    refused = server.run("replay", str(log), "--endpoint", f"{server.address}/xapi", "--key", "k", "--secret", "s")
    assert refused.returncode == 1
    assert "refused the credential (401)" in refused.stderr
    nowhere = server.run(
        "replay", str(log), "--endpoint", f"{server.address}/nowhere", "--key", KEY, "--secret", SECRET
    )
    assert "There is no xAPI endpoint" in nowhere.stderr
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    down = server.run(
        "replay", str(log), "--endpoint", f"http://127.0.0.1:{port}/xapi", "--key", KEY, "--secret", SECRET
    )
    assert (down.returncode, "is the server running there?" in down.stderr) == (1, True)


def test_a_refused_statement_does_not_cost_its_neighbours(server: Server, tmp_path: Path) -> None:
    good = [statement(f"import{number}") for number in range(120)]
    lines = [json.dumps(each) for each in good]
    lines[10] = json.dumps({**good[10], "result": {"score": {"scaled": 7}}})
    lines[70] = "{not json"
    lines[71] = json.dumps({**good[71], "verb": {"id": "no iri"}})
    path = tmp_path / "statements.jsonl.gz"
    path.write_bytes(gzip.compress("\n".join(lines).encode()))
    done = server.run("import", str(path), "--endpoint", f"{server.address}/xapi", "--json")
    report = json.loads(done.stdout)
    assert done.returncode == 1
    assert (report["accepted"], report["refused"]) == (117, 3)
    found = {refusal["line"]: refusal for refusal in report["refusals"]}
    assert found[11]["path"] == "result.score.scaled"
    assert found[72]["path"] == "verb.id"
    assert "not a line of JSON" in found[71]["message"]
    again = json.loads(server.run("import", str(path), "--endpoint", f"{server.address}/xapi", "--json").stdout)
    assert (again["accepted"], again["refused"]) == (117, 3)
    assert ask(server, STORED, [term_id(f"mbox:mailto:import{number}@example.org") for number in range(120)]) == 117


def test_of_different_statements_with_one_id_the_first_is_accepted(server: Server, tmp_path: Path) -> None:
    one_id = "11111111-0000-4000-8000-000000000001"
    lines = [json.dumps(statement(f"first{number}", id=one_id)) for number in range(8)]
    path, out = tmp_path / "statements.jsonl", tmp_path / "out.jsonl"
    path.write_text("\n".join([*lines, lines[0]]))
    done = server.run("import", str(path), "--endpoint", f"{server.address}/xapi", "--json")
    report = json.loads(done.stdout)
    assert (report["accepted"], [each["line"] for each in report["refusals"]]) == (2, [2, 3, 4, 5, 6, 7, 8])
    agent = json.dumps({"mbox": "mailto:first0@example.org"})
    server.run("export", "--output", str(out), "--agent", agent, "--endpoint", f"{server.address}/xapi")
    assert json.loads(out.read_text())["id"] == one_id


def test_statements_received_equal_those_stored(server: Server, tmp_path: Path) -> None:
    sent = [
        statement(
            "exported",
            id=f"00000000-0000-4000-8000-{number:012d}",
            timestamp=f"2026-01-0{number + 1}T10:00:00Z",
            result={"score": {"scaled": 0.5, "raw": 1.50}, "response": "ä\u2028\\n"},
        )
        for number in range(3)
    ]
    path, out = tmp_path / "sent.jsonl", tmp_path / "out.jsonl.gz"
    path.write_text("".join(json.dumps(each, indent=None) + "\n" for each in sent))
    assert server.run("import", str(path), "--endpoint", f"{server.address}/xapi").returncode == 0
    agent = json.dumps({"mbox": "mailto:exported@example.org"})
    done = server.run("export", "--output", str(out), "--agent", agent, "--endpoint", f"{server.address}/xapi")
    assert done.returncode == 0, done.stderr
    received = [json.loads(line) for line in gzip.decompress(out.read_bytes()).decode().splitlines()]
    assert [{name: each[name] for name in sent[0]} for each in received] == sent


def test_an_export_follows_its_pages_and_imports_into_the_same(
    server: Server, replayed: dict[str, Any], tmp_path: Path
) -> None:
    out = tmp_path / "all.jsonl"
    done = server.run("export", "--output", str(out), "--endpoint", f"{server.address}/xapi", "--json")
    assert done.returncode == 0, done.stderr
    lines = out.read_text().splitlines()
    assert json.loads(done.stdout) == {"exported": len(lines)}
    assert len(lines) >= ROWS
    stored = [json.loads(line)["stored"] for line in lines]
    assert stored == sorted(stored)
    back = json.loads(server.run("import", str(out), "--endpoint", f"{server.address}/xapi", "--json").stdout)
    assert (back["accepted"], back["refused"]) == (len(lines), 0)


def test_an_export_to_standard_output_has_no_room_for_a_summary(server: Server) -> None:
    done = server.run("export", "--endpoint", f"{server.address}/xapi", "--json")
    assert (done.returncode, done.stdout) == (2, "")


def test_an_export_that_is_refused_leaves_no_file(server: Server, tmp_path: Path) -> None:
    out = tmp_path / "none.jsonl"
    done = server.run("export", "--output", str(out), "--since", "yesterday", "--endpoint", f"{server.address}/xapi")
    assert done.returncode == 1
    assert "The endpoint refused (400)" in done.stderr
    assert list(tmp_path.iterdir()) == []
