"""The learner's estimates as columns over the skills of a catalogue, with what each skill is worth now."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from adaptive.selection import value
from adaptive.selection.catalogue import Catalogue
from adaptive.selection.learner import Confident, Learner

Floats = NDArray[np.float64]
DECIDED = 0.95


@dataclass(frozen=True, slots=True)
class Skills:
    """The learner by skill row, all (K,): level, cut to reach, relevance, recall (nan if unknown), evidence, value."""

    mean: Floats
    sd: Floats
    cut: Floats
    relevance: Floats
    recall: Floats
    evidence: Floats
    value: value.SkillValue


def skills_of(catalogue: Catalogue, learner: Learner, growth: value.Growth) -> Skills:
    """The learner's estimates as columns. With targets set, what none of them needs weighs a tenth."""
    K, unknown = len(catalogue.skills), learner.level_without_evidence()
    mean, sd = np.full(K, unknown.mean), np.full(K, unknown.sd)
    recall, evidence, cut = np.full(K, np.nan), np.zeros(K), catalogue.cut.copy()
    for skill, level in learner.levels.items():
        if (row := catalogue.skill_row.get(skill)) is not None:
            mean[row], sd[row], evidence[row] = level.mean, level.sd, level.evidence
            if level.recall is not None:
                recall[row] = level.recall
    for skill, target in learner.targets.items():
        if (row := catalogue.skill_row.get(skill)) is not None:
            cut[row] = target.level
    edges = (catalogue.edge_skill, catalogue.edge_prerequisite)
    found = value.of_gaussian(mean, sd, cut, edges, growth)
    if learner.worth:
        tracked = map(learner.worth.get, catalogue.skill_row, found.worth.tolist())
        found = replace(found, worth=np.fromiter(tracked, float, K))
    return Skills(
        mean,
        sd,
        cut,
        relevance(catalogue, learner),
        recall,
        evidence,
        found,
    )


def relevance(catalogue: Catalogue, learner: Learner, elsewhere: float = 0.1, beneath: float = 0.8) -> Floats:
    """(K,) in (0, 1]: a target's own, `beneath` of it per step down its prerequisites, `elsewhere` for the rest."""
    found = np.full(len(catalogue.skills), elsewhere if learner.targets else 1.0)
    frontier = {
        catalogue.skill_row[skill]: target.relevance
        for skill, target in learner.targets.items()
        if skill in catalogue.skill_row
    }
    while frontier:
        below: dict[int, float] = {}
        for row, weight in frontier.items():
            if weight > found[row]:
                found[row] = weight
                for lower in catalogue.graph.prerequisites[row]:
                    below[lower] = max(below.get(lower, 0.0), weight * beneath)
        frontier = below
    return found


def forgotten(skills: Skills, threshold: float) -> Floats:
    """(K,) how much recall is lost, by relevance, where it is under the threshold; 0 elsewhere and where unknown."""
    return np.where(skills.recall < threshold, (1 - skills.recall) * skills.relevance, 0.0)


def claimed(catalogue: Catalogue, learner: Learner, skills: Skills) -> Floats:
    """(K,) 1 where the learner claims to know a skill, or says where they stand on it, and the evidence has not decided
    it (P between .05 and .95)."""
    said = _by_skill(catalogue, dict.fromkeys([*learner.wishes.claimed, *learner.wishes.rated], 1.0))
    open_question = (skills.value.mastery > 1 - DECIDED) | (skills.evidence == 0)
    return np.where(open_question & (skills.value.mastery < DECIDED), said, 0.0)


def misjudged(catalogue: Catalogue, learner: Learner) -> Floats:
    """(K,) 1 where the newest answer on a skill was sure and wrong, ½ where it was right but unsure."""
    weights = {skill: _misjudgement(said) for skill, said in learner.confident.items()}
    return _by_skill(catalogue, weights)


def _misjudgement(said: Confident) -> float:
    return 0.0 if said.sure == said.right else 1.0 if said.sure else 0.5


def _by_skill(catalogue: Catalogue, values: Mapping[int, float]) -> Floats:
    found = np.zeros(len(catalogue.skills))
    for skill, value_ in values.items():
        if (row := catalogue.skill_row.get(skill)) is not None:
            found[row] = value_
    return found
