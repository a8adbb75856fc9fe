"""Statements as they lie in the database: JSON compressed with zstandard and a dictionary (docs/decisions/0003).

The dictionary's number is in each frame. A dictionary is kept in the database for ever and in the release; a new one
would be a second file, not a change of this one.
"""

from functools import cache
from pathlib import Path

import zstandard

from lrs.observers import AnyConnection

LEVEL = 3
FILE = Path(__file__).with_name("statements.zstd-dictionary")


@cache
def _dictionary() -> zstandard.ZstdCompressionDict:
    return zstandard.ZstdCompressionDict(FILE.read_bytes())


@cache
def _compressor() -> zstandard.ZstdCompressor:
    return zstandard.ZstdCompressor(level=LEVEL, dict_data=_dictionary(), write_checksum=False)


@cache
def _decompressor() -> zstandard.ZstdDecompressor:
    return zstandard.ZstdDecompressor(dict_data=_dictionary())


def pack(text: bytes) -> bytes:
    """A statement's JSON as its row holds it."""
    return _compressor().compress(text)


def unpack(payload: bytes) -> bytes:
    """The JSON that `pack` was given, byte for byte."""
    return _decompressor().decompress(payload)


async def keep_dictionary(connection: AnyConnection) -> None:
    """See that the database holds the dictionary that its statements need."""
    await connection.execute(
        "INSERT INTO dictionaries (id, content) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        _dictionary().dict_id(),
        _dictionary().as_bytes(),
    )
