"""How well the engine predicts, for operators: scores by course and cold start, drift, and the calibrations."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from starlette.responses import Response

from adaptive import calibrations
from adaptive.activities import described_ids
from adaptive.audit import auditing
from adaptive.audit.scores import FAMILIAR, NEW_ITEM, NEW_LEARNER, Summary, summary
from adaptive.catalogue import current
from admin.pages.cohorts import file
from admin.reports.tables import Cell, csv_text
from lrs.terms import term_id
from lrs.visits import Visit

DAYS = 30
PLOT = 200.0
COLD_STARTS = {
    NEW_LEARNER: "a learner’s first five answers",
    NEW_ITEM: "items with fewer than twenty answers",
    FAMILIAR: "learners and items it knows",
}
MEASURES = {
    "Answers": "answers",
    "Difficulty (logits)": "difficulty",
    "Standard error": "difficulty_se",
    "Discrimination": "discrimination",
    "Standard error of its logarithm": "log_discrimination_se",
    "Guessing": "guessing",
    "Infit": "infit",
    "Outfit": "outfit",
    "P of fit": "fit_p",
    "Pretest": "pretest",
    "Does not fit": "misfit",
    "Has moved": "drifted",
}
"""A column of the file → of a calibrated item."""
NO_ITEMS = ("too little", "failed")
"""Outcomes of calibrations that found no items."""
ALARMS = {"harder": "has become harder", "easier": "has become easier", "worse": "Predictions have become worse"}


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a table of scores."""

    name: str
    found: Summary


async def show(visit: Visit) -> Response:
    """The last DAYS days of the operator's store."""
    store_id, now = visit.account.store_id, visit.context.clock()
    since = now - timedelta(days=DAYS)
    async with visit.context.database.read() as connection:
        cells = await auditing.scores(connection, store_id, since.date())
        alarms = await auditing.alarms(connection, store_id, since)
        nights = await calibrations.history(connection, store_id, 10)
        latest = _latest(nights)
        flagged = await calibrations.flagged(connection, store_id, latest)
        told = {row["course_id"] for row in cells} | {row["item_id"] for row in (*flagged, *alarms)}
        names = {key: name for key, (_, name) in (await described_ids(connection, store_id, told - {None})).items()}
        courses = (await current(connection, store_id)).collections
        waiting = await auditing.waiting(connection, store_id)
    names |= {term_id(iri): course.name for iri, course in courses.items()}
    found = summary(cells)
    return visit.page(
        "engine.html",
        days=DAYS,
        found=found,
        points=[_point(told, seen) for told, seen, _ in found.curve] if found else [],
        courses=_lines(cells, "course_id", names | {auditing.NO_COURSE: "no course"}),
        starts=_lines(cells, "familiarity", COLD_STARTS),
        alarms=[{**row, "told": _alarm(row["kind"], row["item_id"], names)} for row in alarms],
        nights=nights,
        flagged=[{**row, "name": _name(row["item_id"], names)} for row in flagged],
        waiting=waiting,
        latest=latest,
    )


async def download(visit: Visit) -> Response:
    """Every item as the latest calibration found it, as CSV."""
    store_id = visit.account.store_id
    async with visit.context.database.read() as connection:
        latest = _latest(await calibrations.history(connection, store_id, 10))
        items = await calibrations.items_of(connection, store_id, latest)
        known = await described_ids(connection, store_id, {row["item_id"] for row in items})
    rows = [[*known.get(row["item_id"], ("", _name(row["item_id"], {}))), *_measures(row)] for row in items]
    return file(csv_text(("Item", "Name", *MEASURES), rows), f"items-of-calibration-{latest}")


def _measures(row: Mapping[str, Any]) -> list[Cell]:
    return [
        ("yes" if value else "no") if isinstance(value, bool) else None if value is None else round(value, 4)
        for value in map(row.get, MEASURES.values())
    ]


def _latest(nights: Sequence[Mapping[str, Any]]) -> int:
    """The number of the newest calibration that found items; 0 where none did."""
    return next((night["number"] for night in nights if night["outcome"] not in NO_ITEMS), 0)


def _lines(cells: Sequence[Mapping[str, Any]], by: str, names: Mapping[int, str]) -> list[Line]:
    """Scores of each value of a column, the most predictions first."""
    parts = defaultdict(list)
    for row in cells:
        parts[row[by]].append(row)
    lines = [Line(_name(key, names), made) for key, rows in parts.items() if (made := summary(rows))]
    return sorted(lines, key=lambda line: -line.found.count)


def _point(told: float, seen: float) -> tuple[float, float]:
    """Where a point of the calibration curve lies in the plot."""
    return round(PLOT * told, 1), round(PLOT * (1 - seen), 1)


def _alarm(kind: str, item: int | None, names: Mapping[int, str]) -> str:
    return f"{ALARMS[kind]}." if item is None else f"{_name(item, names)} {ALARMS[kind]} than the engine expected."


def _name(key: int, names: Mapping[int, str]) -> str:
    return names.get(key, f"activity {key}")
