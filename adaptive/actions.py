"""What learners and the service do, as xAPI statements: offers and answers to them, goals, levels reached. Pure.

The verbs and extensions are those of schema/profile.jsonld. None of the verbs is evidence. An id is made of what the
statement tells, so that the same thing told twice is one statement.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid5

PROFILE = "https://proximal.example/xapi"
PROFILE_VERSION = PROFILE + "/v1"
VERBS = PROFILE + "/verbs/"
EXTENSIONS = PROFILE + "/extensions/"
SKILL_TYPE = PROFILE + "/activity-types/skill"
_NAMESPACE = UUID("5d0a1a52-9f0c-4f2e-8e0c-6d2f8a4f3b11")
ANSWER_VERBS = {
    "shown": "offered",
    "accepted": "accepted",
    "refused": "refused",
    "postponed": "postponed",
    "known": "claimed-to-know",
}


@dataclass(frozen=True, slots=True)
class Thing:
    """An activity or skill: its IRI, and its name where one is known."""

    id: str
    name: str = ""


def offer_answered(
    agent: Mapping[str, Any],
    activity: Thing,
    answer: str,
    *,
    now: datetime,
    decision: UUID | None,
    until: datetime | None = None,
) -> dict[str, Any] | None:
    """The statement of an offer shown, or of the answer to one; None for an answer that is a mere opinion."""
    verb = ANSWER_VERBS.get(answer)
    if verb is None:
        return None
    context: dict[str, Any] = {} if decision is None else {"decision": str(decision)}
    if until is not None:
        context["until"] = until.isoformat()
    return _statement(agent, verb, activity, now, key=f"{decision or now.isoformat()}", context=context)


def goal_set(
    agent: Mapping[str, Any], skill: Thing, *, level: float, due: date | None, now: datetime
) -> dict[str, Any]:
    """The statement of a goal."""
    result: dict[str, Any] = {"level": level}
    if due is not None:
        result["due"] = due.isoformat()
    return _statement(agent, "set-goal", skill, now, key=now.isoformat(), result=result, skill=True)


def level_reached(
    agent: Mapping[str, Any], skill: Thing, *, level: float, target: float, now: datetime
) -> dict[str, Any]:
    """The statement of a skill mastered for the first time; one for each learner, skill and target."""
    result = {"level": round(level, 4), "target": target}
    return _statement(agent, "reached", skill, now, key=f"{target}", result=result, skill=True)


def placement_answered(
    agent: Mapping[str, Any], placement: UUID, item: str, answer: str, *, now: datetime
) -> dict[str, Any]:
    """The statement of an answer in a placement test: ADL's `answered`, which is evidence. Not to know is not right."""
    statement = _statement(agent, "answered", Thing(item), now, key=str(placement))
    statement["verb"] = {"id": "http://adlnet.gov/expapi/verbs/answered", "display": {"en": "answered"}}
    statement["result"] = {"success": answer == "right"}
    statement["context"]["registration"] = str(placement)
    return statement


def placement_finished(
    agent: Mapping[str, Any], placement: UUID, *, level: float, error: float, items: int, now: datetime
) -> dict[str, Any]:
    """The statement of a placement test that came to its end."""
    result = {"level": round(level, 4), "standard-error": round(error, 4), "items": items}
    test = Thing(f"urn:uuid:{placement}", "Placement")
    return _statement(agent, "finished-placement", test, now, key=str(placement), result=result)


def _statement(
    agent: Mapping[str, Any],
    verb: str,
    thing: Thing,
    now: datetime,
    *,
    key: str,
    context: Mapping[str, Any] | None = None,
    result: Mapping[str, Any] | None = None,
    skill: bool = False,
) -> dict[str, Any]:
    definition: dict[str, Any] = {"type": SKILL_TYPE} if skill else {}
    if thing.name:
        definition["name"] = {"und": thing.name}
    who = {name: value for name, value in agent.items() if name in ("mbox", "mbox_sha1sum", "openid", "account")}
    statement: dict[str, Any] = {
        "id": str(uuid5(_NAMESPACE, f"{sorted(who.items())} {verb} {thing.id} {key}")),
        "actor": {"objectType": "Agent", **who},
        "verb": {"id": VERBS + verb, "display": {"en": verb.replace("-", " ")}},
        "object": {"objectType": "Activity", "id": thing.id, **({"definition": definition} if definition else {})},
        "context": {
            "platform": "Proximal",
            "contextActivities": {"category": [{"id": PROFILE_VERSION}]},
            **({"extensions": _extended(context)} if context else {}),
        },
        "timestamp": now.isoformat(),
    }
    if result:
        statement["result"] = {"extensions": _extended(result)}
    return statement


def _extended(values: Mapping[str, Any]) -> dict[str, Any]:
    return {EXTENSIONS + name: value for name, value in values.items()}
