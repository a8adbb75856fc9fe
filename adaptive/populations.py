"""A store's constants of learning: guesses at first, then learnt each night from its own learners' first answers.

A version is a function of the record and of the versions of catalogue and shared parameters at the time, and never
changes; a decision keeps the number of the version it was made with. Version 0 is the guesses.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from adaptive import catalogue as catalogues
from adaptive import tracking
from adaptive.activities import offering
from adaptive.apart import apart
from adaptive.engine.priors import SKILL_VARIANCE, SLOW_VARIANCE
from adaptive.folding import agents_of
from adaptive.nightly import night_before
from adaptive.selection.cohort import Practice, learnt
from adaptive.selection.graph import Graph
from adaptive.selection.population import Gaussian, Population
from adaptive.versions import Follower
from lrs.database import Database
from lrs.errors import NotFound, Unavailable
from lrs.observers import AnyConnection
from lrs.queries import queries_beside

_QUERIES = queries_beside(__file__)
FIRST = Population(general=Gaussian(0.0, sqrt(SLOW_VARIANCE)), spread=sqrt(SKILL_VARIANCE))
LEAST_LEARNERS = 10
LEAST_ANSWERS = 10
MOST_LEARNERS = 200
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Version:
    """The constants of a store under their number."""

    number: int
    population: Population


@dataclass(frozen=True, slots=True)
class Task:
    """What a store's constants are learnt from: `histories` by learner, rows of skills as in `prerequisites`."""

    prerequisites: Sequence[Sequence[int]]
    cut: NDArray[np.float64]
    histories: Sequence[tuple[int, Sequence[Practice]]]


async def current(connection: AnyConnection, store_id: int) -> Version:
    """The version in force."""
    row = await _QUERIES.current(connection, store_id=store_id)
    return version_of(*(row or (None, None)))


async def at(connection: AnyConnection, store_id: int, number: int) -> Version:
    """An earlier version. Raises NotFound for a number the store never had."""
    if number == 0:
        return Version(0, FIRST)
    row = await _QUERIES.at(connection, store_id=store_id, version=number)
    if row is None:
        raise NotFound(f"There is no version {number} of the constants of learning.")
    return version_of(*row)


async def learn_due(database: Database, clock: Callable[[], datetime]) -> int:
    """Learn the constants of the stores that have had news since they last were, once a night; how many."""
    since = night_before(clock())
    async with database.read() as connection:
        found = _QUERIES.due_stores(connection, since=since, answers=LEAST_ANSWERS, learners=LEAST_LEARNERS)
        stores = [row["store_id"] async for row in found]
    done = 0
    for store_id in stores:
        try:
            version = await learn_store(database, store_id, clock())
        except Unavailable:
            raise
        except Exception:
            _log.exception("the constants of learning of store %d cannot be learnt", store_id)
            continue
        done += version is not None
        _log.info("store %d has version %s of its constants of learning", store_id, version)
    return done


async def learn_store(database: Database, store_id: int, now: datetime) -> int | None:
    """Learn a store's constants anew from its record and publish them; None where another process is at it."""
    async with database.lend() as connection:
        if not await _QUERIES.lock(connection, store_id=store_id):
            return None
        try:
            return await _learn_store(database, store_id, now)
        finally:
            await _QUERIES.unlock(connection, store_id=store_id)


async def _learn_store(database: Database, store_id: int, now: datetime) -> int | None:
    async with database.read() as connection:
        before = (await current(connection, store_id)).number
        task = await _task(connection, store_id)
    population = await apart(work, task, lambda _: None)

    async def keep(connection: AnyConnection) -> int | None:
        constants = asdict(population)
        number: int | None = await _QUERIES.keep(
            connection, store_id=store_id, version=before + 1, made=now, constants=constants
        )
        return number

    return await database.write(keep)


def work(task: Task, told: Callable[[str], None]) -> Population:
    """The constants that a task leads to; the same task, the same constants."""
    told("learning the constants of learning")
    histories = ((np.random.default_rng(learner % 2**64), practices) for learner, practices in task.histories)
    return learnt(FIRST, Graph(task.prerequisites), task.cut, histories)


async def _task(connection: AnyConnection, store_id: int) -> Task:
    """The last learners, those seen longest ago first, so that the newest count most."""
    catalogue = await catalogues.current(connection, store_id)
    held = await Follower().current(connection, store_id)
    candidates = (await offering(connection, store_id, catalogue, held)).candidates
    found = _QUERIES.learners(connection, store_id=store_id, answers=LEAST_ANSWERS, most=MOST_LEARNERS)
    learners = [row["learner_id"] async for row in found][::-1]
    agents = await agents_of(connection, store_id, learners)
    histories = []
    for learner in learners:
        rows = await tracking.first_answers(connection, store_id, agents[learner])
        histories.append((learner, tracking.practices(rows, candidates, held.parameters)))
    return Task(candidates.graph.prerequisites, candidates.cut, histories)


def version_of(number: int | None, constants: Mapping[str, Any] | None) -> Version:
    """A version from its row; the guesses where there is none."""
    if number is None or constants is None:
        return Version(0, FIRST)
    known = dict(constants)
    for name in ("general", "log_rate", "log_gate"):
        known[name] = Gaussian(**known[name])
    return Version(number, Population(**known))
