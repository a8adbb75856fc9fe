"""A request to the xAPI as its resources see it, and their answer: plain values around the ASGI messages."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect
from starlette.types import Receive

from lrs.context import Context
from lrs.credentials import Credential
from lrs.errors import BadRequest, TooLarge, UnsupportedMediaType
from lrs.writing import Writer

LET_THROUGH = frozenset({"cachebuster"})
"""Not the specification's, but sent by clients in the field on every request (docs/lms-administrators.md)."""
COMPRESSED = frozenset({"gzip", "x-gzip", "deflate", "br", "zstd", "compress", "x-compress"})


@dataclass(slots=True)
class Call:
    """One request. Header names are lower case; `content` is the body where an alternate request has brought it."""

    context: Context
    writer: Writer
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
        """The whole body. TooLarge where it has more octets than the settings allow to be held in memory."""
        if self.content is not None:
            return self.content
        chunks = [chunk async for chunk in self.chunks(self.context.settings.body_limit)]
        return chunks[0] if len(chunks) == 1 else b"".join(chunks)

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
