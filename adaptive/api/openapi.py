"""The OpenAPI 3.1 document of the API, made from its addresses; schema/openapi.json is kept equal by a test."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic.json_schema import models_json_schema

from adaptive.api.calls import MOST_OFFERS, Address

Schema = dict[str, Any]


def described(addresses: Iterable[Address]) -> Schema:
    """The document."""
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
            "title": "Proximal: adaptive service",
            "version": "1",
            "description": "What a learner should do next. Agents are xAPI agents as JSON; levels are logits.",
        },
        "security": [{"basic": []}, {"bearer": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "basic": {"type": "http", "scheme": "basic"},
                "bearer": {"type": "http", "scheme": "bearer"},
            },
            "schemas": {**definitions["$defs"], **ANSWERS},
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
    "mode": {"schema": {"enum": ["placement", "learning", "review", "explore"]}},
    "with": {"required": True, "schema": {"type": "integer"}, "description": "The other cohort's id."},
    "skill": {"required": True, "schema": {"type": "string"}, "description": "IRI of a skill."},
    "id": {"schema": {"type": "string"}, "description": "IRI of a collection; for publishing, only of a CSV."},
    "name": {"schema": {"type": "string"}, "description": "Name of a collection published as CSV."},
    "format": {"schema": {"enum": ["json", "csv", "case", "profile"]}, "description": "json unless given."},
}


def _object(required: Mapping[str, Schema], optional: Mapping[str, Schema] | None = None) -> Schema:
    return {"type": "object", "required": list(required), "properties": {**required, **(optional or {})}}


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "number"}
COUNT: Schema = {"type": "integer", "minimum": 0}
SHARE: Schema = {"type": "number", "minimum": 0, "maximum": 1}
MOMENT: Schema = {"type": "string", "format": "date-time"}
DAY: Schema = {"type": "string", "format": "date"}
UUID: Schema = {"type": "string", "format": "uuid"}
_REASON = _object({"code": TEXT, "text": TEXT, "facts": {"type": "object"}})
_OFFERED = {
    "activity": _object(
        {"id": TEXT, "name": TEXT, "format": TEXT, "minutes": _or_null(NUMBER), "launch": _or_null(TEXT)}
    ),
    "skills": _list(TEXT),
    "success_probability": SHARE,
    "reasons": _list(_REASON),
}
_RECOMMENDATIONS = {
    "decision": UUID,
    "mode": {"enum": ["placement", "learning", "review", "explore"]},
    "item_version": COUNT,
    "recommendations": _list(_object(_OFFERED)),
}
_SAID = {
    "message": {"type": "string", "description": "Why there is nothing, or which wish had to give way."},
    "relaxed": _or_null(TEXT),
}
_SAMPLE = _object({"members": COUNT, "mean": _or_null(NUMBER), "sd": _or_null(NUMBER)})
_DIFFERENCE = _object({"mean": _or_null(NUMBER), "interval": _or_null(_list(NUMBER))})

ANSWERS: Mapping[str, Schema] = {
    "Agent": {"type": "object", "description": "An xAPI agent (xAPI Data 2.4.2) with one identifier."},
    "Error": _object(
        {
            "status": COUNT,
            "code": TEXT,
            "message": TEXT,
            "errors": _list(_object({"path": TEXT, "message": TEXT}, {"statement": COUNT})),
        }
    ),
    "Recommendations": _object(_RECOMMENDATIONS, _SAID),
    "RecommendationsBatch": _list(_object({"agent": _ref("Agent"), **_RECOMMENDATIONS}, _SAID)),
    "Profile": _object(
        {
            "agent": _ref("Agent"),
            "item_version": COUNT,
            "skills": _list(
                _object(
                    {
                        "id": TEXT,
                        "name": TEXT,
                        "state": {"enum": ["unknown", "learning", "mastered", "review"]},
                        "level": _or_null(NUMBER),
                        "interval": _or_null({"type": "array", "items": NUMBER, "minItems": 2, "maxItems": 2}),
                        "mastery_probability": SHARE,
                        "evidence": COUNT,
                        "last_evidence": _or_null(MOMENT),
                        "target": NUMBER,
                    },
                    {"self_assessment": _object({"level": NUMBER, "gap": _or_null(NUMBER)})},
                )
            ),
        }
    ),
    "Decision": _object(
        {
            "decision": UUID,
            "made": MOMENT,
            "mode": TEXT,
            "policy": TEXT,
            "item_version": COUNT,
            "catalogue_version": COUNT,
            "agent": _ref("Agent"),
            "request": {"type": "object"},
            "evidence": COUNT,
            "offers": _list(
                _object(
                    {
                        **_OFFERED,
                        "score": NUMBER,
                        "components": {"type": "object", "description": "Addends of the score, in nats."},
                        "propensity": SHARE,
                        "terms": {"type": "object", "description": "Addends of the prediction, in logits."},
                    }
                )
            ),
            "draws": _list(
                _object({"activities": _list(TEXT), "scores": _list(NUMBER), "probabilities": _list(SHARE)})
            ),
            "blocked": {"type": "object", "description": "How many activities each filter removed."},
            "relaxed": _or_null(TEXT),
            "message": _or_null(TEXT),
        }
    ),
    "Goals": _list(_object({"skill": TEXT, "level": NUMBER, "due": _or_null(DAY), "made": MOMENT})),
    "SelfAssessments": _list(
        _object(
            {
                "skill": TEXT,
                "level": NUMBER,
                "made": MOMENT,
                "validated_by": _or_null(TEXT),
                "validated": _or_null(MOMENT),
            }
        )
    ),
    "Talks": _list(
        _object(
            {
                "id": {"type": "integer"},
                "author": TEXT,
                "note": TEXT,
                "next_step": TEXT,
                "activity": _or_null(TEXT),
                "due": _or_null(DAY),
                "made": MOMENT,
            }
        )
    ),
    "Feedback": _list(
        _object(
            {
                "decision_id": _or_null(UUID),
                "activity": TEXT,
                "answer": TEXT,
                "until": _or_null(MOMENT),
                "comment": TEXT,
                "made": MOMENT,
            }
        )
    ),
    "Paths": _list(
        _object(
            {
                "id": TEXT,
                "name": TEXT,
                "due": _or_null(MOMENT),
                "complete": {"type": "boolean"},
                "required": _list(
                    _object({"activity": TEXT, "completed": _or_null(MOMENT), "expired": {"type": "boolean"}})
                ),
                "electives": _list(
                    _object({"skill": TEXT, "choose": COUNT, "completed": _list(TEXT), "open": _list(TEXT)})
                ),
            }
        )
    ),
    "Placement": _object(
        {
            "placement": UUID,
            "agent": _ref("Agent"),
            "skills": _list(TEXT),
            "given": COUNT,
            "level": NUMBER,
            "error": NUMBER,
            "interval": {"type": "array", "items": NUMBER, "minItems": 2, "maxItems": 2},
            "item": _or_null(_object({"id": TEXT, "name": TEXT, "launch": _or_null(TEXT)})),
            "stop": _or_null({"enum": ["precision", "length", "exhausted"]}),
        }
    ),
    "Token": _object({"token": TEXT, "expires": MOMENT}),
    "Made": _object({"id": {"type": "integer"}}),
    "Cohorts": _list(
        _object(
            {
                "id": {"type": "integer"},
                "name": TEXT,
                "role": _or_null(TEXT),
                "path": _or_null(TEXT),
                "policy": _or_null(TEXT),
                "due": _or_null(DAY),
                "created": MOMENT,
                "members": COUNT,
            }
        )
    ),
    "Members": _list(_object({"agent": _ref("Agent"), "name": TEXT, "joined": MOMENT})),
    "Levels": _list(
        _object(
            {
                "agent": _ref("Agent"),
                "name": TEXT,
                "levels": _list(
                    _object(
                        {
                            "skill": TEXT,
                            "name": TEXT,
                            "level": NUMBER,
                            "sd": NUMBER,
                            "evidence": COUNT,
                            "last_evidence": MOMENT,
                            "mastery_probability": SHARE,
                        }
                    )
                ),
            }
        )
    ),
    "Comparison": _object(
        {
            "cohorts": _list(
                _object(
                    {
                        "id": {"type": "integer"},
                        "name": TEXT,
                        "policy": TEXT,
                        "mastered": _SAMPLE,
                        "responses": _SAMPLE,
                        "score": _SAMPLE,
                    }
                )
            ),
            "differences": _object({"mastered": _DIFFERENCE, "responses": _DIFFERENCE, "score": _DIFFERENCE}),
        }
    ),
    "Overrides": _list(
        _object(
            {
                "id": {"type": "integer"},
                "cohort_id": _or_null({"type": "integer"}),
                "cohort": _or_null(TEXT),
                "learner_id": _or_null({"type": "integer"}),
                "activity": TEXT,
                "action": {"enum": ["pin", "ban", "lock", "assign"]},
                "due": _or_null(DAY),
                "note": TEXT,
                "author": TEXT,
                "made": MOMENT,
            }
        )
    ),
    "CatalogueOverview": _object(
        {
            "version": COUNT,
            "collections": _list(
                _object(
                    {
                        "id": TEXT,
                        "name": TEXT,
                        "language": TEXT,
                        "skills": COUNT,
                        "activities": COUNT,
                        "untagged": _list(TEXT),
                    }
                )
            ),
        }
    ),
    "Version": _object({"version": COUNT}),
    "CatalogueHistory": _list(
        _object(
            {
                "version": COUNT,
                "collection": TEXT,
                "withdrawn": {"type": "boolean"},
                "bytes": _or_null(COUNT),
                "published": MOMENT,
                "author": TEXT,
                "note": TEXT,
            }
        )
    ),
    "Drafts": _list(_object({"id": TEXT, "name": TEXT, "format": TEXT, "skills": _list(TEXT)})),
}
