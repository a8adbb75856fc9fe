"""The service's own statements: valid xAPI, as the published profile describes them."""

import json
import re
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest

from adaptive.actions import (
    ANSWER_VERBS,
    EXTENSIONS,
    PROFILE_VERSION,
    SKILL_TYPE,
    Thing,
    goal_set,
    level_reached,
    offer_answered,
    placement_finished,
)
from adaptive.evidence import CONFIDENCE, HINTS, VERBS
from lrs.schema import schema_folder
from lrs.validation import statement_faults

PROFILE: dict[str, Any] = json.loads((schema_folder() / "profile.jsonld").read_text())
CONCEPTS = {concept["id"]: concept for concept in PROFILE["concepts"]}
ANN = {"mbox": "mailto:ann@example.com", "name": "Ann"}
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SKILL = Thing("urn:skill:s", "Stirring")
STATEMENTS = [
    *(
        offer_answered(ANN, Thing("urn:a", "A"), answer, now=NOW, decision=UUID(int=7), until=NOW)
        for answer in ANSWER_VERBS
    ),
    goal_set(ANN, SKILL, level=1.2, due=date(2026, 4, 1), now=NOW),
    level_reached(ANN, SKILL, level=1.31, target=0.8, now=NOW),
    placement_finished(ANN, UUID(int=9), level=0.4, error=0.29, items=17, now=NOW),
]


@pytest.mark.parametrize("statement", STATEMENTS)
def test_a_statement_is_valid_and_follows_its_template(statement: dict[str, Any]) -> None:
    assert statement_faults(statement, "1.0.3") is None
    assert statement_faults(statement, "2.0.0") is None
    template = next(t for t in PROFILE["templates"] if t["verb"] == statement["verb"]["id"])
    assert {"id": PROFILE_VERSION} in statement["context"]["contextActivities"]["category"]
    assert statement["object"].get("definition", {}).get("type") == template.get("objectActivityType")
    for rule in template["rules"][1:]:
        found = re.fullmatch(r"\$\.(context|result)\.extensions\['(.+)'\]", rule["location"])
        assert found is not None
        given = statement.get(found[1], {}).get("extensions", {})
        assert rule["presence"] == "recommended" or found[2] in given
    used = {**statement["context"].get("extensions", {}), **statement.get("result", {}).get("extensions", {})}
    for name in used:
        assert statement["verb"]["id"] in CONCEPTS[name]["recommendedVerbs"] or name.endswith("/until")


def test_one_thing_told_twice_is_one_statement() -> None:
    again = goal_set(ANN, SKILL, level=1.2, due=date(2026, 4, 1), now=NOW)
    assert again == goal_set(ANN, SKILL, level=1.2, due=date(2026, 4, 1), now=NOW)
    ids = [statement["id"] for statement in STATEMENTS if statement]
    assert len(set(ids)) == len(ids)


def test_an_opinion_is_no_statement() -> None:
    assert offer_answered(ANN, SKILL, "helpful", now=NOW, decision=None) is None


def test_no_verb_of_ours_is_evidence() -> None:
    verbs = {concept["id"] for concept in PROFILE["concepts"] if concept["type"] == "Verb"}
    assert not verbs & VERBS.keys()


def test_the_profile_is_whole() -> None:
    assert PROFILE["conformsTo"] == "https://w3id.org/xapi/profiles#1.0"
    assert [version["id"] for version in PROFILE["versions"]] == [PROFILE_VERSION]
    assert {HINTS, CONFIDENCE, SKILL_TYPE} <= CONCEPTS.keys()
    assert HINTS.startswith(EXTENSIONS)
    for part in (*PROFILE["concepts"], *PROFILE["templates"]):
        assert part["inScheme"] == PROFILE_VERSION
        assert part["prefLabel"]["en"]
        assert part["definition"]["en"]
        assert part["id"].startswith(PROFILE["id"] + "/")
    for concept in CONCEPTS.values():
        if concept["type"].endswith("Extension"):
            assert json.loads(concept["inlineSchema"])["type"]
            assert concept["recommendedVerbs"]
    assert {template["verb"] for template in PROFILE["templates"]} == {
        concept["id"] for concept in CONCEPTS.values() if concept["type"] == "Verb"
    }
