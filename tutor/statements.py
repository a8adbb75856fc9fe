"""What a learner does in the player, as xAPI statements. Pure.

The definition of a question leaves out correctResponsesPattern: whoever may read statements need not learn the key.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from adaptive.catalogue import Activity
from adaptive.evidence import CONFIDENCE, HINTS, INTERACTION_TYPE
from tutor.exercises import Exercise, Option
from tutor.marking import Mark

_ADL = "http://adlnet.gov/expapi/"
VERSION = "1.0.3"
LONGEST_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class Sitting:
    """One go at an activity: who, which attempt (the page that was opened), how long, and with how much help."""

    agent: Mapping[str, Any]
    attempt: UUID
    seconds: float | None
    now: datetime
    hints: int = 0
    confidence: float | None = None


def answered(activity: Activity, exercise: Exercise, mark: Mark, sitting: Sitting) -> dict[str, Any]:
    """The statement of an answer; a second one of the same attempt has the same id."""
    extensions: dict[str, Any] = {HINTS: sitting.hints} if sitting.hints else {}
    if sitting.confidence is not None:
        extensions[CONFIDENCE] = sitting.confidence
    result: dict[str, Any] = {
        "response": mark.response,
        "success": mark.success,
        "score": {"scaled": round(mark.score, 4)},
        **({"extensions": extensions} if extensions else {}),
    }
    statement = _statement("answered", activity, sitting, result)
    statement["object"]["definition"].update(_question(exercise, activity.language))
    return statement


def completed(activity: Activity, sitting: Sitting) -> dict[str, Any]:
    """The statement of a reading or video that its learner calls done."""
    return _statement("completed", activity, sitting, {"completion": True})


def _statement(verb: str, activity: Activity, sitting: Sitting, result: dict[str, Any]) -> dict[str, Any]:
    if sitting.seconds is not None:
        result["duration"] = f"PT{min(max(sitting.seconds, 0.0), LONGEST_SECONDS):.2f}S"
    entry, language = activity.entry, activity.language
    around = {"grouping": [{"id": activity.collection}]}
    if entry.part_of is not None:
        around["parent"] = [{"id": entry.part_of}]
    return {
        "id": str(uuid5(sitting.attempt, f"{verb} {entry.id}")),
        "actor": dict(sitting.agent),
        "verb": {"id": f"{_ADL}verbs/{verb}", "display": {"en": verb}},
        "object": {
            "objectType": "Activity",
            "id": entry.id,
            "definition": {"type": f"{_ADL}activities/lesson", "name": {language: entry.name}},
        },
        "result": result,
        "context": {
            "registration": str(sitting.attempt),
            "language": language,
            "platform": "Proximal",
            "contextActivities": around,
        },
        "timestamp": sitting.now.isoformat(),
    }


def _question(exercise: Exercise, language: str) -> dict[str, Any]:
    definition: dict[str, Any] = {
        "type": INTERACTION_TYPE,
        "interactionType": exercise.kind,
        "description": {language: exercise.question},
    }
    if exercise.kind == "matching":
        definition["source"] = _components(exercise.options, language)
        definition["target"] = _components(exercise.targets, language)
    elif exercise.kind in ("choice", "sequencing"):
        definition["choices"] = _components(exercise.options, language)
    return definition


def _components(options: Iterable[Option], language: str) -> Sequence[dict[str, Any]]:
    return [{"id": option.id, "description": {language: option.text}} for option in options]
