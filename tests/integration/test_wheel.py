"""The wheel carries all that runs outside a checkout."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
BUILD = "from hatchling.build import build_wheel; print(build_wheel({!r}))"
DATA = {".css", ".html", ".js", ".json", ".md", ".sql", ".svg", ".zst"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-c", BUILD.format(str(folder))]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder / done.stdout.split()[-1]


def test_it_carries_the_schema_and_every_data_file(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        carried = set(archive.namelist())
    for path in (ROOT / "schema").rglob("*"):
        if path.is_file():
            assert f"lrs/_schema/{path.relative_to(ROOT / 'schema')}" in carried
    for package in ("lrs", "adaptive", "tutor", "admin"):
        for path in (ROOT / package).rglob("*"):
            if path.suffix in DATA | {".py"} and "__pycache__" not in path.parts:
                assert str(path.relative_to(ROOT)) in carried


def test_it_runs_without_the_checkout(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    check = "from lrs.migrations import migrations; import lrs; print(lrs.__file__, len(migrations()))"
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", check], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    file, count = done.stdout.split()
    assert Path(file).is_relative_to(tmp_path)
    assert int(count) == len(list((ROOT / "schema" / "migrations").glob("*.sql")))
