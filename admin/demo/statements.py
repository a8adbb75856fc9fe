"""What an LMS would send of the course: statements with the definitions of its activities. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from adaptive.catalogue.document import Activity, Skill
from adaptive.evidence import HINTS
from tutor.exercises import exercise_from
from tutor.marking import mark

ADL = "http://adlnet.gov/expapi"
TYPES = {
    "reading": f"{ADL}/activities/lesson",
    "video": f"{ADL}/activities/media",
    "quiz": f"{ADL}/activities/cmi.interaction",
    "practice": f"{ADL}/activities/cmi.interaction",
    "interactive": f"{ADL}/activities/cmi.interaction",
}


def object_of(activity: Activity, language: str) -> dict[str, Any]:
    """The activity with its definition; a question has its interaction and key, as xAPI writes them."""
    definition: dict[str, Any] = {"type": TYPES[activity.format], "name": {language: activity.name}}
    if activity.interaction is not None:
        definition["description"] = {language: activity.prompt}
        definition["interactionType"] = activity.interaction
        definition["correctResponsesPattern"] = list(activity.key)
        parts = {"choices": activity.choices, "source": activity.source, "target": activity.target}
        for name, texts in parts.items():
            if texts:
                definition[name] = [{"id": each, "description": {language: text}} for each, text in texts.items()]
    return {"objectType": "Activity", "id": activity.id, "definition": definition}


def context_of(activity: Activity, course: str, skills: Mapping[str, Skill], language: str) -> dict[str, Any]:
    """The course as parent, the skills as objectives."""
    objectives = [
        {
            "objectType": "Activity",
            "id": skill,
            "definition": {"type": f"{ADL}/activities/objective", "name": {language: skills[skill].name}},
        }
        for skill in activity.skills
    ]
    parent = {"objectType": "Activity", "id": course, "definition": {"type": f"{ADL}/activities/course"}}
    return {"language": language, "contextActivities": {"parent": [parent], "other": objectives}}


def answered(activity: Activity, response: str, *, seconds: float, hints: int = 0) -> dict[str, Any]:
    """Verb and result of an answer, marked as the player marks it. ValueError if the activity is no question."""
    exercise = exercise_from(activity)
    if exercise is None:
        raise ValueError(f"{activity.id} is no question")
    marked = mark(exercise, response)
    result: dict[str, Any] = {
        "response": response,
        "success": marked.success,
        "score": {"scaled": round(marked.score, 4)},
        "duration": f"PT{seconds:.1f}S",
    }
    if hints:
        result["extensions"] = {HINTS: hints}
    return {"verb": _verb("answered"), "result": result}


def completed(seconds: float) -> dict[str, Any]:
    """Verb and result of something read or watched to its end."""
    return {"verb": _verb("completed"), "result": {"completion": True, "duration": f"PT{seconds:.0f}S"}}


def statement(
    what: Mapping[str, Any], actor: Mapping[str, Any], activity: Mapping[str, Any], context: Mapping[str, Any],
    *, statement_id: UUID, timestamp: datetime
) -> dict[str, Any]:  # fmt: skip
    """The whole statement; `what` has verb and result."""
    return {
        "id": str(statement_id),
        "actor": actor,
        "verb": what["verb"],
        "object": activity,
        "result": what["result"],
        "context": context,
        "timestamp": timestamp.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }


def _verb(name: str) -> dict[str, Any]:
    return {"id": f"{ADL}/verbs/{name}", "display": {"en": name}}
