"""ADL's conformance suite, both versions, against one fresh server: `make conformance SUITE=<folder>`.

The folder is a checkout of adlnet/lrs-conformance-test-suite with its dependencies installed. The suite's exit status
is its number of failures modulo 256, so what counts is the summary in its JSON log: passed must equal total.
"""

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from tests.server import KEY, SECRET, Server, reachable_folder

VERSIONS = ("1.0.3", "2.0.0")
MOST_SECONDS = 900


@dataclass(frozen=True, slots=True)
class Run:
    """One version's summary, and what failed."""

    version: str
    passed: int
    total: int
    seconds: float
    failures: list[str]

    @property
    def whole(self) -> bool:
        return self.total > 0 and self.passed == self.total


def run(suite: Path, version: str, address: str) -> Run:
    """Run the suite once; its new log is read and removed."""
    logs = suite / "logs"
    before = set(logs.glob("*.log"))
    began = time.perf_counter()
    subprocess.run(
        ["node", "bin/console_runner.js", "-x", version, "-e", f"{address}/xapi", "-a", "-u", KEY, "-p", SECRET],
        cwd=suite,
        stdout=subprocess.DEVNULL,
        timeout=MOST_SECONDS,
        check=False,
    )
    seconds = time.perf_counter() - began
    (log,) = set(logs.glob("*.log")) - before
    report = json.loads(log.read_text())
    log.unlink()
    summary = report["summary"]
    return Run(version, summary["passed"], summary["total"], seconds, failures(report["log"]))


def failures(node: dict[str, object] | None, trail: str = "") -> list[str]:
    """The failed tests of a log, each with its place and error."""
    if node is None or node.get("status") != "failed":
        return []
    name = f"{trail} > {node.get('name') or node.get('title') or ''}".removeprefix(" > ")
    below = node.get("tests")
    if not isinstance(below, list) or not below:
        return [f"{name}: {node.get('error')}"]
    return [each for child in below for each in failures(child, name)]


def main(suite: Path) -> int:
    with reachable_folder() as folder:
        server = Server(folder / "data").start()
        try:
            runs = [run(suite, version, server.address) for version in VERSIONS]
        finally:
            server.stop()
    for each in runs:
        print(f"xAPI {each.version}: {each.passed} of {each.total} passed in {each.seconds:.0f} s")
        for failure in each.failures:
            print(f"  {failure}")
    return 0 if all(each.whole for each in runs) else 1


if __name__ == "__main__":
    if len(sys.argv) != 2 or not (Path(sys.argv[1]) / "bin/console_runner.js").is_file():
        sys.exit("Say where the suite is: make conformance SUITE=<checkout of adlnet/lrs-conformance-test-suite>")
    sys.exit(main(Path(sys.argv[1]).resolve()))
