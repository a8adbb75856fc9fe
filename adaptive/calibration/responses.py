"""Answers as the calibration reads them: a sparse table of learners by (item, category).

A cell of `table` holds the weight with which a learner's answer to an item counts for a category; an item with
`categories` K owns K neighbouring columns, so all models share the same two matrix products.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import ArrayLike, NDArray

from lrs.errors import BadRequest

Floats = NDArray[np.floating[Any]]
Integers = NDArray[np.int64]

DENSE_SHARE = 0.3


@dataclass(frozen=True, slots=True)
class Responses:
    """`table` (learners, items·width), `categories` (items,) each 2…width, `answers` (items,) the weight of answers."""

    table: sp.csr_array
    items: int
    width: int
    categories: Integers
    answers: Floats

    @property
    def learners(self) -> int:
        return int(self.table.shape[0])

    @property
    def longest(self) -> float:
        """The most answers one learner gave."""
        lengths = np.diff(self.table.indptr)
        return float(lengths.max()) if lengths.size else 0.0

    def blocks(self, rows: int = 65_536) -> list["Block"]:
        """The table by blocks of learners."""
        cuts = range(0, max(self.learners, 1), rows)
        return [Block.of(self.table[start : start + rows], self.width) for start in cuts]


@dataclass(frozen=True, slots=True)
class Block:
    """Some learners' cells, held the way they multiply fastest: sparse, dense, or where every item is answered once
    by everyone (`complete`) dense without the lowest category, which follows from the others.
    """

    cells: Any
    width: int
    complete: bool = False

    @classmethod
    def of(cls, table: sp.csr_array, width: int) -> "Block":
        learners, columns = table.shape
        if table.nnz * width <= DENSE_SHARE * learners * columns:
            return cls(table, width)
        dense = table.toarray()
        answers = dense.reshape(learners, -1, width)
        if width == 2 and (answers[:, :, 0] + answers[:, :, 1] == 1).all():
            return cls(np.ascontiguousarray(answers[:, :, 1]), width, complete=True)
        return cls(dense, width)

    def log_likelihood(self, log_p: Floats) -> Floats:
        """(learners, Q) in single precision, of log P (items, width, Q)."""
        if not self.complete:
            return np.asarray(self.cells @ log_p.reshape(-1, log_p.shape[2]).astype(np.float32))
        likelihood: Floats = self.cells @ (log_p[:, 1] - log_p[:, 0]).astype(np.float32)
        likelihood += log_p[:, 0].sum(0).astype(np.float32)
        return likelihood

    def counts(self, weights: Floats, mass: Floats) -> Floats:
        """Expected counts (items, width, Q) under posteriors (learners, Q), whose sums are `mass` (Q,)."""
        counts: Floats = self.cells.T @ weights
        if self.complete:
            counts = np.stack([mass - counts, counts], 1)
        return counts.reshape(-1, self.width, weights.shape[1])

    def answered(self, category: int) -> Floats:
        """(learners, items) the weight with which each item was answered in that category, dense."""
        if self.complete:
            return np.asarray(self.cells if category else 1 - self.cells)
        columns = self.cells[:, category :: self.width]
        return np.ascontiguousarray(columns.toarray() if sp.issparse(self.cells) else columns)

    def sparse(self) -> sp.csr_array:
        """The cells as learners × (items·width)."""
        if self.complete:
            return sp.csr_array(np.stack([1 - self.cells, self.cells], 2).reshape(len(self.cells), -1))
        return sp.csr_array(self.cells)


def from_matrix(scores: ArrayLike | sp.sparray | sp.spmatrix, categories: ArrayLike | None = None) -> Responses:
    """Responses from learners × items: a dense array where NaN means not answered, or a sparse one (stored = answered).

    Scores are category numbers 0…K−1, or for two categories any fraction in [0, 1].
    """
    if sp.issparse(scores):
        stored = sp.coo_array(scores)
        row, column, value, shape = stored.row, stored.col, np.asarray(stored.data, float), stored.shape
    else:
        dense = np.asarray(scores, dtype=float)
        if dense.ndim != 2:
            raise BadRequest(f"Responses need two dimensions, learners by items; these have {dense.ndim}.")
        given = ~np.isnan(dense)
        row, column = np.nonzero(given)
        value, shape = dense[given], dense.shape
    return from_triples(row, column, value, shape=(int(shape[0]), int(shape[1])), categories=categories)


def from_triples(
    learner: ArrayLike,
    item: ArrayLike,
    score: ArrayLike,
    *,
    shape: tuple[int, int],
    weight: ArrayLike | None = None,
    categories: ArrayLike | None = None,
) -> Responses:
    """Responses from parallel arrays; a NaN score is no answer. `shape` is (learners, items).

    Raises BadRequest where an index, a score or a weight is out of its range.
    """
    row, column = np.asarray(learner, np.int64), np.asarray(item, np.int64)
    value = np.asarray(score, float)
    mass = np.ones(value.shape) if weight is None else np.asarray(weight, float)
    if not row.shape == column.shape == value.shape == mass.shape or value.ndim != 1:
        raise BadRequest("Learners, items, scores and weights need to be flat and of one length.")
    if np.isnan(value).any():
        given = ~np.isnan(value)
        row, column, value, mass = row[given], column[given], value[given], mass[given]
    kinds = _kinds(column, value, shape[1], categories)
    _check(row, column, value, mass, shape, kinds)
    return _tabulate(row, column, value, mass, shape, kinds)


def _kinds(column: Integers, value: Floats, items: int, categories: ArrayLike | None) -> Integers:
    """The number of categories of each item: as told, else the highest score seen plus one, at least two."""
    if categories is None and value.max(initial=0.0) <= 1:
        return np.full(items, 2)
    if categories is None:
        highest = np.zeros(items)
        inside = (column >= 0) & (column < items) & np.isfinite(value)
        np.maximum.at(highest, column[inside], np.ceil(value[inside]))
        return np.maximum(highest.astype(np.int64) + 1, 2)
    kinds = np.asarray(categories, np.int64)
    if kinds.shape != (items,) or (kinds < 2).any():
        raise BadRequest(f"Give each of the {items} items its number of categories, two or more.")
    return kinds


def _check(
    row: Integers, column: Integers, value: Floats, mass: Floats, shape: tuple[int, int], kinds: Integers
) -> None:
    """Refuse what no model could read, naming the first offender."""
    for index, bound, name in ((row, shape[0], "learner"), (column, shape[1], "item")):
        if index.size and (index.min() < 0 or index.max() >= bound):
            raise BadRequest(f"A response names a {name} outside 0…{bound - 1}.")
    if mass.size and not (mass.min() >= 0 and mass.max() < np.inf):
        raise BadRequest("The weight of a response is a finite number, zero or more.")
    if kinds.max(initial=2) == 2 and value.min(initial=0.0) >= 0 and value.max(initial=0.0) <= 1:
        return
    top = kinds[column] - 1.0
    wrong = ~((value >= 0) & (value <= top)) | ((top > 1) & (value != np.rint(value)))
    if wrong.any():
        first = int(np.argmax(wrong))
        raise BadRequest(
            f"Item {column[first]} has the score {value[first]:g}; it needs a whole number from 0 to {top[first]:g}"
            " (a fraction of 1 where there are two categories)."
        )


def _tabulate(
    row: Integers, column: Integers, value: Floats, mass: Floats, shape: tuple[int, int], kinds: Integers
) -> Responses:
    """The indicator table; a fraction counts in both categories of its item."""
    width = int(kinds.max(initial=2))
    low = value.astype(np.int32)
    row, cell = row.astype(np.int32), column.astype(np.int32) * np.int32(width) + low
    upper = value - low
    weights = mass
    if upper.any():
        split = upper > 0
        row, cell = np.concatenate([row, row[split]]), np.concatenate([cell, cell[split] + 1])
        weights = np.concatenate([mass * (1 - upper), (mass * upper)[split]])
    table = sp.csr_array((weights.astype(np.float32), (row, cell)), (shape[0], shape[1] * width))
    table.sum_duplicates()
    answers = np.bincount(column, weights=mass, minlength=shape[1]).astype(float)
    return Responses(table, shape[1], width, kinds, answers)
