"""What practising each skill is worth to a learner: a belief that knows how practice teaches, led on answer by answer.

The record is the truth: a belief is rebuilt from the learner's last answers whenever a process does not remember it, or
remembers another past than the record's. The same answers and item parameters lead to the same belief.
"""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from adaptive.engine import Parameters
from adaptive.selection.catalogue import Catalogue
from adaptive.selection.cohort import Practice
from adaptive.selection.learner import Learner
from adaptive.selection.mastery import THRESHOLD, probability
from adaptive.selection.population import Population
from adaptive.selection.scope import Scoped, scope
from adaptive.standing import Standing
from lrs.observers import AnyConnection
from lrs.queries import queries_beside

_QUERIES = queries_beside(__file__)
WINDOW = 150
REMEMBERED = 32

Row = Mapping[str, Any]
FoldKey: TypeAlias = tuple[datetime, datetime, int, UUID]


@dataclass(slots=True)
class _Tracked:
    """A belief after `answers` of the learner's counted responses, the last at `last`."""

    belief: Scoped
    candidates: tuple[Any, ...]
    cut: NDArray[np.float64]
    population: Population
    last: FoldKey | None
    answers: int


_tracked: OrderedDict[tuple[int, int], _Tracked] = OrderedDict()


async def worth(
    connection: AnyConnection,
    store_id: int,
    who: Standing,
    candidates: Catalogue,
    parameters: Parameters,
    population: Population,
) -> dict[int, float]:
    """Skill id → skills gained per step of practice. Empty for a learner without answers: Gaussian levels decide."""
    learner_id, learner, agents = who.learner_id, who.learner, who.agents
    answers = who.progress.state.responses
    if not answers:
        return {}
    key, cut = (store_id, learner_id), _cuts(candidates, learner)
    known = _tracked.get(key)
    if known is not None and _same(known, candidates, cut, population):
        after = known.last
        rows = await _answers(connection, store_id, agents, after)
        more = practices(rows, candidates, parameters)
        met = {skill for practice in more for skill in practice.skills}
        if known.last == after and known.answers + len(rows) == answers and known.belief.covers(met):
            return _led_on(key, known, rows, more, candidates)
    rows = await _answers(connection, store_id, agents, None)
    every = practices(rows, candidates, parameters)
    belief = _begun(learner_id, learner, candidates, cut, every, population)
    fresh = _Tracked(belief, candidates.skills, cut, population, None, answers - len(rows))
    return _led_on(key, fresh, rows, every, candidates)


async def first_answers(connection: AnyConnection, store_id: int, agents: Sequence[int]) -> list[Row]:
    """How a learner began: the first WINDOW counted answers."""
    found = _QUERIES.first_answers(connection, store_id=store_id, agent_ids=agents, most=WINDOW)
    return [row async for row in found]


def practices(rows: Sequence[Row], candidates: Catalogue, parameters: Parameters) -> list[Practice]:
    """Answers on record as a belief takes them; skills that are not in the catalogue are left out."""
    return [_practice(row, candidates, parameters) for row in rows]


def _practice(row: Row, candidates: Catalogue, parameters: Parameters) -> Practice:
    skills = tuple(row["folded_skill_ids"])
    slope, easiness = parameters.discrimination(row["item_id"], skills), parameters.easiness(row["item_id"], skills)
    known = [candidates.skill_row[skill] for skill in skills if skill in candidates.skill_row]
    return Practice(known, slope, -easiness / slope, row["guessing"], row["score"], row["weight"])


def _same(known: _Tracked, candidates: Catalogue, cut: NDArray[np.float64], population: Population) -> bool:
    """Whether what is remembered was begun with the same skills, cuts and constants."""
    return known.candidates == candidates.skills and known.population == population and (known.cut == cut).all()


def forget() -> None:
    """Forgets every belief held in memory; the record has all that is needed to hold them again."""
    _tracked.clear()


async def _answers(connection: AnyConnection, store_id: int, agents: Sequence[int], after: FoldKey | None) -> list[Row]:
    timestamp, stored, position, statement_id = after or (None, None, None, None)
    rows = [
        row
        async for row in _QUERIES.answers(
            connection,
            store_id=store_id,
            agent_ids=agents,
            timestamp=timestamp,
            stored=stored,
            position=position,
            statement_id=statement_id,
            most=WINDOW,
        )
    ]
    return rows[::-1]


def _cuts(candidates: Catalogue, learner: Learner) -> NDArray[np.float64]:
    cut = candidates.cut.copy()
    for skill, target in learner.targets.items():
        if (row := candidates.skill_row.get(skill)) is not None:
            cut[row] = target.level
    return cut


def _begun(
    learner_id: int,
    learner: Learner,
    candidates: Catalogue,
    cut: NDArray[np.float64],
    every: Sequence[Practice],
    population: Population,
) -> Scoped:
    """The belief before the window's answers: what was practised only earlier stands where the engine says."""
    graph, row_of = candidates.graph, candidates.skill_row
    recent = dict.fromkeys(skill for practice in reversed(every) for skill in practice.skills)
    earlier = {
        row_of[skill]: level
        for skill, level in learner.levels.items()
        if level.evidence and skill in row_of and row_of[skill] not in recent
    }
    done = {row for row, level in earlier.items() if probability(level.mean, level.sd, cut[row]) >= THRESHOLD}
    wanted = [row_of[skill] for skill in learner.targets if skill in row_of]
    rng = np.random.default_rng(learner_id % 2**64)
    belief = Scoped(graph, scope(graph, recent, wanted, done), population, cut, rng)
    for row, level in earlier.items():
        belief.place(row, level.mean, level.sd)
    return belief


def _led_on(
    key: tuple[int, int], tracked: _Tracked, rows: Sequence[Row], more: Sequence[Practice], candidates: Catalogue
) -> dict[int, float]:
    for row, practice in zip(rows, more, strict=True):
        tracked.belief.observe(*practice)
        tracked.last = row["timestamp"], row["stored"], row["position"], row["statement_id"]
    tracked.answers += len(rows)
    _tracked[key] = tracked
    _tracked.move_to_end(key)
    while len(_tracked) > REMEMBERED:
        _tracked.popitem(last=False)
    return dict(zip(candidates.skill_row, tracked.belief.worth().tolist(), strict=True))
