"""One learner's skills and history, with the statements they rest on."""

from starlette.responses import Response

from adaptive import cohorts, decisions, folding, identities, peers, profiles
from adaptive.profiles import HistoryEntry
from admin.pages.cohorts import file
from admin.pages.forms import FRESH, Refused, key, suggestions
from admin.reports import skills
from admin.reports.tables import Cell, csv_text
from lrs.agents import key_of
from lrs.visits import Visit, see_other
from tutor.people import together
from tutor.portal import further, reached
from tutor.wording import outcome

PAGE = 50
MOST_IN_FILE = 20_000
DONE = {
    "decided": "Decided. The next recommendation obeys it.",
    "undone": "Taken back. The next recommendation no longer heeds it.",
    "noted": "Noted. The learner reads it on their first page.",
    "agreed": "Agreed. The learner sees that you agree.",
    "joined": "Added to the peer group, which they see with its members.",
    "left": "Taken out.",
    "merged": "They are one person now. The estimates are made anew from all their answers.",
    "parted": "They are two people again.",
}
HEADER = ("When (UTC)", "Activity", "Skills", "Verb", "Result", "Score", "Expected", "Counted", "Statement")


async def show(visit: Visit) -> Response:
    """Skills, what others decided and agreed with the learner, then evidence, the newest first."""
    given, store_id = learner_of(visit), visit.account.store_id
    async with visit.context.database.read() as connection:
        learner = await folding.learner_of(connection, store_id, given)
    return await page(visit, FRESH) if learner == given else see_other(f"/admin/learners/{learner}")


async def page(visit: Visit, refused: Refused) -> Response:
    """The page, with what is wrong in a form of it."""
    store_id, now = visit.account.store_id, visit.context.clock()
    async with visit.context.database.read() as connection:
        who = await skills.person(connection, store_id, learner_of(visit))
        rows = await profiles.history(connection, store_id, who.learner_id, after=reached(visit), most=PAGE)
        standings = await profiles.skill_standings(connection, store_id, who.learner_id, now=now)
        others = await together(connection, store_id, who.learner_id, standings)
        offered = await decisions.of_learner(connection, store_id, who.learner_id, 1)
        groups = await peers.of_store(connection, store_id)
        member = await cohorts.of_learner(connection, store_id, who.learner_id)
        activities = await suggestions(connection, store_id)
        others_of = await identities.merged_into(connection, store_id, who.learner_id)
    return visit.page(
        "learner.html",
        status=refused.status,
        who=who,
        skills=standings,
        rated=[skill for skill in standings if skill.self_assessment is not None],
        together=others,
        cohorts=member,
        merged=[{**row, "name": key_of(row["agent"] or {}) or f"agent {row['agent_id']}"} for row in others_of],
        offered=offered[0] if offered else None,
        activities=activities,
        joinable=[group for group in groups if group["id"] not in {own["id"] for own in others.groups}],
        rows=rows,
        more=further(rows, PAGE),
        refused=refused,
        done=visit.request.query_params.get("done", ""),
        told=DONE,
        today=now.date().isoformat(),
        here=f"/admin/learners/{who.learner_id}",
    )


async def download(visit: Visit) -> Response:
    """The history as CSV."""
    learner_id, store_id = learner_of(visit), visit.account.store_id
    async with visit.context.database.read() as connection:
        name = (await skills.person(connection, store_id, learner_id)).name
        rows = await profiles.history(connection, store_id, learner_id, after=reached(visit), most=MOST_IN_FILE)
    return file(csv_text(HEADER, [_cells(row) for row in rows]), f"history-{name}")


def learner_of(visit: Visit) -> int:
    """The learner whom the address names."""
    return key(visit.request.path_params["learner"])


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
