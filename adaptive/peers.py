"""Peer groups: learners whom a trainer or manager brings together; each member sees the group and who is in it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import asyncpg

from adaptive.cohorts import Member, display_name
from adaptive.folding import learner_of
from lrs.agents import agent_key
from lrs.errors import BadRequest, Conflict, Fault, NotFound
from lrs.observers import AnyConnection
from lrs.queries import queries_beside
from lrs.terms import term_id

_QUERIES = queries_beside(__file__)


async def form(
    connection: AnyConnection, store_id: int, name: str, *, purpose: str = "", author: str, now: datetime
) -> int:
    """A new group's id. Conflict where the name is taken."""
    if not name.strip():
        raise BadRequest("A peer group needs a name.", [Fault("name", "is empty")])
    found = await _QUERIES.form(
        connection, store_id=store_id, name=name.strip(), purpose=purpose.strip(), author=author, formed=now
    )
    if found is None:
        raise _taken(name.strip())
    return int(found)


async def change(connection: AnyConnection, store_id: int, group_id: int, *, name: str, purpose: str = "") -> None:
    """Another name and purpose. Conflict where another group has the name."""
    if not name.strip():
        raise BadRequest("A peer group needs a name.", [Fault("name", "is empty")])
    try:
        found = await _QUERIES.change(
            connection, store_id=store_id, group_id=group_id, name=name.strip(), purpose=purpose.strip()
        )
    except asyncpg.UniqueViolationError as error:
        raise _taken(name.strip()) from error
    _require(found, group_id)


async def one(connection: AnyConnection, store_id: int, group_id: int) -> Mapping[str, Any]:
    """id, name, purpose, author, formed. NotFound where there is no such group."""
    row = await _QUERIES.one(connection, store_id=store_id, group_id=group_id)
    _require(row, group_id)
    return dict(row)


async def dissolve(connection: AnyConnection, store_id: int, group_id: int) -> None:
    _require(await _QUERIES.dissolve(connection, store_id=store_id, group_id=group_id), group_id)


async def of_store(connection: AnyConnection, store_id: int) -> list[Mapping[str, Any]]:
    """id, name, purpose, author, formed, members (count); by name."""
    return [dict(row) async for row in _QUERIES.of_store(connection, store_id=store_id)]


async def join(
    connection: AnyConnection, store_id: int, group_id: int, agents: Sequence[Mapping[str, Any]], now: datetime
) -> None:
    """Make agents members; who is one already stays one."""
    _require(await _QUERIES.hold(connection, store_id=store_id, group_id=group_id), group_id)
    for agent in agents:
        learner = await learner_of(connection, store_id, term_id(agent_key(agent)))
        await _QUERIES.join(
            connection, store_id=store_id, group_id=group_id, learner_id=learner, agent=dict(agent), joined=now
        )


async def leave(connection: AnyConnection, store_id: int, group_id: int, learner_id: int) -> None:
    found = await _QUERIES.leave(connection, store_id=store_id, group_id=group_id, learner_id=learner_id)
    if found is None:
        raise NotFound("This learner is no member of the peer group.")


async def members(connection: AnyConnection, store_id: int, group_id: int) -> list[Member]:
    """The members by name. NotFound where there is no such group."""
    await one(connection, store_id, group_id)
    return (await _members(connection, store_id, [group_id]))[group_id]


async def of_learner(connection: AnyConnection, store_id: int, learner_id: int) -> list[Mapping[str, Any]]:
    """id, name, purpose, author, joined and `peers` (names of the other members) of a learner's groups, by name."""
    rows = [dict(row) async for row in _QUERIES.of_learner(connection, store_id=store_id, learner_id=learner_id)]
    found = await _members(connection, store_id, [row["id"] for row in rows])
    return [
        {**row, "peers": [member.name for member in found[row["id"]] if member.learner_id != learner_id]}
        for row in rows
    ]


async def _members(connection: AnyConnection, store_id: int, group_ids: Sequence[int]) -> dict[int, list[Member]]:
    found: dict[int, list[Member]] = {group_id: [] for group_id in group_ids}
    async for row in _QUERIES.members(connection, store_id=store_id, group_ids=list(group_ids)):
        name = display_name(row["agent"], row["names"])
        found[row["group_id"]].append(Member(row["learner_id"], row["agent"], name, row["joined"]))
    return {group: sorted(people, key=lambda member: member.name.casefold()) for group, people in found.items()}


def _taken(name: str) -> Conflict:
    return Conflict(f"There is a peer group named {name} already; choose another name.")


def _require(found: object, group_id: int) -> None:
    if found is None:
        raise NotFound(f"There is no peer group {group_id}.")
