"""What authors do over HTTP: publish, read, undo and withdraw collections; list what statements brought up."""

import json
from typing import Annotated, Any

from pydantic import Field
from starlette.responses import Response

from adaptive import catalogue as catalogues
from adaptive.api.calls import Body, Call, answer, plain
from adaptive.catalogue.frameworks import document_from_case, document_from_profile
from adaptive.catalogue.tables import csv_of, document_from_csv
from adaptive.drafts import drafts
from lrs.errors import BadRequest, Fault, NotFound
from lrs.observers import AnyConnection

FORMATS = ("json", "csv", "case", "profile")


class UndoBody(Body):
    version: Annotated[int, Field(ge=1, le=2**31 - 1)]


async def overview(call: Call) -> Response:
    async with call.context.database.read() as connection:
        found = await catalogues.current(connection, call.store_id)
    collections = [
        {
            "id": collection.id,
            "name": collection.name,
            "language": collection.language,
            "skills": len(collection.skills),
            "activities": len(collection.activities),
            "untagged": [activity.id for activity in collection.activities if not activity.skills],
        }
        for collection in found.collections.values()
    ]
    return answer({"version": found.version, "collections": collections})


async def collection(call: Call) -> Response:
    name, as_table = call.text("id"), call.one_of("format", ("json", "csv")) == "csv"
    async with call.context.database.read() as connection:
        found = (await catalogues.current(connection, call.store_id)).collections.get(name)
    if found is None:
        raise NotFound(f"The catalogue has no collection {name}.")
    if as_table:
        return Response(csv_of(found), media_type="text/csv")
    return answer(found.model_dump(mode="json", exclude_defaults=True))


async def publish(call: Call) -> Response:
    """A collection in one of FORMATS; a table says its `id` and `name` in the query."""
    written = call.one_of("format", FORMATS) or "json"
    raw = await call.received()
    iri = call.text("id") if written == "csv" else ""
    name = call.request.query_params.get("name", "")

    async def work(connection: AnyConnection) -> int:
        document = await _document(connection, call.store_id, written, raw, iri, name)
        return await catalogues.import_document(connection, call.store_id, document, author=call.credential.name)

    return answer({"version": await call.context.database.write(work)})


async def _document(connection: AnyConnection, store_id: int, written: str, raw: bytes, iri: str, name: str) -> Any:
    if written == "csv":
        before = (await catalogues.current(connection, store_id)).collections.get(iri)
        try:
            return document_from_csv(raw.decode(), before, iri=iri, name=name)
        except UnicodeDecodeError as error:
            raise BadRequest("The table is not UTF-8 text.", [Fault("", "is not UTF-8")]) from error
    document = _parsed(raw)
    readers = {"case": document_from_case, "profile": document_from_profile}
    return readers[written](document) if written in readers else document


def _parsed(raw: bytes) -> Any:
    """The document; BadRequest tells where it stops being JSON."""
    try:
        return json.loads(raw)
    except json.JSONDecodeError as error:
        why = f"is no JSON from line {error.lineno}, column {error.colno}: {error.msg[:1].lower()}{error.msg[1:]}"
    except UnicodeDecodeError as error:
        why = f"is not UTF-8 text: line {raw[: error.start].count(10) + 1} has a byte that belongs to no character"
    except (ValueError, RecursionError):
        why = "is no JSON that can be read: it is nested too deep, or a number in it is too long"
    raise BadRequest(f"The body {why}.", [Fault("", why)])


async def withdraw(call: Call) -> Response:
    name = call.text("id")
    version = await call.context.database.write(
        lambda c: catalogues.withdraw(c, call.store_id, name, author=call.credential.name)
    )
    return answer({"version": version})


async def history(call: Call) -> Response:
    most = call.number("limit", 100, 1, 1000)
    async with call.context.database.read() as connection:
        return answer([plain(row) for row in await catalogues.history(connection, call.store_id, most)])


async def undo(call: Call) -> Response:
    body = await call.body(UndoBody)
    version = await call.context.database.write(
        lambda c: catalogues.undo(c, call.store_id, body.version, author=call.credential.name)
    )
    return answer({"version": version})


async def draft_list(call: Call) -> Response:
    """Activities met in statements that no collection has, as entries to copy into one."""
    most = call.number("limit", 100, 1, 1000)
    async with call.context.database.read() as connection:
        found = await catalogues.current(connection, call.store_id)
        return answer(await drafts(connection, call.store_id, found, most))
