"""Statements on their way out: in the asked format, alone or with the contents of their attachments."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Any
from uuid import uuid4

import msgspec

from lrs import attachments, vocabulary
from lrs.multipart import closing, part_head
from lrs.observers import AnyConnection
from lrs.presentation import canonical, ids_only, terms_of
from lrs.resources.call import Answer, Call

_decode = msgspec.json.decode
_encode = msgspec.json.encode


async def in_format(connection: AnyConnection, call: Call, texts: Sequence[bytes], chosen: str) -> list[bytes]:
    """The statements in one of the formats; `exact` is never parsed."""
    if chosen == "exact":
        return list(texts)
    statements = [_decode(text) for text in texts]
    if chosen == "ids":
        return [_encode(ids_only(statement)) for statement in statements]
    told = [terms_of(statement) for statement in statements]
    store_id = call.credential.store_id
    definitions = await vocabulary.definitions(connection, store_id, {key for pair in told for key in pair[0]})
    displays = await vocabulary.displays(connection, store_id, {key for pair in told for key in pair[1]})
    languages = call.headers.get("accept-language")
    return [_encode(canonical(statement, definitions, displays, languages)) for statement in statements]


async def answer(
    call: Call, body: bytes, texts: Sequence[bytes], headers: Mapping[str, str], *, attached: bool
) -> Answer:
    """JSON; or multipart/mixed with JSON first and then each attachment that the store has, once."""
    if not attached:
        return Answer(body=body, headers=dict(headers))
    types = {
        each["sha2"].lower(): str(each["contentType"])
        for text in texts
        if b'"attachments"' in text
        for each in _attachments(_decode(text))
    }
    async with call.context.database.lend() as connection:
        lengths = await attachments.lengths(connection, call.credential.store_id, types)
    boundary = uuid4().hex
    stream = _parts(call, boundary, body, {sha2: (types[sha2], length) for sha2, length in lengths.items()})
    return Answer(media_type=f"multipart/mixed; boundary={boundary}", headers=dict(headers), stream=stream)


def _attachments(statement: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield from statement.get("attachments", ())
    yield from statement["object"].get("attachments", ())


async def _parts(call: Call, boundary: str, body: bytes, kept: Mapping[str, tuple[str, int]]) -> AsyncIterator[bytes]:
    yield part_head(boundary, {"Content-Type": "application/json"}, first=True)
    yield body
    for sha2, (kind, length) in kept.items():
        headers = {"Content-Type": kind, "Content-Transfer-Encoding": "binary", "X-Experience-API-Hash": sha2}
        yield part_head(boundary, headers)
        async for content in attachments.stream(call.context.database, call.credential.store_id, sha2, length):
            yield content
    yield closing(boundary)
