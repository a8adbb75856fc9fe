"""multipart/mixed in both directions (RFC 2046; xAPI Communication 1.5.2), read and written in a stream."""

import hashlib
import logging
import tempfile
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from email.message import Message
from functools import lru_cache
from types import MappingProxyType
from typing import IO, Any

from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser

from lrs.errors import BadRequest, TooLarge

# The parser warns of each malformed body; its sender is told, the operator need not be.
logging.getLogger("python_multipart").setLevel(logging.CRITICAL)

IN_MEMORY = 1024 * 1024
PARTS_MOST = 1_000
BY_HEX_DIGITS = {56: "sha224", 64: "sha256", 96: "sha384", 128: "sha512"}


@lru_cache(256)
def media_type(value: str) -> tuple[str, Mapping[str, str]]:
    """A Content-Type's media type in lower case, and its parameters."""
    message = Message()
    message["content-type"] = value
    parameters = message.get_params(failobj=[])
    # What is encoded as RFC 2231 has it arrives as a tuple: no parameter that is read here may be.
    named = {name.lower(): text for name, text in parameters[1:] if isinstance(text, str)}
    return message.get_content_type() if value else "", MappingProxyType(named)


@dataclass(slots=True)
class Part:
    """One part: headers by lower-case name, content from its start, its length and the hex of its SHA-2 hash.

    The hash is of the kind that X-Experience-API-Hash names by its length, SHA-256 where there is none.
    """

    headers: dict[str, str]
    content: IO[bytes]
    length: int = 0
    hash: Any = field(default_factory=hashlib.sha256)

    def write(self, data: bytes) -> None:
        self.content.write(data)
        self.hash.update(data)
        self.length += len(data)


class _Reader:
    """Collects the parts that the parser tells of; content beyond `IN_MEMORY` goes to a temporary file."""

    def __init__(self) -> None:
        self.parts: list[Part] = []
        self.finished = False
        self._headers: dict[str, str] = {}
        self._name = self._value = b""

    def callbacks(self) -> dict[str, Any]:
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._header_field,
            "on_header_value": self._header_value,
            "on_header_end": self._header_end,
            "on_headers_finished": self._open,
            "on_part_data": lambda data, start, end: self.parts[-1].write(data[start:end]),
            "on_end": self._end,
        }

    def _begin(self) -> None:
        if len(self.parts) >= PARTS_MOST:
            raise TooLarge(f"The body has more than {PARTS_MOST} parts.")
        self._headers = {}

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        self._headers[self._name.decode("latin-1").lower()] = self._value.decode("latin-1").strip()
        self._name = self._value = b""

    def _open(self) -> None:
        kind = BY_HEX_DIGITS.get(len(self._headers.get("x-experience-api-hash", "")), "sha256")
        content = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115
        self.parts.append(Part(self._headers, content, hash=hashlib.new(kind)))

    def _end(self) -> None:
        self.finished = True


async def read_parts(chunks: AsyncIterator[bytes], boundary: str) -> list[Part]:
    """The parts of a multipart body as it comes in. BadRequest where it is none; the caller closes their contents."""
    reader = _Reader()
    try:
        mark = boundary.encode("latin-1")
        parser = MultipartParser(mark, reader.callbacks(), max_header_count=32)  # type: ignore[arg-type]
        async for chunk in _from_first(mark, chunks):
            parser.write(chunk)
        parser.finalize()
        if not reader.finished:
            raise BadRequest("The multipart body has no closing boundary.")
    except (MultipartParseError, ValueError) as error:
        close(reader.parts)
        raise BadRequest(f"The body is not multipart with the boundary of its Content-Type: {error}.") from error
    except BaseException:
        close(reader.parts)
        raise
    for part in reader.parts:
        part.content.seek(0)
    return reader.parts


async def _from_first(boundary: bytes, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """A body from its first boundary on: what stands before is nobody's (RFC 2046 section 5.1.1)."""
    delimiter, before, begun = b"\r\n--" + boundary, b"\r\n", False
    async for chunk in chunks:
        if not begun:
            before += chunk
            at = before.find(delimiter)
            if at < 0:
                before = before[-len(delimiter) :]
                continue
            begun, chunk = True, before[at + 2 :]
        yield chunk
    if not begun:
        raise ValueError("it does not occur")


def close(parts: list[Part]) -> None:
    """Let go of temporary files."""
    for part in parts:
        part.content.close()


def part_head(boundary: str, headers: dict[str, str], *, first: bool = False) -> bytes:
    """What stands before a part's content."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"{'' if first else chr(13) + chr(10)}--{boundary}\r\n{lines}\r\n".encode()


def closing(boundary: str) -> bytes:
    """What stands after the last part's content."""
    return f"\r\n--{boundary}--\r\n".encode("latin-1")
