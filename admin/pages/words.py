"""A trainer's word: pin, assign, ban or lock an activity, note a coaching talk, agree with a self-assessment."""

from starlette.responses import Response

from adaptive import coaching, wishes
from adaptive import cohorts as groups
from adaptive.coaching import Talk
from admin.pages import cohorts, learners
from admin.pages.forms import activity_named, carry_out, day, number, text
from admin.reports import skills
from lrs.errors import BadRequest
from lrs.observers import AnyConnection
from lrs.visits import Visit


async def to_cohort(visit: Visit) -> Response:
    """Decide about an activity for a cohort, or take a decision back."""
    cohort = cohorts.cohort_of(visit)

    async def work(connection: AnyConnection) -> None:
        await groups.one(connection, visit.account.store_id, cohort)
        await _decide(connection, visit, cohort=cohort)

    return await carry_out(visit, "word", work, cohorts.page, f"/admin/cohorts/{cohort}?done={_outcome(visit)}#next")


async def to_learner(visit: Visit) -> Response:
    """Decide about an activity for one learner, or take a decision back."""
    learner = learners.learner_of(visit)

    async def work(connection: AnyConnection) -> None:
        await skills.person(connection, visit.account.store_id, learner)
        await _decide(connection, visit, learner=learner)

    return await carry_out(visit, "word", work, learners.page, f"/admin/learners/{learner}?done={_outcome(visit)}#next")


def _outcome(visit: Visit) -> str:
    return "undone" if visit.field("undo") else "decided"


async def _decide(
    connection: AnyConnection, visit: Visit, *, cohort: int | None = None, learner: int | None = None
) -> None:
    store_id = visit.account.store_id
    if visit.field("undo"):
        await groups.remove_override(connection, store_id, number(visit.field("undo")))
        return
    if visit.field("action") not in groups.ACTIONS:
        raise BadRequest("Choose whether to pin, assign, ban or lock it.")
    await groups.override(
        connection,
        store_id,
        await activity_named(connection, store_id, visit.field("activity")),
        visit.field("action"),
        author=visit.account.name,
        now=visit.context.clock(),
        cohort_id=cohort,
        learner_id=learner,
        due=day(visit),
        note=text(visit, "note", 1000),
    )


async def talk(visit: Visit) -> Response:
    """Note a coaching talk and what was agreed."""
    learner, store_id = learners.learner_of(visit), visit.account.store_id

    async def work(connection: AnyConnection) -> None:
        await skills.person(connection, store_id, learner)
        wanted = visit.field("activity").strip()
        made = Talk(
            note=text(visit, "note", 5000, "Write what the talk came to."),
            next_step=text(visit, "next_step", 1000),
            activity=await activity_named(connection, store_id, wanted) if wanted else None,
            due=day(visit),
        )
        author, now = visit.account.name, visit.context.clock()
        await coaching.note_talk(connection, store_id, learner, made, author=author, now=now)

    return await carry_out(visit, "talk", work, learners.page, f"/admin/learners/{learner}?done=noted#talks")


async def agree(visit: Visit) -> Response:
    """Agree with a self-assessment as it is shown; one that the learner has changed meanwhile is shown anew."""
    learner, store_id = learners.learner_of(visit), visit.account.store_id

    async def work(connection: AnyConnection) -> None:
        await skills.person(connection, store_id, learner)
        try:
            level = float(visit.field("level"))
        except ValueError as error:
            raise BadRequest("The form is not as this page made it. Open the page again.") from error
        await wishes.validate_assessment(
            connection,
            store_id,
            learner,
            skill=visit.field("skill"),
            author=visit.account.name,
            now=visit.context.clock(),
            level=level,
        )

    return await carry_out(visit, "agree", work, learners.page, f"/admin/learners/{learner}?done=agreed#self")
