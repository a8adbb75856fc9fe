"""Learners as they were some time ago: a replay begins at the last checkpoint before what has changed.

Folds keep them at distances that double (slots), so a learner has few of them, and one is never much further back than
what a replay has to reach.
"""

from collections.abc import Mapping

from adaptive.engine import UnreadableState
from adaptive.pieces import Place
from adaptive.progress import Progress, progress_from
from lrs.observers import AnyConnection
from lrs.queries import queries_beside

_QUERIES = queries_beside(__file__)
LEAST = 3


def slot_of(before: int, after: int) -> int | None:
    """Where to keep a learner who had `before` responses and has `after`; None where no checkpoint is due.

    The exponent of the highest power of two of which a multiple was reached: LEAST every other multiple, the next
    every fourth… Below it a replay from the checkpoint before costs less than another checkpoint.
    """
    slot = (before ^ after).bit_length() - 1
    return slot if after > before and slot >= LEAST else None


async def before(connection: AnyConnection, store_id: int, places: Mapping[int, Place]) -> dict[int, Progress]:
    """learner_id → the last checkpoint before a place of its own; without those who have none that can be read."""
    if not places:
        return {}
    found = {}
    wanted = {"learner_ids": list(places), "places": list(places.values())}
    async for row in _QUERIES.before(connection, store_id=store_id, **wanted):
        try:
            found[row["learner_id"]] = progress_from(row)
        except UnreadableState:
            continue
    return found


async def drop(connection: AnyConnection, store_id: int, places: Mapping[int, Place | None]) -> None:
    """Forget the checkpoints that hold what lies at or after a place; all of a learner's where that is None."""
    if places:
        await _QUERIES.drop(connection, store_id=store_id, learner_ids=list(places), places=list(places.values()))


async def keep(connection: AnyConnection, store_id: int, slots: Mapping[int, int]) -> None:
    """Keep learners (learner_id → slot) as this transaction has saved them."""
    if slots:
        await _QUERIES.keep(connection, store_id=store_id, learner_ids=list(slots), slots=list(slots.values()))
