"""Stable 64-bit keys for IRIs and identities, so that index rows stay narrow and need no look-up before a write."""

from functools import lru_cache
from hashlib import blake2b


def new_term(text: str) -> int:
    """As `term_id`, for a text that seldom comes again soon."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big", signed=True)


@lru_cache(4_000)
def term_id(text: str) -> int:
    """A signed 64-bit key: the first eight bytes of BLAKE2b of the UTF-8 text, the same everywhere."""
    return new_term(text)
