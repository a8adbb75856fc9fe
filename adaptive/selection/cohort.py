"""What many learners' answers say of the constants of learning: one belief after the other, each teaching the next."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from adaptive.selection.graph import Graph
from adaptive.selection.population import Population, PopulationLearner
from adaptive.selection.scope import Scoped, scope

Floats = NDArray[np.float64]


class Practice(NamedTuple):
    """One answer as a belief takes it: rows of skills, the item's a, b, c, the score in [0, 1], and its weight."""

    skills: Sequence[int]
    a: float
    b: float
    c: float
    score: float
    weight: float = 1.0


def learnt(
    first: Population, graph: Graph, cut: Floats, histories: Iterable[tuple[np.random.Generator, Sequence[Practice]]]
) -> Population:
    """The constants after these learners, each with a generator of its own; bounded.

    A history begins with the learner's first answer: the constants are about how people start.
    """
    learner = PopulationLearner(first)
    for rng, practices in histories:
        recent = [skill for practice in reversed(practices) for skill in practice.skills]
        who = Scoped(graph, scope(graph, recent, (), ()), learner.population, cut, rng)
        for practice in practices:
            who.observe(*practice)
        learner.learn(who.evidence())
    return learner.population.bounded()
