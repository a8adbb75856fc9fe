"""Password hashes: argon2id with the library's current parameters, off the event loop."""

from functools import cache

from anyio import to_thread
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST, LONGEST = 10, 200
_HASHER = PasswordHasher()


def fault(password: str) -> str | None:
    """What is wrong with a new password, as a sentence; None when it may be used (NIST SP 800-63B: length only)."""
    if len(password) < SHORTEST:
        return f"A password has at least {SHORTEST} characters."
    if len(password) > LONGEST:
        return f"A password has at most {LONGEST} characters."
    return None


async def hashed(password: str) -> str:
    return await to_thread.run_sync(_HASHER.hash, password)


@cache
def _nobody() -> str:
    return _HASHER.hash("nobody has this password")


def _verify(password_hash: str | None, password: str) -> bool:
    try:
        return _HASHER.verify(password_hash or _nobody(), password) and password_hash is not None
    except (VerificationError, InvalidHashError):
        return False


async def matches(password_hash: str | None, password: str) -> bool:
    """Whether the password is the hashed one. Without a hash the same work is done, so that timing names nobody."""
    return await to_thread.run_sync(_verify, password_hash, password[: LONGEST + 1])
