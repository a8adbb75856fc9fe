"""A score for every activity as a sum of named components, in nats: what each adds is what the reason may say.

score = worth + zone + format + time + fresh + priority + check + confidence (or review or information, by mode).
The chance of being drawn is proportional to exp(score / temperature), so a component's weight can be changed
afterwards and the logged decisions re-weighted (off-policy evaluation).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from adaptive.selection import value
from adaptive.selection.catalogue import Catalogue
from adaptive.selection.estimates import Skills, claimed, forgotten, misjudged
from adaptive.selection.items import information, success
from adaptive.selection.learner import Learner

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]
Mask = NDArray[np.bool_]
TINY = 1e-6


class Mode(StrEnum):
    PLACEMENT = "placement"
    LEARNING = "learning"
    REVIEW = "review"
    EXPLORE = "explore"


@dataclass(frozen=True, slots=True)
class Taste:
    """What the policy weighs. zone: the chance of success at which learning is thought best; recall: review under it.

    worth, format, time, fresh, review, check, confidence: weights; a format outside the preferred costs `format` nats,
    a question on a skill the learner claims to know or rates, not yet shown either way, gains `check` nats, and an
    activity on a skill of which the last answer was given surely and was wrong `confidence` nats.
    """

    zone: float = 0.65
    recall: float = 0.80
    worth: float = 1.0
    format: float = 0.7
    time: float = 0.3
    fresh: float = 0.4
    review: float = 1.5
    check: float = 1.5
    confidence: float = 1.0
    growth: value.Growth = field(default_factory=value.Growth)


@dataclass(frozen=True, slots=True)
class Scores:
    """All over the shortlist (m,): rows of the catalogue, the total and its components in nats, chance of success."""

    rows: Rows
    total: Floats
    components: Mapping[str, Floats]
    probability: Floats


def shortlist(
    catalogue: Catalogue, learner: Learner, skills: Skills, allowed: Mask, mode: Mode, taste: Taste, size: int = 400
) -> Rows:
    """The rows worth scoring one by one, ascending: those of the skills that the learner's words call for and that
    promise most, about `size` of them.

    All of the allowed where they are no more than that, so a small catalogue is scored exactly.
    """
    rows = np.flatnonzero(allowed)
    if len(rows) <= size:
        return rows
    if mode is Mode.PLACEMENT:
        promise = skills.sd
    else:
        overdue = forgotten(skills, taste.recall)
        promise = overdue if mode is Mode.REVIEW else np.maximum(skills.value.worth * skills.relevance, overdue)
    called = claimed(catalogue, learner, skills) + misjudged(catalogue, learner)
    found, count = [], 0
    for k in np.lexsort((-promise, -called)):
        of_skill = catalogue.activities_of[k]
        found.append(_nearest(catalogue, of_skill[allowed[of_skill]], float(skills.mean[k]), size))
        count += len(found[-1])
        if count >= size:
            return np.unique(np.concatenate(found))
    rest = catalogue.without_skill
    return np.unique(np.concatenate([*found, rest[allowed[rest]][: size - count]]))


def _nearest(catalogue: Catalogue, rows: Rows, level: float, size: int) -> Rows:
    if len(rows) <= size:
        return rows
    return np.asarray(rows[np.argpartition(np.abs(catalogue.b[rows] - level), size)[:size]])


def score(catalogue: Catalogue, learner: Learner, skills: Skills, rows: Rows, mode: Mode, taste: Taste) -> Scores:
    """Scores the given rows for one mode: placement by information, review by forgetting, the rest by growth."""
    a, b, c = catalogue.a[rows], catalogue.b[rows], catalogue.c[rows]
    mean = catalogue.mean_over_skills(skills.mean, rows)
    spread = np.sqrt(catalogue.mean_over_skills(np.square(skills.sd), rows))
    # The chance of success under a Gaussian level: the logistic flattened by its uncertainty (MacKay 1992).
    flat = a / np.sqrt(1 + 0.3927 * np.square(a * spread))
    chance = success(mean, flat, b, c)
    parts: dict[str, Floats] = {}
    if mode is Mode.PLACEMENT:
        parts["information"] = np.log(information(mean, flat, b, c) + TINY)
    elif mode is Mode.REVIEW:
        lost = catalogue.mean_over_skills(forgotten(skills, taste.recall), rows)
        parts["review"] = taste.review * np.log(lost + TINY)
    else:
        worth = catalogue.mean_over_skills(skills.value.worth * skills.relevance, rows)
        parts["worth"] = taste.worth * np.log(worth + TINY)
        parts["zone"] = _zone(chance, taste.zone)
    parts |= _wishes(catalogue, learner, rows, taste)
    if learner.wishes.claimed or learner.wishes.rated:
        open_ = catalogue.mean_over_skills(claimed(catalogue, learner, skills), rows)
        parts["check"] = taste.check * open_ * catalogue.question[rows]
    if learner.confident:
        parts["confidence"] = taste.confidence * catalogue.mean_over_skills(misjudged(catalogue, learner), rows)
    return Scores(rows, np.sum(list(parts.values()), axis=0), parts, chance)


def _zone(chance: Floats, peak: float) -> Floats:
    """The log of p^2m (1 − p)^2(1−m), 0 at its peak p = m; m = ½ is the 4p(1 − p) of Fisher information."""
    p = np.clip(chance, TINY, 1 - TINY)
    return np.asarray(2 * peak * np.log(p / peak) + 2 * (1 - peak) * np.log((1 - p) / (1 - peak)))


def _wishes(catalogue: Catalogue, learner: Learner, rows: Rows, taste: Taste) -> dict[str, Floats]:
    parts: dict[str, Floats] = {}
    wishes = learner.wishes
    if catalogue.priority.any():
        parts["priority"] = catalogue.priority[rows]
    if wishes.formats:
        liked = np.array([name in wishes.formats for name in catalogue.formats])
        parts["format"] = np.where(liked[catalogue.format[rows]], 0.0, -taste.format)
    if wishes.minutes is not None:
        share = catalogue.minutes[rows] / max(wishes.minutes, 1.0)
        parts["time"] = -taste.time * np.nan_to_num(share, nan=0.5)
    if learner.seen:
        met = map(learner.seen.get, catalogue.ids[rows].tolist())
        parts["fresh"] = -taste.fresh * np.log1p([0 if seen is None else seen.count for seen in met])
    return parts
