"""The real product as a process: `proximal serve` on its own data folder and a free port."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from lrs.postgres.cluster import postmaster
from lrs.postgres.locks import send

KEY, SECRET = "test-key", "test-secret"
ADMIN_EMAIL, ADMIN_PASSWORD = "admin@example.org", "correct horse battery staple"
STOP_SECONDS = 60
ROOT = Path(__file__).resolve().parent.parent


@contextmanager
def reachable_folder() -> Iterator[Path]:
    """A temporary folder that the database's user can enter (pytest's own are closed to others)."""
    folder = Path(tempfile.mkdtemp(prefix="proximal-test-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@dataclass
class Server:
    """Start, ask, kill, start again. Its first credential has every scope; its first administrator too."""

    data_dir: Path
    settings: Mapping[str, str] = field(default_factory=dict)
    address: str = ""
    process: subprocess.Popen[str] | None = None

    @property
    def environment(self) -> dict[str, str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("PROXIMAL_")}
        port = re.search(r":(\d+)$", self.address)
        return {
            **clean,
            "PROXIMAL_PORT": port[1] if port else "0",
            "PROXIMAL_DATA_DIR": str(self.data_dir),
            "PROXIMAL_BOOTSTRAP_KEY": KEY,
            "PROXIMAL_BOOTSTRAP_SECRET": SECRET,
            "PROXIMAL_ADMIN_EMAIL": ADMIN_EMAIL,
            "PROXIMAL_ADMIN_PASSWORD": ADMIN_PASSWORD,
            "NO_PROXY": "127.0.0.1",
            **self.settings,
        }

    @property
    def log(self) -> Path:
        return self.data_dir.parent / "serve.log"

    def start(self) -> Self:
        """Start and wait for its address; the same port when started again."""
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "admin.cli", "serve"],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                cwd=ROOT,
            )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        match = re.fullmatch(r"Proximal answers at (http://\S+)\n", line)
        if match is None:
            self.kill()
            raise AssertionError(f"The server did not start: {line}{self.log.read_text()}")
        self.address = match[1]
        return self

    def run(self, *arguments: str, timeout: float = 300) -> subprocess.CompletedProcess[str]:
        """`proximal …` with this server's settings."""
        command = [sys.executable, "-m", "admin.cli", *arguments]
        return subprocess.run(
            command, env=self.environment, capture_output=True, text=True, cwd=ROOT, timeout=timeout, check=False
        )

    def begin(self, *arguments: str) -> subprocess.Popen[str]:
        """`proximal …` with this server's settings, under way; a context manager."""
        return subprocess.Popen(
            [sys.executable, "-m", "admin.cli", *arguments],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )

    def client(self) -> httpx.Client:
        """An HTTP client with the first credential and an xAPI version."""
        headers = {"X-Experience-API-Version": "1.0.3"}
        return httpx.Client(base_url=self.address, auth=(KEY, SECRET), headers=headers, timeout=60, trust_env=False)

    def children(self, part: str) -> list[int]:
        """Process ids of the server's `web` or `worker` processes."""
        assert self.process is not None
        listed = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return [int(pid) for pid in listed if f"admin.{part}".encode() in _command_line(pid).split(b"\0")]

    def postmaster(self) -> int:
        """Postgres's main process; 0 while there is none."""
        return postmaster(self.data_dir.resolve() / "postgres" / "data")

    def kill(self) -> None:
        """kill -9 of the supervisor, and nothing else."""
        if self.process is not None:
            send([self.process.pid], signal.SIGKILL)
            self._forget()

    def stop(self) -> int:
        """SIGTERM; the exit code."""
        if self.process is None:
            return 0
        self.process.terminate()
        try:
            code = self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            raise
        self._forget()
        return code

    def _forget(self) -> None:
        assert self.process is not None
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()
        self.process = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _command_line(pid: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""
