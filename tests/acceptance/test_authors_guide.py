"""docs/authors.md: its example is a collection, and its commands do what it says, as they are written."""

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

from tests.server import KEY, ROOT, SECRET, Server

GUIDE = (ROOT / "docs" / "authors.md").read_text(encoding="utf-8")
(EXAMPLE,) = re.findall(r"```json\n(.*?)```", GUIDE, re.S)
(BLOCK,) = re.findall(r"```sh\n(.*?)```", GUIDE, re.S)
PUBLISH, HISTORY, READ, UNDO = BLOCK.splitlines()
ACTIVITIES = {activity["id"] for activity in json.loads(EXAMPLE)["activities"]}


def run(server: Server, command: str, folder: Path) -> Any:
    environment = {**os.environ, "SERVER": server.address, "KEY": KEY, "SECRET": SECRET, "NO_PROXY": "127.0.0.1"}
    done = subprocess.run(
        ["bash", "-c", command], cwd=folder, env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def recommended(server: Server) -> set[str]:
    agent = json.dumps({"mbox": "mailto:barista@acme.example"})
    with server.client() as client:
        answer = client.get("/adaptive/recommendations", params={"agent": agent, "limit": 10}).json()
    return {each["activity"]["id"] for each in answer["recommendations"]}


def test_the_example_is_published_recommended_from_read_back_and_undone(server: Server, tmp_path: Path) -> None:
    (tmp_path / "coffee.json").write_text(EXAMPLE, encoding="utf-8")
    version = run(server, PUBLISH, tmp_path)["version"]
    assert recommended(server) & ACTIVITIES
    assert run(server, PUBLISH, tmp_path)["version"] == version
    newest = run(server, HISTORY, tmp_path)[0]
    assert (newest["version"], newest["collection"]) == (version, json.loads(EXAMPLE)["id"])
    assert {activity["id"] for activity in run(server, READ, tmp_path)["activities"]} == ACTIVITIES
    undone = run(server, UNDO.replace('"version": 1', f'"version": {version}'), tmp_path)
    assert undone["version"] == version + 1
    assert not recommended(server) & ACTIVITIES
