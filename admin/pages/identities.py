"""Operators make two agents one person, and part them again."""

from starlette.responses import Response

from adaptive import identities
from adaptive.subjects import agent_id_of
from admin.pages import learners
from admin.pages.forms import carry_out, key, people
from admin.reports import skills
from lrs.errors import BadRequest
from lrs.observers import AnyConnection
from lrs.visits import Visit


async def change(visit: Visit) -> Response:
    """Merge another agent into a learner, or part one from them."""
    learner, store_id = learners.learner_of(visit), visit.account.store_id

    async def work(connection: AnyConnection) -> None:
        await skills.person(connection, store_id, learner)
        if visit.field("part"):
            await identities.separate(connection, store_id, key(visit.field("part")))
            return
        agents = people(visit.field("people"))
        if len(agents) != 1:
            raise BadRequest("Write one email address, or one account as home page|name.")
        await identities.merge(connection, store_id, agent_id_of(agents[0]), learner, agents[0])

    outcome = "parted" if visit.field("part") else "merged"
    return await carry_out(visit, "same", work, learners.page, f"/admin/learners/{learner}?done={outcome}#same")
