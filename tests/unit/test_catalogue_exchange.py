"""Collections as tables, from CASE frameworks and from xAPI Profiles."""

import codecs
import csv
import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adaptive.catalogue.compiled import compiled
from adaptive.catalogue.document import CatalogueInvalid, collection_from
from adaptive.catalogue.frameworks import document_from_case, document_from_profile
from adaptive.catalogue.tables import COLUMNS, csv_of, document_from_csv
from admin.demo.course import load_course
from lrs.schema import schema_folder
from tests.unit.test_catalogue import example

URI = "https://case.example/items/"


@pytest.mark.parametrize("document", [example(), load_course()])
def test_a_collection_survives_a_table(document: Any) -> None:
    collection = collection_from(document)
    back = document_from_csv(csv_of(collection), collection, iri=collection.id, name=collection.name)
    assert collection_from(back) == collection


def test_a_spreadsheet_knows_that_a_table_is_utf_8() -> None:
    table = csv_of(collection_from({"id": "urn:c", "name": "Café", "skills": [{"id": "urn:s", "name": "Crème"}]}))
    assert table.encode().startswith(codecs.BOM_UTF8 + b"type,id,name,")


TEXT = st.text(st.characters(exclude_characters="\x00\r", codec="utf-8"), min_size=1, max_size=12).filter(str.strip)


@given(TEXT, st.lists(TEXT, max_size=3), st.dictionaries(TEXT, TEXT, max_size=3))
def test_any_text_survives_a_table(text: str, hints: list[str], feedback: dict[str, str]) -> None:
    activity = {"id": "urn:a", "name": "A", "text": text, "hints": hints, "feedback": feedback}
    collection = collection_from({"id": "urn:c", "name": "C", "activities": [activity]})
    table = csv_of(collection)
    assert collection_from(document_from_csv(table, None, iri="urn:c", name="C")) == collection
    cells = [cell for row in csv.reader(io.StringIO(table)) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]


@pytest.mark.parametrize(
    ("table", "path"),
    [
        ("id,name\nurn:a,A\n", "rows[1].type"),
        ("type,id,name,colour\nskill,urn:a,A,red\n", "rows[1].colour"),
        ("type,id,name\nsong,urn:a,A\n", "rows[2].type"),
        ("type,id,name,minutes\nactivity,urn:a,A,soon\n", "rows[2].minutes"),
        ("type,id,name,minutes\nskill,urn:a,A,3\n", "rows[2].minutes"),
        ("type,id,name,key\nactivity,urn:a,A,[x\n", "rows[2].key"),
        ('type,id,name\nskill,"urn:a,A\n', ""),
        ("", "rows[1].type"),
    ],
)
def test_tables_that_cannot_be_used(table: str, path: str) -> None:
    with pytest.raises(CatalogueInvalid) as caught:
        document_from_csv(table, None, iri="urn:c", name="C")
    assert [fault.path for fault in caught.value.faults] == [path]
    assert "type" in COLUMNS


def test_a_case_framework() -> None:
    items = [
        {"uri": URI + "1", "fullStatement": "Add and subtract within 20.", "humanCodingScheme": "1.OA"},
        {"uri": URI + "2", "fullStatement": "Count on. " * 30, "abbreviatedStatement": "Count on"},
        {"uri": URI + "3", "fullStatement": "Long " * 60},
    ]
    package = {
        "CFDocument": {"uri": "https://case.example/doc", "title": "Mathematics"},
        "CFItems": items,
        "CFAssociations": [
            {"associationType": kind, "originNodeURI": {"uri": origin}, "destinationNodeURI": {"uri": destination}}
            for kind, origin, destination in (
                ("isChildOf", URI + "2", URI + "1"),
                ("isChildOf", URI + "1", "https://case.example/doc"),
                ("precedes", URI + "2", URI + "3"),
            )
        ],
    }
    collection = collection_from(document_from_case(package))
    first, second, third = collection.skills
    assert (first.name, first.parent) == ("1.OA: Add and subtract within 20.", None)
    assert (second.name, second.parent) == ("Count on", first.id)
    assert third.prerequisites == [second.id]
    assert len(third.name) <= 120
    assert len(compiled([collection], 1).skills) == 3


@pytest.mark.parametrize("package", [{}, [], {"CFDocument": {}}, {"CFDocument": {}, "CFItems": [{"uri": "x"}]}])
def test_no_case_framework(package: Any) -> None:
    with pytest.raises(CatalogueInvalid):
        document_from_case(package)


def test_an_xapi_profile() -> None:
    kind = "http://adlnet.gov/expapi/activities/"
    concepts = [
        {"id": "urn:s", "type": "Activity", "activityDefinition": {"type": kind + "objective", "name": {"en": "S"}}},
        {
            "id": "urn:t",
            "type": "Activity",
            "broader": ["urn:s"],
            "activityDefinition": {"type": kind + "objective", "name": {"de": "T"}, "description": {"en": "more"}},
        },
        {"id": "urn:a", "type": "Activity", "activityDefinition": {"type": kind + "media", "name": {"en": "Film"}}},
        {"id": "urn:v", "type": "Verb"},
    ]
    profile = {"id": "urn:profile", "prefLabel": {"en": "P"}, "concepts": concepts}
    collection = collection_from(document_from_profile(profile))
    assert [(skill.id, skill.name, skill.parent) for skill in collection.skills] == [
        ("urn:s", "S", None),
        ("urn:t", "T", "urn:s"),
    ]
    assert [(activity.id, activity.format) for activity in collection.activities] == [("urn:a", "video")]
    ours = json.loads((schema_folder() / "profile.jsonld").read_text())
    assert collection_from(document_from_profile(ours)).name == "Proximal"
    with pytest.raises(CatalogueInvalid):
        document_from_profile({"id": "urn:profile"})
