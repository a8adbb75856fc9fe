"""What authors do over HTTP: publish, read, undo and withdraw collections; list what statements brought up."""

import json
from typing import Annotated, Any

from pydantic import Field
from starlette.responses import Response

from adaptive import catalogue as catalogues
from adaptive.activities import drafts
from adaptive.api.calls import Body, Call, answer, plain
from lrs.errors import BadRequest, Fault, NotFound


class UndoBody(Body):
    version: Annotated[int, Field(ge=1)]


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
    name = call.text("id")
    async with call.context.database.read() as connection:
        found = (await catalogues.current(connection, call.store_id)).collections.get(name)
    if found is None:
        raise NotFound(f"The catalogue has no collection {name}.")
    return answer(found.model_dump(mode="json", exclude_defaults=True))


async def publish(call: Call) -> Response:
    try:
        document: Any = json.loads(await call.request.body())
    except (ValueError, RecursionError) as error:
        raise BadRequest("The body is no JSON.", [Fault("", "is no JSON")]) from error
    version = await call.context.database.write(
        lambda c: catalogues.import_document(c, call.store_id, document, author=call.credential.name)
    )
    return answer({"version": version})


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
