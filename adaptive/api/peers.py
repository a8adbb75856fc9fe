"""Peer groups over HTTP: trainers form them, their members see them."""

from dataclasses import asdict
from typing import Annotated, Any

from pydantic import Field
from starlette.responses import Response

from adaptive import peers
from adaptive.api.calls import Body, Call, answer, done, plain
from adaptive.api.trainers import MembersBody
from adaptive.folding import learner_of
from adaptive.subjects import agent_id_of, checked_agent
from lrs.observers import AnyConnection


class PeerGroupBody(Body):
    name: Annotated[str, Field(min_length=1, max_length=200)]
    purpose: Annotated[str, Field(max_length=1000)] = ""
    agents: Annotated[list[dict[str, Any]], Field(default_factory=list, max_length=1000)]


class PeerGroupChange(Body):
    name: Annotated[str, Field(min_length=1, max_length=200)]
    purpose: Annotated[str, Field(max_length=1000)] = ""


async def peer_groups(call: Call) -> Response:
    async with call.context.database.read() as connection:
        return answer([plain(row) for row in await peers.of_store(connection, call.store_id)])


async def form_peer_group(call: Call) -> Response:
    """A group with its first members, or neither."""
    body = await call.body(PeerGroupBody)
    agents = [checked_agent(agent, f"agents[{n}]") for n, agent in enumerate(body.agents)]

    async def work(connection: AnyConnection) -> int:
        group = await peers.form(
            connection, call.store_id, body.name, purpose=body.purpose, author=call.credential.name, now=call.now
        )
        await peers.join(connection, call.store_id, group, agents, call.now)
        return group

    return answer({"id": await call.context.database.write(work)}, 201)


async def change_peer_group(call: Call) -> Response:
    body, group = await call.body(PeerGroupChange), call.id("group")
    await call.context.database.write(
        lambda c: peers.change(c, call.store_id, group, name=body.name, purpose=body.purpose)
    )
    return done()


async def dissolve_peer_group(call: Call) -> Response:
    await call.context.database.write(lambda c: peers.dissolve(c, call.store_id, call.id("group")))
    return done()


async def group_members(call: Call) -> Response:
    async with call.context.database.read() as connection:
        found = await peers.members(connection, call.store_id, call.id("group"))
    return answer([plain({name: value for name, value in asdict(m).items() if name != "learner_id"}) for m in found])


async def add_peers(call: Call) -> Response:
    body = await call.body(MembersBody)
    agents = [checked_agent(agent, f"agents[{n}]") for n, agent in enumerate(body.agents)]
    await call.context.database.write(lambda c: peers.join(c, call.store_id, call.id("group"), agents, call.now))
    return done()


async def remove_peer(call: Call) -> Response:
    agent_id = agent_id_of(call.agent())

    async def work(connection: AnyConnection) -> None:
        learner = await learner_of(connection, call.store_id, agent_id)
        await peers.leave(connection, call.store_id, call.id("group"), learner)

    await call.context.database.write(work)
    return done()


async def own_peers(call: Call) -> Response:
    """The learner's own groups, with the names of the others in them."""
    agent_id = agent_id_of(call.agent())
    async with call.context.database.read() as connection:
        learner = await learner_of(connection, call.store_id, agent_id)
        found = await peers.of_learner(connection, call.store_id, learner)
    return answer([plain(row) for row in found])
