"""What trainers do over HTTP: cohorts, members, and their word on activities."""

from dataclasses import asdict
from datetime import date
from typing import Annotated, Any

from pydantic import Field
from starlette.responses import Response

from adaptive import catalogue as catalogues
from adaptive import coaching, cohorts, known, wishes
from adaptive.activities import described_ids
from adaptive.api.calls import Body, Call, answer, done, plain
from adaptive.coaching import Talk
from adaptive.cohorts import Plan
from adaptive.comparison import compare
from adaptive.folding import learner_of
from adaptive.subjects import agent_id_of, checked_agent
from lrs.observers import AnyConnection


class PlanBody(Body):
    role: str | None = None
    path: str | None = None
    policy: str | None = None
    due: date | None = None

    def plan(self) -> Plan:
        return Plan(self.role, self.path, self.policy, self.due)


class CohortBody(PlanBody):
    name: Annotated[str, Field(min_length=1, max_length=200)]


class MembersBody(Body):
    agents: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=1000)]


class OverrideBody(Body):
    activity: Annotated[str, Field(min_length=1, max_length=2000)]
    action: str
    cohort: Annotated[int | None, Field(ge=1, lt=2**63)] = None
    agent: dict[str, Any] | None = None
    due: date | None = None
    note: Annotated[str, Field(max_length=1000)] = ""


class TalkBody(Body):
    note: Annotated[str, Field(min_length=1, max_length=5000)]
    next_step: Annotated[str, Field(max_length=1000)] = ""
    activity: Annotated[str | None, Field(min_length=1, max_length=2000)] = None
    due: date | None = None


class ValidationBody(Body):
    skill: str
    level: Annotated[float | None, Field(allow_inf_nan=False)] = None


async def cohort_list(call: Call) -> Response:
    async with call.context.database.read() as connection:
        return answer([plain(row) for row in await cohorts.of_store(connection, call.store_id)])


async def create_cohort(call: Call) -> Response:
    body = await call.body(CohortBody)

    async def work(connection: AnyConnection) -> int:
        catalogue = await catalogues.current(connection, call.store_id)
        return await cohorts.create(connection, call.store_id, body.name, body.plan(), catalogue, call.now)

    return answer({"id": await call.context.database.write(work)}, 201)


async def change_cohort(call: Call) -> Response:
    body = await call.body(PlanBody)

    async def work(connection: AnyConnection) -> None:
        catalogue = await catalogues.current(connection, call.store_id)
        await cohorts.change(connection, call.store_id, _cohort(call), body.plan(), catalogue)

    await call.context.database.write(work)
    return done()


async def remove_cohort(call: Call) -> Response:
    await call.context.database.write(lambda c: cohorts.remove(c, call.store_id, _cohort(call)))
    return done()


async def members(call: Call) -> Response:
    async with call.context.database.read() as connection:
        await cohorts.one(connection, call.store_id, _cohort(call))
        found = await cohorts.members(connection, call.store_id, _cohort(call))
    return answer([plain({name: value for name, value in asdict(m).items() if name != "learner_id"}) for m in found])


async def add_members(call: Call) -> Response:
    body = await call.body(MembersBody)
    agents = [checked_agent(agent, f"agents[{n}]") for n, agent in enumerate(body.agents)]
    await call.context.database.write(lambda c: cohorts.join(c, call.store_id, _cohort(call), agents, call.now))
    return done()


async def remove_member(call: Call) -> Response:
    agent_id = agent_id_of(call.agent())

    async def work(connection: AnyConnection) -> None:
        learner = await learner_of(connection, call.store_id, agent_id)
        await cohorts.leave(connection, call.store_id, _cohort(call), learner)

    await call.context.database.write(work)
    return done()


async def levels(call: Call) -> Response:
    """who × skill as of the last fold; members without evidence are in it with no levels."""
    async with call.context.database.read() as connection:
        await cohorts.one(connection, call.store_id, _cohort(call))
        people = await cohorts.members(connection, call.store_id, _cohort(call))
        found = await cohorts.levels(connection, call.store_id, _cohort(call))
        catalogue = await catalogues.current(connection, call.store_id)
        skills = {level.skill_id for level in found}
        names = await described_ids(connection, call.store_id, skills)
    names |= {s.id: (s.entry.id, s.entry.name) for s in catalogue.skills.values() if s.id in skills}
    rows: dict[int, list[Any]] = {person.learner_id: [] for person in people}
    for level in found:
        iri, name = names.get(level.skill_id, ("", ""))
        shown = {"skill": iri, "name": name, "level": level.mean, "sd": level.sd, "evidence": level.evidence}
        shown |= plain({"last_evidence": level.last_evidence, "mastery_probability": level.mastery})
        rows[level.learner_id].append(shown)
    return answer([{"agent": p.agent, "name": p.name, "levels": rows[p.learner_id]} for p in people])


async def comparison(call: Call) -> Response:
    """A cohort beside the one that `with` names."""
    other = call.number("with", 0, 1, 999_999_999)
    async with call.context.database.read() as connection:
        return answer(await compare(connection, call.store_id, _cohort(call), other))


async def note_talk(call: Call) -> Response:
    """Keep a coaching talk with a learner; its activity is assigned."""
    agent_id, body = agent_id_of(call.agent()), await call.body(TalkBody)
    talk = Talk(body.note, body.next_step, body.activity, body.due)

    async def work(connection: AnyConnection) -> int:
        if body.activity is not None:
            await known.activity(connection, call.store_id, body.activity)
        learner = await learner_of(connection, call.store_id, agent_id)
        return await coaching.note_talk(
            connection, call.store_id, learner, talk, author=call.credential.name, now=call.now
        )

    return answer({"id": await call.context.database.write(work)}, 201)


async def validate_assessment(call: Call) -> Response:
    """Agree with what a learner thinks of a skill."""
    agent_id, body = agent_id_of(call.agent()), await call.body(ValidationBody)

    async def work(connection: AnyConnection) -> None:
        learner = await learner_of(connection, call.store_id, agent_id)
        await wishes.validate_assessment(
            connection,
            call.store_id,
            learner,
            skill=body.skill,
            author=call.credential.name,
            now=call.now,
            level=body.level,
        )

    await call.context.database.write(work)
    return done()


async def override_list(call: Call) -> Response:
    async with call.context.database.read() as connection:
        return answer([plain(row) for row in await cohorts.overrides_of_store(connection, call.store_id)])


async def add_override(call: Call) -> Response:
    body = await call.body(OverrideBody)
    agent = None if body.agent is None else checked_agent(body.agent)

    async def work(connection: AnyConnection) -> int:
        await known.activity(connection, call.store_id, body.activity)
        learner = None if agent is None else await learner_of(connection, call.store_id, agent_id_of(agent))
        return await cohorts.override(
            connection,
            call.store_id,
            body.activity,
            body.action,
            author=call.credential.name,
            now=call.now,
            cohort_id=body.cohort,
            learner_id=learner,
            due=body.due,
            note=body.note,
        )

    return answer({"id": await call.context.database.write(work)}, 201)


async def remove_override(call: Call) -> Response:
    await call.context.database.write(lambda c: cohorts.remove_override(c, call.store_id, call.id("override")))
    return done()


def _cohort(call: Call) -> int:
    return call.id("cohort")
