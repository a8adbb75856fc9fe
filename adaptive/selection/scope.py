"""The part of a large catalogue's skills that a learner's belief tracks: hundreds have particles, not thousands.

Prerequisites are local, and a learner practises near what was practised last, so what is far away may wait: a skill
outside the scope has no worth until the scope moves there.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from adaptive.selection.belief import Belief
from adaptive.selection.graph import Graph
from adaptive.selection.population import Evidence, Population

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]
MOST = 200
LEFT = 0.25  # a scope with less than this part to master, and less than half of what there was, has been used up
DECIDED = 0.95


def scope(graph: Graph, recent: Iterable[int], wanted: Iterable[int], done: Collection[int], most: int = MOST) -> Rows:
    """At most so many rows of skills, ascending: what was practised lately (the latest first) with what it stands on;
    what leads to the `wanted` skills; what stands on either; then the order of teaching. `done` comes in only as a
    prerequisite."""
    size = len(graph.prerequisites)
    if size <= most:
        return np.arange(size)
    chosen: dict[int, None] = {}
    for row in _by_claim(graph, list(recent), list(wanted), set(done)):
        chosen[row] = None
        if len(chosen) == most:
            break
    return np.array(sorted(chosen), np.intp)


def _by_claim(graph: Graph, recent: list[int], wanted: list[int], done: set[int]) -> Iterator[int]:
    for row in recent:
        yield row
        yield from graph.prerequisites[row]
    path = [row for row in _beneath(graph, wanted) if row not in done]
    yield from path
    for row in [*recent, *path]:
        for above in graph.dependents[row]:
            if above not in done:
                yield from (*graph.prerequisites[above], above)
    everything = range(len(graph.prerequisites))
    yield from (row for row in _beneath(graph, everything) if row not in done)
    yield from everything


def _beneath(graph: Graph, rows: Iterable[int]) -> Iterator[int]:
    """The rows and all they stand on, each after its prerequisites."""
    seen: set[int] = set()
    for row in rows:
        waiting = [row]
        while waiting:
            missing = [lower for lower in graph.prerequisites[waiting[-1]] if lower not in seen]
            if missing:
                waiting.append(missing[0])
                continue
            found = waiting.pop()
            if found not in seen:
                seen.add(found)
                yield found


class Scoped:
    """A belief about the skills of a scope, spoken to in rows of the whole catalogue."""

    def __init__(self, graph: Graph, rows: Rows, population: Population, cut: Floats, rng: np.random.Generator) -> None:
        self._size, self.rows = len(cut), rows
        self._least: float | None = None
        self._place = {row: place for place, row in enumerate(rows.tolist())}
        within = [[self._place[p] for p in graph.prerequisites[row] if p in self._place] for row in rows.tolist()]
        self.belief = Belief(Graph(within), population, cut[rows], rng, order=rows.astype(float))

    def covers(self, skills: Iterable[int]) -> bool:
        """Whether all these skills are tracked, and enough is left to learn among what is."""
        if not all(skill in self._place for skill in skills):
            return False
        if len(self.rows) == self._size:
            return True
        left = self.left()
        self._least = min(LEFT, left / 2) if self._least is None else self._least
        return left >= self._least

    def left(self) -> float:
        """The part of the scope that is not yet mastered."""
        return float((self.belief.mastery() < DECIDED).mean())

    def observe(self, skills: Sequence[int], a: float, b: float, c: float, score: float, weight: float = 1.0) -> None:
        """`Belief.observe`; skills outside the scope are passed over."""
        known = [self._place[skill] for skill in skills if skill in self._place]
        self.belief.observe(known, a, b, c, score, weight)

    def place(self, skill: int, mean: float, sd: float) -> None:
        """`Belief.place`; nothing for a skill outside the scope."""
        if skill in self._place:
            self.belief.place(self._place[skill], mean, sd)

    def worth(self) -> Floats:
        """(K,) skills gained per step of practising each; 0 outside the scope."""
        found = np.zeros(self._size)
        found[self.rows] = self.belief.worth()
        return found

    def evidence(self) -> Evidence:
        """What this learner says of the population."""
        return self.belief.evidence()
