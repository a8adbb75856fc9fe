"""A cohort's skills on a page and as a file."""

import re
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from adaptive import cohorts, words
from adaptive.catalogue import current
from adaptive.cohorts import Plan
from admin.pages.forms import FRESH, Refused, carry_out, people, suggestions, text
from admin.reports import skills
from admin.reports.heatmap import as_rows
from admin.reports.tables import csv_text
from lrs.errors import BadRequest, NotFound
from lrs.html import HEADERS
from lrs.observers import AnyConnection
from lrs.visits import Visit, see_other

SKILLS_SHOWN = 14
DONE = {
    "decided": "Decided. Each member’s next recommendation obeys it.",
    "undone": "Taken back. The next recommendations no longer heed it.",
}


def number(visit: Visit, name: str, *, least: int, default: int) -> int:
    """A whole number of the address; BadRequest says what it may be."""
    given = visit.request.query_params.get(name, str(default))
    if not re.fullmatch(r"\d{1,9}", given) or int(given) < least:
        raise BadRequest(f"{name} is a whole number from {least} on.")
    return int(given)


async def overview(visit: Visit) -> Response:
    """The cohorts of the store, and everyone's skills."""
    return await overview_page(visit, FRESH)


async def overview_page(visit: Visit, refused: Refused) -> Response:
    store_id = visit.account.store_id
    async with visit.context.database.read() as connection:
        found = await cohorts.of_store(connection, store_id)
        total = await skills.count_learners(connection, store_id)
        catalogue = await current(connection, store_id)
    return visit.page(
        "overview.html",
        status=refused.status,
        cohorts=found,
        total=total,
        roles=catalogue.roles.values(),
        paths=catalogue.paths.values(),
        refused=refused,
    )


async def create(visit: Visit) -> Response:
    """A new cohort, with a role or a path of the catalogue to work towards if they are chosen."""
    plan = Plan(role=visit.field("role") or None, path=visit.field("path") or None)
    made: list[int] = []

    async def work(connection: AnyConnection) -> None:
        catalogue = await current(connection, visit.account.store_id)
        name, now = text(visit, "name", 200), visit.context.clock()
        made.append(await cohorts.create(connection, visit.account.store_id, name, plan, catalogue, now))

    answered = await carry_out(visit, "cohort", work, overview_page, "/admin/")
    return see_other(f"/admin/cohorts/{made[-1]}") if made else answered


async def add(visit: Visit) -> Response:
    """Make people members of a cohort, by the addresses or accounts their statements are about."""
    cohort_id, store_id, now = cohort_of(visit), visit.account.store_id, visit.context.clock()

    async def work(connection: AnyConnection) -> None:
        agents = people(visit.field("people"))
        if not agents:
            raise BadRequest("Write at least one email address.")
        await cohorts.join(connection, store_id, cohort_id, agents, now)

    return await carry_out(visit, "people", work, page, f"/admin/cohorts/{cohort_id}")


def cohort_of(visit: Visit) -> int:
    """The cohort that the address names."""
    given: int = visit.request.path_params["cohort"]
    if given >= 2**63:
        raise NotFound(f"There is no cohort {given}.")
    return given


async def _group(connection: AnyConnection, visit: Visit, page: int) -> skills.Group:
    if "cohort" not in visit.request.path_params:
        return await skills.everyone(connection, visit.account.store_id, page)
    return await skills.cohort(connection, visit.account.store_id, cohort_of(visit))


async def show(visit: Visit) -> Response:
    """Who × skill, and what was decided for the cohort."""
    return await page(visit, FRESH)


async def page(visit: Visit, refused: Refused) -> Response:
    """The page, with what is wrong in a form of it."""
    turn = number(visit, "page", least=1, default=1)
    first = number(visit, "skills", least=1, default=1) - 1
    store_id = visit.account.store_id
    async with visit.context.database.read() as connection:
        group = await _group(connection, visit, turn)
        table, total = await skills.table(connection, store_id, group, first=first, most=SKILLS_SHOWN)
        more = await _decided(connection, store_id, group.cohort_id) if group.cohort_id is not None else {}
    here = "/admin/everyone" if group.cohort_id is None else f"/admin/cohorts/{group.cohort_id}"
    return visit.page(
        "cohort.html",
        status=refused.status,
        group=group,
        table=table,
        csv=f"{here}.csv?{urlencode({'page': turn, 'skills': first + 1})}",
        pages=_turns(here, "page", turn, group.total, skills.PAGE, {"skills": first + 1})
        if group.cohort_id is None
        else (),
        columns=_turns(here, "skills", first // SKILLS_SHOWN + 1, total, SKILLS_SHOWN, {"page": turn}),
        first=first + 1,
        last=first + len(table.columns),
        total=total,
        here=here,
        refused=refused,
        done=visit.request.query_params.get("done", ""),
        told=DONE,
        today=visit.context.clock().date().isoformat(),
        **more,
    )


async def _decided(connection: AnyConnection, store_id: int, cohort_id: int) -> dict[str, Any]:
    """What trainers decided for a cohort, and activities to decide about."""
    return {
        "words": await words.for_cohort(connection, store_id, cohort_id),
        "activities": await suggestions(connection, store_id),
    }


def _turns(path: str, name: str, page: int, total: int, size: int, keep: dict[str, int]) -> list[tuple[str, str]]:
    """Links to the page before and the one after, as words and addresses."""
    found = []
    for turn, other in (("Previous", page - 1), ("Next", page + 1)):
        if 1 <= other <= -(-total // size):
            value = other if name == "page" else (other - 1) * size + 1
            found.append((turn, f"{path}?{urlencode({**keep, name: value})}"))
    return found


async def download(visit: Visit) -> Response:
    """The same table as CSV."""
    page = number(visit, "page", least=1, default=1)
    first = number(visit, "skills", least=1, default=1) - 1
    async with visit.context.database.read() as connection:
        group = await _group(connection, visit, page)
        table, _ = await skills.table(connection, visit.account.store_id, group, first=first, most=SKILLS_SHOWN)
    return file(csv_text(*as_rows(table)), f"skills-{group.name}")


def file(text: str, name: str) -> Response:
    """A CSV download; the name keeps only what every system allows."""
    plain = re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-").lower() or "report"
    disposition = {"Content-Disposition": f'attachment; filename="{plain}.csv"'}
    return Response(text, headers={**HEADERS, **disposition}, media_type="text/csv; charset=utf-8")
