"""Realistic statements by number: the same number gives the same statement. Pure.

A course of quizzes with questions, videos and readings, as an LMS reports it: about 1.5 KB of JSON a statement. Its
parts are made once and joined as text, so that a filling is not held up by what it is filled with.
"""

import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import blake2b
from typing import Any

import msgspec

SITE = "https://lms.bench.example"
ADL = "http://adlnet.gov/expapi"
SKILL_TYPE = "https://proximal.example/xapi/activity-types/skill"
START = datetime(2025, 1, 1, tzinfo=UTC)
VERBS = ("answered", "answered", "answered", "answered", "experienced", "interacted", "completed", "initialized")
SCORED = ("answered", "completed")
TOPICS = ("Hygiene", "Ladders", "Invoices", "Lifting", "Passwords", "Complaints", "Forklifts", "First aid")
UNITS, QUESTIONS = 12, 20
DRAWN = struct.Struct(">16s16s8s6I")
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


@dataclass(slots=True)
class Happening:
    """What one statement tells: its own values, and the JSON of the parts that it shares with others."""

    id: str
    registration: str
    session: str
    moment: datetime
    verb: str
    actor: str
    activity: str
    context_activities: str
    score: float | None
    response: str
    seconds: int

    @property
    def text(self) -> str:
        """The statement as JSON."""
        around = f'{self.context_activities},"extensions":{{"{SITE}/extensions/session":"{self.session}"}}'
        opened = (
            f'{{"id":"{self.id}","actor":{self.actor},"verb":{self.verb},"object":{self.activity},"context":'
            f'{{"registration":"{self.registration}","platform":"Bench LMS","language":"en-GB","contextActivities":'
            f'{around}}},"timestamp":"{self.moment.isoformat(timespec="milliseconds")[:23]}Z"'
        )
        if self.score is None:
            return opened + "}"
        right = self.score == 1.0
        return (
            f'{opened},"result":{{"score":{{"scaled":{self.score},"raw":{int(right)},"min":0,"max":1}},"success":'
            f'{"true" if right else "false"},"response":"{self.response}","duration":"PT{self.seconds}S"}}}}'
        )


def happening(crowd: Crowd, number: int) -> Happening:
    """What happens in statement `number` of a crowd."""
    seed = number.to_bytes(8, "big") + crowd.salt.to_bytes(8, "big")
    own, registration, session, learner, course, place, verb, right, rest = DRAWN.unpack(blake2b(seed).digest())
    learner, course = crowd.first + learner % crowd.learners, crowd.first + course % crowd.courses
    unit, question, verb = place % UNITS, place // UNITS % QUESTIONS, VERBS[verb % len(VERBS)]
    return Happening(
        id=_uuid(own),
        registration=_uuid(registration),
        session=session.hex(),
        moment=START + timedelta(crowd.day, number * 3, 0, rest % 1000),
        verb=_verb(verb),
        actor=_actor(crowd.groups, crowd.learners, learner),
        activity=_question(course, unit, question) if verb == "answered" else _lesson(course, unit, verb),
        context_activities=_context_activities(course, unit),
        score=float(right < 0.65 * 2**32) if verb in SCORED else None,
        response="abcd"[rest // 1000 % 4],
        seconds=5 + rest // 4000 % 175,
    )


def text(crowd: Crowd, number: int) -> bytes:
    """The JSON of statement `number`."""
    return happening(crowd, number).text.encode()


def statement(crowd: Crowd, number: int) -> dict[str, Any]:
    """Statement `number` of a crowd."""
    found: dict[str, Any] = msgspec.json.decode(happening(crowd, number).text)
    return found


def _uuid(octets: bytes) -> str:
    """A random UUID (version 4) of sixteen octets."""
    digits = octets.hex()
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"


def _json(value: Any) -> str:
    return encode(value).decode()


@lru_cache(100)
def _verb(verb: str) -> str:
    return _json({"id": f"{ADL}/verbs/{verb}", "display": {"en-GB": verb}})


@lru_cache(50_000)
def _actor(groups: bool, learners: int, learner: int) -> str:
    if not groups:
        return _json(_agent(learner))
    members = [_agent((learner + step) % learners) for step in range(5)]
    account = {"homePage": SITE, "name": f"team-{learner // 5}"}
    return _json({"objectType": "Group", "name": f"Team {learner // 5}", "account": account, "member": members})


def _agent(learner: int) -> dict[str, Any]:
    return {
        "objectType": "Agent",
        "name": f"Learner {learner}",
        "account": {"homePage": SITE, "name": f"learner-{learner:06d}"},
    }


@lru_cache(10_000)
def _lesson(course: int, unit: int, verb: str) -> str:
    kind = "media" if verb == "interacted" else "lesson"
    description = (
        f"What matters in part {unit} of the course, told in a few minutes, with an example from the shop floor."
    )
    return _json(
        {
            "id": f"{SITE}/courses/{course}/units/{unit}/{kind}",
            "objectType": "Activity",
            "definition": {
                "type": f"{ADL}/activities/{kind}",
                "name": {"en-GB": f"Unit {unit} of course {course}"},
                "description": {"en-GB": description},
            },
        }
    )


@lru_cache(60_000)
def _question(course: int, unit: int, question: int) -> str:
    wording = f"Question {question} of unit {unit}: which of these four is the safe way to go on with the work at hand?"
    choices = [{"id": key, "description": {"en-GB": f"Answer {key} to question {question}"}} for key in "abcd"]
    return _json(
        {
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
    )


@lru_cache(10_000)
def _context_activities(course: int, unit: int) -> str:
    name = {"en-GB": f"{TOPICS[course % len(TOPICS)]}, course {course}"}
    grouping = {
        "id": f"{SITE}/courses/{course}",
        "objectType": "Activity",
        "definition": {"type": f"{ADL}/activities/course", "name": name},
    }
    skill = {
        "id": f"{SITE}/skills/{course}/{unit}",
        "objectType": "Activity",
        "definition": {"type": SKILL_TYPE, "name": {"en-GB": f"Skill {unit} of course {course}"}},
    }
    parent = {"id": f"{SITE}/courses/{course}/units/{unit}", "objectType": "Activity"}
    return _json({"parent": [parent], "grouping": [grouping], "other": [skill]})
