"""Which skills a statement's context names for its activity, where no catalogue does. Pure.

In this order (the first that names any wins): context activities typed as skill, competency or objective; parents;
groupings; categories. An attempt is no skill, and neither is a category that marks a profile, a recipe, a library or
a system (cmi5, SCORM, H5P, Moodle put those there).
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from lrs.facts import activity_term

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


def containers_and_skills(
    activity: Activity, context: Mapping[str, Any], *, whole: bool
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """What `activity` is a part of (parents and groupings), and the skills that an answer to it is evidence of.

    Both as term ids in the context's order. An objective stands for itself, and so does the whole of a lesson or course
    whose context names nothing.
    """
    own = activity_term(activity)
    found = _context_activities(context)
    containers = _ids((a for relation, a in found if relation in CONTAINING), own)
    if _word(activity) in SKILL_WORDS:
        return containers, (own,)
    return containers, _named_skills(found, own) or ((own,) if whole else ())


def _named_skills(found: Sequence[tuple[str, Activity]], own: int) -> tuple[int, ...]:
    typed = [a for _, a in found if _word(a) in SKILL_WORDS]
    if typed:
        return _ids(typed, own)
    for relation in ("parent", "grouping", "category"):
        ids = _ids((a for r, a in found if r == relation and _can_be_skill(relation, a)), own)
        if ids:
            return ids
    return ()


def _context_activities(context: Mapping[str, Any]) -> list[tuple[str, Activity]]:
    return [
        (relation, activity)
        for relation, given in (context.get("contextActivities") or {}).items()
        # Version 1.0 content may send one object where an array belongs.
        for activity in (given if isinstance(given, list) else (given,))
    ]


def _ids(activities: Iterable[Activity], other_than: int) -> tuple[int, ...]:
    ids = dict.fromkeys(map(activity_term, activities))
    ids.pop(other_than, None)
    return tuple(ids)


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
