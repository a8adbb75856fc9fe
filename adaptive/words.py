"""Trainers' words on activities as people read them: what was said, for whom, by whom, and whether it is done with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from adaptive import catalogue as catalogues
from adaptive import cohorts, wishes
from adaptive.activities import described_ids
from adaptive.folding import agents_of
from adaptive.standing import met
from lrs.observers import AnyConnection
from lrs.terms import term_id


@dataclass(frozen=True, slots=True)
class Word:
    """`name` is the activity's (its IRI where nothing here knows it), `cohort` None where it is for one learner;
    `done` tells that the learner has completed since what was pinned or assigned."""

    id: int
    activity: str
    name: str
    action: str
    cohort: str | None
    cohort_id: int | None
    due: date | None
    note: str
    author: str
    made: datetime
    done: bool = False


async def for_learner(connection: AnyConnection, store_id: int, learner_id: int) -> list[Word]:
    """What was said for a learner and for their cohorts, the newest first."""
    groups = await cohorts.of_learner(connection, store_id, learner_id)
    rows = await cohorts.overrides_of(connection, store_id, learner_id, [group["id"] for group in groups])
    agents = (await agents_of(connection, store_id, [learner_id]))[learner_id]
    catalogue = await catalogues.current(connection, store_id)
    seen = met(await wishes.seen(connection, store_id, agents), catalogue) if rows else {}
    finished = {item: one.last for item, one in seen.items() if one.completed}
    return await _words(connection, store_id, rows, finished)


async def for_cohort(connection: AnyConnection, store_id: int, cohort_id: int) -> list[Word]:
    """What was said for a cohort, the newest first."""
    rows = await cohorts.overrides_of(connection, store_id, None, [cohort_id])
    return await _words(connection, store_id, rows, {})


async def names_of(connection: AnyConnection, store_id: int, iris: set[str]) -> dict[str, str]:
    """What activities are called, by IRI; without those that neither the catalogue nor a statement knows."""
    catalogue = await catalogues.current(connection, store_id)
    published = {
        iri: catalogue.activities[term_id(iri)].entry.name for iri in iris if term_id(iri) in catalogue.activities
    }
    found = await described_ids(connection, store_id, [term_id(iri) for iri in iris - published.keys()])
    return published | dict(found.values())


async def _words(
    connection: AnyConnection, store_id: int, rows: Sequence[Mapping[str, Any]], finished: Mapping[int, float]
) -> list[Word]:
    names = await names_of(connection, store_id, {row["activity"] for row in rows})
    return [
        Word(
            **row,
            name=names.get(row["activity"], row["activity"]),
            done=row["action"] in ("pin", "assign")
            and finished.get(term_id(row["activity"]), 0.0) > row["made"].timestamp(),
        )
        for row in reversed(rows)
    ]
