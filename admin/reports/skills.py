"""Reading reports from the database. Every function names the store, and nothing outside it can be seen."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from adaptive import cohorts
from adaptive.activities import described_ids
from adaptive.catalogue import Catalogue, current
from adaptive.cohorts import Level, display_name
from adaptive.folding import learner_of
from adaptive.progress import target_of
from admin.reports.heatmap import Column, Heatmap, heatmap, met_most
from lrs.agents import key_of
from lrs.errors import NotFound
from lrs.observers import AnyConnection
from lrs.queries import queries_beside
from lrs.terms import term_id

_QUERIES = queries_beside(__file__)
PAGE = 50


@dataclass(frozen=True, slots=True)
class Group:
    """Whose skills a report shows: (learner id, name) in order. `total` counts them on all pages; `cohort_id` is None
    for everyone in the store; `role` (IRI) has the targets of a cohort that works towards one."""

    name: str
    people: Sequence[tuple[int, str]]
    total: int
    levels: Sequence[Level]
    cohort_id: int | None = None
    role: str | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """A learner of a store: what they are called, their identity as text, and their agent."""

    learner_id: int
    name: str
    identity: str
    agent: Mapping[str, Any]


async def cohort(connection: AnyConnection, store_id: int, cohort_id: int) -> Group:
    """A cohort of this store; NotFound for any other."""
    found = await cohorts.one(connection, store_id, cohort_id)
    people = [(member.learner_id, member.name) for member in await cohorts.members(connection, store_id, cohort_id)]
    levels = await cohorts.levels(connection, store_id, cohort_id)
    return Group(found["name"], people, len(people), levels, cohort_id, found["role"])


async def everyone(connection: AnyConnection, store_id: int, page: int) -> Group:
    """A page of all learners of the store who have answered anything, the latest first."""
    rows = _QUERIES.latest_learners(connection, store_id=store_id, most=PAGE, skip=PAGE * (page - 1))
    people = [(row["learner_id"], display_name(row["identity"] or {}, row["names"])) async for row in rows]
    found = _QUERIES.levels(connection, store_id=store_id, learner_ids=[learner for learner, _ in people])
    levels = [level async for row in found for level in cohorts.levels_from(row)]
    return Group("Everyone", people, await count_learners(connection, store_id), levels)


async def count_learners(connection: AnyConnection, store_id: int) -> int:
    """How many learners have answered anything."""
    return int(await _QUERIES.count_learners(connection, store_id=store_id))


async def person(connection: AnyConnection, store_id: int, learner_id: int) -> Person:
    """Who a learner is. NotFound for anybody who is no learner of this store."""
    row = await _QUERIES.person(connection, store_id=store_id, learner_id=learner_id)
    if row is None:
        raise NotFound("This store knows no such learner.")
    agent = row["identity"] or {}
    name = display_name(agent, row["names"]) or f"learner {learner_id}"
    return Person(learner_id, name, key_of(agent) or "", agent)


async def learner(connection: AnyConnection, store_id: int, agent_id: int) -> int | None:
    """Whose page tells of an agent; None where the store knows no learner of it."""
    found = await learner_of(connection, store_id, agent_id)
    return None if await _QUERIES.person(connection, store_id=store_id, learner_id=found) is None else found


async def names(
    connection: AnyConnection, store_id: int, agent_ids: Iterable[int | None]
) -> dict[int | None, Sequence[str]]:
    """What statements have called these agents, the newest last."""
    ids = sorted({each for each in agent_ids if each is not None})
    return {row["id"]: row["names"] async for row in _QUERIES.names(connection, store_id=store_id, ids=ids)}


async def table(
    connection: AnyConnection, store_id: int, group: Group, *, first: int, most: int
) -> tuple[Heatmap, int]:
    """The heatmap of a group over `most` skills from the `first` on, and how many skills there are."""
    catalogue = await current(connection, store_id)
    ordered = skill_order(catalogue, group.levels)
    role = catalogue.roles.get(group.role or "")
    targets = {} if role is None else {term_id(skill): level for skill, level in role.targets.items()}
    shown = await _columns(connection, store_id, catalogue, ordered[first : first + most], targets)
    return heatmap(shown, group.people, group.levels), len(ordered)


async def _columns(
    connection: AnyConnection,
    store_id: int,
    catalogue: Catalogue,
    skill_ids: Iterable[int],
    targets: Mapping[int, float],
) -> list[Column]:
    """Skills with names (the catalogue's, else the statements', else their IRI) and targets (a role's first)."""
    ids = list(skill_ids)
    called = await described_ids(connection, store_id, [each for each in ids if each not in catalogue.skills])
    return [
        Column(
            each,
            catalogue.skill_name(each) or called.get(each, ("", f"skill {each}"))[1],
            targets.get(each, target_of(catalogue, each)),
        )
        for each in ids
    ]


def skill_order(catalogue: Catalogue, levels: Sequence[Level]) -> list[int]:
    """Every skill to show: the catalogue's in its order, those met before the rest; then those met only elsewhere.

    A catalogue that nobody here has met stays out where other skills were met.
    """
    met = met_most(levels)
    mine = {each for each in met if each in catalogue.skills}
    own = sorted(catalogue.skills, key=lambda each: each not in mine) if mine or not met else []
    return [*own, *(each for each in met if each not in catalogue.skills)]
