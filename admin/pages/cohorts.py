"""A cohort's skills on a page and as a file."""

import re
from urllib.parse import urlencode

from starlette.responses import Response

from adaptive import cohorts
from adaptive.catalogue import current
from adaptive.cohorts import Plan
from admin.reports import skills
from admin.reports.heatmap import as_rows
from admin.reports.tables import csv_text
from lrs import formats
from lrs.errors import BadRequest, NotFound
from lrs.html import HEADERS
from lrs.observers import AnyConnection
from lrs.visits import Visit, see_other

SKILLS_SHOWN = 14


def number(visit: Visit, name: str, *, least: int, default: int) -> int:
    """A whole number of the address; BadRequest says what it may be."""
    given = visit.request.query_params.get(name, str(default))
    if not re.fullmatch(r"\d{1,9}", given) or int(given) < least:
        raise BadRequest(f"{name} is a whole number from {least} on.")
    return int(given)


async def overview(visit: Visit) -> Response:
    """The cohorts of the store, and everyone's skills."""
    store_id = visit.account.store_id
    async with visit.context.database.read() as connection:
        found = await cohorts.of_store(connection, store_id)
        total = await skills.count_learners(connection, store_id)
        catalogue = await current(connection, store_id)
    roles, paths = catalogue.roles.values(), catalogue.paths.values()
    return visit.page("overview.html", cohorts=found, total=total, roles=roles, paths=paths)


async def create(visit: Visit) -> Response:
    """A new cohort, with a role or a path of the catalogue to work towards if they are chosen."""
    plan = Plan(role=visit.field("role") or None, path=visit.field("path") or None)

    async def work(connection: AnyConnection) -> int:
        catalogue = await current(connection, visit.account.store_id)
        now = visit.context.clock()
        return await cohorts.create(connection, visit.account.store_id, visit.field("name")[:200], plan, catalogue, now)

    return see_other(f"/admin/cohorts/{await visit.context.database.write(work)}")


async def add(visit: Visit) -> Response:
    """Make people members of a cohort, by the email addresses their statements are about."""
    cohort_id = _cohort(visit)
    agents = [_agent(line) for line in re.split(r"[\s,;]+", visit.field("people")) if line]
    if not agents:
        raise BadRequest("Write at least one email address.")
    store_id, now = visit.account.store_id, visit.context.clock()
    await visit.context.database.write(lambda c: cohorts.join(c, store_id, cohort_id, agents, now))
    return see_other(f"/admin/cohorts/{cohort_id}")


def _agent(address: str) -> dict[str, str]:
    if not formats.is_mailto(f"mailto:{address}"):
        raise BadRequest(f"“{address[:100]}” is not an email address. Nobody was added.")
    return {"mbox": f"mailto:{address}"}


def _cohort(visit: Visit) -> int:
    given: int = visit.request.path_params["cohort"]
    if given >= 2**63:
        raise NotFound(f"There is no cohort {given}.")
    return given


async def _group(connection: AnyConnection, visit: Visit, page: int) -> skills.Group:
    if "cohort" not in visit.request.path_params:
        return await skills.everyone(connection, visit.account.store_id, page)
    return await skills.cohort(connection, visit.account.store_id, _cohort(visit))


async def show(visit: Visit) -> Response:
    """Who × skill."""
    page = number(visit, "page", least=1, default=1)
    first = number(visit, "skills", least=1, default=1) - 1
    async with visit.context.database.read() as connection:
        group = await _group(connection, visit, page)
        table, total = await skills.table(connection, visit.account.store_id, group, first=first, most=SKILLS_SHOWN)
    path = visit.request.url.path
    return visit.page(
        "cohort.html",
        group=group,
        table=table,
        csv=f"{path}.csv?{urlencode({'page': page, 'skills': first + 1})}",
        pages=_turns(path, "page", page, group.total, skills.PAGE, {"skills": first + 1})
        if group.cohort_id is None
        else (),
        columns=_turns(path, "skills", first // SKILLS_SHOWN + 1, total, SKILLS_SHOWN, {"page": page}),
        first=first + 1,
        last=first + len(table.columns),
        total=total,
    )


def _turns(path: str, name: str, page: int, total: int, size: int, keep: dict[str, int]) -> list[tuple[str, str]]:
    """Links to the page before and the one after, as words and addresses."""
    found = []
    for words, other in (("Previous", page - 1), ("Next", page + 1)):
        if 1 <= other <= -(-total // size):
            value = other if name == "page" else (other - 1) * size + 1
            found.append((words, f"{path}?{urlencode({**keep, name: value})}"))
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
