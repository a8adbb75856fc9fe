"""Forgetting a person: the record, the estimates and the tutor's prompts, in one transaction, with an audit entry."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from adaptive import erasure as estimates
from lrs import erasure as record
from lrs.agents import agent_key
from lrs.errors import NotFound
from lrs.observers import AnyConnection
from tutor import hints

STAYING = ("mentions", "staff")
"""What is counted, but stays: statements of others, and accounts that do more than learn."""


async def forget(
    connection: AnyConnection, store_id: int, agent: Mapping[str, Any], *, author: str, now: datetime
) -> dict[str, int]:
    """Delete all that a store keeps of a person, under all their identities; how many rows of each kind.

    NotFound where there is nothing of them.
    """
    ids, identities = await estimates.whole_person(connection, store_id, agent)
    prompts = await hints.erase(connection, store_id, ids)
    erased = await record.erase(connection, store_id, ids)
    learnt = await estimates.erase(connection, store_id, ids, identities, erased.statements)
    counts = {**erased.counts, **learnt, "prompts": prompts}
    if not any(count for name, count in counts.items() if name not in STAYING):
        raise NotFound(f"Store {store_id} keeps nothing of {agent_key(agent)}.")
    keys = [agent_key(one) for one in identities]
    await record.keep(connection, store_id, keys, counts, author=author, now=now)
    return counts
