"""Which skills a statement's context names for its activity, where no catalogue does. Pure.

In this order (the first that names any wins): context activities typed as skill, competency or objective; parents;
groupings; categories. An attempt is no skill, and neither is a category that marks a profile, a recipe, a library or
a system (cmi5, SCORM, H5P, Moodle put those there).
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from lrs.terms import term_id

SKILL_WORDS = frozenset({"skill", "competency", "competence", "objective", "learning-objective", "learningobjective"})
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


def skills_of(activity: Activity, context: Mapping[str, Any], *, whole: bool) -> tuple[int, ...]:
    """Term ids of the skills that an answer to `activity` is evidence of, as the context orders them; () for none.

    An objective stands for itself, and so does the whole of a lesson or course whose context names nothing.
    """
    if _word(activity) in SKILL_WORDS:
        return (term_id(activity["id"]),)
    found = _context_activities(context)
    typed = [a for _, a in found if _word(a) in SKILL_WORDS]
    if typed:
        return _ids(typed, activity)
    for relation in ("parent", "grouping", "category"):
        ids = _ids((a for r, a in found if r == relation and _can_be_skill(relation, a)), activity)
        if ids:
            return ids
    return (term_id(activity["id"]),) if whole else ()


def containers_of(activity: Activity, context: Mapping[str, Any]) -> tuple[int, ...]:
    """Term ids of the activities that `activity` is a part of (parents and groupings)."""
    return _ids((a for relation, a in _context_activities(context) if relation in ("parent", "grouping")), activity)


def _context_activities(context: Mapping[str, Any]) -> list[tuple[str, Activity]]:
    return [
        (relation, activity)
        for relation, given in (context.get("contextActivities") or {}).items()
        for activity in _each(given)
    ]


def _each(given: Any) -> Iterator[Activity]:
    """Version 1.0 content may send one object where an array belongs."""
    yield from given if isinstance(given, list) else [given]


def _ids(activities: Iterable[Activity], other_than: Activity) -> tuple[int, ...]:
    return tuple(dict.fromkeys(term_id(a["id"]) for a in activities if a["id"] != other_than["id"]))


def _word(activity: Activity) -> str:
    """The last word of the activity's type, in lower case."""
    kind: str = (activity.get("definition") or {}).get("type") or ""
    return kind.rstrip("/").replace("#", "/").rsplit("/", 1)[-1].lower()


def _can_be_skill(relation: str, activity: Activity) -> bool:
    if _word(activity) in NO_SKILL_WORDS:
        return False
    return relation != "category" or not activity["id"].startswith(MARKER_PREFIXES)
