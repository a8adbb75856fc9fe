"""Coaching talks: what was said, and the agreed next step, which is assigned where it is an activity."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from adaptive import cohorts
from lrs.observers import AnyConnection
from lrs.queries import queries_beside

_QUERIES = queries_beside(__file__)


@dataclass(frozen=True, slots=True)
class Talk:
    """What a talk came to. `activity` (an IRI) is the agreed next step where it is one, by the day `due`."""

    note: str
    next_step: str = ""
    activity: str | None = None
    due: date | None = None


async def note_talk(
    connection: AnyConnection, store_id: int, learner_id: int, talk: Talk, *, author: str, now: datetime
) -> int:
    """Keep a talk; its activity is assigned to the learner, and the next recommendation says so. The talk's id."""
    if talk.activity is not None:
        await cohorts.override(
            connection,
            store_id,
            talk.activity,
            "assign",
            author=author,
            now=now,
            learner_id=learner_id,
            due=talk.due,
            note=talk.next_step or talk.note,
        )
    return int(
        await _QUERIES.note_talk(
            connection,
            store_id=store_id,
            learner_id=learner_id,
            author=author,
            note=talk.note,
            next_step=talk.next_step,
            activity=talk.activity,
            due=talk.due,
            made=now,
        )
    )


async def talks(connection: AnyConnection, store_id: int, learner_id: int, most: int = 100) -> list[Mapping[str, Any]]:
    """id, author, note, next_step, activity, due, made; the newest first."""
    rows = _QUERIES.talks(connection, store_id=store_id, learner_id=learner_id, most=most)
    return [dict(row) async for row in rows]
