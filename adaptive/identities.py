"""Agents that are one person: merge them, and part them again. The learners concerned are replayed by the next fold.

All that hangs on a learner goes along: goals, preferences, self-assessments, trainers' words, memberships, talks,
answers to offers, decisions and placements. Where both have one, the later goal, preferences, self-assessment and
word of a trainer stay, and the earlier membership, by which a path's days count; at the same moment, those of the
learner who stays. What gave way is set aside. Parting gives back what has not been changed since, and restores what
was set aside.
"""

from collections.abc import Mapping
from typing import Any

from adaptive.folding import learner_of, locked, request_refold
from lrs.errors import BadRequest, NotFound
from lrs.observers import AnyConnection
from lrs.queries import queries_beside

_QUERIES = queries_beside(__file__)


async def merge(
    connection: AnyConnection,
    store_id: int,
    agent_id: int,
    into_agent_id: int,
    agent: Mapping[str, Any] | None = None,
) -> int:
    """Make `agent_id` and all that was merged into it the same person as `into_agent_id`; the learner's id.

    `agent` is how the merged one is shown where no statement names it.
    """
    await _QUERIES.lock_identities(connection, store_id=store_id)
    old = await learner_of(connection, store_id, agent_id)
    learner = await learner_of(connection, store_id, into_agent_id)
    if old == learner:
        raise BadRequest("These two agents are one person already.")
    await locked(connection, store_id, sorted([old, learner]))
    pair = {"store_id": store_id, "old_id": old, "learner_id": learner}
    set_aside = await _QUERIES.set_aside(connection, **pair)
    await _QUERIES.move(connection, **pair)
    await _QUERIES.repoint(connection, **pair)
    shown = agent if old == agent_id else None
    await _QUERIES.point(
        connection, store_id=store_id, agent_id=old, learner_id=learner, agent=shown, set_aside=set_aside
    )
    await _QUERIES.drop_learner(connection, store_id=store_id, old_id=old)
    await _QUERIES.drop_refolds(connection, store_id=store_id, old_id=old)
    await request_refold(connection, store_id, learner, "merged")
    return learner


async def separate(connection: AnyConnection, store_id: int, agent_id: int) -> None:
    """Let a merged agent, with those who had been merged into it, be a learner of its own again; NotFound where it is
    one."""
    await _QUERIES.lock_identities(connection, store_id=store_id)
    learner = await learner_of(connection, store_id, agent_id)
    if learner == agent_id:
        raise NotFound("This agent was not merged into another.")
    await locked(connection, store_id, sorted([agent_id, learner]))
    set_aside = await _QUERIES.separate(connection, store_id=store_id, agent_id=agent_id)
    came = _QUERIES.take_along(connection, store_id=store_id, agent_id=agent_id, learner_id=learner)
    leaving = [agent_id, *[row["agent_id"] async for row in came]]
    await _QUERIES.give_back(connection, store_id=store_id, agent_id=agent_id, learner_id=learner, agent_ids=leaving)
    await _QUERIES.restore(connection, set_aside=set_aside)
    await request_refold(connection, store_id, learner, "separated")
    await request_refold(connection, store_id, agent_id, "separated")


async def merged_into(connection: AnyConnection, store_id: int, learner_id: int) -> list[Mapping[str, Any]]:
    """agent_id, agent (None where it was never told), merged of the other agents that a learner is."""
    return [dict(row) async for row in _QUERIES.of_learner(connection, store_id=store_id, learner_id=learner_id)]
