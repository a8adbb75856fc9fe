"""Peer groups on the desk: formed, renamed, filled, emptied and dissolved by trainers; their members see them."""

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import Response

from adaptive import cohorts, peers
from admin.pages import cohorts as cohort_pages
from admin.pages import learners
from admin.pages.forms import FRESH, Refused, carry_out, key, number, people, text
from admin.reports import skills
from lrs.errors import BadRequest, NotFound
from lrs.observers import AnyConnection
from lrs.visits import Visit, see_other

DONE = {
    "formed": "The group is formed. Its members see it on their first page.",
    "changed": "Changed.",
    "added": "Added.",
    "left": "Taken out of the group.",
    "dissolved": "The group is dissolved.",
}


async def overview(visit: Visit) -> Response:
    """All groups, and a form for another."""
    return await overview_page(visit, FRESH)


async def overview_page(visit: Visit, refused: Refused) -> Response:
    async with visit.context.database.read() as connection:
        found = await peers.of_store(connection, visit.account.store_id)
    return visit.page("groups.html", status=refused.status, groups=found, refused=refused, **_told(visit))


def _told(visit: Visit) -> dict[str, Any]:
    return {"done": visit.request.query_params.get("done", ""), "told": DONE}


async def show(visit: Visit) -> Response:
    """One group and its members."""
    return await page(visit, FRESH)


async def page(visit: Visit, refused: Refused) -> Response:
    async with visit.context.database.read() as connection:
        found = await peers.one(connection, visit.account.store_id, _group(visit))
        members = await peers.members(connection, visit.account.store_id, _group(visit))
    return visit.page(
        "group.html", status=refused.status, group=found, members=members, refused=refused, **_told(visit)
    )


def _group(visit: Visit) -> int:
    given: int = visit.request.path_params["group"]
    if given >= 2**63:
        raise NotFound(f"There is no peer group {given}.")
    return given


async def form(visit: Visit) -> Response:
    """A new group of people who are named by address."""

    async def work(connection: AnyConnection) -> None:
        await _formed(connection, visit, people(visit.field("people")))

    return await carry_out(visit, "form", work, overview_page, "/admin/groups?done=formed")


async def form_in_cohort(visit: Visit) -> Response:
    """A new group of some members of a cohort."""
    cohort = cohort_pages.cohort_of(visit)

    async def work(connection: AnyConnection) -> None:
        chosen = {key(str(value)) for value in visit.form.getlist("learner")}
        if not chosen:
            raise BadRequest("Choose at least one member.")
        await cohorts.one(connection, visit.account.store_id, cohort)
        members = await cohorts.members(connection, visit.account.store_id, cohort)
        await _formed(connection, visit, [m.agent for m in members if m.learner_id in chosen])

    return await carry_out(visit, "group", work, cohort_pages.page, "/admin/groups?done=formed")


async def _formed(connection: AnyConnection, visit: Visit, agents: Sequence[Mapping[str, Any]]) -> None:
    store_id, now = visit.account.store_id, visit.context.clock()
    name, purpose = text(visit, "name", 200, "The group needs a name."), text(visit, "purpose", 1000)
    group = await peers.form(connection, store_id, name, purpose=purpose, author=visit.account.name, now=now)
    await peers.join(connection, store_id, group, agents, now)


async def change(visit: Visit) -> Response:
    """Another name and purpose."""
    group, store_id = _group(visit), visit.account.store_id

    async def work(connection: AnyConnection) -> None:
        name, purpose = text(visit, "name", 200, "The group needs a name."), text(visit, "purpose", 1000)
        await peers.change(connection, store_id, group, name=name, purpose=purpose)

    return await carry_out(visit, "change", work, page, f"/admin/groups/{group}?done=changed")


async def dissolve(visit: Visit) -> Response:
    """End a group; its members keep all that is theirs."""
    store_id, group = visit.account.store_id, _group(visit)
    await visit.context.database.write(lambda connection: peers.dissolve(connection, store_id, group))
    return see_other("/admin/groups?done=dissolved")


async def members(visit: Visit) -> Response:
    """Add people by address, or take one out."""
    group, store_id = _group(visit), visit.account.store_id

    async def work(connection: AnyConnection) -> None:
        if visit.field("leave"):
            await peers.leave(connection, store_id, group, key(visit.field("leave")))
            return
        agents = people(visit.field("people"))
        if not agents:
            raise BadRequest("Write at least one email address.")
        await peers.join(connection, store_id, group, agents, visit.context.clock())

    outcome = "left" if visit.field("leave") else "added"
    return await carry_out(visit, "members", work, page, f"/admin/groups/{group}?done={outcome}")


async def of_learner(visit: Visit) -> Response:
    """Bring a learner into a peer group, or take them out of one or of a cohort."""
    learner, store_id = learners.learner_of(visit), visit.account.store_id

    async def work(connection: AnyConnection) -> None:
        who = await skills.person(connection, store_id, learner)
        if visit.field("leave"):
            await peers.leave(connection, store_id, number(visit.field("leave")), learner)
        elif visit.field("cohort"):
            await cohorts.leave(connection, store_id, number(visit.field("cohort")), learner)
        elif visit.field("group"):
            await peers.join(connection, store_id, number(visit.field("group")), [who.agent], visit.context.clock())
        else:
            raise BadRequest("Choose a peer group.")

    outcome = "joined" if visit.field("group") else "left"
    return await carry_out(visit, "group", work, learners.page, f"/admin/learners/{learner}?done={outcome}#groups")
