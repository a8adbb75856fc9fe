"""State and profile documents (xAPI Communication 2.2): any content, kept as it is, with optimistic concurrency."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha1
from typing import Any
from uuid import UUID

import msgspec

from lrs.errors import BadRequest, Conflict, PreconditionFailed
from lrs.observers import AnyConnection
from lrs.queries import queries_beside
from lrs.terms import term_id

STATE, ACTIVITY_PROFILE, AGENT_PROFILE = "state", "activity-profile", "agent-profile"
NO_REGISTRATION = UUID(int=0)
queries = queries_beside(__file__)
_object = msgspec.json.Decoder(dict[str, msgspec.Raw])


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose documents: a state's activity, agent and registration; a profile's activity or agent. Terms, else zero."""

    store_id: int
    kind: str
    activity: int = 0
    agent: int = 0

    def values(self) -> dict[str, Any]:
        return {"store_id": self.store_id, "kind": self.kind, "activity": self.activity, "agent": self.agent}


@dataclass(frozen=True, slots=True)
class Document:
    """`etag` is the SHA-1 of the content in hex, as 1.0.3 has it (Communication 3.1.s4.b2)."""

    id: str
    content_type: str
    content: bytes
    etag: str
    updated: datetime


@dataclass(frozen=True, slots=True)
class Condition:
    """The If-Match and If-None-Match of a request.

    `guarded` demands one of them where PUT would overwrite, `always` wherever there is PUT.
    """

    match: str | None = None
    none_match: str | None = None
    guarded: bool = False
    always: bool = False

    def check(self, etag: str | None, *, putting: bool = False) -> None:
        """Raise where a document with this ETag, or none, may not be changed."""
        if self.match is not None and not _matches(self.match, etag):
            raise PreconditionFailed("If-Match does not name the ETag of the document as it is now; get it again.")
        if self.none_match is not None and _matches(self.none_match, etag):
            raise PreconditionFailed("If-None-Match forbids to replace the document that is there.")
        if not putting or self.match is not None or self.none_match is not None:
            return
        if self.guarded and etag is not None:
            raise Conflict(
                "There is a document already: check its current state, then send If-Match with its current ETag "
                "to replace it."
            )
        if self.always:
            raise BadRequest("Send If-None-Match: * to store a new document, or If-Match to replace one.")


def _matches(header: str, etag: str | None) -> bool:
    if header.strip() == "*":
        return etag is not None
    return etag is not None and any(tag.strip().removeprefix("W/").strip('"') == etag for tag in header.split(","))


async def get(connection: AnyConnection, owner: Owner, registration: UUID | None, name: str) -> Document | None:
    """One document."""
    row = await queries.document(connection, **owner.values(), registration=registration or NO_REGISTRATION, id=name)
    return Document(**row) if row else None


async def put(
    connection: AnyConnection,
    owner: Owner,
    registration: UUID | None,
    name: str,
    *,
    content_type: str,
    content: bytes,
    condition: Condition,
) -> None:
    """Store a document in place of the one before."""
    before = await _locked(connection, owner, registration, name)
    condition.check(before.etag if before else None, putting=True)
    await _write(connection, owner, registration, name, content_type, content)


async def post(
    connection: AnyConnection,
    owner: Owner,
    registration: UUID | None,
    name: str,
    *,
    content_type: str,
    content: bytes,
    condition: Condition,
) -> None:
    """Store a document, or merge its top-level properties into the JSON object that is there (2.2.s7)."""
    before = await _locked(connection, owner, registration, name)
    condition.check(before.etag if before else None)
    if before is not None:
        content = merged(before, content_type, content)
    await _write(connection, owner, registration, name, content_type, content)


def merged(before: Document, content_type: str, content: bytes) -> bytes:
    """The JSON object of both; BadRequest where either is no JSON object."""
    if not (is_json(before.content_type) and is_json(content_type)):
        raise BadRequest("Documents are merged only where both have the Content-Type application/json.")
    try:
        return msgspec.json.encode({**_object.decode(before.content), **_object.decode(content)})
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise BadRequest("Documents are merged only where both are JSON objects.") from error


def is_json(content_type: str) -> bool:
    return content_type.partition(";")[0].strip().lower() == "application/json"


async def delete(
    connection: AnyConnection, owner: Owner, registration: UUID | None, name: str, condition: Condition
) -> None:
    """Delete a document; one that is not there is as good as deleted."""
    before = await _locked(connection, owner, registration, name)
    condition.check(before.etag if before else None)
    await queries.delete(connection, **owner.values(), registration=registration or NO_REGISTRATION, id=name)


async def ids(
    connection: AnyConnection, owner: Owner, registration: UUID | None, since: datetime | None
) -> Mapping[str, datetime]:
    """The ids of an owner's documents, of one registration or all, with the moment each was last changed."""
    rows = queries.ids(connection, **owner.values(), registration=registration, since=since)
    return {row["id"]: row["updated"] async for row in rows}


async def delete_all(connection: AnyConnection, owner: Owner, registration: UUID | None) -> None:
    """Delete all documents of an owner, of one registration or all."""
    await queries.delete_all(connection, **owner.values(), registration=registration)


async def _locked(connection: AnyConnection, owner: Owner, registration: UUID | None, name: str) -> Document | None:
    key = term_id(f"{owner.store_id}|{owner.kind}|{owner.activity}|{owner.agent}|{registration}|{name}")
    # Locks of writes of statements have positive keys: these keep out of their way.
    await queries.lock(connection, key=key if key < 0 else ~key)
    return await get(connection, owner, registration, name)


async def _write(
    connection: AnyConnection, owner: Owner, registration: UUID | None, name: str, content_type: str, content: bytes
) -> None:
    await queries.put(
        connection,
        **owner.values(),
        registration=registration or NO_REGISTRATION,
        id=name,
        content_type=content_type,
        content=content,
        etag=sha1(content).hexdigest(),  # noqa: S324 - the specification's choice, no secret depends on it
    )
