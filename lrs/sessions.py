"""Signing in with a browser: sessions, forged-form protection, and a brake on guessing passwords.

The cookie holds 256 random bits, the database only their SHA-256. A form carries a token derived from the cookie
(OWASP CSRF cheat sheet, HMAC-based token pattern), so a page of another site, which cannot read it, cannot post.
"""

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from starlette.requests import Request
from starlette.responses import Response

from lrs import accounts, passwords
from lrs.accounts import Account
from lrs.context import Context
from lrs.errors import OutOfDate, TooManyRequests, Unauthorized
from lrs.observers import AnyConnection
from lrs.queries import queries_beside

COOKIE = "proximal_session"
LIFETIME = timedelta(days=7)
WINDOW = timedelta(minutes=15)
LIMITS = {"pair": 8, "email": 40, "address": 120}
_QUERIES = queries_beside(__file__)


@dataclass(frozen=True, slots=True)
class Guess:
    """Somebody's attempt to sign in, from a network address."""

    email: str
    password: str
    address: str


def new_token() -> str:
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> bytes:
    return sha256(token.encode()).digest()


def form_token(token: str) -> str:
    """The token that forms of this session carry; it tells nothing about the cookie."""
    return hmac.new(token.encode(), b"form", sha256).hexdigest()


def check_form(request: Request, form: Mapping[str, object]) -> None:
    """OutOfDate unless the form was made for this browser, by us."""
    cookie = request.cookies.get(COOKIE, "")
    right = hmac.compare_digest(str(form.get("form_token", "")), form_token(cookie))
    if not cookie or not right or _foreign(request):
        raise OutOfDate("This form is out of date. Go back, load the page again and repeat what you did.")


def _foreign(request: Request) -> bool:
    """Whether the browser says that another site's page sent this: by Fetch Metadata, else by Origin."""
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin", "null")
    if site is not None:
        return site not in ("same-origin", "none")
    return origin != "null" and origin.partition("://")[2] != request.headers.get("host")


def set_cookie(request: Request, response: Response, token: str) -> None:
    """Hand the browser its session; `Secure` whenever the request came over TLS."""
    secure = request.url.scheme == "https"
    seconds = int(LIFETIME.total_seconds())
    response.set_cookie(COOKIE, token, max_age=seconds, httponly=True, samesite="lax", secure=secure)


async def signed_in(context: Context, request: Request) -> Account | None:
    """Whose browser this is, or None."""
    token = request.cookies.get(COOKIE)
    if not token:
        return None
    async with context.database.read() as connection:
        row = await _QUERIES.session_account(connection, token_hash=token_hash(token), now=context.clock())
    return row and accounts.account_from(row)


async def sign_in(context: Context, guess: Guess) -> str:
    """A new session's token. Unauthorized when address and password do not match, TooManyRequests after many tries."""
    now, email = context.clock(), guess.email.strip().lower()[:254]
    await context.database.write(lambda connection: _brake(connection, email, guess.address, now))
    async with context.database.read() as connection:
        found = await accounts.by_email(connection, email)
    account, password_hash = found or (None, None)
    right = await passwords.matches(password_hash, guess.password)
    if account is None or not right or account.disabled is not None:
        raise Unauthorized("Email and password do not match.")
    token = new_token()
    await context.database.write(lambda connection: _open(connection, account, token, guess.address, now))
    return token


async def sign_out(context: Context, request: Request) -> None:
    digest = token_hash(request.cookies.get(COOKIE, ""))
    await context.database.write(lambda connection: _QUERIES.delete_session(connection, token_hash=digest))


async def sign_out_everywhere(connection: AnyConnection, account: Account) -> None:
    """End every session of the account, after a new password or when it is closed."""
    await _QUERIES.delete_sessions(connection, store_id=account.store_id, account_id=account.id)


async def _brake(connection: AnyConnection, email: str, address: str, now: datetime) -> None:
    await _QUERIES.lock_attempts(connection, email=email)
    await _QUERIES.delete_old_attempts(connection, since=now - WINDOW)
    counts = await _QUERIES.count_attempts(connection, email=email, address=address, since=now - WINDOW)
    if any(counts[name] >= limit for name, limit in LIMITS.items()):
        wait = int(WINDOW.total_seconds())
        raise TooManyRequests(
            "Too many attempts to sign in. Try again in a quarter of an hour.", headers={"Retry-After": str(wait)}
        )
    await _QUERIES.insert_attempt(connection, email=email, address=address, at=now)


async def _open(connection: AnyConnection, account: Account, token: str, address: str, now: datetime) -> None:
    await _QUERIES.delete_attempts(connection, email=account.email, address=address)
    await _QUERIES.delete_expired(connection, now=now)
    await _QUERIES.insert_session(
        connection,
        token_hash=token_hash(token),
        store_id=account.store_id,
        account_id=account.id,
        created=now,
        expires=now + LIFETIME,
    )
