"""Agents that are one person: merge them, and part them again. The learners concerned are replayed by the next fold."""

from pathlib import Path

import aiosql

from adaptive.folding import learner_of, request_refold
from lrs.errors import BadRequest, NotFound
from lrs.observers import AnyConnection

_QUERIES = aiosql.from_path(Path(__file__).with_suffix(".sql"), "asyncpg", mandatory_parameters=False)


async def merge(connection: AnyConnection, store_id: int, agent_id: int, into_agent_id: int) -> int:
    """Make `agent_id` and all that was merged into it the same person as `into_agent_id`; the learner's id."""
    old = await learner_of(connection, store_id, agent_id)
    learner = await learner_of(connection, store_id, into_agent_id)
    if old == learner:
        raise BadRequest("These two agents are one person already.")
    await _QUERIES.lock(connection, store_id=store_id, learner_ids=[old, learner])
    await _QUERIES.repoint(connection, store_id=store_id, old_id=old, learner_id=learner)
    await _QUERIES.point(connection, store_id=store_id, agent_id=old, learner_id=learner)
    await _QUERIES.drop_learner(connection, store_id=store_id, old_id=old)
    await request_refold(connection, store_id, learner, "merged")
    return learner


async def separate(connection: AnyConnection, store_id: int, agent_id: int) -> None:
    """Let a merged agent be a learner of its own again; NotFound where it is one."""
    learner = await learner_of(connection, store_id, agent_id)
    if learner == agent_id:
        raise NotFound("This agent was not merged into another.")
    await _QUERIES.lock(connection, store_id=store_id, learner_ids=[learner])
    await _QUERIES.separate(connection, store_id=store_id, agent_id=agent_id)
    await request_refold(connection, store_id, learner, "separated")
    await request_refold(connection, store_id, agent_id, "separated")
