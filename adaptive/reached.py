"""Statements of the skills that a learner has mastered for the first time, put on their way into the record."""

from collections.abc import Set
from datetime import UTC, datetime

from adaptive import outbox
from adaptive.actions import Thing, level_reached
from adaptive.catalogue import Catalogue
from adaptive.engine import skill_level
from adaptive.progress import Progress
from lrs.observers import AnyConnection
from lrs.queries import queries_beside

_QUERIES = queries_beside(__file__)


async def tell(
    connection: AnyConnection,
    store_id: int,
    learner_id: int,
    progress: Progress,
    before: Set[int],
    catalogue: Catalogue,
) -> None:
    """One statement for each published skill mastered that was not `before`; none of whom no statement has named."""
    skills = [catalogue.skills[i] for i in progress.mastered - before if i in catalogue.skills]
    if not skills:
        return
    agent = await _QUERIES.identity(connection, store_id=store_id, learner_id=learner_id)
    for skill in skills if agent is not None else ():
        level, _ = skill_level(progress.state, skill.id)
        moment = datetime.fromtimestamp(progress.state.skills[skill.id].time or 0.0, UTC)
        thing = Thing(skill.entry.id, skill.entry.name)
        told = level_reached(agent, thing, level=level, target=skill.target, now=moment)
        await outbox.put(connection, store_id, told)
