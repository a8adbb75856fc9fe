"""The learner's own will on a page: goals, time and formats, and where they think they stand."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.responses import Response

from adaptive import profiles, wishes
from adaptive.api.will import AssessmentBody, GoalBody, PreferencesBody, keep_assessment, keep_goal
from adaptive.catalogue import FORMATS
from adaptive.folding import learner_of
from adaptive.wishes import Preferences
from lrs.errors import BadRequest, NotFound
from lrs.observers import AnyConnection
from lrs.visits import Visit, see_other

Form = TypeVar("Form", bound=BaseModel)
SAVED = {
    "goal": "Your goal is set. The next offers aim at it.",
    "drop": "The goal is given up.",
    "preferences": "Saved. The next offers go by it.",
    "assess": "Noted beside your estimate, which it does not change. The next offers bring a question on it.",
}
ASKED = {
    "skill": "choose a skill",
    "level": "the level is a number from −10 to 10",
    "due": "the day is a date such as 2027-01-31",
    "weekly_minutes": "the minutes a week are a whole number from 1 to 10,080",
    "language": "the language is a code such as en or de-CH",
    "formats": "choose among the formats",
}


async def show(visit: Visit) -> Response:
    """The learner's wishes as they stand."""
    return await _page(visit)


async def change(visit: Visit) -> Response:
    """Set or give up a goal, replace the preferences, or rate oneself; what cannot be is said on the same page."""
    wish = visit.field("wish")
    if wish not in _WORK:
        raise BadRequest("The form is not as this page made it. Open the page again.")
    account = visit.account

    async def work(connection: AnyConnection) -> None:
        learner = await learner_of(connection, account.store_id, account.learner_id)
        await _WORK[wish](connection, visit, learner)

    try:
        await visit.context.database.write(work)
    except (BadRequest, NotFound) as error:
        return await _page(visit, message=error.message, wish=wish)
    return see_other(f"/learn/wishes?saved={wish}")


async def _page(visit: Visit, message: str = "", wish: str = "") -> Response:
    now, account = visit.context.clock(), visit.account

    async def work(connection: AnyConnection) -> Mapping[str, Any]:
        profile = await profiles.profile(connection, account.store_id, account.agent, now=now)
        goals = await wishes.goals(connection, account.store_id, profile.learner_id)
        wanted = await wishes.preferences(connection, account.store_id, profile.learner_id)
        return {"skills": profile.skills, "goals": goals, "wanted": wanted}

    found = await visit.context.database.write(work)
    return visit.page(
        "wishes.html",
        status=400 if message else 200,
        **{**found, **({"wanted": _preferred(visit)} if wish == "preferences" else {})},
        names={skill.id: skill.name for skill in found["skills"]},
        rated=[skill for skill in found["skills"] if skill.self_assessment is not None],
        formats=FORMATS,
        today=now.date().isoformat(),
        given={name: visit.field(name) for name in ("skill", "level", "due")} if wish else {},
        wish=wish,
        message=message,
        saved=SAVED.get(visit.request.query_params.get("saved", ""), ""),
    )


async def _set_goal(connection: AnyConnection, visit: Visit, learner: int) -> None:
    body = _read(GoalBody, {**_fields(visit, "skill", "level"), "due": visit.field("due") or None})
    await keep_goal(connection, visit.account.store_id, learner, visit.account.agent, body, visit.context.clock())


async def _drop_goal(connection: AnyConnection, visit: Visit, learner: int) -> None:
    await wishes.drop_goal(connection, visit.account.store_id, learner, visit.field("skill"))


async def _prefer(connection: AnyConnection, visit: Visit, learner: int) -> None:
    body = _read(PreferencesBody, _preferred(visit))
    wanted = Preferences(**{**body.model_dump(), "formats": tuple(dict.fromkeys(body.formats))})
    await wishes.set_preferences(connection, visit.account.store_id, learner, wanted, visit.context.clock())


def _preferred(visit: Visit) -> dict[str, Any]:
    """The preferences of a form, as they were typed."""
    minutes = visit.field("weekly_minutes").strip()
    return {
        "formats": [str(name) for name in visit.form.getlist("formats")],
        "only_formats": bool(visit.field("only_formats")),
        "language": visit.field("language").strip() or None,
        "weekly_minutes": int(minutes) if minutes.isascii() and minutes.isdigit() else minutes or None,
        "adaptive": bool(visit.field("adaptive")),
    }


async def _assess(connection: AnyConnection, visit: Visit, learner: int) -> None:
    body = _read(AssessmentBody, _fields(visit, "skill", "level"))
    await keep_assessment(connection, visit.account.store_id, learner, body, visit.context.clock())


_WORK: Mapping[str, Callable[[AnyConnection, Visit, int], Awaitable[None]]] = {
    "goal": _set_goal,
    "drop": _drop_goal,
    "preferences": _prefer,
    "assess": _assess,
}


def _fields(visit: Visit, *names: str) -> dict[str, str]:
    return {name: visit.field(name).strip() for name in names}


def _read(form: type[Form], given: Mapping[str, Any]) -> Form:
    """The form by the rules of the API's body, but of text, as forms are; BadRequest says what a field has to be."""
    try:
        return form.model_validate(given, strict=False)
    except ValidationError as error:
        field = str(error.errors()[0]["loc"][0])
        raise BadRequest(f"This cannot be saved: {ASKED.get(field, field)}.") from error
