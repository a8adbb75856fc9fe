"""`proximal serve` as operators meet it: it answers, recovers, stops cleanly, and says why it cannot start."""

import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from lrs.postgres.locks import processes_in
from tests.server import Server

LIMIT = 60.0


def eventually(holds: Callable[[], bool]) -> None:
    """Ask again until it holds; give up after LIMIT seconds."""
    deadline = time.monotonic() + LIMIT
    while not holds():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.05)


@pytest.fixture(scope="module")
def client(server: Server) -> Iterator[httpx.Client]:
    with server.client() as client:
        yield client


def is_ready(client: httpx.Client) -> bool:
    try:
        return client.get("/readyz").status_code == 200
    except httpx.TransportError:
        return False


def test_it_answers(client: httpx.Client) -> None:
    assert client.get("/healthz").json() == {"status": "alive"}
    assert client.get("/readyz").json() == {"status": "ready"}


def test_errors_have_one_shape(client: httpx.Client) -> None:
    answer = client.get("/nowhere")
    assert (answer.status_code, answer.json()["code"], answer.json()["errors"]) == (404, "not-found", [])
    answer = client.post("/healthz")
    assert (answer.status_code, answer.json()["code"]) == (405, "method-not-allowed")
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD"}


def test_a_request_keeps_its_name(client: httpx.Client) -> None:
    assert client.get("/healthz", headers={"X-Request-ID": "abc-1"}).headers["X-Request-ID"] == "abc-1"
    assert client.get("/healthz", headers={"X-Request-ID": "a b"}).headers["X-Request-ID"] != "a b"


def test_metrics_count_requests(client: httpx.Client) -> None:
    def count() -> float:
        lines = client.get("/metrics").text.splitlines()
        wanted = 'proximal_http_requests_total{area="tutor",method="GET",status="404"}'
        return sum(float(line.split()[-1]) for line in lines if line.startswith(wanted))

    before = count()
    client.get("/tutor/no/such/page")
    assert count() == before + 1


def test_metrics_tell_what_the_database_knows(client: httpx.Client) -> None:
    lines = client.get("/metrics").text.splitlines()
    assert {"proximal_database_up 1.0", "proximal_evidence_waiting 0", "proximal_unread_statements 0"} <= set(lines)


@pytest.mark.parametrize("part", ["web", "worker"])
def test_a_killed_process_is_started_again(server: Server, client: httpx.Client, part: str) -> None:
    (before,) = server.children(part)
    os.kill(before, signal.SIGKILL)
    eventually(lambda: len(server.children(part)) == 1 and server.children(part) != [before])
    eventually(lambda: is_ready(client))


def test_a_killed_postgres_is_started_again(server: Server, client: httpx.Client) -> None:
    before = server.postmaster()
    os.kill(before, signal.SIGKILL)
    eventually(lambda: server.postmaster() not in (0, before) and is_ready(client))


def test_while_postgres_is_away_the_answer_says_so(server: Server, client: httpx.Client) -> None:
    """The supervisor is halted for a while, so that nobody starts Postgres again."""
    assert server.process is not None
    server.process.send_signal(signal.SIGSTOP)
    try:
        os.kill(server.postmaster(), signal.SIGKILL)
        eventually(lambda: client.get("/readyz").status_code == 503)
        for answer in (client.get("/readyz"), client.get("/xapi/statements"), client.post("/xapi/statements", json=[])):
            assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
            assert int(answer.headers["Retry-After"]) > 0
        assert client.get("/healthz").status_code == 200
        assert "proximal_database_up 0.0" in client.get("/metrics").text
    finally:
        server.process.send_signal(signal.SIGCONT)
    eventually(lambda: is_ready(client))


def test_a_second_one_on_the_same_folder_says_so(server: Server) -> None:
    done = Server(server.data_dir).run("serve")
    assert_one_sentence(done.stderr, done.returncode, "is in use by another proximal")


def test_a_port_in_use_is_one_sentence(data_dir: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = Server(data_dir, {"PROXIMAL_PORT": str(port)}).run("serve")
    assert_one_sentence(done.stderr, done.returncode, f"Port {port} on 127.0.0.1 is in use")


def test_an_unwritable_folder_is_one_sentence() -> None:
    done = Server(Path("/dev/null/data")).run("serve")
    assert_one_sentence(done.stderr, done.returncode, "The data folder /dev/null/data cannot be written")


def test_a_database_that_is_down_is_one_sentence(data_dir: Path) -> None:
    done = Server(data_dir, {"PROXIMAL_DATABASE_URL": "postgresql://nobody@127.0.0.1:9/none"}).run("serve")
    assert_one_sentence(done.stderr, done.returncode, "The database does not answer")


def test_a_misspelt_setting_is_one_sentence(data_dir: Path) -> None:
    done = Server(data_dir, {"PROXIMAL_PROT": "1"}).run("serve")
    assert_one_sentence(done.stderr, done.returncode, "PROXIMAL_PROT")


@pytest.mark.parametrize("part", ["web", "worker"])
async def test_a_part_is_a_service_of_its_own(dsn: str, part: str) -> None:
    with Server(Path("unused"), {"PROXIMAL_DATABASE_URL": dsn}).begin("serve", "--only", part) as serving:
        assert serving.stdout is not None
        line = serving.stdout.readline()
        assert line.startswith("Proximal answers at" if part == "web" else "The engine worker is at work")
        if part == "web":
            assert httpx.get(f"{line.split()[-1]}/readyz", trust_env=False).status_code == 200
        serving.terminate()
        assert serving.wait(LIMIT) == 0


async def test_a_part_does_not_migrate(empty_dsn: str) -> None:
    done = Server(Path("unused"), {"PROXIMAL_DATABASE_URL": empty_dsn}).run("serve", "--only", "web")
    assert_one_sentence(done.stderr, done.returncode, "The database lacks 0001_record.sql. Run: proximal migrate")


def test_a_part_needs_a_shared_database(data_dir: Path) -> None:
    done = Server(data_dir).run("serve", "--only", "worker")
    assert_one_sentence(done.stderr, done.returncode, "set PROXIMAL_DATABASE_URL")
    assert not data_dir.exists()


def assert_one_sentence(stderr: str, code: int, part: str) -> None:
    """The last line is the sentence, there is no traceback, and the exit code tells of failure."""
    assert code == 1
    assert "Traceback" not in stderr
    last = stderr.strip().splitlines()[-1]
    assert last.startswith("Error: ")
    assert part in last


def test_it_stops_cleanly_and_comes_back(data_dir: Path) -> None:
    server = Server(data_dir)
    with server:
        assert httpx.get(f"{server.address}/readyz", trust_env=False).status_code == 200
    assert not processes_in(data_dir / "postgres" / "data")
    with server, server.client() as client:
        assert is_ready(client)
        assert server.stop() == 0


def test_a_killed_supervisor_leaves_nobody_behind(data_dir: Path) -> None:
    with Server(data_dir, {"PROXIMAL_WEB_WORKERS": "2"}) as server:
        family = [*server.children("web"), *server.children("worker"), server.postmaster()]
        assert len(family) == 4
        server.kill()
        eventually(lambda: not any(alive(process) for process in family))
        eventually(lambda: not processes_in(data_dir / "postgres" / "data"))
        server.start()
        with server.client() as client:
            assert is_ready(client)


def alive(process: int) -> bool:
    """A process that exists and is no zombie."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
