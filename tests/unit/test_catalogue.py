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
from adaptive.catalogue.keys import is_right
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
    item = catalogue.items[term_id("https://acme.example/items/sour-shot")]
    assert (catalogue.version, item.guessing, item.difficulty) == (4, 0.5, -1.0)
    assert catalogue.skills_of(item.id) == (term_id("https://acme.example/skills/grinding"),)
    assert catalogue.activities[item.activity].items == (item.id,)
    assert catalogue.skills_of(term_id("https://elsewhere.example")) is None


def test_shape_faults_name_their_place() -> None:
    document = example()
    document["activities"][0]["format"] = "podcast"
    document["skills"][1]["target"] = "high"
    document["owner"] = "me"
    assert set(faults(document)) == {"activities[0].format", "skills[1].target", "owner"}


def test_ids_differ() -> None:
    document = example()
    document["activities"][1]["items"][0]["id"] = document["activities"][0]["id"]
    document["skills"].append(document["skills"][0])
    assert set(faults(document)) == {"activities[1].items[0].id", "skills[3].id"}


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


AB = [{"id": "a", "text": "A"}, {"id": "b", "text": "B"}]


@pytest.mark.parametrize(
    "item",
    [
        {"kind": "choice", "choices": AB, "key": ["c"]},
        {"kind": "choice", "choices": AB, "key": []},
        {"kind": "choice", "choices": AB[:1], "key": ["a"]},
        {"kind": "choice", "choices": [*AB, AB[0]], "key": ["a"]},
        {"kind": "true-false", "key": ["yes"]},
        {"kind": "numeric", "key": ["ten"]},
        {"kind": "sequencing", "choices": AB, "key": ["a"]},
        {"kind": "matching", "choices": AB, "targets": AB, "key": ["a[.]a", "b[.]z"]},
    ],
)
def test_unusable_keys(item: dict[str, Any]) -> None:
    document = {"id": "urn:c", "name": "C", "activities": [{"id": "urn:a", "name": "A", "items": [
        {"id": "urn:i", "prompt": "?", **item}]}]}  # fmt: skip
    assert "activities[0].items[0].key" in faults(document)


@pytest.mark.parametrize(
    ("kind", "key", "answer", "right"),
    [
        ("choice", ["b"], "b", True),
        ("choice", ["a", "c"], "c[,]a", True),
        ("choice", ["a", "c"], "a", False),
        ("true-false", ["true"], "false", False),
        ("numeric", ["42"], " 42,0 ", True),
        ("numeric", ["0.3"], "0.30000000000000004", True),
        ("numeric", ["1[:]2"], "1.5", True),
        ("numeric", ["[:]0"], "-3", True),
        ("numeric", ["1[:]2"], "two", False),
        ("fill-in", ["Water"], "  water ", True),
        ("sequencing", ["a", "b"], "b[,]a", False),
        ("matching", ["a[.]1", "b[.]2"], "b[.]2[,]a[.]1", True),
        ("long-fill-in", [], "an essay", None),
    ],
)
def test_marking(kind: str, key: list[str], answer: str, right: bool | None) -> None:
    assert is_right(kind, key, answer) is right


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)
)


@given(JSON)
def test_no_document_breaks_the_reader(document: Any) -> None:
    with pytest.raises(CatalogueInvalid) as caught:
        collection_from(document)
    assert caught.value.faults
