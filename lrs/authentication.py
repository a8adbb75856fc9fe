"""Who sends a request: HTTP Basic (xAPI Communication 4.0) or a bearer token (RFC 6750).

A credential is remembered for less than a second in each process, so a revoked one is refused within a second.
"""

import base64
import binascii
import time
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

_remembered: WeakKeyDictionary[Database, dict[str, tuple[float, Credential]]] = WeakKeyDictionary()


async def authenticate(context: Context, request: Request) -> Credential:
    """The credential that a request bears; Unauthorized where it bears none that is open."""
    return await authenticate_header(context, request.headers.get("authorization"))


async def authenticate_header(context: Context, header: str | None) -> Credential:
    """As `authenticate`, for the value of an Authorization header."""
    if header is None:
        raise _refused("Send an Authorization header: Basic with a credential's key and secret, or a bearer token.")
    remembered = _remembered.setdefault(context.database, {})
    known = remembered.get(header)
    now = time.monotonic()
    if known is not None and now - known[0] < REMEMBERED_SECONDS:
        return known[1]
    credential = await _look_up(context, header)
    if len(remembered) >= REMEMBERED_MOST:
        remembered.clear()
    remembered[header] = (now, credential)
    return credential


async def _look_up(context: Context, header: str) -> Credential:
    scheme, _, value = header.partition(" ")
    async with context.database.read() as connection:
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
