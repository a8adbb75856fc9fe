"""One Postgres cluster under the data folder: created, started, recovered and stopped by the process that owns it.

Two locks tell who is alive, because process ids lie (zombies, reuse, a truncated postmaster.pid): the owner holds
`proximal.lock`; every Postgres process inherits `postgres/server.lock`, so it is free only when all of them are gone.
"""

import asyncio
import hashlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

import asyncpg

from lrs.database import UNREACHABLE
from lrs.errors import OperatorError
from lrs.postgres.account import Account, require_passage, server_account
from lrs.postgres.binaries import programs
from lrs.postgres.locks import holder, processes_in, send, try_lock, write_holder
from lrs.processes import dies_with

DATABASE = "proximal"
SOCKET_PATH_LIMIT = 103
TICK = 0.02
WATCH = 0.1
MEGABYTE = 1024**2
START_SECONDS = 600.0
STOP_SECONDS = 60.0
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
SETTINGS = {
    "jit": "off",
    "max_connections": "100",
    "random_page_cost": "1.1",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "logging_collector": "on",
    "log_filename": "postgres-%a.log",
    "log_truncate_on_rotation": "on",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
}


class Cluster:
    """`data_dir` is the product's data folder; `settings` override the server's tuning, never its durability."""

    def __init__(self, data_dir: Path, settings: Mapping[str, str] | None = None) -> None:
        self.data_dir = Path(data_dir).resolve()
        self.home = self.data_dir / "postgres"
        self.data = self.home / "data"
        self.settings = {**SETTINGS, "shared_buffers": _shared_buffers(), **(settings or {}), **DURABLE}
        self.process: subprocess.Popen[bytes] | None = None
        self._lock: int | None = None

    def dsn(self, database: str = DATABASE) -> str:
        return f"postgresql://{DATABASE}@/{quote(database)}?host={quote(str(self.socket_folder()), safe='/')}"

    def socket_folder(self) -> Path:
        """`postgres/run` in the data folder, or a short folder under /tmp where that path is too long for a socket."""
        run = self.home / "run"
        if len(f"{run}/.s.PGSQL.5432".encode()) <= SOCKET_PATH_LIMIT:
            return run
        key = hashlib.blake2b(str(self.data_dir).encode(), digest_size=8).hexdigest()
        return Path("/tmp") / f"proximal-{key}"  # noqa: S108 - its owner is checked before use

    async def start(self) -> None:
        """Serve: take the folder, create the cluster if there is none, recover it if need be. Warm: about a second."""
        folder_for_data(self.data_dir)
        self._take_folder()
        try:
            await self.launch()
        except BaseException:
            self._leave_folder()
            raise

    async def launch(self) -> None:
        """Start the server (again, after it died) in the folder already taken."""
        account = self._prepare()
        server_lock = await self._previous_gone()
        try:
            bin_folder = programs(self.home, account)
            if not (self.data / "PG_VERSION").exists():
                self._initialise(bin_folder, account)
            self._check_version(bin_folder)
            self._forget_previous()
            self._write_access_files(account)
            self.process = self._spawn(bin_folder, account, server_lock)
        finally:
            os.close(server_lock)
        await self._ready(self.process)
        await _create_database(self.dsn("postgres"))

    async def ended(self) -> None:
        """Wait until the server's process has ended."""
        process = self.process
        while process is not None:
            if process.poll() is not None:
                return
            await asyncio.sleep(WATCH)

    async def stop(self) -> None:
        """Fast shutdown: sessions end, a checkpoint is written. Harder signals only where that does not end it."""
        process = self.process
        if process is not None:
            for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
                if await _ended(process, number):
                    break
            self.process = None
        self._leave_folder()

    def _take_folder(self) -> None:
        path = self.data_dir / "proximal.lock"
        self._lock = try_lock(path)
        if self._lock is None:
            raise OperatorError(
                f"The data folder {self.data_dir} is in use by another proximal (process {holder(path)}): "
                "stop that one, or choose another folder with PROXIMAL_DATA_DIR."
            )
        write_holder(self._lock)

    def _leave_folder(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _prepare(self) -> Account:
        account = server_account(self.data)
        self.home.mkdir(mode=0o755, exist_ok=True)
        require_passage(self.home, account)
        _own(self.socket_folder(), account)
        return account

    async def _previous_gone(self) -> int:
        """The server's lock, once every process of an earlier server has ended; an ownerless server is told to."""
        deadline = time.monotonic() + STOP_SECONDS
        while (lock := try_lock(self.home / "server.lock")) is None:
            if time.monotonic() > deadline:
                raise OperatorError(f"An earlier Postgres still runs in {self.data} and does not stop.")
            self._stop_orphans()
            await asyncio.sleep(TICK)
        if foreign := processes_in(self.data):
            os.close(lock)
            raise OperatorError(f"Process {foreign[0]} runs a Postgres in {self.data} that is not ours: stop it first.")
        return lock

    def _stop_orphans(self) -> None:
        processes = processes_in(self.data)
        main = postmaster(self.data)
        if main in processes:
            send([main], signal.SIGINT)
        else:
            send(processes, signal.SIGKILL)

    def _initialise(self, bin_folder: Path, account: Account) -> None:
        """Create the cluster beside its place and move it there, so that it is complete or not there at all."""
        draft = self.home / "draft"
        shutil.rmtree(draft, ignore_errors=True)
        _own(draft, account)
        locale = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        done = subprocess.run(
            [str(bin_folder / "initdb"), "-D", str(draft), "-U", DATABASE, "-A", "peer", *locale],
            capture_output=True,
            text=True,
            cwd=self.home,
            env=_environment(),
            check=False,
            preexec_fn=dies_with(os.getpid(), signal.SIGKILL),
            **account.switch,
        )
        if done.returncode:
            raise OperatorError(f"The database could not be created in {self.data}: {_last_line(done.stderr)}")
        draft.rename(self.data)

    def _check_version(self, bin_folder: Path) -> None:
        have = (self.data / "PG_VERSION").read_text().strip()
        command = [str(bin_folder / "postgres"), "--version"]
        ours = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[-1].split(".")[0]
        if have != ours:
            raise OperatorError(
                f"The database in {self.data} is of Postgres {have}, this release carries {ours}: "
                "export with the release that made it, then import into a new data folder."
            )

    def _forget_previous(self) -> None:
        """All of it is dead (we hold its lock), so its pid files only mislead: the pid may be a zombie or reused."""
        for path in (self.data / "postmaster.pid", self.socket_folder() / ".s.PGSQL.5432.lock"):
            path.unlink(missing_ok=True)

    def _write_access_files(self, account: Account) -> None:
        """Only the socket, only the user that owns this process, known to the kernel (peer)."""
        (self.home / "pg_hba.conf").write_text(f"local all {DATABASE} peer map=owner\n")
        ours = pwd.getpwuid(os.geteuid()).pw_name
        (self.home / "pg_ident.conf").write_text(f'owner "{ours}" {DATABASE}\n')
        for name in ("pg_hba.conf", "pg_ident.conf"):
            (self.home / name).chmod(0o644)

    def _spawn(self, bin_folder: Path, account: Account, server_lock: int) -> subprocess.Popen[bytes]:
        settings = {
            **self.settings,
            "listen_addresses": "",
            "port": "5432",
            "unix_socket_directories": str(self.socket_folder()),
            "hba_file": str(self.home / "pg_hba.conf"),
            "ident_file": str(self.home / "pg_ident.conf"),
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with self._startup_log().open("wb") as log:
            return subprocess.Popen(
                [str(bin_folder / "postgres"), "-D", str(self.data), *options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.home,
                env=_environment(),
                start_new_session=True,
                pass_fds=(server_lock,),
                preexec_fn=dies_with(os.getpid(), signal.SIGINT),
                **account.switch,
            )

    def _startup_log(self) -> Path:
        return self.home / "startup.log"

    async def _ready(self, process: subprocess.Popen[bytes]) -> None:
        """What pg_ctl waits for: `ready` as the last line of the pid file."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if process.poll() is not None:
                raise OperatorError(f"Postgres did not start: {self._complaint()}")
            lines = _pid_file(self.data)
            if lines[:1] == [str(process.pid)] and lines[-1].strip() == "ready":
                return
            await asyncio.sleep(TICK)
        raise OperatorError(f"Postgres is still not ready after {START_SECONDS:.0f} s; see {self.data / 'log'}.")

    def _complaint(self) -> str:
        """The last fatal line of what the server wrote before it gave up."""
        logs = [self._startup_log(), *sorted((self.data / "log").glob("*.log"), key=lambda path: path.stat().st_mtime)]
        lines = [line for path in reversed(logs) for line in reversed(path.read_text(errors="replace").splitlines())]
        return next((line.partition("FATAL:")[2].strip() for line in lines if "FATAL:" in line), "it said nothing") + (
            f" (see {self.data / 'log'})"
        )


def _shared_buffers() -> str:
    """A quarter of the machine's memory, at most four gigabytes: the kernel's cache does the rest."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return f"{min(memory // 4, 4096 * MEGABYTE) // MEGABYTE}MB"


def folder_for_data(folder: Path) -> None:
    """Make the data folder where it is missing; only folders made here get permissions."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    try:
        for path in reversed(missing):
            path.mkdir()
            path.chmod(0o755)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise OperatorError(
            f"The data folder {folder} cannot be written ({error.strerror}): choose another with PROXIMAL_DATA_DIR."
        ) from error


def _own(folder: Path, account: Account) -> None:
    """A private folder of `account`; one that exists must be its own already, so that nobody can plant a socket."""
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        if folder.is_symlink() or folder.stat().st_uid != account.uid:
            raise OperatorError(f"{folder} should belong to user {account.name} and does not: remove it.") from None
        return
    if folder.stat().st_uid != account.uid:
        os.chown(folder, account.uid, account.gid)


async def _ended(process: subprocess.Popen[bytes], number: signal.Signals) -> bool:
    process.send_signal(number)
    for _ in range(round(STOP_SECONDS / TICK)):
        if process.poll() is not None:
            return True
        await asyncio.sleep(TICK)
    return False


async def _create_database(dsn: str) -> None:
    try:
        connection = await asyncpg.connect(dsn)
        try:
            if not await connection.fetchval("SELECT true FROM pg_database WHERE datname = $1", DATABASE):
                await connection.execute(f"CREATE DATABASE {DATABASE}")
        finally:
            await connection.close()
    except UNREACHABLE as error:
        raise OperatorError(f"Postgres went away while it was being made ready ({error}).") from error


def _pid_file(data: Path) -> list[str]:
    try:
        return (data / "postmaster.pid").read_text(errors="replace").splitlines()
    except OSError:
        return []


def postmaster(data: Path) -> int:
    """The process id in postmaster.pid, 0 where there is none to read."""
    first = (_pid_file(data) or [""])[0]
    return int(first) if first.isdigit() else 0


def _environment() -> dict[str, str]:
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or ["it said nothing"])[-1]
