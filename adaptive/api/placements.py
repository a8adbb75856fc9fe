"""Placement tests over HTTP: start or resume, answer, look."""

from typing import Annotated
from uuid import uuid4

from pydantic import Field
from starlette.responses import Response

from adaptive import placements
from adaptive.api.calls import Body, Call, answer
from adaptive.placements import Start
from adaptive.selection.placement import Answer
from lrs.observers import AnyConnection


class StartBody(Body):
    skills: Annotated[list[str], Field(default_factory=list, max_length=200)]
    error: Annotated[float, Field(gt=0, le=2, allow_inf_nan=False)] = 0.3
    items: Annotated[int, Field(ge=1, le=200)] = 30


class AnswerBody(Body):
    item: str
    answer: Answer


async def start(call: Call) -> Response:
    body = await call.body(StartBody)
    asked = Start(call.agent(), tuple(dict.fromkeys(body.skills)), body.error, body.items)

    async def work(connection: AnyConnection) -> object:
        test = await placements.start(connection, call.store_id, asked, now=call.now, new_id=uuid4())
        return await placements.as_json(connection, call.store_id, test)

    return answer(await call.context.database.write(work))


async def give_answer(call: Call) -> Response:
    body = await call.body(AnswerBody)
    placement = call.uuid("placement")

    async def work(connection: AnyConnection) -> object:
        call.allowed(dict((await placements.one(connection, call.store_id, placement)).agent))
        test = await placements.answer(connection, call.store_id, placement, body.item, body.answer, now=call.now)
        return await placements.as_json(connection, call.store_id, test)

    return answer(await call.context.database.write(work))


async def look(call: Call) -> Response:
    placement = call.uuid("placement")
    async with call.context.database.read() as connection:
        test = await placements.one(connection, call.store_id, placement)
        call.allowed(dict(test.agent))
        return answer(await placements.as_json(connection, call.store_id, test))
