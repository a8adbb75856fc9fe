"""Credentials: who may call the record, with which scopes, and in whose name statements are stored.

Secrets are 256 random bits, so a fast hash keeps them as safe as a slow one would; a secret is told once, when made.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

from lrs.agents import agent_key
from lrs.errors import BadRequest, Forbidden
from lrs.observers import AnyConnection
from lrs.queries import queries_beside

SCOPES = {
    "all": "everything",
    "all/read": "read everything",
    "statements/write": "store statements",
    "statements/read": "read all statements",
    "statements/read/mine": "read the statements stored with this credential",
    "state": "read and write state documents",
    "define": "change the definitions of activities and the names of verbs",
    "profile": "read and write activity and agent profiles",
    "adaptive/read": "read recommendations and profiles of learners",
    "adaptive/write": "change the catalogue, goals and cohorts",
    "tutor": "ask the tutor for prompts",
}
READ = frozenset({"statements/read", "statements/read/mine", "state/read", "profile/read", "adaptive/read"})
IMPLIED = {"statements/read": {"statements/read/mine"}, "state": {"state/read"}, "profile": {"profile/read"}}
queries = queries_beside(__file__)


@dataclass(frozen=True, slots=True)
class Credential:
    """An open credential as a request bears it; `authority` is the agent that statements are stored under."""

    id: int
    store_id: int
    key: str
    name: str
    scopes: frozenset[str]
    authority: Mapping[str, Any]
    repair: bool = False
    created: datetime | None = None
    revoked: datetime | None = None
    granted: frozenset[str] = field(default=frozenset(), init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "granted", _granted(self.scopes))

    def allows(self, scope: str) -> bool:
        """Whether the credential has a scope, by name or within a wider one."""
        return scope in self.granted or "all" in self.scopes

    def require(self, *scopes: str) -> None:
        """Raise Forbidden unless the credential has the scope, or one of several."""
        if not any(self.allows(scope) for scope in scopes):
            raise Forbidden(f"The credential {self.key} lacks the scope {' or '.join(scopes)}.")


def _granted(scopes: frozenset[str]) -> frozenset[str]:
    implied = {narrow for scope in scopes for narrow in IMPLIED.get(scope, ())}
    return scopes | implied | (READ if "all/read" in scopes else frozenset())


def check_scopes(scopes: Sequence[str]) -> list[str]:
    """The scopes without repetition; BadRequest names one that does not exist."""
    for scope in scopes:
        if scope not in SCOPES:
            raise BadRequest(f"There is no scope {scope}; the scopes are {', '.join(SCOPES)}.")
    if not scopes:
        raise BadRequest("A credential needs at least one scope.")
    return list(dict.fromkeys(scopes))


def default_authority(store_id: int, key: str, name: str) -> dict[str, Any]:
    """The agent that stands for a credential in `authority`."""
    account = {"homePage": f"https://proximal.invalid/stores/{store_id}/credentials", "name": key}
    return {"objectType": "Agent", "name": name, "account": account}


async def create(
    connection: AnyConnection,
    store_id: int,
    name: str,
    scopes: Sequence[str] = ("all",),
    *,
    authority: Mapping[str, Any] | None = None,
    repair: bool = False,
) -> tuple[Credential, str]:
    """A new credential and its secret, which is told only here; BadRequest for a name or a scope that cannot be."""
    if not name.strip() or len(name) > 200:
        raise BadRequest("Give the credential a name of up to 200 characters, such as the LMS that will use it.")
    key, secret = secrets.token_hex(12), secrets.token_urlsafe(32)
    chosen = check_scopes(scopes)
    agent = dict(authority) if authority is not None else default_authority(store_id, key, name)
    agent_key(agent)
    made = await queries.insert_credential(
        connection,
        store_id=store_id,
        key=key,
        secret_hash=hash_secret(key, secret),
        name=name,
        scopes=chosen,
        authority=agent,
        repair=repair,
    )
    return Credential(made["id"], store_id, key, name, frozenset(chosen), agent, repair, made["created"]), secret


async def ensure(
    connection: AnyConnection, store_id: int, key: str, secret: str, *, name: str, scopes: Sequence[str] = ("all",)
) -> None:
    """See that a credential with a key and secret chosen outside exists; doing so again changes nothing."""
    if not key or ":" in key:
        raise BadRequest("A credential's key may not be empty or contain a colon.")
    await queries.ensure_credential(
        connection,
        store_id=store_id,
        key=key,
        secret_hash=hash_secret(key, secret),
        name=name,
        scopes=check_scopes(scopes),
        authority=default_authority(store_id, key, name),
    )


async def list_all(connection: AnyConnection, store_id: int) -> list[Credential]:
    """All of a store's credentials, the oldest first, revoked ones too."""
    return [_credential(row) async for row in queries.list_credentials(connection, store_id=store_id)]


async def revoke(connection: AnyConnection, store_id: int, key: str) -> bool:
    """Close a credential and its tokens for good; False where the store has no open one of that key."""
    return bool(_count(await queries.revoke_credential(connection, store_id=store_id, key=key)))


async def set_repair(connection: AnyConnection, store_id: int, key: str, repair: bool) -> bool:
    """Turn repair mode on or off; False where the store has no credential of that key."""
    return bool(_count(await queries.set_repair(connection, store_id=store_id, key=key, repair=repair)))


async def by_secret(connection: AnyConnection, key: str, secret: str) -> Credential | None:
    """The open credential of a key and secret."""
    row = await queries.by_secret(connection, key=key, secret_hash=hash_secret(key, secret))
    return _credential(row) if row else None


async def by_token(connection: AnyConnection, token: str) -> Credential | None:
    """The open credential that a valid access token was given to, with the token's scopes."""
    row = await queries.by_token(connection, hash=sha256(token.encode()).digest())
    return _credential(row) if row else None


async def issue_token(connection: AnyConnection, credential: Credential, scopes: Sequence[str], seconds: int) -> str:
    """An access token for some of a credential's scopes, valid for so many seconds."""
    token = secrets.token_urlsafe(32)
    await queries.insert_token(
        connection,
        hash=sha256(token.encode()).digest(),
        credential_id=credential.id,
        scopes=list(scopes),
        seconds=seconds,
    )
    return token


def hash_secret(key: str, secret: str) -> bytes:
    """SHA-256 of the secret, salted with its key."""
    return sha256(f"{key}:{secret}".encode()).digest()


def _credential(row: Mapping[str, Any]) -> Credential:
    return Credential(**{**row, "scopes": frozenset(row["scopes"])})


def _count(answer: Any) -> int:
    return int(str(answer).rsplit(" ", 1)[-1])
