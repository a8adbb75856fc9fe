"""Reasons: a sentence for every code selection gives, and every fact in it matters."""

import re
from pathlib import Path
from typing import Any

import pytest

from adaptive import selection
from adaptive.reasons import codes, sentence

FACTS: dict[str, dict[str, Any]] = {
    "pinned": {"since": 1_767_600_000.0, "note": "for Friday"},
    "assigned": {"since": 1_767_600_000.0, "due": 1_768_600_000.0, "note": "for Friday"},
    "path": {"path": "First week", "done": 1, "of": 4, "due": 1_768_600_000.0},
    "elective": {"path": "First week", "elective": "Mixing", "choose": 2, "done": 1, "due": 1_768_600_000.0},
    "review-due": {"skill_name": "Mixing", "recall": 0.71, "threshold": 0.8},
    "check": {"skill_name": "Mixing", "mastery": 0.5},
    "self-assessment": {"skill_name": "Mixing", "rated": 2.0, "target": 0.8, "mastery": 0.5},
    "sure-but-wrong": {"skill_name": "Mixing", "confidence": 0.9},
    "right-but-unsure": {"skill_name": "Mixing", "confidence": 0.3},
    "goal-gap": {
        "skill_name": "Mixing",
        "level": 0.4,
        "target": 1.5,
        "gap": 1.1,
        "mastery": 0.03,
        "answers": 0,
        "due": 1_768_600_000.0,
        "source": "role",
        "source_name": "Cook",
    },
    "near-mastery": {"skill_name": "Mixing", "level": 0.7, "target": 0.8, "gap": 0.3, "mastery": 0.6, "answers": 0},
    "progress": {"skill_name": "Mixing", "level": -0.4, "target": 0.8, "gap": 1.2, "mastery": 0.1, "answers": 0},
    "prerequisite-of": {"skill_name": "Mixing", "of_names": ["Heating", "Tasting"], "count": 5, "goals": ["Tasting"]},
    "measure": {"skill_name": "Mixing", "level": 0.4, "error": 0.8},
    "zone": {"probability": 0.71, "zone": 0.65},
    "forecast": {"probability": 0.71, "terms": {"ability": 1.2, "item": -0.3}, "if_right": 0.78, "if_wrong": 0.6},
    "explore": {"bonus": 0.25},
    "format": {"format": "video"},
    "time-budget": {"minutes": 6, "left": 40.0},
    "priority": {"priority": 0.5},
    "adaptivity-off": {"place": 3, "by": "cohort"},
}
OTHER: dict[type, Any] = {float: 0.13, int: 7, str: "Otherwise", list: ["Plating"], dict: {"form": 0.4}}


@pytest.mark.parametrize(("code", "fact"), [(code, fact) for code, facts in FACTS.items() for fact in facts])
def test_changing_a_fact_changes_the_sentence(code: str, fact: str) -> None:
    facts = FACTS[code]
    changed = "goal" if fact == "source" else OTHER[type(facts[fact])]
    assert sentence(code, {**facts, fact: changed}) != sentence(code, facts)


def test_every_code_of_selection_has_a_sentence() -> None:
    folder = Path(selection.__file__).parent
    given = {code for path in folder.glob("*.py") for code in re.findall(r'Reason\("([a-z-]+)"', path.read_text())}
    assert given
    assert given <= codes() == FACTS.keys()


def test_a_later_releases_code_is_told_as_such() -> None:
    assert "“moonlight”" in sentence("moonlight", {})
