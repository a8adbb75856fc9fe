"""Prerequisites among skills, by row: who stands on whom, and how often that counts for each."""

from collections.abc import Sequence
from copy import copy

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]


class Graph:
    """Prerequisites of K skills in the order of teaching, and who stands on whom. Never changed once it is made."""

    def __init__(self, prerequisites: Sequence[Sequence[int]]) -> None:
        self.prerequisites = [list(rows) for rows in prerequisites]
        self.dependents: list[list[int]] = [[] for _ in prerequisites]
        for skill, below in enumerate(self.prerequisites):
            for lower in below:
                self.dependents[lower].append(skill)
        self.below, self.above = _layers(self.prerequisites), _layers(self.dependents)

    def extended(self, more: int) -> "Graph":
        """The graph with so many skills more after its own, which stand on nothing."""
        grown = copy(self)
        grown.prerequisites = [*self.prerequisites, *([] for _ in range(more))]
        grown.dependents = [*self.dependents, *([] for _ in range(more))]
        return grown

    @property
    def matrix(self) -> Floats:
        """(K, K): 1 where the row's skill stands on the column's."""
        found: Floats = np.zeros((len(self.prerequisites), len(self.prerequisites)))
        for skill, below in enumerate(self.prerequisites):
            found[skill, below] = 1.0
        return found


def _layers(neighbours: Sequence[Sequence[int]]) -> list[tuple[Rows, Rows]]:
    """Links as columns (row, neighbour), no row twice in a layer: each layer can be added to a table at once."""
    most = max(map(len, neighbours), default=0)
    layers = [[(row, some[n]) for row, some in enumerate(neighbours) if n < len(some)] for n in range(most)]
    return [(table[:, 0], table[:, 1]) for table in (np.array(layer, np.intp) for layer in layers)]
