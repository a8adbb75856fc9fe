"""The learner's own will over HTTP: goals, preferences, self-assessments, and answers to offers."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated, Any, TypeVar
from uuid import UUID

from pydantic import AwareDatetime, Field
from starlette.responses import Response

from adaptive import actions, coaching, decisions, known, outbox, wishes
from adaptive.api.calls import Body, Call, answer, done, plain
from adaptive.folding import learner_of
from adaptive.subjects import agent_id_of
from adaptive.wishes import Preferences
from lrs.observers import AnyConnection

Result = TypeVar("Result")
Level = Annotated[float, Field(ge=-10, le=10, allow_inf_nan=False)]


class GoalBody(Body):
    skill: str
    level: Level
    due: date | None = None


class PreferencesBody(Body):
    formats: Annotated[list[str], Field(default_factory=list)]
    only_formats: bool = False
    language: Annotated[str | None, Field(pattern=r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$")] = None
    weekly_minutes: Annotated[int | None, Field(gt=0, le=10_080)] = None
    adaptive: bool = True


class AssessmentBody(Body):
    skill: str
    level: Level


class FeedbackBody(Body):
    activity: str
    answer: str
    decision: UUID | None = None
    until: AwareDatetime | None = None
    comment: Annotated[str, Field(max_length=5000)] = ""


async def goals(call: Call) -> Response:
    found = await _about(call, lambda connection, learner: wishes.goals(connection, call.store_id, learner))
    return answer([plain(asdict(goal)) for goal in found])


async def set_goal(call: Call) -> Response:
    body = await call.body(GoalBody)

    async def work(connection: AnyConnection, learner: int) -> None:
        await keep_goal(connection, call.store_id, learner, call.agent(), body, call.now)

    await _about(call, work)
    return done()


async def keep_goal(
    connection: AnyConnection, store_id: int, learner: int, agent: Mapping[str, Any], body: GoalBody, now: datetime
) -> None:
    """Set a goal for a skill that is known here, and tell the record of it."""
    skill = await known.skill(connection, store_id, body.skill)
    await wishes.set_goal(connection, store_id, learner, skill=body.skill, level=body.level, due=body.due, now=now)
    await outbox.put(connection, store_id, actions.goal_set(agent, skill, level=body.level, due=body.due, now=now))


async def drop_goal(call: Call) -> Response:
    skill = call.text("skill")
    await _about(call, lambda connection, learner: wishes.drop_goal(connection, call.store_id, learner, skill))
    return done()


async def preferences(call: Call) -> Response:
    found = await _about(call, lambda connection, learner: wishes.preferences(connection, call.store_id, learner))
    return answer(asdict(found))


async def set_preferences(call: Call) -> Response:
    body = await call.body(PreferencesBody)
    given = Preferences(**{**body.model_dump(), "formats": tuple(dict.fromkeys(body.formats))})
    await _about(call, lambda c, learner: wishes.set_preferences(c, call.store_id, learner, given, call.now))
    return done()


async def self_assessments(call: Call) -> Response:
    found = await _about(call, lambda c, learner: wishes.self_assessments(c, call.store_id, learner))
    return answer([plain(row) for row in found])


async def assess(call: Call) -> Response:
    body = await call.body(AssessmentBody)

    async def work(connection: AnyConnection, learner: int) -> None:
        await keep_assessment(connection, call.store_id, learner, body, call.now)

    await _about(call, work)
    return done()


async def keep_assessment(
    connection: AnyConnection, store_id: int, learner: int, body: AssessmentBody, now: datetime
) -> None:
    """Keep a self-assessment of a skill that is known here."""
    await known.skill(connection, store_id, body.skill)
    await wishes.assess(connection, store_id, learner, skill=body.skill, level=body.level, now=now)


async def talks(call: Call) -> Response:
    found = await _about(call, lambda connection, learner: coaching.talks(connection, call.store_id, learner))
    return answer([plain(row) for row in found])


async def feedback(call: Call) -> Response:
    found = await _about(call, lambda connection, learner: wishes.feedback_of(connection, call.store_id, learner))
    return answer([plain(row) for row in found])


async def give_feedback(call: Call) -> Response:
    body = await call.body(FeedbackBody)

    async def work(connection: AnyConnection, learner: int) -> None:
        activity, now = await known.activity(connection, call.store_id, body.activity), call.now
        if body.decision is not None:
            await decisions.require_for(connection, call.store_id, body.decision, learner)
        await wishes.add_feedback(
            connection,
            call.store_id,
            learner,
            activity=body.activity,
            answer=body.answer,
            now=now,
            decision=body.decision,
            until=body.until,
            comment=body.comment,
        )
        told = actions.offer_answered(
            call.agent(), activity, body.answer, now=now, decision=body.decision, until=body.until
        )
        if told is not None:
            await outbox.put(connection, call.store_id, told)

    await _about(call, work)
    return done()


async def _about(call: Call, work: Callable[[AnyConnection, int], Awaitable[Result]]) -> Result:
    """Do something about the learner that the query names, in one transaction."""
    agent_id = agent_id_of(call.agent())

    async def transaction(connection: AnyConnection) -> Result:
        return await work(connection, await learner_of(connection, call.store_id, agent_id))

    return await call.context.database.write(transaction)
