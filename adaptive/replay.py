"""Response logs as xAPI: a row is an `answered` statement on a cmi.interaction, skills are objectives. Pure."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from adaptive.logs import Log, LogError, Row, item_iri, learner_agent, skill_iri

NAMESPACE = uuid5(NAMESPACE_URL, "https://replay.proximal.example/statements")
ANSWERED = {"id": "http://adlnet.gov/expapi/verbs/answered", "display": {"en": "answered"}}
INTERACTION = "http://adlnet.gov/expapi/activities/cmi.interaction"
OBJECTIVE = "http://adlnet.gov/expapi/activities/objective"


def statement_id(index: int, seconds: float, row: Row) -> UUID:
    """The same row at the same place of a log has the same id, whatever the file is called."""
    return uuid5(NAMESPACE, "\t".join((str(index), repr(seconds), row.user, row.item, repr(row.correct), *row.skills)))


def statement_of(log: Log, index: int) -> dict[str, Any]:
    """The statement of row `index` (from 0). LogError where its time is no date.

    A score of exactly 1 or 0 says success too; partial credit leaves that to the reader.
    """
    row, seconds = log.rows[index], log.seconds(index)
    return {
        "id": str(statement_id(index, seconds, row)),
        "actor": {"objectType": "Agent", **learner_agent(row.user)},
        "verb": ANSWERED,
        "object": {
            "objectType": "Activity",
            "id": item_iri(row.item),
            "definition": {"type": INTERACTION, "interactionType": "other", "name": {"en": f"Item {row.item}"}},
        },
        "result": _result(row.correct),
        **_context(row.skills),
        "timestamp": _timestamp(seconds, index),
    }


def _result(score: float) -> dict[str, Any]:
    scaled: dict[str, Any] = {"score": {"scaled": score}}
    return {"success": score == 1.0, **scaled} if score in (0.0, 1.0) else scaled


def _context(skills: Sequence[str]) -> dict[str, Any]:
    return {"context": {"contextActivities": {"other": [_objective(skill) for skill in skills]}}} if skills else {}


def _objective(skill: str) -> dict[str, Any]:
    return {
        "objectType": "Activity",
        "id": skill_iri(skill),
        "definition": {"type": OBJECTIVE, "name": {"en": f"Skill {skill}"}},
    }


def _timestamp(seconds: float, index: int) -> str:
    try:
        moment = datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        raise LogError(f"row {index + 1}: its timestamp is no date that can be told") from None
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
