"""The learner's own pages: what next, their skills, and the record these rest on. They see only themselves."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

from starlette.responses import Response

from adaptive import outbox, profiles, wishes
from adaptive.actions import Thing, offer_answered
from adaptive.folding import learner_of
from adaptive.playing import address
from adaptive.profiles import HistoryEntry, Place, Profile
from adaptive.recommendations import NOTHING_KNOWN, Ask, recommend
from lrs.errors import BadRequest
from lrs.observers import AnyConnection
from lrs.visits import Visit, see_other
from tutor.people import Together, together
from tutor.player import opened

CHOICES = 3
PAGE = 50
NOTHING_YET = (
    "There is nothing to choose from yet. Your first choices appear here as soon as there is a course for you."
)
ANSWERS = ("accepted", "postponed", "refused", "known")


async def show(visit: Visit) -> Response:
    """What next: a few choices with their reasons, and the skills they come from."""
    now, account = visit.context.clock(), visit.account

    async def work(connection: AnyConnection) -> tuple[dict[str, Any], Profile, Together]:
        ask = Ask(account.agent, CHOICES)
        offered = await recommend(connection, account.store_id, ask, now=now, decision_id=uuid4())
        for offer in offered["recommendations"]:
            thing = Thing(offer["activity"]["id"], offer["activity"]["name"])
            await _tell(connection, visit, thing, "shown", UUID(offered["decision"]))
        profile = await profiles.profile(connection, account.store_id, account.agent, now=now)
        others = await together(connection, account.store_id, profile.learner_id, profile.skills)
        return offered, profile, others

    offered, profile, others = await visit.context.database.write(work)
    choices = offered["recommendations"]
    return visit.page(
        "portal.html",
        choices=choices,
        decision=offered["decision"],
        notice=offered.get("message") if choices else None,
        nothing=NOTHING_YET if offered.get("message") in (None, NOTHING_KNOWN) else offered["message"],
        together=others,
        skills=[skill for skill in profile.skills if skill.evidence],
        every=len(profile.skills),
        caption=caption(profile),
    )


def caption(profile: Profile) -> str:
    """What a table of skills is about."""
    met = sum(skill.evidence > 0 for skill in profile.skills)
    return f"{met} of {len(profile.skills)} skills met so far."


async def skills(visit: Visit) -> Response:
    """All skills with level, interval and evidence."""
    now, account = visit.context.clock(), visit.account
    profile = await visit.context.database.write(
        lambda connection: profiles.profile(connection, account.store_id, account.agent, now=now)
    )
    return visit.page("skills.html", skills=profile.skills, caption=caption(profile))


async def record(visit: Visit) -> Response:
    """What the learner did, the newest first."""
    account = visit.account
    async with visit.context.database.read() as connection:
        learner_id = await learner_of(connection, account.store_id, account.learner_id)
        rows = await profiles.history(connection, account.store_id, learner_id, after=reached(visit), most=PAGE)
    return visit.page("record.html", rows=rows, more=further(rows, PAGE))


def reached(visit: Visit) -> Place | None:
    """The entry after which a page of history begins, of its address; BadRequest where that is no moment."""
    given = visit.request.query_params
    try:
        moment = datetime.fromisoformat(given["before"]) if "before" in given else None
        if moment is None:
            return None
        if moment.tzinfo is None:
            raise ValueError
        return moment, UUID(given.get("statement") or "f" * 32)
    except ValueError as error:
        raise BadRequest("before is a moment such as 2026-03-01T09:00:00+00:00, statement an id.") from error


def further(rows: Sequence[HistoryEntry], most: int) -> str | None:
    """The query of the next page of a history, where there may be one."""
    if len(rows) < most:
        return None
    return urlencode({"before": rows[-1].timestamp.isoformat(), "statement": rows[-1].statement_id})


async def feedback(visit: Visit) -> Response:
    """Take up an offer, put it off, refuse it, or say that its subject is known; the next offers obey."""
    answer, account, activity = visit.field("answer"), visit.account, visit.field("activity")
    if answer not in ANSWERS:
        raise BadRequest("An offer can be taken up, put off, refused, or called known.")
    try:
        decision = UUID(visit.field("decision"))
    except ValueError as error:
        raise BadRequest("The form is not as this page made it. Open the page again.") from error
    now = await opened(visit, activity)

    async def work(connection: AnyConnection) -> None:
        learner_id = await learner_of(connection, account.store_id, account.learner_id)
        await wishes.add_feedback(
            connection,
            account.store_id,
            learner_id,
            activity=activity,
            answer=answer,
            now=visit.context.clock(),
            decision=decision,
        )
        await _tell(connection, visit, Thing(activity, now.activity.entry.name), answer, decision)

    await visit.context.database.write(work)
    return see_other(address(activity) if answer == "accepted" else "/learn/")


async def _tell(connection: AnyConnection, visit: Visit, activity: Thing, answer: str, decision: UUID) -> None:
    """Let the record know of an offer shown or answered."""
    told = offer_answered(visit.account.agent, activity, answer, now=visit.context.clock(), decision=decision)
    if told is not None:
        await outbox.put(connection, visit.account.store_id, told)
