"""Scoring predictions in production: folds append them to a queue, one auditor at a time takes them off.

A fold only appends, so learners never wait for each other here; everything that is shared is written by the auditor.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from itertools import chain
from typing import Any

from adaptive.audit.predictions import unpacked
from adaptive.audit.scores import FAMILIARITIES, Cell, Summary, bin_of, familiarity, summary
from adaptive.audit.watch import Watch, worse
from lrs.observers import AnyConnection
from lrs.queries import queries_beside

_QUERIES = queries_beside(__file__)
MOST = 50_000
NO_COURSE = 0


async def waiting_stores(connection: AnyConnection) -> list[int]:
    return [row["store_id"] async for row in _QUERIES.waiting_stores(connection)]


async def audit_next(connection: AnyConnection, store_id: int, now: datetime, most: int = MOST) -> int:
    """Score the oldest predictions in the caller's transaction; how many. 0 where another auditor is at it."""
    if not await _QUERIES.lock(connection, store_id=store_id):
        return 0
    rows = [row async for row in _QUERIES.take_unscored(connection, store_id=store_id, most=most)]
    if not rows:
        return 0
    folds = [row["data"] for row in sorted(rows, key=lambda row: row["id"])]
    watches = await _watches(connection, store_id, {item for data in folds for item, *_ in unpacked(data)})
    cells: dict[tuple[int, int, int], Cell] = {}
    alarms: list[tuple[str, int | None]] = []
    losses = []
    for item, course, learner_answers, item_answers, probability, score in chain.from_iterable(map(unpacked, folds)):
        key = (course, familiarity(learner_answers, item_answers), bin_of(probability))
        cell = cells.get(key)
        if cell is None:
            cell = cells[key] = Cell()
        watch = watches[item]
        losses.append(cell.add(probability, score, watch.challenge(probability)))
        drift = watch.see(probability, score)
        if drift is not None:
            alarms.append((drift.value, item))
    before = await _QUERIES.recent_losses(connection, store_id=store_id) or []
    risen, recent = worse(before, losses)
    if risen:
        alarms.append(("worse", None))
    await _add_scores(connection, store_id, now.date(), cells)
    await _save_watches(connection, store_id, watches)
    await _QUERIES.save_losses(connection, store_id=store_id, losses=recent)
    await _raise_alarms(connection, store_id, now, alarms)
    return len(losses)


async def scores(connection: AnyConnection, store_id: int, since: date) -> Sequence[Mapping[str, Any]]:
    """Cells by course_id, familiarity and bin, for `summary`."""
    return [dict(row) async for row in _QUERIES.scores(connection, store_id=store_id, since=since)]


async def everywhere(connection: AnyConnection, familiarities: Sequence[int] = FAMILIARITIES) -> Summary | None:
    """Predictions of all stores whose answers came in the last seven days, cold starts among them unless left out."""
    rows = _QUERIES.scores_everywhere(connection, familiarities=list(familiarities))
    return summary([dict(row) async for row in rows])


async def recent_alarms(connection: AnyConnection) -> float:
    """How many alarms were raised in the last seven days, in all stores."""
    return float(await _QUERIES.recent_alarms(connection))


async def alarms(
    connection: AnyConnection, store_id: int, since: datetime, most: int = 50
) -> Sequence[Mapping[str, Any]]:
    """raised, kind (harder, easier, worse) and item_id; the newest first."""
    found = _QUERIES.alarms(connection, store_id=store_id, since=since, most=most)
    return [dict(row) async for row in found]


async def waiting(connection: AnyConnection, store_id: int) -> int:
    """Predictions that wait to be scored."""
    count: int = await _QUERIES.waiting(connection, store_id=store_id)
    return count


async def _watches(connection: AnyConnection, store_id: int, items: set[int]) -> dict[int, Watch]:
    watches = {item: Watch() for item in sorted(items)}
    async for row in _QUERIES.watches(connection, store_id=store_id, item_ids=list(watches)):
        watches[row["item_id"]] = Watch(*row[1:])
    return watches


async def _save_watches(connection: AnyConnection, store_id: int, watches: Mapping[int, Watch]) -> None:
    await _QUERIES.save_watches(
        connection,
        store_id=store_id,
        item_ids=list(watches),
        answers=[watch.answers for watch in watches.values()],
        harder=[watch.harder for watch in watches.values()],
        easier=[watch.easier for watch in watches.values()],
        shifts=[watch.shift for watch in watches.values()],
        precisions=[watch.precision for watch in watches.values()],
    )


async def _add_scores(
    connection: AnyConnection, store_id: int, day: date, cells: Mapping[tuple[int, int, int], Cell]
) -> None:
    ordered = sorted(cells.items())
    await _QUERIES.add_scores(
        connection,
        store_id=store_id,
        day=day,
        courses=[course for (course, _, _), _ in ordered],
        familiarities=[place for (_, place, _), _ in ordered],
        bins=[number for (_, _, number), _ in ordered],
        counts=[cell.count for _, cell in ordered],
        rights=[cell.right for _, cell in ordered],
        scores=[cell.score for _, cell in ordered],
        probabilities=[cell.probability for _, cell in ordered],
        log_losses=[cell.log_loss for _, cell in ordered],
        squares=[cell.square for _, cell in ordered],
        challenger_log_losses=[cell.challenger_log_loss for _, cell in ordered],
    )


async def _raise_alarms(
    connection: AnyConnection, store_id: int, now: datetime, found: Sequence[tuple[str, int | None]]
) -> None:
    if found:
        await _QUERIES.raise_alarms(
            connection,
            store_id=store_id,
            raised=now,
            kinds=[kind for kind, _ in found],
            item_ids=[item for _, item in found],
        )
