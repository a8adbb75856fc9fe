"""Who runs Postgres: ourselves, or, since it refuses root, a user without privileges."""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lrs.errors import OperatorError

UNPRIVILEGED = ("proximal", "nobody")


@dataclass(frozen=True, slots=True)
class Account:
    """A named user; `switch` is what subprocess needs to become it (nothing when we are it already)."""

    name: str
    uid: int
    gid: int

    @property
    def switch(self) -> dict[str, Any]:
        if os.geteuid() == self.uid:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


def server_account(cluster: Path) -> Account:
    """The owner of an existing cluster folder, else who is to own a new one."""
    if os.geteuid() != 0:
        account = _by_id(os.geteuid())
        if cluster.exists() and cluster.stat().st_uid != account.uid:
            owner = cluster.stat().st_uid
            raise OperatorError(f"The database in {cluster} belongs to user id {owner}; run proximal as root or as it.")
        return account
    if cluster.exists() and cluster.stat().st_uid != 0:
        return _by_id(cluster.stat().st_uid)
    for name in UNPRIVILEGED:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, entry.pw_uid, entry.pw_gid)
    raise OperatorError("Postgres refuses to run as root and there is no user `nobody`: create a user `proximal`.")


def _by_id(uid: int) -> Account:
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        raise OperatorError(
            f"Postgres needs a user with a name, and user id {uid} has none: add one, or set PROXIMAL_DATABASE_URL."
        ) from None
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def ourselves() -> Account:
    """The user of this process, named or not."""
    return Account(str(os.geteuid()), os.geteuid(), os.getegid())


def require_passage(folder: Path, account: Account) -> None:
    """Raise OperatorError naming the first folder on the way to `folder` that shuts `account` out."""
    folders = [str(parent) for parent in (*reversed(folder.parents), folder)]
    script = 'for d; do [ -x "$d" ] || { printf %s "$d"; exit; }; done'
    closed = subprocess.run(
        ["/bin/sh", "-c", script, "sh", *folders],
        capture_output=True,
        text=True,
        cwd="/",
        check=False,
        **account.switch,
    ).stdout
    if closed:
        raise OperatorError(
            f"Postgres cannot run as root, and user {account.name} may not enter {closed}: "
            "choose a data folder elsewhere with PROXIMAL_DATA_DIR."
        )
