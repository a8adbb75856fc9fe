"""UUIDs as the database driver has them: a kind of `uuid.UUID`, read in a tenth of the time and sent on as they are."""

from asyncpg.pgproto.pgproto import UUID as uuid_of  # noqa: N811 - used as the function that it is here

__all__ = ["uuid_of"]
