"""The OpenAPI 3.1 document of the API, made from its addresses; schema/openapi.json is kept equal by a test."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic.json_schema import models_json_schema

from adaptive.api.answers import Schema
from adaptive.api.calls import MOST_OFFERS, Address


def described(addresses: Iterable[Address], answers: Mapping[str, Schema]) -> Schema:
    """The document; `answers` are the schemas that addresses name."""
    given = list(addresses)
    bodies = {address.body for address in given if address.body}
    ordered = sorted(bodies, key=lambda model: model.__name__)
    _, definitions = models_json_schema(
        [(model, "validation") for model in ordered], ref_template="#/components/schemas/{model}"
    )
    paths: dict[str, Any] = {}
    for address in given:
        paths.setdefault(address.path, {})[address.method.lower()] = _operation(address)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Proximal: adaptive service and tutor",
            "version": "1",
            "description": "What to do next, and help with it. Agents are xAPI agents as JSON; levels are logits.",
        },
        "security": [{"basic": []}, {"bearer": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "basic": {"type": "http", "scheme": "basic"},
                "bearer": {"type": "http", "scheme": "bearer"},
            },
            "schemas": {**definitions["$defs"], **answers},
        },
    }


def _operation(address: Address) -> Schema:
    parameters = [_in_path(name) for name in re.findall(r"{(\w+)}", address.path)]
    parameters += [{"name": name, "in": "query", **PARAMETERS[name]} for name in address.query]
    operation: Schema = {
        "summary": address.summary,
        "operationId": address.handler.__name__,
        "description": f"Needs the scope {address.scope}.",
        "responses": {
            str(address.status): _answered(address),
            "default": _content("Error", "What was wrong, and what to do."),
        },
    }
    if parameters:
        operation["parameters"] = parameters
    if address.body is not None:
        operation["requestBody"] = {"required": True, **_content(address.body.__name__)}
    return operation


def _answered(address: Address) -> Schema:
    return {"description": "Done."} if address.answers is None else _content(address.answers, address.summary)


def _content(name: str, description: str | None = None) -> Schema:
    content = {"content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}}
    return content if description is None else {"description": description, **content}


def _in_path(name: str) -> Schema:
    kind = {"type": "string", "format": "uuid"} if name in ("decision", "placement") else {"type": "integer"}
    return {"name": name, "in": "path", "required": True, "schema": kind}


PARAMETERS: Mapping[str, Schema] = {
    "agent": {
        "required": True,
        "description": "An xAPI agent as JSON.",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Agent"}}},
    },
    "limit": {
        "schema": {"type": "integer", "minimum": 1, "maximum": 1000},
        "description": f"How many at most; of offers {MOST_OFFERS}, of others 1000.",
    },
    "minutes": {"schema": {"type": "integer", "minimum": 1, "maximum": 1440}, "description": "60 unless given."},
    "fresh": {
        "schema": {"enum": ["true", "false"], "default": "false"},
        "description": "Decide anew, though nothing has changed since the last decision.",
    },
    "mode": {"schema": {"enum": ["placement", "learning", "review", "explore"]}},
    "with": {"required": True, "schema": {"type": "integer"}, "description": "The other cohort's id."},
    "skill": {"required": True, "schema": {"type": "string"}, "description": "IRI of a skill."},
    "id": {"schema": {"type": "string"}, "description": "IRI of a collection; for publishing, only of a CSV."},
    "name": {"schema": {"type": "string"}, "description": "Name of a collection published as CSV."},
    "format": {"schema": {"enum": ["json", "csv", "case", "profile"]}, "description": "json unless given."},
}
