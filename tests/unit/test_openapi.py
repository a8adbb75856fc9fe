"""The published description of the JSON API is the one that the code makes, and its references lead somewhere."""

import json
import re
from typing import Any

from admin.interfaces import ADDRESSES, document
from lrs.schema import schema_folder

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
