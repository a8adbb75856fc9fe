"""What waits to be folded, for the worker: new evidence, learners to replay, and voids. A queue, never a cursor."""

from collections.abc import Collection, Mapping
from datetime import datetime

from adaptive.folding import learners_of
from lrs.observers import AnyConnection
from lrs.queries import queries_beside

_QUERIES = queries_beside(__file__)
ROWS = 5000
BEGINNING = (0, -(2**63))
"""Before every store and agent."""


async def waiting(
    connection: AnyConnection, until: datetime, excluded: Collection[int] = (), after: tuple[int, int] = BEGINNING
) -> tuple[Mapping[int, set[int]], tuple[int, int]]:
    """store_id → learners with something to fold, a portion of them, and where the next portion begins.

    Evidence counts that was stored `until` a moment. Portions go round by store and agent, so that under a load past
    what can be folded everybody has a turn. `excluded` agents and learners are left out.
    """
    agents: dict[int, set[int]] = {}
    learners: dict[int, set[int]] = {}
    store_id, agent_id = after
    rows, last = 0, after
    found = _QUERIES.waiting_agents(
        connection, until=until, after_store=store_id, after_agent=agent_id, excluded=list(excluded), most=ROWS
    )
    async for row in found:
        last = row["store_id"], row["agent_id"]
        rows += row["rows"]
        learners.setdefault(row["store_id"], set()).add(row["learner_id"])
    if not rows and after != BEGINNING:
        return await waiting(connection, until, excluded)
    async for row in _QUERIES.waiting_voids(connection, most=ROWS):
        if row["agent_id"] is not None:
            agents.setdefault(row["store_id"], set()).add(row["agent_id"])
    async for row in _QUERIES.waiting_refolds(connection, most=ROWS):
        learners.setdefault(row["store_id"], set()).add(row["learner_id"])
    for store_id, some in agents.items():
        owners = await learners_of(connection, store_id, sorted(some))
        learners.setdefault(store_id, set()).update(owners.values())
    portion = {store_id: some.difference(excluded) for store_id, some in learners.items()}
    return portion, last if rows >= ROWS else BEGINNING


async def backlog(connection: AnyConnection) -> int:
    """How many rows of evidence are not folded yet, over all stores."""
    return int(await _QUERIES.backlog(connection))


async def settle_voids(connection: AnyConnection) -> int:
    """Take voids of statements that are no evidence off the queue; how many."""
    idle: dict[int, list[object]] = {}
    async for row in _QUERIES.waiting_voids(connection, most=ROWS):
        if row["agent_id"] is None:
            idle.setdefault(row["store_id"], []).append(row["statement_id"])
    for store_id, ids in idle.items():
        await _QUERIES.settle_voids(connection, store_id=store_id, statement_ids=ids)
    return sum(map(len, idle.values()))
