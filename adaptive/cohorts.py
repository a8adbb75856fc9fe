"""Cohorts, what trainers decide for them, and who × skill for reports. Stores; nothing here commits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal, TypeAlias

from adaptive.catalogue import Catalogue
from adaptive.folding import learner_of
from adaptive.levels import told
from adaptive.pieces import datetime_at, moment_of
from lrs.agents import agent_key
from lrs.errors import BadRequest, Conflict, Fault, NotFound
from lrs.observers import AnyConnection
from lrs.queries import queries_beside
from lrs.terms import term_id

_QUERIES = queries_beside(__file__)
Action: TypeAlias = Literal["pin", "ban", "lock", "assign"]
ACTIONS: tuple[Action, ...] = ("pin", "ban", "lock", "assign")


@dataclass(frozen=True, slots=True)
class Plan:
    """What a cohort works towards: a role's target levels, a path's activities (IRIs of the catalogue), by a day.

    `policy` is how its members are served: `learning` (None too) or `fixed`, the author's order, to compare with.
    """

    role: str | None = None
    path: str | None = None
    policy: str | None = None
    due: date | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """`name` is the newest known, else the agent's identifier."""

    learner_id: int
    agent: Mapping[str, Any]
    name: str
    joined: datetime


@dataclass(frozen=True, slots=True)
class Level:
    """One learner's level on one skill, in logits; `mastery` is P(level ≥ the skill's target)."""

    learner_id: int
    skill_id: int
    mean: float
    sd: float
    evidence: int
    last_evidence: datetime
    mastery: float


def levels_from(row: Mapping[str, Any]) -> list[Level]:
    """The levels of a row of `learners`, with its `learner_id` and `skills`."""
    learner = row["learner_id"]
    return [
        Level(learner, one.skill_id, one.mean, one.sd, one.answers, one.last_evidence, one.mastery)
        for one in told(row["skills"])
    ]


async def create(
    connection: AnyConnection, store_id: int, name: str, plan: Plan, catalogue: Catalogue, now: datetime
) -> int:
    """A new cohort's id. Conflict where the name is taken, BadRequest where role or path are unknown."""
    _check(plan, catalogue)
    if not name.strip():
        raise BadRequest("A cohort needs a name.", [Fault("name", "is empty")])
    found = await _QUERIES.create(
        connection,
        store_id=store_id,
        name=name.strip(),
        role=plan.role,
        path=plan.path,
        policy=plan.policy,
        due=plan.due,
        created=now,
    )
    if found is None:
        raise Conflict(f"There is a cohort named {name.strip()} already; choose another name.")
    return int(found)


async def change(connection: AnyConnection, store_id: int, cohort_id: int, plan: Plan, catalogue: Catalogue) -> None:
    """Replace a cohort's plan."""
    _check(plan, catalogue)
    found = await _QUERIES.change(
        connection,
        store_id=store_id,
        cohort_id=cohort_id,
        role=plan.role,
        path=plan.path,
        policy=plan.policy,
        due=plan.due,
    )
    _require(found, cohort_id)


async def remove(connection: AnyConnection, store_id: int, cohort_id: int) -> None:
    """Dissolve a cohort; its members keep all that is known of them."""
    _require(await _QUERIES.remove(connection, store_id=store_id, cohort_id=cohort_id), cohort_id)


async def of_store(connection: AnyConnection, store_id: int) -> list[Mapping[str, Any]]:
    """id, name, role, path, policy, due, created, members (count); by name."""
    return [dict(row) async for row in _QUERIES.of_store(connection, store_id=store_id)]


async def one(connection: AnyConnection, store_id: int, cohort_id: int) -> Mapping[str, Any]:
    """id, name, role, path, policy, due, created."""
    row = await _QUERIES.one(connection, store_id=store_id, cohort_id=cohort_id)
    _require(row, cohort_id)
    return dict(row)


async def join(
    connection: AnyConnection, store_id: int, cohort_id: int, agents: Sequence[Mapping[str, Any]], now: datetime
) -> None:
    """Make agents members; who is one already stays one."""
    await one(connection, store_id, cohort_id)
    for agent in agents:
        learner = await learner_of(connection, store_id, term_id(agent_key(agent)))
        await _QUERIES.join(
            connection, store_id=store_id, cohort_id=cohort_id, learner_id=learner, agent=dict(agent), joined=now
        )


async def leave(connection: AnyConnection, store_id: int, cohort_id: int, learner_id: int) -> None:
    found = await _QUERIES.leave(connection, store_id=store_id, cohort_id=cohort_id, learner_id=learner_id)
    if found is None:
        raise NotFound("This learner is no member of the cohort.")


async def members(connection: AnyConnection, store_id: int, cohort_id: int) -> list[Member]:
    """The members by name."""
    rows = _QUERIES.members(connection, store_id=store_id, cohort_id=cohort_id)
    found = [
        Member(row["learner_id"], row["agent"], display_name(row["agent"], row["names"]), row["joined"])
        async for row in rows
    ]
    return sorted(found, key=lambda member: member.name.casefold())


async def of_learner(connection: AnyConnection, store_id: int, learner_id: int) -> list[Mapping[str, Any]]:
    """id, name, role, path, policy, due, joined of a learner's cohorts."""
    rows = _QUERIES.of_learner(connection, store_id=store_id, learner_id=learner_id)
    return [dict(row) async for row in rows]


async def override(
    connection: AnyConnection,
    store_id: int,
    activity: str,
    action: str,
    *,
    author: str,
    now: datetime,
    cohort_id: int | None = None,
    learner_id: int | None = None,
    due: date | None = None,
    note: str = "",
) -> int:
    """Pin, ban, lock or assign an activity (IRI) for one cohort or one learner; the id to take it back with.

    The latest word holds: it replaces an earlier one on the same activity for the same cohort or learner.
    """
    if action not in ACTIONS:
        raise BadRequest(f"The action must be one of {', '.join(ACTIONS)}.", [Fault("action", "is none of these")])
    if (cohort_id is None) == (learner_id is None):
        raise BadRequest("Name one cohort or one learner.", [Fault("cohort", "either this or agent")])
    if cohort_id is not None:
        await one(connection, store_id, cohort_id)
    await _QUERIES.forget_word(
        connection, store_id=store_id, activity=activity, cohort_id=cohort_id, learner_id=learner_id
    )
    return int(
        await _QUERIES.add_override(
            connection,
            store_id=store_id,
            cohort_id=cohort_id,
            learner_id=learner_id,
            activity=activity,
            action=action,
            due=due,
            note=note,
            author=author,
            made=now,
        )
    )


async def remove_override(connection: AnyConnection, store_id: int, override_id: int) -> None:
    if await _QUERIES.remove_override(connection, store_id=store_id, id=override_id) is None:
        raise NotFound("There is no such override.")


async def overrides_of_store(connection: AnyConnection, store_id: int) -> list[Mapping[str, Any]]:
    """id, cohort_id, cohort, learner_id, activity, action, due, note, author, made; the newest first."""
    return [dict(row) async for row in _QUERIES.overrides_of_store(connection, store_id=store_id)]


async def overrides_of(
    connection: AnyConnection, store_id: int, learner_id: int | None, cohort_ids: Sequence[int]
) -> list[Mapping[str, Any]]:
    """id, cohort_id, cohort, activity, action, due, note, author, made of what concerns a learner and cohorts,
    the oldest first."""
    rows = _QUERIES.overrides_of(connection, store_id=store_id, learner_id=learner_id, cohort_ids=list(cohort_ids))
    return [dict(row) async for row in rows]


async def levels(connection: AnyConnection, store_id: int, cohort_id: int) -> list[Level]:
    """who × skill, of members with evidence. Fold what waits first where it must be the newest."""
    rows = _QUERIES.levels(connection, store_id=store_id, cohort_id=cohort_id)
    return [level async for row in rows for level in levels_from(row)]


async def levels_of_store(
    connection: AnyConnection, store_id: int, after: int = -(1 << 63), most: int = 200
) -> list[Level]:
    """who × skill of the next `most` learners after one, by learner id."""
    rows = _QUERIES.levels_of_store(connection, store_id=store_id, after=after, most=most)
    return [level async for row in rows for level in levels_from(row)]


async def learners_page(
    connection: AnyConnection, store_id: int, after: int = -(1 << 63), most: int = 200
) -> list[Mapping[str, Any]]:
    """learner_id, responses, updated, last_timestamp, agent, name of the next `most` learners, by learner id."""
    rows = _QUERIES.learners_page(connection, store_id=store_id, after=after, most=most)
    return [
        {
            "learner_id": row["learner_id"],
            "responses": row["responses"],
            "updated": row["updated"],
            "last_timestamp": None if row["last_place"] is None else datetime_at(moment_of(row["last_place"])),
            "agent": row["identity"] or {},
            "name": display_name(row["identity"] or {}, row["names"]),
        }
        async for row in rows
    ]


def display_name(agent: Mapping[str, Any], names: Sequence[str] | None = None) -> str:
    """What to call someone: the newest name, else the identifier."""
    if names:
        return names[-1]
    if agent.get("name"):
        return str(agent["name"])
    if "account" in agent:
        return str(agent["account"]["name"])
    return str(agent.get("mbox", agent.get("openid", agent.get("mbox_sha1sum", "")))).removeprefix("mailto:")


def _check(plan: Plan, catalogue: Catalogue) -> None:
    if plan.role is not None and plan.role not in catalogue.roles:
        raise BadRequest(f"The catalogue has no role {plan.role}.", [Fault("role", "is not in the catalogue")])
    if plan.path is not None and plan.path not in catalogue.paths:
        raise BadRequest(f"The catalogue has no path {plan.path}.", [Fault("path", "is not in the catalogue")])
    if plan.policy not in (None, "learning", "fixed"):
        raise BadRequest("The policy is learning or fixed.", [Fault("policy", "is learning or fixed")])


def _require(found: object, cohort_id: int) -> None:
    if found is None:
        raise NotFound(f"There is no cohort {cohort_id}.")
