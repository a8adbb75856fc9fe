"""`POST /tutor/prompts`: the next prompt as JSON, for an LMS or content that shows it itself."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from adaptive.api.calls import token_holder
from adaptive.subjects import checked_agent
from lrs.agents import agent_key
from lrs.authentication import authenticate
from lrs.context import Context
from lrs.errors import BadRequest, Fault, Forbidden, TooLarge
from tutor.ladder import Prompt
from tutor.prompts import LONGEST_QUESTION, Asking, next_prompt

LARGEST_BODY = 64 * 1024


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    agent: dict[str, Any]
    activity: str = Field(min_length=1, max_length=2000)
    question: str = Field(default="", max_length=LONGEST_QUESTION)


def as_json(prompt: Prompt) -> dict[str, Any]:
    """The wire shape of a prompt."""
    return {
        "prompt": prompt.text,
        "strategy": prompt.strategy,
        "level": prompt.level,
        "reason": prompt.reason,
        "citations": [{"activity": citation.activity, "quote": citation.quote} for citation in prompt.citations],
        "model": prompt.model,
    }


def _read(raw: bytes) -> Body:
    try:
        body = Body.model_validate_json(raw)
    except ValidationError as error:
        faults = [Fault(".".join(map(str, each["loc"])), each["msg"]) for each in error.errors()]
        where = f"{faults[0].path}: " if faults[0].path else ""
        raise BadRequest(f"The request cannot be used: {where}{faults[0].message}.", faults) from error
    checked_agent(body.agent)
    return body


async def prompts(context: Context, request: Request) -> Response:
    """By a credential with the scope `tutor`, or by a learner's own token."""
    holder = await token_holder(context, request)
    if holder is None:
        credential = await authenticate(context, request)
        credential.require("tutor")
    store_id = credential.store_id if holder is None else holder.store_id
    body = _read(await _received(request))
    if holder is not None and agent_key(body.agent) != agent_key(holder.agent):
        raise Forbidden("A learner's token asks for that learner alone.")
    made = await next_prompt(context, Asking(store_id, body.agent, body.activity, body.question))
    return JSONResponse(as_json(made))


async def _received(request: Request) -> bytes:
    raw = b""
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > LARGEST_BODY:
            raise TooLarge(f"A request for a prompt may have at most {LARGEST_BODY:,} bytes.")
    return raw
