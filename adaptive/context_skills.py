"""Which skills a statement's context names for its activity, where no catalogue does. Pure.

In this order (the first that names any wins): context activities typed as skill, competency or objective; parents;
groupings; categories. An attempt is no skill, and neither is a category that marks a profile, a recipe, a library or
a system (cmi5, SCORM, H5P, Moodle put those there).
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from lrs.facts import each_activity, listed_told

SKILL_WORDS = frozenset({"skill", "competency", "competence", "objective", "learning-objective", "learningobjective"})
CONTAINING = frozenset({"parent", "grouping"})
NO_SKILL_WORDS = frozenset({"attempt", "profile", "recipe", "source", "lms", "session", "registration", "site"})
MARKER_PREFIXES = (
    "https://w3id.org/xapi/",
    "http://w3id.org/xapi/",
    "http://id.tincanapi.com/",
    "http://h5p.org/libraries/",
    "https://h5p.org/libraries/",
    "http://adlnet.gov/expapi/",
)

Activity = Mapping[str, Any]


class Surroundings(NamedTuple):
    """What context activities are for whatever they stand around, as term ids: all of them, those that contain it
    (parents and groupings), those typed as skills, and by relation those that can be skills."""

    everything: frozenset[int]
    containers: tuple[int, ...]
    typed: tuple[int, ...]
    related: tuple[tuple[int, ...], ...]


NOWHERE = Surroundings(frozenset(), (), (), ())


def surroundings(activities: Mapping[str, Any]) -> Surroundings:
    """What a statement's context activities tell of skills, ids in the order of relations and lists."""
    terms = [fact[1] for fact in listed_told(activities).facts]
    found = [(*each, term) for each, term in zip(each_activity(activities), terms, strict=True)]
    related = [
        _unique(term for r, activity, term in found if r == relation and _can_be_skill(relation, activity))
        for relation in ("parent", "grouping", "category")
    ]
    return Surroundings(
        frozenset(term for _, _, term in found),
        _unique(term for relation, _, term in found if relation in CONTAINING),
        _unique(term for _, activity, term in found if is_skill(activity)),
        tuple(ids for ids in related if ids),
    )


def containers_and_skills(
    own: int, around: Surroundings, *, skill: bool, whole: bool
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """What an activity is a part of (parents and groupings), and the skills that an answer to it is evidence of.

    `own` is its term. A skill stands for itself, and so does the whole of a lesson or course whose context names
    nothing.
    """
    containers = _without(own, around.containers, around)
    if skill:
        return containers, (own,)
    return containers, _named_skills(own, around) or ((own,) if whole else ())


def _named_skills(own: int, around: Surroundings) -> tuple[int, ...]:
    if around.typed:
        return _without(own, around.typed, around)
    for ids in around.related:
        if named := _without(own, ids, around):
            return named
    return ()


def _without(own: int, ids: tuple[int, ...], around: Surroundings) -> tuple[int, ...]:
    return tuple(each for each in ids if each != own) if own in around.everything else ids


def _unique(ids: Iterable[int]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(ids))


def is_skill(activity: Activity) -> bool:
    """Whether an activity's type says that it is a skill, competency or objective."""
    return _word(activity) in SKILL_WORDS


def _word(activity: Activity) -> str:
    """The last word of the activity's type, in lower case; "" where it has none."""
    definition = activity.get("definition")
    return _last_word(definition.get("type") or "") if definition else ""


@lru_cache(1024)
def _last_word(kind: str) -> str:
    return kind.rstrip("/").replace("#", "/").rsplit("/", 1)[-1].lower()


def _can_be_skill(relation: str, activity: Activity) -> bool:
    if _word(activity) in NO_SKILL_WORDS:
        return False
    return relation != "category" or not activity["id"].startswith(MARKER_PREFIXES)
