"""How sure learners were of their answers, beside how these went. Stores; nothing here commits.

Whoever is sure and wrong does not know of it, and whoever is right without being sure does not rely on it: the two are
what makes confidence worth asking for. It never changes an estimate.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from adaptive.selection.learner import Confident
from lrs.observers import AnyConnection
from lrs.queries import queries_beside

_QUERIES = queries_beside(__file__)
SURE = 0.5
"""From here on an answer was given surely: the learner thought it likelier right than wrong."""
LATEST = 50


@dataclass(frozen=True, slots=True)
class Quadrants:
    """How many answers on a skill were given surely or not, and were right or not (score from 0.5 on)."""

    sure_right: int
    sure_wrong: int
    unsure_right: int
    unsure_wrong: int


def newest(answers: Iterable[tuple[Sequence[int], float | None, float]]) -> dict[int, Confident]:
    """By skill, the newest of the last LATEST answers (skill_ids, confidence, score), the newest first, where it said
    how sure it was."""
    newest: dict[int, Confident | None] = {}
    for skills, sure, score in answers:
        said = None if sure is None else Confident(round(float(sure), 4), sure >= SURE, score >= 0.5)
        for skill in skills:
            newest.setdefault(skill, said)
    return {skill: said for skill, said in newest.items() if said is not None}


async def quadrants(connection: AnyConnection, store_id: int, agent_ids: Sequence[int]) -> dict[int, Quadrants]:
    """By skill, of all answers that said how sure they were."""
    query = _QUERIES.quadrants(connection, store_id=store_id, agent_ids=list(agent_ids), sure=SURE)
    return {row[0]: Quadrants(*row[1:]) async for row in query}
