"""What can be chosen, compiled once a version into columns: one choice among many thousands takes a millisecond."""

from collections.abc import Collection, Iterable
from copy import copy
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from adaptive.selection.graph import Graph

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Skill:
    """prerequisites: ids of skills; cut: the level, in logits, from which the skill counts as mastered."""

    id: int
    prerequisites: tuple[int, ...] = ()
    cut: float = 0.8


@dataclass(frozen=True, slots=True)
class Activity:
    """discrimination, difficulty (logits), guessing (0 to 1): the three-parameter model's a, b, c.

    priority: the author's, in nats added to the score (core .5, pass 0, excel −.5, say); minutes: how long it takes;
    question: whether an answer to it shows what the learner can do.
    """

    id: int
    skills: tuple[int, ...]
    format: str = "practice"
    minutes: float | None = None
    discrimination: float = 1.0
    difficulty: float = 0.0
    guessing: float = 0.0
    priority: float = 0.0
    language: str | None = None
    question: bool = True


class Catalogue:
    """Columns over n activities and K skills; skills that are only mentioned exist too, without prerequisites.

    Raises ValueError for a doubled id and for a cycle of prerequisites, naming it.
    """

    def __init__(self, activities: Iterable[Activity], skills: Iterable[Skill] = ()) -> None:
        self.activities = tuple(activities)
        declared = tuple(skills)
        _refuse_doubles("activity", [activity.id for activity in self.activities])
        _refuse_doubles("skill", [skill.id for skill in declared])
        mentioned = {i: Skill(i) for activity in self.activities for i in activity.skills}
        mentioned |= {i: Skill(i) for skill in declared for i in skill.prerequisites}
        self.skills = tuple((mentioned | {skill.id: skill for skill in declared}).values())
        self.activity_row = {activity.id: row for row, activity in enumerate(self.activities)}
        self.skill_row = {skill.id: row for row, skill in enumerate(self.skills)}
        self.formats = tuple(sorted({activity.format for activity in self.activities}))
        self.languages = tuple(sorted({activity.language for activity in self.activities if activity.language}))
        self.offered = np.ones(len(self.activities), bool)
        self._columns()
        _refuse_cycle(self.skills)

    def __len__(self) -> int:
        return len(self.activities)

    def _columns(self) -> None:
        rows, every = self.skill_row, self.activities
        code = {name: number for number, name in enumerate(self.formats)}
        tongue = {name: number for number, name in enumerate(self.languages)}
        self.ids = np.array([x.id for x in every], np.int64)
        self.a: Floats = np.array([x.discrimination for x in every], float)
        self.b: Floats = np.array([x.difficulty for x in every], float)
        self.c: Floats = np.array([x.guessing for x in every], float)
        self.priority: Floats = np.array([x.priority for x in every], float)
        self.minutes: Floats = np.array([np.nan if x.minutes is None else x.minutes for x in every], float)
        self.question: Mask = np.array([x.question for x in every], bool)
        self.format: Rows = np.array([code[x.format] for x in every], np.intp)
        self.language: Rows = np.array([tongue[x.language] if x.language else -1 for x in every], np.intp)
        self.cut: Floats = np.array([x.cut for x in self.skills], float)
        pairs = [(i, rows[k]) for i, x in enumerate(every) for k in dict.fromkeys(x.skills)]
        edges = [(rows[x.id], rows[q]) for x in self.skills for q in dict.fromkeys(x.prerequisites)]
        self.edge_skill, self.edge_prerequisite = _two_columns(edges)
        self._index(pairs, edges)

    def _index(self, pairs: list[tuple[int, int]], edges: list[tuple[int, int]]) -> None:
        n, K = len(self.activities), len(self.skills)
        by_activity: list[list[int]] = [[] for _ in range(n)]
        by_skill: list[list[int]] = [[] for _ in range(K)]
        for activity, skill in pairs:
            by_activity[activity].append(skill)
            by_skill[skill].append(activity)
        self.skills_of = tuple(np.array(rows, np.intp) for rows in by_activity)
        self.activities_of = tuple(np.array(rows, np.intp) for rows in by_skill)
        self.without_skill = np.flatnonzero([not rows for rows in by_activity])
        below: list[list[int]] = [[] for _ in range(K)]
        for skill, lower in edges:
            below[skill].append(lower)
        self.graph = Graph(below)
        self.skill_counts = np.array([len(rows) for rows in by_activity], np.intp)
        width = max(1, self.skill_counts.max(initial=1))
        padded = np.array([rows + [K] * (width - len(rows)) for rows in by_activity], np.intp).reshape(n, width)
        self._padded = np.ascontiguousarray(padded.T)
        self._share = 1 / np.maximum(self.skill_counts, 1)

    def mean_over_skills(self, values: Floats, rows: Rows) -> Floats:
        """(K,) → (m,): the mean over the skills of each activity row given, 0 for an activity without any."""
        padded = np.append(values, 0.0)
        return np.asarray(padded[self._padded[:, rows]].sum(axis=0) * self._share[rows])

    def extended(self, activities: Iterable[Activity], without: Collection[int] = ()) -> "Catalogue":
        """The catalogue with more activities, of ids it has not, after its own; `without` are offered no longer.

        What it has is copied column by column: thousands of rows cost a millisecond.
        """
        more, grown = Catalogue(activities), copy(self)
        grown.activities = self.activities + more.activities
        grown.activity_row = self.activity_row | {x.id: len(self) + row for row, x in enumerate(more.activities)}
        if new := tuple(skill for skill in more.skills if skill.id not in self.skill_row):
            grown.skills = self.skills + new
            grown.skill_row = self.skill_row | {skill.id: len(self.skills) + row for row, skill in enumerate(new)}
            grown.cut = np.append(self.cut, [skill.cut for skill in new])
            grown.graph = self.graph.extended(len(new))
        grown._append(self, more)
        grown.offered[[grown.activity_row.pop(i) for i in without if i in grown.activity_row]] = False
        return grown

    def _append(self, old: "Catalogue", more: "Catalogue") -> None:
        """The columns of one catalogue above those of another."""
        for name in ("ids", "a", "b", "c", "priority", "minutes", "question", "offered", "skill_counts", "_share"):
            setattr(self, name, np.concatenate([getattr(old, name), getattr(more, name)]))
        self.formats, self.format = _recoded((old.formats, old.format), (more.formats, more.format))
        self.languages, self.language = _recoded((old.languages, old.language), (more.languages, more.language))
        K = len(self.skills)
        above = np.append(np.arange(len(old.skills)), K)
        below = np.append([self.skill_row[skill.id] for skill in more.skills], K).astype(np.intp)
        self.skills_of = old.skills_of + tuple(below[rows] for rows in more.skills_of)
        of_skill = list(old.activities_of) + [np.zeros(0, np.intp)] * (K - len(old.skills))
        for k, rows in zip(below, more.activities_of, strict=False):
            of_skill[k] = np.append(of_skill[k], rows + len(old))
        self.activities_of = tuple(of_skill)
        self.without_skill = np.append(old.without_skill, more.without_skill + len(old))
        width = max(len(old._padded), len(more._padded))
        self._padded = np.full((width, len(self.activities)), K, np.intp)
        self._padded[: len(old._padded), : len(old)] = above[old._padded]
        self._padded[: len(more._padded), len(old) :] = below[more._padded]


def _recoded(*columns: tuple[tuple[str, ...], Rows]) -> tuple[tuple[str, ...], Rows]:
    """Columns of codes under one list of names, one after the other; -1 stays."""
    names = tuple(sorted({name for some, _ in columns for name in some}))
    return names, np.concatenate([np.array([*map(names.index, some), -1], np.intp)[codes] for some, codes in columns])


def _two_columns(pairs: list[tuple[int, int]]) -> tuple[Rows, Rows]:
    table = np.array(pairs, np.intp).reshape(-1, 2)
    return np.ascontiguousarray(table[:, 0]), np.ascontiguousarray(table[:, 1])


def _refuse_doubles(kind: str, ids: list[int]) -> None:
    seen: set[int] = set()
    for i in ids:
        if i in seen:
            raise ValueError(f"The {kind} {i} occurs twice; give each {kind} one entry.")
        seen.add(i)


def _refuse_cycle(skills: tuple[Skill, ...]) -> None:
    waiting = {skill.id: set(skill.prerequisites) for skill in skills}
    while ready := [i for i, missing in waiting.items() if not missing & waiting.keys()]:
        for i in ready:
            del waiting[i]
    if waiting:
        raise ValueError(f"These skills are each other's prerequisites: {sorted(waiting)}; remove one of the links.")
