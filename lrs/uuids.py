"""UUIDs of the driver's own kind: read in a tenth of the time, compared and hashed in C, sent as they are."""

from uuid import UUID

from asyncpg.pgproto import pgproto


def uuid_of(text: str) -> UUID:
    """The UUID of its standard text form."""
    return pgproto.UUID(text)
