"""The README's commands, run as they are written, and what the demonstration prints, tried as it is printed.

The commands run in a folder that looks like a clone after `make install`; `.ci/run` does the installing itself.
"""

import gzip
import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from admin.demo.announcement import PAGES
from tests.server import ROOT, reachable_folder

README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = [line for block in re.findall(r"```sh\n(.*?)```", README, re.S) for line in block.splitlines()]
LOG = "user_id\titem_id\ttimestamp\tcorrect\tskills\n" + "".join(f"r{n % 3}\ti{n}\t0\t{n % 2}\ts\n" for n in range(30))


@dataclass
class Clone:
    """A folder to run commands in; `first` and `output`: what `make demo` printed the first and the second time."""

    folder: Path
    first: str = ""
    output: str = ""

    @property
    def environment(self) -> dict[str, str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("PROXIMAL_", "MAKE"))}
        return {**clean, "PYTHONPATH": str(ROOT), "PROXIMAL_PORT": str(free_port()), "NO_PROXY": "127.0.0.1"}

    def run(self, command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "-c", command], cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=180
        )

    @contextmanager
    def started(self, command: str, last_line: str) -> Iterator[str]:
        """Run until a line with `last_line` was printed; then Ctrl-C, as a terminal sends it, in the end."""
        with (
            (self.folder / "log").open("a") as log,
            subprocess.Popen(
                shlex.split(command),
                cwd=self.folder,
                env=self.environment,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
            ) as process,
        ):
            assert process.stdout is not None
            printed = ""
            while last_line not in printed:
                line = process.stdout.readline()
                assert line, (self.folder / "log").read_text()
                printed += line
            try:
                yield printed
            finally:
                os.killpg(process.pid, signal.SIGINT)
                process.wait(60)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


@pytest.fixture(scope="module")
def clone() -> Iterator[Clone]:
    with reachable_folder() as folder:
        for entry in ROOT.iterdir():
            if entry.name not in (".git", ".venv") and not entry.name.startswith(".proximal"):
                (folder / entry.name).symlink_to(entry)
        programs = folder / ".venv" / "bin"
        programs.mkdir(parents=True)
        (programs / "proximal").write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m admin.cli "$@"\n')
        (programs / "proximal").chmod(0o755)
        (programs / ".installed").touch()
        (folder / "responses.tsv").write_text(LOG)
        yield Clone(folder)


@pytest.fixture(scope="module")
def demonstration(clone: Clone) -> Iterator[Clone]:
    with clone.started("make demo", "--data-urlencode") as first:
        pass
    with clone.started("make demo", "--data-urlencode") as again:
        yield Clone(clone.folder, first, again)


def address(printed: str) -> str:
    return str(re.findall(r"http://127\.0\.0\.1:\d+", printed)[0])


def client(printed: str) -> httpx.Client:
    key, secret = re.search(r"key (\S+)\s+secret (\S+)", printed).groups()  # type: ignore[union-attr]
    return httpx.Client(base_url=address(printed), auth=(key, secret), timeout=60, trust_env=False)


def reasons(recommendation: dict[str, Any]) -> list[str]:
    return [reason["text"] for reason in recommendation["reasons"]]


def masked(line: str) -> str:
    """A line without what differs from one demonstration to the next."""
    return " ".join(re.sub(r"\b[0-9a-f]{12,}\b|\d+", "#", line).split())


def test_every_command_of_the_readme_is_known_here() -> None:
    assert COMMANDS == [
        "make demo",
        "make serve",
        ".venv/bin/proximal export --output statements.jsonl.gz",
        ".venv/bin/proximal import statements.jsonl.gz",
        ".venv/bin/proximal replay responses.tsv",
        "make test",
    ]


def test_what_the_readme_shows_is_what_is_printed(demonstration: Clone) -> None:
    (shown,) = re.findall(r"```text\n(.*?)```", README, re.S)
    printed = [masked(line) for line in demonstration.output.splitlines()]
    doors = [line for line in shown.splitlines() if re.match(r"Proximal's|  (learner|trainer|operator|LMS) ", line)]
    assert len(doors) == 5
    assert {masked(line) for line in (*doors, *re.findall(r"^\d+ simulated.*$", shown, re.M))} <= set(printed)


@pytest.mark.parametrize("role", PAGES)
def test_the_doors_open_with_the_printed_passwords(demonstration: Clone, role: str) -> None:
    door, email, password = re.search(rf"^  {role} +(\S+) +(\S+) +(\S+)$", demonstration.output, re.M).groups()  # type: ignore[union-attr]
    with httpx.Client(base_url=address(demonstration.output), timeout=60, trust_env=False) as visitor:
        page = visitor.get(door, follow_redirects=True)
        fields = dict(re.findall(r'name="(form_token|next)" value="([^"]*)"', page.text))
        assert visitor.post("/sign-in", data={**fields, "email": email, "password": password}).status_code == 303
        answer = visitor.get(door)
    assert (answer.status_code, answer.headers["content-type"][:9]) == (200, "text/html")


def test_the_printed_command_changes_what_is_recommended_and_why(demonstration: Clone) -> None:
    command = demonstration.output[demonstration.output.index("curl") :]
    words = shlex.split(command.replace("\\\n", " "))
    agent = json.loads(words[words.index("--data-urlencode") + 1].removeprefix("agent="))
    with client(demonstration.output) as lms:
        before = lms.get("/adaptive/recommendations", params={"agent": json.dumps(agent)}).json()["recommendations"]
    done = demonstration.run(command)
    assert done.returncode == 0, done.stderr
    after = json.loads(done.stdout)["recommendations"]
    assert after[0]["activity"]["id"] != before[0]["activity"]["id"]
    assert reasons(after[0]) != reasons(before[0])
    assert all(reasons(each) for each in (*before, *after))


def test_records_go_out_and_in(demonstration: Clone) -> None:
    export, back, replay = COMMANDS[2:5]
    done = demonstration.run(export)
    assert done.returncode == 0, done.stderr
    count = int(re.search(r"([\d,]+) statements exported", done.stderr)[1].replace(",", ""))  # type: ignore[index]
    folder = demonstration.folder
    exported = gzip.decompress((folder / "statements.jsonl.gz").read_bytes()).splitlines()
    stored = {each["id"]: each for each in map(json.loads, exported)}
    sent = [json.loads(line) for line in (folder / ".proximal-demo" / "cohort.jsonl").read_text().splitlines()]
    assert len(sent) > 1000
    assert all({name: stored[each["id"]][name] for name in each} == each for each in sent)
    done = demonstration.run(back)
    assert (done.returncode, f"{count:,} statements accepted" in done.stdout, "0 refused" in done.stdout) == (
        0,
        True,
        True,
    )
    done = demonstration.run(replay)
    assert (done.returncode, "30 statements accepted" in done.stdout) == (0, True), done.stderr


def test_a_second_run_finds_what_the_first_made(demonstration: Clone) -> None:
    kept = r"\S+@demo.example.*|key .*|^\d+ simulated.*"
    assert re.findall(kept, demonstration.first, re.M) == re.findall(kept, demonstration.output, re.M)


def test_a_store_of_ones_own(clone: Clone) -> None:
    with clone.started(COMMANDS[1], "Proximal answers at") as printed:
        assert httpx.get(f"{address(printed)}/readyz", trust_env=False).status_code == 200
