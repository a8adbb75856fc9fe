"""The published description of the JSON API is the one that the code makes, and its references lead somewhere."""

import json
import re
from typing import Any

import pytest
from pydantic import ValidationError

from adaptive.api.calls import Body
from adaptive.api.trainers import CohortBody, TalkBody, ValidationBody
from adaptive.api.will import FeedbackBody, GoalBody
from admin.interfaces import ADDRESSES, document
from lrs.schema import schema_folder

REAL = {"due": "2099-01-31", "level": 1, "until": "2099-01-31T12:00:00Z"}
REMAKE = "python -c 'from admin.interfaces import document; print(document(), end=\"\")' > schema/openapi.json"


def test_the_published_document_is_current() -> None:
    assert (schema_folder() / "openapi.json").read_text() == document(), f"Remake it: {REMAKE}"


def test_every_reference_is_defined() -> None:
    text = document()
    schemas = json.loads(text)["components"]["schemas"]
    assert set(re.findall(r'"#/components/schemas/(\w+)"', text)) <= schemas.keys()


def test_every_address_is_described_once() -> None:
    paths: dict[str, Any] = json.loads(document())["paths"]
    described = [(method.upper(), path) for path, operations in paths.items() for method in operations]
    assert sorted(described) == sorted((address.method, address.path) for address in ADDRESSES)
    names = [operation["operationId"] for operations in paths.values() for operation in operations.values()]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("model", "body"),
    [
        (CohortBody, {"name": "Spring", "due": 0}),
        (GoalBody, {"skill": "urn:skill:s", "level": 1, "due": 86400}),
        (GoalBody, {"skill": "urn:skill:s", "level": True}),
        (GoalBody, {"skill": "urn:skill:s", "level": "1"}),
        (FeedbackBody, {"activity": "urn:item:i", "answer": "postponed", "until": 0}),
        (TalkBody, {"note": "n", "due": 0}),
        (ValidationBody, {"skill": "urn:skill:s", "level": False}),
    ],
)
def test_bodies_of_other_types_than_described_are_refused(model: type[Body], body: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        model.model_validate_json(json.dumps(body))
    model.model_validate_json(json.dumps({**body, **{name: REAL[name] for name in REAL.keys() & body.keys()}}))
