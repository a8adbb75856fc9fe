"""What practising each skill is worth to a learner: a belief that knows how practice teaches, led on answer by answer.

The record is the truth: a belief is rebuilt from the learner's last answers whenever a process does not remember it, or
remembers another past than the record's. The same answers and item parameters lead to the same belief.
"""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from typing import Any

import aiosql
import numpy as np
from numpy.typing import NDArray

from adaptive.engine import Parameters
from adaptive.engine.priors import SKILL_VARIANCE, SLOW_VARIANCE
from adaptive.progress import FoldKey, place
from adaptive.selection.belief import Belief, Graph
from adaptive.selection.catalogue import Catalogue
from adaptive.selection.learner import Learner
from adaptive.selection.population import Gaussian, Population
from adaptive.standing import Standing
from lrs.observers import AnyConnection

_QUERIES = aiosql.from_path(Path(__file__).with_suffix(".sql"), "asyncpg", mandatory_parameters=False)
POPULATION = Population(general=Gaussian(0.0, sqrt(SLOW_VARIANCE)), spread=sqrt(SKILL_VARIANCE))
WINDOW = 150
MOST_SKILLS = 200
REMEMBERED = 32

Row = Mapping[str, Any]


@dataclass(slots=True)
class _Tracked:
    """A belief after `answers` of the learner's counted responses, the last at `last`."""

    belief: Belief
    candidates: tuple[Any, ...]
    last: FoldKey | None
    answers: int


_tracked: OrderedDict[tuple[int, int], _Tracked] = OrderedDict()


async def worth(
    connection: AnyConnection,
    store_id: int,
    who: Standing,
    candidates: Catalogue,
    parameters: Parameters,
) -> dict[int, float]:
    """Skill id → skills gained per step of practice.

    Empty for a learner without answers and for more than 200 skills: Gaussian levels decide there.
    """
    learner_id, learner, agents = who.learner_id, who.learner, who.agents
    answers = who.progress.state.responses
    if not answers or len(candidates.skills) > MOST_SKILLS:
        return {}
    key, cut = (store_id, learner_id), _cuts(candidates, learner)
    known = _tracked.get(key)
    if known is not None and known.candidates == candidates.skills and (known.belief.cut == cut).all():
        after = known.last
        rows = await _answers(connection, store_id, agents, after)
        if known.last == after and known.answers + len(rows) == answers:
            return _led_on(key, known, rows, candidates, parameters)
    rows = await _answers(connection, store_id, agents, None)
    fresh = _Tracked(_begun(learner_id, learner, candidates, cut, rows), candidates.skills, None, answers - len(rows))
    return _led_on(key, fresh, rows, candidates, parameters)


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
    learner_id: int, learner: Learner, candidates: Catalogue, cut: NDArray[np.float64], rows: Sequence[Row]
) -> Belief:
    """The belief before the window's answers: what was practised only earlier stands where the engine says."""
    rng = np.random.default_rng(learner_id % 2**64)
    belief = Belief(Graph(candidates.prerequisites_of), POPULATION, cut, rng)
    within = {skill for row in rows for skill in row["folded_skill_ids"]}
    for skill, level in learner.levels.items():
        if level.evidence and skill not in within and skill in candidates.skill_row:
            belief.place(candidates.skill_row[skill], level.mean, level.sd)
    return belief


def _led_on(
    key: tuple[int, int], tracked: _Tracked, rows: Sequence[Row], candidates: Catalogue, parameters: Parameters
) -> dict[int, float]:
    for row in rows:
        skills = tuple(row["folded_skill_ids"])
        slope, easiness = parameters.discrimination(row["item_id"], skills), parameters.easiness(row["item_id"], skills)
        known = [candidates.skill_row[skill] for skill in skills if skill in candidates.skill_row]
        tracked.belief.observe(known, slope, -easiness / slope, row["guessing"], row["score"], row["weight"])
        tracked.last = place(row)
    tracked.answers += len(rows)
    _tracked[key] = tracked
    _tracked.move_to_end(key)
    while len(_tracked) > REMEMBERED:
        _tracked.popitem(last=False)
    found = tracked.belief.worth().tolist()
    return {skill.id: value for skill, value in zip(candidates.skills, found, strict=True)}
