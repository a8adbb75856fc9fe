"""Who sends a request: HTTP Basic (xAPI Communication 4.0) or a bearer token (RFC 6750).

A credential is remembered for less than a second in each process, so a revoked one is refused within a second.
Requests that bear it meanwhile, when it has to be asked for again, share one question.
"""

import asyncio
import base64
import binascii
import time
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from starlette.requests import Request

from lrs import credentials
from lrs.context import Context
from lrs.credentials import Credential
from lrs.database import Database
from lrs.errors import Unauthorized

REMEMBERED_SECONDS = 0.8
REMEMBERED_MOST = 10_000
CHALLENGE = {"WWW-Authenticate": 'Basic realm="xAPI", charset="UTF-8"'}


@dataclass(slots=True)
class _Memory:
    """The credential of each header with the moment before it was asked for, and the questions under way."""

    known: dict[str, tuple[float, Credential]] = field(default_factory=dict)
    asked: dict[str, asyncio.Task[Credential]] = field(default_factory=dict)


_memories: WeakKeyDictionary[Database, _Memory] = WeakKeyDictionary()


async def authenticate(context: Context, request: Request) -> Credential:
    """The credential that a request bears; Unauthorized where it bears none that is open."""
    return await authenticate_header(context, request.headers.get("authorization"))


async def authenticate_header(context: Context, header: str | None) -> Credential:
    """As `authenticate`, for the value of an Authorization header."""
    if header is None:
        raise _refused("Send an Authorization header: Basic with a credential's key and secret, or a bearer token.")
    memory = _memories.setdefault(context.database, _Memory())
    known = memory.known.get(header)
    if known is not None and time.monotonic() - known[0] < REMEMBERED_SECONDS:
        return known[1]
    asked = memory.asked.get(header)
    if asked is None:
        asked = memory.asked[header] = asyncio.create_task(_ask(context, memory, header))
    return await asyncio.shield(asked)  # the others who wait need it though this request ends


async def _ask(context: Context, memory: _Memory, header: str) -> Credential:
    now = time.monotonic()
    try:
        credential = await _look_up(context, header)
    finally:
        del memory.asked[header]
    if len(memory.known) >= REMEMBERED_MOST:
        memory.known.clear()
    memory.known[header] = (now, credential)
    return credential


async def _look_up(context: Context, header: str) -> Credential:
    scheme, _, value = header.partition(" ")
    async with context.database.lend() as connection:
        if scheme.lower() == "basic":
            key, secret = basic_pair(value)
            found = await credentials.by_secret(connection, key, secret)
        elif scheme.lower() == "bearer":
            found = await credentials.by_token(connection, value.strip())
        else:
            raise _refused(f"The authorization scheme {scheme[:40]} is not known here; use Basic or Bearer.")
    if found is None:
        raise _refused("No open credential has that key and secret, or the token has expired.")
    return found


def basic_pair(value: str) -> tuple[str, str]:
    """Key and secret of a Basic header's value; Unauthorized where it is none."""
    try:
        key, colon, secret = base64.b64decode(value.strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        colon = ""
    if not colon or "\x00" in key:
        raise _refused("The Basic authorization is not base64 of key:secret.")
    return key, secret


def _refused(message: str) -> Unauthorized:
    return Unauthorized(message, headers=dict(CHALLENGE))
