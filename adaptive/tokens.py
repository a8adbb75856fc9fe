"""Learner tokens: an LMS hands one to a learner's browser, which may then ask for that learner and for no one else."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from lrs.observers import AnyConnection
from lrs.queries import queries_beside

_QUERIES = queries_beside(__file__)
PREFIX = "learner-"


@dataclass(frozen=True, slots=True)
class Holder:
    """Whom a token speaks for."""

    store_id: int
    agent: Mapping[str, Any]


async def issue(
    connection: AnyConnection, store_id: int, agent: Mapping[str, Any], *, now: datetime, expires: datetime
) -> str:
    """A new token, which is told only here."""
    token = PREFIX + secrets.token_urlsafe(32)
    await _QUERIES.drop_expired(connection, now=now)
    await _QUERIES.keep(connection, hash=_hash(token), store_id=store_id, agent=dict(agent), expires=expires)
    return token


async def holder(connection: AnyConnection, token: str, *, now: datetime) -> Holder | None:
    """Whom an open token speaks for; None for one that is unknown or has expired."""
    row = await _QUERIES.holder(connection, hash=_hash(token), now=now)
    return None if row is None else Holder(row["store_id"], row["agent"])


def _hash(token: str) -> bytes:
    return sha256(token.encode()).digest()
