"""What is next for a learner, where they stand, and why it was decided so."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from pydantic import Field
from starlette.responses import Response

from adaptive import decisions, profiles, recommendations, tokens
from adaptive.api.calls import MOST_OFFERS, Body, Call, answer
from adaptive.paths import PathStanding
from adaptive.playing import from_here
from adaptive.profiles import moment_text
from adaptive.recommendations import Ask
from adaptive.selection.scoring import Mode
from adaptive.subjects import checked_agent

MODES = tuple(str(mode) for mode in Mode)


class Batch(Body):
    """A class whose next steps an LMS wants at once."""

    agents: list[dict[str, Any]] = Field(min_length=1, max_length=200)
    limit: int = Field(default=3, ge=1, le=MOST_OFFERS)
    fresh: bool = False


async def recommend(call: Call) -> Response:
    ask = Ask(call.agent(), call.number("limit", 3, 1, MOST_OFFERS), call.one_of("mode", MODES), _fresh(call))
    return answer(await _decided(call, ask))


async def recommend_batch(call: Call) -> Response:
    """One answer for each agent, in their order; each learner in a transaction of their own."""
    body = await call.body(Batch)
    agents = [checked_agent(agent, f"agents[{n}]") for n, agent in enumerate(body.agents)]
    return answer(
        [{"agent": agent, **await _decided(call, Ask(agent, body.limit, fresh=body.fresh))} for agent in agents]
    )


async def profile(call: Call) -> Response:
    agent = call.agent()
    found = await call.context.database.write(
        lambda connection: profiles.profile(connection, call.store_id, agent, now=call.now)
    )
    return answer(found.as_json())


async def paths(call: Call) -> Response:
    """Required activities and electives of the paths that the learner's cohorts follow."""
    agent = call.agent()
    async with call.context.database.read() as connection:
        found = await profiles.paths(connection, call.store_id, agent, now=call.now)
    return answer([_path(path) for path in found])


def _path(path: PathStanding) -> dict[str, Any]:
    return {
        "id": path.id,
        "name": path.name,
        "due": None if path.due is None else moment_text(path.due),
        "complete": path.complete,
        "required": [
            {
                "activity": step.activity,
                "completed": None if step.completed is None else moment_text(step.completed),
                "expired": step.expired,
            }
            for step in path.required
        ],
        "electives": [
            {"skill": e.skill, "choose": e.choose, "completed": list(e.completed), "open": list(e.open)}
            for e in path.electives
        ],
    }


async def decision(call: Call) -> Response:
    decision_id = call.uuid("decision")
    async with call.context.database.read() as connection:
        found = await decisions.one(connection, call.store_id, decision_id)
    call.allowed(found["agent"])
    return answer(from_here(found, "offers", call.base))


async def issue_token(call: Call) -> Response:
    """A token with which this learner's browser may ask for itself."""
    agent = call.agent()
    expires = call.now + timedelta(minutes=call.number("minutes", 60, 1, 1440))
    token = await call.context.database.write(
        lambda connection: tokens.issue(connection, call.store_id, agent, now=call.now, expires=expires)
    )
    return answer({"token": token, "expires": moment_text(expires)}, 201)


def _fresh(call: Call) -> bool:
    """Whether the caller wants a decision made anew, though nothing has changed."""
    return call.one_of("fresh", ("true", "false")) == "true"


async def _decided(call: Call, ask: Ask) -> dict[str, Any]:
    made = await call.context.database.write(
        lambda connection: recommendations.recommend(connection, call.store_id, ask, now=call.now, decision_id=uuid4())
    )
    return from_here(made, "recommendations", call.base)
