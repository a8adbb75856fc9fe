"""A request to the xAPI as its resources see it, and their answer: plain values around the ASGI messages."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from tempfile import TemporaryFile
from typing import IO, Any
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect
from starlette.types import Receive

from lrs.authentication import authenticate_header
from lrs.context import Context
from lrs.credentials import Credential
from lrs.errors import BadRequest, TooLarge, UnsupportedMediaType
from lrs.resources.room import Room
from lrs.writing import Writer

COMING_MOST = 1024 * 1024
"""Octets of a body that is still coming which are in memory; those of a larger one are in a temporary file."""
LET_THROUGH = frozenset({"cachebuster"})
"""Not the specification's, but sent by clients in the field on every request (docs/lms-administrators.md)."""
COMPRESSED = frozenset({"gzip", "x-gzip", "deflate", "br", "zstd", "compress", "x-compress"})


@dataclass(slots=True)
class Call:
    """One request. Header names are lower case; `content` is the body where an alternate request has brought it."""

    context: Context
    writer: Writer
    room: Room
    method: str
    path: str
    root: str
    headers: Mapping[str, str]
    parameters: dict[str, str]
    receive: Receive
    version: str
    credential: Credential
    content: bytes | None = None
    malformed: str | None = None
    held: int = 0

    async def authenticate(self) -> None:
        """Find the credential that the request bears; again once its body is there, since it may have been revoked
        while that came."""
        self.credential = await authenticate_header(self.context, self.headers.get("authorization"))

    def with_query(self, query: bytes) -> "Call":
        """Take the parameters of a query string; what is wrong with it is kept in `malformed`."""
        try:
            pairs = parse_qsl(query.decode(), keep_blank_values=True, errors="strict") if query else []
        except ValueError:
            self.malformed = "The query is not URL-encoded UTF-8."
            return self
        self.parameters = dict(pairs)
        if len(self.parameters) < len(pairs):
            self.malformed = "A parameter comes twice in the query."
        return self

    def only(self, allowed: Iterable[str], required: Iterable[str] = ()) -> dict[str, str]:
        """The parameters, all of them known to the resource and none that it requires missing."""
        known = frozenset(allowed)
        if unknown := sorted(set(self.parameters) - known - LET_THROUGH):
            raise BadRequest(
                f"The parameter {unknown[0][:100]} is not known here; known are {', '.join(sorted(known))}."
            )
        if missing := sorted(set(required) - set(self.parameters)):
            raise BadRequest(f"The parameter {missing[0]} is missing.")
        return self.parameters

    async def body(self) -> bytes:
        """The whole body. TooLarge where it has more octets than the settings allow to be held in memory, Unavailable
        where there is no room for it."""
        if self.content is not None:
            return self.content
        size, chunks = 0, list[bytes]()
        file: IO[bytes] | None = None
        try:
            async for chunk in self.chunks(self.context.settings.body_limit):
                size += len(chunk)
                chunks.append(chunk)
                if size > COMING_MOST:
                    file = file or TemporaryFile()  # noqa: SIM115
                    file.writelines(chunks)
                    chunks.clear()
            self.hold(size)
            return b"".join(chunks) if file is None else _whole(file)
        finally:
            if file is not None:
                file.close()

    def hold(self, octets: int) -> None:
        """Take room until the request is answered. Unavailable where there is none."""
        self.room.take(octets)
        self.held += octets

    async def chunks(self, most: int) -> AsyncIterator[bytes]:
        """The body as it comes in. TooLarge as soon as it has, or is said to have, more octets than `most`."""
        if self.content is not None:
            yield self.content
            return
        if self.headers.get("content-encoding", "").lower() in COMPRESSED:
            raise UnsupportedMediaType(
                "Compressed bodies are not read here: send it without Content-Encoding.",
                headers={"Accept-Encoding": "identity"},
            )
        said = self.headers.get("content-length", "")
        if said.isdigit() and int(said) > most:
            raise TooLarge(f"The body has {said} octets; {most} are allowed.")
        size, more = 0, True
        while more:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                raise ClientDisconnect
            chunk: bytes = message.get("body", b"")
            size += len(chunk)
            if size > most:
                raise TooLarge(f"The body has more than the {most} octets that are allowed.")
            if chunk:
                yield chunk
            more = message.get("more_body", False)


def _whole(file: IO[bytes]) -> bytes:
    file.seek(0)
    return file.read()


@dataclass(slots=True)
class Answer:
    """A status, headers, and a body or a stream of it."""

    status: int = 200
    body: bytes = b""
    media_type: str | None = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    stream: AsyncIterator[bytes] | None = None


Handler = Callable[[Call], Awaitable[Answer]]
Methods = Mapping[str, Handler]


def flag(parameters: Mapping[str, str], name: str) -> bool:
    """A boolean parameter, false where it is not there."""
    value: Any = parameters.get(name, "false")
    if value not in ("true", "false"):
        raise BadRequest(f"The parameter {name} must be true or false.")
    return bool(value == "true")
