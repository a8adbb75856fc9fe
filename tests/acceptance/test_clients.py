"""Clients that content really uses, each in its own process, against the running server."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server import KEY, SECRET, Server, reachable_folder

CLIENTS = Path(__file__).with_name("clients")
NODE = shutil.which("npm") and shutil.which("node")


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with reachable_folder() as folder, Server(folder / "data") as server:
        yield server


def run(*command: str | Path, folder: Path, path: Path | None = None) -> str:
    environment = {"PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin", "HOME": str(folder)}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        env=environment | ({"PYTHONPATH": str(path)} if path else {}),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("package", ["tincan==1.0.0", "edx-tincan-py35==2.0.0"])
def test_python_clients(server: Server, tmp_path: Path, package: str) -> None:
    install = (sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--target", tmp_path)
    subprocess.run([*install, package], check=True, capture_output=True, timeout=300)
    command = (sys.executable, "-W", "ignore", CLIENTS / "tincan_client.py")
    told = run(*command, f"{server.address}/xapi/", KEY, SECRET, folder=tmp_path, path=tmp_path)
    assert told == "tincan: saved, batched, queried and paged; documents kept\n"


@pytest.fixture(scope="module")
def modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the Node clients installed as their lock has them."""
    folder = tmp_path_factory.mktemp("clients")
    shutil.copytree(CLIENTS, folder, dirs_exist_ok=True)
    subprocess.run(["npm", "ci", "--silent"], cwd=folder, check=True, capture_output=True, timeout=300)
    return folder


@pytest.mark.skipif(not NODE, reason="there is no Node here")
@pytest.mark.parametrize("client", ["xapi", "tincanjs"])
def test_node_clients(server: Server, modules: Path, client: str) -> None:
    assert NODE
    told = run(NODE, f"{client}.cjs", f"{server.address}/xapi/", KEY, SECRET, folder=modules)
    assert told.startswith(f"{client}: saved, batched, queried")
