"""One learner's skills and history, with the statements they rest on."""

import re

from starlette.responses import Response

from adaptive import profiles
from adaptive.profiles import HistoryEntry
from admin.pages.cohorts import file
from admin.reports import skills
from admin.reports.tables import Cell, csv_text
from lrs.errors import NotFound
from lrs.visits import Visit
from tutor.portal import before
from tutor.wording import outcome

PAGE = 50
MOST_IN_FILE = 20_000
HEADER = ("When (UTC)", "Activity", "Skills", "Verb", "Result", "Score", "Expected", "Counted", "Statement")


async def show(visit: Visit) -> Response:
    """Skills, then evidence, the newest first."""
    learner_id, store_id, now = _learner(visit), visit.account.store_id, visit.context.clock()
    async with visit.context.database.read() as connection:
        name, identity = await skills.name_of(connection, store_id, learner_id)
        rows = await profiles.history(connection, store_id, learner_id, before=before(visit), most=PAGE)
        standings = await profiles.skill_standings(connection, store_id, learner_id, now=now)
    return visit.page(
        "learner.html",
        name=name,
        identity=identity,
        skills=standings,
        rows=rows,
        more=rows[-1].timestamp.isoformat() if len(rows) == PAGE else None,
    )


async def download(visit: Visit) -> Response:
    """The history as CSV."""
    learner_id, store_id = _learner(visit), visit.account.store_id
    async with visit.context.database.read() as connection:
        name, _ = await skills.name_of(connection, store_id, learner_id)
        rows = await profiles.history(connection, store_id, learner_id, before=before(visit), most=MOST_IN_FILE)
    return file(csv_text(HEADER, [_cells(row) for row in rows]), f"history-{name}")


def _learner(visit: Visit) -> int:
    given = visit.request.path_params["learner"]
    if not re.fullmatch(r"-?[0-9]{1,19}", given) or not -(2**63) <= int(given) < 2**63:
        raise NotFound("This store knows no such learner.")
    return int(given)


def _cells(row: HistoryEntry) -> list[Cell]:
    return [
        row.timestamp.strftime("%Y-%m-%d %H:%M:%S"),
        row.name,
        ", ".join(row.skills),
        row.verb,
        outcome(row),
        None if row.score is None else round(row.score, 4),
        None if row.prediction is None else round(row.prediction, 4),
        "no" if row.voided or not row.counted else "yes",
        row.statement_id,
    ]
