"""Agents that are one person, over HTTP."""

from typing import Any

from starlette.responses import Response

from adaptive import identities
from adaptive.api.calls import Body, Call, answer, done, plain
from adaptive.folding import learner_of
from adaptive.subjects import agent_id_of, checked_agent
from lrs.observers import AnyConnection


class SameBody(Body):
    same_as: dict[str, Any]


async def merged(call: Call) -> Response:
    """The other agents that were merged into this one."""
    agent_id = agent_id_of(call.agent())
    async with call.context.database.read() as connection:
        learner = await learner_of(connection, call.store_id, agent_id)
        found = await identities.merged_into(connection, call.store_id, learner)
    return answer([plain({"agent": row["agent"], "merged": row["merged"]}) for row in found])


async def merge(call: Call) -> Response:
    """Make the agent one person with another, who keeps the name."""
    agent, body = call.agent(), await call.body(SameBody)
    other = checked_agent(body.same_as, "same_as")

    async def work(connection: AnyConnection) -> None:
        await identities.merge(connection, call.store_id, agent_id_of(agent), agent_id_of(other), agent)

    await call.context.database.write(work)
    return done()


async def separate(call: Call) -> Response:
    """Let a merged agent be a learner of its own again."""
    agent_id = agent_id_of(call.agent())
    await call.context.database.write(lambda c: identities.separate(c, call.store_id, agent_id))
    return done()
