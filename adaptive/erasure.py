"""Taking a person out of the adaptive service: answers, estimates, wishes, decisions, tests. Nothing here commits.

What everybody's answers taught the engine stays: difficulties and weights tell of nobody.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from adaptive.folding import agents_of, learner_of, locked
from adaptive.subjects import agent_id_of
from lrs.agents import identity
from lrs.observers import AnyConnection
from lrs.queries import queries_beside

_QUERIES = queries_beside(__file__)


async def whole_person(
    connection: AnyConnection, store_id: int, agent: Mapping[str, Any]
) -> tuple[list[int], list[dict[str, Any]]]:
    """All agents that were made one person with this one, locked until the transaction ends: their keys, and the
    identities by which they are known."""
    await _QUERIES.lock(connection, store_id=store_id)
    learner = await learner_of(connection, store_id, agent_id_of(agent))
    ids = sorted({learner, agent_id_of(agent), *(await agents_of(connection, store_id, [learner]))[learner]})
    await locked(connection, store_id, ids)
    rows = _QUERIES.identities(connection, store_id=store_id, agent_ids=ids)
    known = [identity(agent), *[identity(row["agent"]) async for row in rows]]
    return ids, [one for place, one in enumerate(known) if one not in known[:place]]


async def erase(
    connection: AnyConnection,
    store_id: int,
    agent_ids: Sequence[int],
    identities: Sequence[Mapping[str, Any]],
    statement_ids: Sequence[UUID],
) -> dict[str, int]:
    """Delete what is kept of a person, who is all these agents and made these statements; how many rows of each."""
    found: dict[str, int] = await _QUERIES.erase(
        connection,
        store_id=store_id,
        agent_ids=list(agent_ids),
        agents=[json.dumps(one) for one in identities],
        statement_ids=list(statement_ids),
    )
    return found
