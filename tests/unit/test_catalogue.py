"""Catalogue documents: what can be published, and what is refused with its place."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adaptive.catalogue.compiled import compiled
from adaptive.catalogue.document import CatalogueInvalid, collection_from
from lrs.terms import term_id

GUIDE = Path(__file__).parents[2] / "docs" / "authors.md"


def example() -> Any:
    """The collection that the authors' guide shows."""
    found = re.search(r"```json\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    assert found is not None
    return json.loads(found[1])


def faults(document: Any) -> dict[str, str]:
    with pytest.raises(CatalogueInvalid) as caught:
        compiled([collection_from(document)], 1)
    assert caught.value.status == 400
    return {fault.path: fault.message for fault in caught.value.faults}


def test_the_guides_example_compiles() -> None:
    catalogue = compiled([collection_from(example())], 4)
    item = catalogue.activities[term_id("https://acme.example/items/sour-shot")]
    assert (catalogue.version, item.guessing, item.difficulty) == (4, 1 / 3, -1.0)
    assert catalogue.skills_of(item.id) == (term_id("https://acme.example/skills/grinding"),)
    assert catalogue.guessing_of(term_id("https://acme.example/activities/grind-size")) is None
    assert catalogue.skills_of(term_id("https://elsewhere.example")) is None


def test_shape_faults_name_their_place() -> None:
    document = example()
    document["activities"][0]["format"] = "podcast"
    document["skills"][1]["target"] = "high"
    document["owner"] = "me"
    assert set(faults(document)) == {"activities[0].format", "skills[1].target", "owner"}


def test_ids_differ() -> None:
    document = example()
    document["activities"][1]["id"] = document["activities"][0]["id"]
    document["skills"].append(document["skills"][0])
    assert set(faults(document)) == {"activities[1].id", "skills[3].id"}


def test_unknown_skills_and_activities() -> None:
    document = example()
    document["activities"][0]["skills"] = ["https://acme.example/skills/tea"]
    document["paths"][0]["required"] = ["https://acme.example/activities/tea"]
    found = faults(document)
    assert set(found) == {"activities[0].skills[0]", "paths[0].required[0]"}
    assert "not in the catalogue" in found["activities[0].skills[0]"]


def test_a_circle_of_prerequisites_is_shown() -> None:
    document = example()
    grinding, espresso = (skill["id"] for skill in document["skills"][:2])
    document["skills"][0]["prerequisites"] = [espresso]
    assert f"{espresso} → {grinding} → {espresso}" in faults(document)["skills"]


def test_a_long_circle_is_shown_by_its_ends() -> None:
    ids = [f"https://acme.example/skills/{n}" for n in range(3000)]
    skills = [{"id": iri, "name": "S", "prerequisites": [ids[n - 1]]} for n, iri in enumerate(ids)]
    told = faults({"id": "https://acme.example/c", "name": "C", "skills": skills})["skills"]
    assert "2,991 more" in told
    assert len(told) < 1000


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("difficulty", "hardest", "must be easy, medium, hard, or a number from -10 to 10"),
        ("difficulty", 11, "must be easy, medium, hard, or a number from -10 to 10"),
        ("difficult", "hard", "is no field here; see docs/authors.md for those there are"),
    ],
)
def test_faults_are_told_in_one_sentence_at_the_field(field: str, value: Any, message: str) -> None:
    document = example()
    document["activities"][1].pop("difficulty")
    document["activities"][1][field] = value
    assert faults(document) == {f"activities[1].{field}": message}


@pytest.mark.parametrize(
    ("faulty", "told"), [(1, ""), (2, " (1 more fault is listed)"), (3, " (2 more faults are listed)")]
)
def test_further_faults_are_counted(faulty: int, told: str) -> None:
    document = {"id": "https://x.example/c", "name": "C", "skills": [{"id": f"urn:s:{n}"} for n in range(faulty)]}
    with pytest.raises(CatalogueInvalid) as refused:
        collection_from(document)
    assert refused.value.message == f"The collection cannot be used: skills[0].name: is missing{told}"


@pytest.mark.parametrize("iri", ["grinding", "", "https://x y", 7])
def test_relative_ids_are_refused(iri: Any) -> None:
    assert "id" in faults({"id": iri, "name": "x"})


def test_collections_must_not_contradict() -> None:
    first, second = example(), example()
    second["id"] += "2"
    with pytest.raises(CatalogueInvalid, match="belongs to the collection"):
        compiled([collection_from(first), collection_from(second)], 1)
    skills_only = {"id": "https://acme.example/f", "name": "Framework", "skills": first["skills"]}
    assert len(compiled([collection_from(first), collection_from(skills_only)], 1).skills) == 3
    skills_only["skills"] = [{**first["skills"][0], "name": "Milling"}]
    with pytest.raises(CatalogueInvalid, match="described differently"):
        compiled([collection_from(first), collection_from(skills_only)], 1)


def test_a_part_lends_its_skills_to_its_holder() -> None:
    document = example()
    quiz = {"id": "https://acme.example/quiz", "name": "Quiz", "format": "quiz"}
    document["activities"].append(quiz)
    document["activities"][1]["part_of"] = quiz["id"]
    catalogue = compiled([collection_from(document)], 1)
    part = catalogue.activities[term_id("https://acme.example/items/sour-shot")]
    holder = catalogue.activities[term_id(quiz["id"])]
    assert (holder.parts, holder.skills, part.part_of) == ((part.id,), part.skills, holder.id)
    document["activities"][2]["part_of"] = document["activities"][1]["id"]
    assert "each other's parts" in faults(document)["activities"]
    document["activities"][2]["part_of"] = "urn:nowhere"
    assert "activities[2].part_of" in faults(document)


AB = {"a": "A", "b": "B"}


@pytest.mark.parametrize(
    ("question", "usable"),
    [
        ({"interaction": "choice", "choices": AB, "key": ["a"]}, True),
        ({"interaction": "choice", "choices": AB, "key": ["a[,]b"]}, True),
        ({"interaction": "choice", "choices": AB, "key": ["c"]}, False),
        ({"interaction": "choice", "choices": AB, "key": []}, False),
        ({"interaction": "choice", "choices": {"a": "A"}, "key": ["a"]}, False),
        ({"interaction": "true-false", "key": ["false"]}, True),
        ({"interaction": "true-false", "key": ["yes"]}, False),
        ({"interaction": "numeric", "key": ["1[:]2", "-3.5", "[:]0"]}, True),
        ({"interaction": "numeric", "key": ["ten"]}, False),
        ({"interaction": "numeric", "key": ["[:]"]}, False),
        ({"interaction": "fill-in", "key": ["{case_matters=false}record"]}, True),
        ({"interaction": "sequencing", "choices": AB, "key": ["{order_matters=true}b[,]a"]}, True),
        ({"interaction": "sequencing", "choices": AB, "key": ["a"]}, False),
        ({"interaction": "matching", "source": AB, "target": AB, "key": ["a[.]b[,]b[.]a"]}, True),
        ({"interaction": "matching", "source": AB, "target": AB, "key": ["a[.]a[,]b[.]z"]}, False),
        ({"interaction": "matching", "source": AB, "target": AB, "key": ["a[.]a"]}, False),
        ({"interaction": "long-fill-in"}, True),
    ],
)
def test_keys(question: dict[str, Any], usable: bool) -> None:
    activity = {"id": "urn:a", "name": "A", "prompt": "?", **question}
    document = {"id": "urn:c", "name": "C", "activities": [activity]}
    if usable:
        assert collection_from(document).activities[0].interaction == question["interaction"]
    else:
        assert set(faults(document)) == {"activities[0].key"}
    activity.pop("prompt")
    assert "activities[0].prompt" in faults(document)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)
)


@given(JSON)
def test_no_document_breaks_the_reader(document: Any) -> None:
    with pytest.raises(CatalogueInvalid) as caught:
        collection_from(document)
    assert caught.value.faults
