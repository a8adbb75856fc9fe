"""People who sign in: who they are, what they may do, and the xAPI agent they act as."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lrs import passwords
from lrs.agents import agent_key
from lrs.errors import BadRequest, Conflict, NotFound
from lrs.observers import AnyConnection
from lrs.queries import queries_beside
from lrs.settings import Settings
from lrs.terms import term_id

FIRST_STORE = 1
ROLES = ("learner", "author", "trainer", "operator")
_QUERIES = queries_beside(__file__)


@dataclass(frozen=True, slots=True)
class Account:
    """One person of one organisation. `learner_id` is the narrow key of `agent`."""

    store_id: int
    id: int
    email: str
    name: str
    roles: tuple[str, ...]
    agent: Mapping[str, Any]
    learner_id: int
    disabled: datetime | None = None

    def has(self, *roles: str) -> bool:
        """Whether the person holds one of the roles; operators may do what trainers and authors may."""
        held = {*self.roles, *(("trainer", "author") if "operator" in self.roles else ())}
        return not held.isdisjoint(roles)


@dataclass(frozen=True, slots=True)
class NewAccount:
    """What it takes to create an account; without an agent the person is known by their address."""

    store_id: int
    email: str
    name: str
    roles: Sequence[str]
    password: str
    agent: Mapping[str, Any] | None = None


def account_from(row: Mapping[str, Any]) -> Account:
    fields = {name: row[name] for name in Account.__slots__}
    return Account(**{**fields, "roles": tuple(row["roles"])})


def _checked(new: NewAccount) -> str:
    """The address as it is kept, or a BadRequest that says what to mend."""
    email = new.email.strip().lower()
    name, _, domain = email.partition("@")
    if not name or not domain or "@" in domain or any(c.isspace() for c in email) or len(email) > 254:
        raise BadRequest(f"“{new.email}” is not an email address.")
    if not new.name.strip() or len(new.name) > 200:
        raise BadRequest("An account needs a name, of up to 200 characters.")
    if not new.roles or not set(new.roles) <= set(ROLES):
        raise BadRequest(f"Roles are one or more of {', '.join(ROLES)}.")
    if sentence := passwords.fault(new.password):
        raise BadRequest(sentence)
    return email


async def create(connection: AnyConnection, new: NewAccount, *, now: datetime) -> Account:
    """Insert an account. BadRequest names what is wrong with it; Conflict when the address has one already."""
    email = _checked(new)
    agent = dict(new.agent or {"name": new.name.strip(), "mbox": f"mailto:{email}"})
    row = await _QUERIES.insert_account(
        connection,
        store_id=new.store_id,
        email=email,
        name=new.name.strip(),
        roles=list(dict.fromkeys(new.roles)),
        password_hash=await passwords.hashed(new.password),
        agent=agent,
        learner_id=term_id(agent_key(agent)),
        created=now,
    )
    if row is None:
        raise Conflict(f"{email} has an account already.")
    return account_from(row)


async def store_exists(connection: AnyConnection, store_id: int) -> bool:
    """Whether there is a store of this number, whose accounts and credentials work."""
    return bool(await _QUERIES.store_exists(connection, store_id=store_id))


async def by_email(connection: AnyConnection, email: str) -> tuple[Account, str] | None:
    """The account of an address and its password hash."""
    row = await _QUERIES.by_email(connection, email=email.strip().lower())
    return row and (account_from(row), row["password_hash"])


async def with_hash(connection: AnyConnection, store_id: int, account_id: int) -> tuple[Account, str] | None:
    """An account and its password hash."""
    row = await _QUERIES.with_hash(connection, store_id=store_id, id=account_id)
    return row and (account_from(row), row["password_hash"])


async def lock(connection: AnyConnection, store_id: int, account_id: int) -> None:
    """Wait for whoever is changing the account, and let nobody change it until the transaction ends."""
    await _QUERIES.lock(connection, store_id=store_id, id=account_id)


async def one(connection: AnyConnection, store_id: int, account_id: int) -> Account:
    row = await _QUERIES.one(connection, store_id=store_id, id=account_id)
    if row is None:
        raise NotFound("There is no such account.")
    return account_from(row)


async def of_store(connection: AnyConnection, store_id: int) -> list[Account]:
    """Everybody of the store, by name."""
    return [account_from(row) async for row in _QUERIES.of_store(connection, store_id=store_id)]


async def names(connection: AnyConnection, store_id: int, learner_ids: Sequence[int]) -> dict[int, str]:
    """The names of those learners who have accounts."""
    rows = _QUERIES.names(connection, store_id=store_id, learner_ids=list(learner_ids))
    return {row["learner_id"]: row["name"] async for row in rows}


async def set_password(connection: AnyConnection, account: Account, password: str) -> None:
    if sentence := passwords.fault(password):
        raise BadRequest(sentence)
    digest = await passwords.hashed(password)
    await _QUERIES.set_password(connection, store_id=account.store_id, id=account.id, password_hash=digest)


async def set_disabled(connection: AnyConnection, account: Account, since: datetime | None) -> None:
    await _QUERIES.set_disabled(connection, store_id=account.store_id, id=account.id, disabled=since)


async def ensure(connection: AnyConnection, new: NewAccount, *, now: datetime) -> Account:
    """The account of this address, created when there is none; an existing one is left as it is."""
    found = await by_email(connection, new.email)
    return found[0] if found else await create(connection, new, now=now)


async def ensure_administrator(connection: AnyConnection, settings: Settings, *, now: datetime) -> Account | None:
    """The first operator, from PROXIMAL_ADMIN_EMAIL and PROXIMAL_ADMIN_PASSWORD; None where they are not set."""
    if settings.admin_email is None or settings.admin_password is None:
        return None
    password = settings.admin_password.get_secret_value()
    roles = ("operator", "trainer", "author")
    new = NewAccount(FIRST_STORE, settings.admin_email, settings.admin_email, roles, password)
    return await ensure(connection, new, now=now)
