"""Realistic statements by number: the same number gives the same statement. Pure.

A course of quizzes with questions, videos and readings, as an LMS reports it: about 1.5 KB of JSON a statement.
"""

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

SITE = "https://lms.bench.example"
ADL = "http://adlnet.gov/expapi"
SKILL_TYPE = "https://proximal.example/xapi/activity-types/skill"
START = datetime(2025, 1, 1, tzinfo=UTC)
VERBS = ("answered", "answered", "answered", "answered", "experienced", "interacted", "completed", "initialized")
TOPICS = ("Hygiene", "Ladders", "Invoices", "Lifting", "Passwords", "Complaints", "Forklifts", "First aid")
encode = msgspec.json.encode


@dataclass(frozen=True, slots=True)
class Crowd:
    """How many learners and courses the statements are spread over, and whether actors come as groups.

    `salt` keeps the statements of two crowds apart; learners and courses are numbered from `first` on. Statement 0
    happens `day` days after START, the others three seconds apart.
    """

    learners: int = 20_000
    courses: int = 200
    first: int = 0
    groups: bool = False
    salt: int = 0
    day: int = 0


def statement(crowd: Crowd, number: int) -> dict[str, Any]:
    """Statement `number` of a crowd."""
    rng = random.Random((crowd.salt << 40) + number)  # noqa: S311 - no secret
    learner = crowd.first + rng.randrange(crowd.learners)
    course = crowd.first + rng.randrange(crowd.courses)
    unit, question = rng.randrange(12), rng.randrange(20)
    verb = VERBS[rng.randrange(len(VERBS))]
    right = rng.random() < 0.65
    moment = START + timedelta(days=crowd.day, seconds=number * 3 + rng.random())
    body: dict[str, Any] = {
        "id": str(UUID(int=rng.getrandbits(128), version=4)),
        "actor": _actor(crowd, learner),
        "verb": {"id": f"{ADL}/verbs/{verb}", "display": {"en-GB": verb}},
        "object": _question(course, unit, question) if verb == "answered" else _lesson(course, unit, verb),
        "context": _context(rng, course, unit),
        "timestamp": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }
    if verb in ("answered", "completed"):
        body["result"] = {
            "score": {"scaled": 1.0 if right else 0.0, "raw": int(right), "min": 0, "max": 1},
            "success": right,
            "response": "abcd"[rng.randrange(4)],
            "duration": f"PT{rng.randrange(5, 180)}S",
        }
    return body


def text(crowd: Crowd, number: int) -> bytes:
    """The JSON of statement `number`."""
    return encode(statement(crowd, number))


def _actor(crowd: Crowd, learner: int) -> dict[str, Any]:
    one = {
        "objectType": "Agent",
        "name": f"Learner {learner}",
        "account": {"homePage": SITE, "name": f"learner-{learner:06d}"},
    }
    if not crowd.groups:
        return one
    members = [_actor(Crowd(), (learner + step) % crowd.learners) for step in range(5)]
    account = {"homePage": SITE, "name": f"team-{learner // 5}"}
    return {"objectType": "Group", "name": f"Team {learner // 5}", "account": account, "member": members}


def _course(course: int) -> dict[str, Any]:
    name = {"en-GB": f"{TOPICS[course % len(TOPICS)]}, course {course}"}
    return {
        "id": f"{SITE}/courses/{course}",
        "objectType": "Activity",
        "definition": {"type": f"{ADL}/activities/course", "name": name},
    }


def _lesson(course: int, unit: int, verb: str) -> dict[str, Any]:
    kind = "media" if verb == "interacted" else "lesson"
    description = (
        f"What matters in part {unit} of the course, told in a few minutes, with an example from the shop floor."
    )
    return {
        "id": f"{SITE}/courses/{course}/units/{unit}/{kind}",
        "objectType": "Activity",
        "definition": {
            "type": f"{ADL}/activities/{kind}",
            "name": {"en-GB": f"Unit {unit} of course {course}"},
            "description": {"en-GB": description},
        },
    }


def _question(course: int, unit: int, question: int) -> dict[str, Any]:
    wording = f"Question {question} of unit {unit}: which of these four is the safe way to go on with the work at hand?"
    choices = [{"id": key, "description": {"en-GB": f"Answer {key} to question {question}"}} for key in "abcd"]
    return {
        "id": f"{SITE}/courses/{course}/units/{unit}/questions/{question}",
        "objectType": "Activity",
        "definition": {
            "type": f"{ADL}/activities/cmi.interaction",
            "name": {"en-GB": f"Question {question}"},
            "description": {"en-GB": wording},
            "interactionType": "choice",
            "correctResponsesPattern": ["abcd"[question % 4]],
            "choices": choices,
        },
    }


def _context(rng: random.Random, course: int, unit: int) -> dict[str, Any]:
    skill = {
        "id": f"{SITE}/skills/{course}/{unit}",
        "objectType": "Activity",
        "definition": {"type": SKILL_TYPE, "name": {"en-GB": f"Skill {unit} of course {course}"}},
    }
    return {
        "registration": str(UUID(int=rng.getrandbits(128), version=4)),
        "platform": "Bench LMS",
        "language": "en-GB",
        "contextActivities": {
            "parent": [{"id": f"{SITE}/courses/{course}/units/{unit}", "objectType": "Activity"}],
            "grouping": [_course(course)],
            "other": [skill],
        },
        "extensions": {f"{SITE}/extensions/session": f"{rng.getrandbits(64):016x}"},
    }
