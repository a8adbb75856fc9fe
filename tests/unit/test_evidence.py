"""What the evidence reader makes of statements as content in the field sends them."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from adaptive.evidence import CONFIDENCE, HINTS, Evidence, EvidenceReader, Kind, Verb, Void, evidence_from, seconds_of
from lrs.observers import Arrival
from lrs.reading import told
from lrs.terms import term_id

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ID = UUID("6d51d767-c13a-4df3-bc44-8daafba28917")
ADL = "http://adlnet.gov/expapi/"
QUESTION = {
    "id": "https://lms.example/q/1",
    "definition": {
        "type": ADL + "activities/cmi.interaction",
        "interactionType": "choice",
        "correctResponsesPattern": ["b"],
        "choices": [{"id": "a"}, {"id": "b"}, {"id": "c"}, {"id": "d"}],
    },
}


def typed(iri: str, kind: str | None = None) -> dict[str, Any]:
    return {"id": iri} if kind is None else {"id": iri, "definition": {"type": kind}}


def arrival(**parts: Any) -> Arrival:
    statement = {
        "actor": {"mbox": "mailto:ann@example.com"},
        "verb": {"id": ADL + "verbs/" + parts.pop("verb", "answered")},
        "object": QUESTION,
        **parts,
    }
    return Arrival(1, ID, NOW, 3, NOW, told(statement))


def read(**parts: Any) -> Evidence:
    row = evidence_from(arrival(**parts))
    assert row is not None
    return row


def context(**related: Any) -> dict[str, Any]:
    return {"contextActivities": related}


def test_an_answer_is_one_item() -> None:
    row = read(result={"success": True, "response": "b", "duration": "PT1M4.5S"})
    assert (row.kind, row.verb, row.score, row.choices, row.seconds) == (Kind.ITEM, Verb.ANSWERED, 1.0, 4, 64.5)
    assert (row.agent_id, row.item_id) == (term_id("mbox:mailto:ann@example.com"), term_id("https://lms.example/q/1"))
    assert (row.stored, row.position, row.timestamp) == (NOW, 3, NOW)


@pytest.mark.parametrize(
    ("result", "score"),
    [
        ({"success": False}, 0.0),
        ({"score": {"scaled": 0.4}, "success": False}, 0.4),
        ({"score": {"scaled": -0.5}}, 0.0),
        ({"score": {"scaled": 0}}, 0.0),
        ({"score": {"raw": 3, "min": 1, "max": 5}}, 0.5),
        ({"score": {"raw": 3, "max": 4}}, 0.75),
        ({"score": {"raw": 7}, "success": False}, 0.0),
    ],
)
def test_credit(result: dict[str, Any], score: float) -> None:
    assert read(result=result).score == score


@pytest.mark.parametrize(("verb", "score"), [("passed", 1.0), ("failed", 0.0), ("mastered", 1.0)])
def test_a_verb_may_say_it_all(verb: str, score: float) -> None:
    row = read(verb=verb, object=typed("https://lms.example/au/1"))
    assert (row.kind, row.score, row.skill_ids) == (Kind.WHOLE, score, (term_id("https://lms.example/au/1"),))


@pytest.mark.parametrize("verb", ["completed", "experienced"])
def test_without_a_result_it_is_an_encounter(verb: str) -> None:
    row = read(verb=verb, object=typed("https://lms.example/text"), result={"completion": True})
    assert (row.kind, row.score) == (Kind.ENCOUNTER, None)


@pytest.mark.parametrize(
    "parts",
    [
        {"verb": "played"},
        {"verb": "scored"},
        {"object": {"objectType": "Agent", "mbox": "mailto:bob@example.com"}},
        {"object": {"objectType": "StatementRef", "id": str(ID)}},
        {"actor": {"objectType": "Group", "mbox": "mailto:team@example.com"}, "result": {"success": True}},
    ],
)
def test_what_is_no_evidence(parts: dict[str, Any]) -> None:
    assert evidence_from(arrival(**parts)) is None


def test_a_likert_answer_has_no_right_or_wrong() -> None:
    opinion = {"id": "https://lms.example/q/2", "definition": {"interactionType": "likert"}}
    assert read(object=opinion, result={"success": True, "response": "x"}).kind == Kind.ENCOUNTER


def test_several_right_choices_leave_nothing_to_guess() -> None:
    several = {"id": "q", "definition": {**QUESTION["definition"], "correctResponsesPattern": ["a[,]b"]}}  # type: ignore[dict-item]
    assert read(object=several, result={"success": True}).choices is None


OBJECTIVE, COURSE, QUIZ = "https://x.example/o", "https://x.example/course", "https://x.example/quiz"
CMI5 = "https://w3id.org/xapi/cmi5/context/categories/cmi5"


@pytest.mark.parametrize(
    ("related", "skill"),
    [
        ({"parent": [typed(QUIZ), typed(OBJECTIVE, ADL + "activities/objective")]}, OBJECTIVE),
        ({"parent": [typed(QUIZ)], "other": [typed(OBJECTIVE, "https://x.example/types#Skill")]}, OBJECTIVE),
        ({"parent": typed(QUIZ), "grouping": [typed(COURSE)]}, QUIZ),
        (
            {"grouping": [typed("urn:a:1", ADL + "activities/attempt"), typed(COURSE)], "category": [typed(CMI5)]},
            COURSE,
        ),
        ({"category": [typed(CMI5), typed("urn:topic:fractions")]}, "urn:topic:fractions"),
        ({"category": [typed(CMI5), typed("urn:p", ADL + "activities/profile")]}, None),
        ({"other": [typed("urn:something")]}, None),
        ({}, None),
    ],
)
def test_skills_from_context(related: dict[str, Any], skill: str | None) -> None:
    row = read(result={"success": True}, context=context(**related))
    assert row.skill_ids == (() if skill is None else (term_id(skill),))


def test_skills_keep_their_order_and_containers_are_parents_and_groupings() -> None:
    skills = [typed(f"urn:skill:{name}", ADL + "activities/objective") for name in ("z", "a", "m")]
    row = read(result={"success": True}, context=context(parent=[typed(QUIZ)], grouping=[typed(COURSE)], other=skills))
    assert row.skill_ids == tuple(term_id(f"urn:skill:{name}") for name in ("z", "a", "m"))
    assert row.container_ids == (term_id(QUIZ), term_id(COURSE))


def test_an_activity_is_neither_part_nor_skill_of_itself() -> None:
    row = read(
        result={"success": True}, context=context(parent=[typed("https://lms.example/q/1")], grouping=[typed(COURSE)])
    )
    assert (row.skill_ids, row.container_ids) == ((term_id(COURSE),), (term_id(COURSE),))


def test_an_objective_stands_for_itself() -> None:
    row = read(
        verb="passed", object=typed(OBJECTIVE, ADL + "activities/objective"), context=context(parent=[typed(QUIZ)])
    )
    assert row.skill_ids == (term_id(OBJECTIVE),)


def test_extensions() -> None:
    row = read(result={"success": True, "extensions": {HINTS: 2, CONFIDENCE: 0.75}})
    assert (row.hints, row.confidence) == (2, 0.75)
    nonsense = read(result={"success": True, "extensions": {HINTS: "many", CONFIDENCE: 7}})
    assert (nonsense.hints, nonsense.confidence) == (0, None)


@pytest.mark.parametrize(
    ("duration", "seconds"),
    [
        ("PT0H0M4S", 4.0),
        ("P1DT2H", 93600.0),
        ("PT0.25S", 0.25),
        ("P1M", None),
        ("P", None),
        (None, None),
        ("PT1.2.3S", None),
        (f"PT{'9' * 40}S", None),
        (f"P{'9' * 400}D", None),
    ],
)
def test_durations(duration: str | None, seconds: float | None) -> None:
    assert seconds_of(duration) == seconds


def test_a_void_is_a_row_of_its_own() -> None:
    target = UUID(int=7)
    seen = arrival(verb="voided", object={"objectType": "StatementRef", "id": str(target)})
    voiding = Arrival(1, ID, NOW, 0, NOW, seen.statement, voids=target)
    assert EvidenceReader().read(voiding) == (Void(1, target, NOW),)
