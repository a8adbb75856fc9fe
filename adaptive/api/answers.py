"""JSON Schemas of what the API answers, by name."""

from collections.abc import Mapping
from typing import Any

Schema = dict[str, Any]


def record(required: Mapping[str, Schema], optional: Mapping[str, Schema] | None = None) -> Schema:
    return {"type": "object", "required": list(required), "properties": {**required, **(optional or {})}}


def listing(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "number"}
COUNT: Schema = {"type": "integer", "minimum": 0}
SHARE: Schema = {"type": "number", "minimum": 0, "maximum": 1}
MOMENT: Schema = {"type": "string", "format": "date-time"}
DAY: Schema = {"type": "string", "format": "date"}
UUID: Schema = {"type": "string", "format": "uuid"}
_REASON = record({"code": TEXT, "text": TEXT, "facts": {"type": "object"}})
_OFFERED = {
    "activity": record({"id": TEXT, "name": TEXT, "format": TEXT, "minutes": or_null(NUMBER), "launch": or_null(TEXT)}),
    "skills": listing(TEXT),
    "success_probability": SHARE,
    "reasons": listing(_REASON),
}
_RECOMMENDATIONS = {
    "decision": UUID,
    "mode": {"enum": ["placement", "learning", "review", "explore"]},
    "item_version": COUNT,
    "recommendations": listing(record(_OFFERED)),
}
_SAID = {
    "message": {"type": "string", "description": "Why there is nothing, or which wish had to give way."},
    "relaxed": or_null(TEXT),
}
_RATED = record({"level": NUMBER, "gap": or_null(NUMBER), "validated_by": or_null(TEXT)})
_SURE = record({"sure_right": COUNT, "sure_wrong": COUNT, "unsure_right": COUNT, "unsure_wrong": COUNT})
_SAMPLE = record({"members": COUNT, "mean": or_null(NUMBER), "sd": or_null(NUMBER)})
_DIFFERENCE = record({"mean": or_null(NUMBER), "interval": or_null(listing(NUMBER))})

ANSWERS: Mapping[str, Schema] = {
    "Agent": {"type": "object", "description": "An xAPI agent (xAPI Data 2.4.2) with one identifier."},
    "Error": record(
        {
            "status": COUNT,
            "code": TEXT,
            "message": TEXT,
            "errors": listing(record({"path": TEXT, "message": TEXT}, {"statement": COUNT})),
        }
    ),
    "Recommendations": record(_RECOMMENDATIONS, _SAID),
    "RecommendationsBatch": listing(record({"agent": ref("Agent"), **_RECOMMENDATIONS}, _SAID)),
    "Profile": record(
        {
            "agent": ref("Agent"),
            "item_version": COUNT,
            "skills": listing(
                record(
                    {
                        "id": TEXT,
                        "name": TEXT,
                        "state": {"enum": ["unknown", "learning", "mastered", "review"]},
                        "level": or_null(NUMBER),
                        "interval": or_null({"type": "array", "items": NUMBER, "minItems": 2, "maxItems": 2}),
                        "mastery_probability": SHARE,
                        "evidence": COUNT,
                        "last_evidence": or_null(MOMENT),
                        "target": NUMBER,
                    },
                    {"self_assessment": _RATED, "confidence": _SURE},
                )
            ),
        }
    ),
    "Decision": record(
        {
            "decision": UUID,
            "made": MOMENT,
            "mode": TEXT,
            "policy": TEXT,
            "item_version": COUNT,
            "catalogue_version": COUNT,
            "agent": ref("Agent"),
            "request": {"type": "object"},
            "evidence": COUNT,
            "offers": listing(
                record(
                    {
                        **_OFFERED,
                        "score": NUMBER,
                        "components": {"type": "object", "description": "Addends of the score, in nats."},
                        "propensity": SHARE,
                        "terms": {"type": "object", "description": "Addends of the prediction, in logits."},
                    }
                )
            ),
            "draws": listing(
                record({"activities": listing(TEXT), "scores": listing(NUMBER), "probabilities": listing(SHARE)})
            ),
            "blocked": {"type": "object", "description": "How many activities each filter removed."},
            "relaxed": or_null(TEXT),
            "message": or_null(TEXT),
        },
        {
            "population_version": COUNT,
            "bandit_version": COUNT,
            "reproduced": {"type": "boolean", "description": "Whether the draws, made again, lead to these offers."},
        },
    ),
    "Goals": listing(record({"skill": TEXT, "level": NUMBER, "due": or_null(DAY), "made": MOMENT})),
    "SelfAssessments": listing(
        record(
            {
                "skill": TEXT,
                "level": NUMBER,
                "made": MOMENT,
                "validated_by": or_null(TEXT),
                "validated": or_null(MOMENT),
            }
        )
    ),
    "Talks": listing(
        record(
            {
                "id": {"type": "integer"},
                "author": TEXT,
                "note": TEXT,
                "next_step": TEXT,
                "activity": or_null(TEXT),
                "due": or_null(DAY),
                "made": MOMENT,
            }
        )
    ),
    "Peers": listing(
        record(
            {
                "id": {"type": "integer"},
                "name": TEXT,
                "purpose": TEXT,
                "author": TEXT,
                "joined": MOMENT,
                "peers": listing({"type": "string", "description": "Name of another member."}),
            }
        )
    ),
    "PeerGroups": listing(
        record(
            {
                "id": {"type": "integer"},
                "name": TEXT,
                "purpose": TEXT,
                "author": TEXT,
                "formed": MOMENT,
                "members": COUNT,
            }
        )
    ),
    "Feedback": listing(
        record(
            {
                "decision_id": or_null(UUID),
                "activity": TEXT,
                "answer": TEXT,
                "until": or_null(MOMENT),
                "comment": TEXT,
                "made": MOMENT,
            }
        )
    ),
    "Paths": listing(
        record(
            {
                "id": TEXT,
                "name": TEXT,
                "due": or_null(MOMENT),
                "complete": {"type": "boolean"},
                "required": listing(
                    record({"activity": TEXT, "completed": or_null(MOMENT), "expired": {"type": "boolean"}})
                ),
                "electives": listing(
                    record({"skill": TEXT, "choose": COUNT, "completed": listing(TEXT), "open": listing(TEXT)})
                ),
            }
        )
    ),
    "Placement": record(
        {
            "placement": UUID,
            "agent": ref("Agent"),
            "skills": listing(TEXT),
            "given": COUNT,
            "level": NUMBER,
            "error": NUMBER,
            "interval": {"type": "array", "items": NUMBER, "minItems": 2, "maxItems": 2},
            "item": or_null(record({"id": TEXT, "name": TEXT, "launch": or_null(TEXT)})),
            "stop": or_null({"enum": ["precision", "length", "exhausted"]}),
        }
    ),
    "Token": record({"token": TEXT, "expires": MOMENT}),
    "Made": record({"id": {"type": "integer"}}),
    "Cohorts": listing(
        record(
            {
                "id": {"type": "integer"},
                "name": TEXT,
                "role": or_null(TEXT),
                "path": or_null(TEXT),
                "policy": or_null(TEXT),
                "due": or_null(DAY),
                "created": MOMENT,
                "members": COUNT,
            }
        )
    ),
    "Identities": listing(record({"agent": or_null(ref("Agent")), "merged": MOMENT})),
    "Members": listing(record({"agent": ref("Agent"), "name": TEXT, "joined": MOMENT})),
    "Levels": listing(
        record(
            {
                "agent": ref("Agent"),
                "name": TEXT,
                "levels": listing(
                    record(
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
    "Comparison": record(
        {
            "cohorts": listing(
                record(
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
            "differences": record({"mastered": _DIFFERENCE, "responses": _DIFFERENCE, "score": _DIFFERENCE}),
        }
    ),
    "Overrides": listing(
        record(
            {
                "id": {"type": "integer"},
                "cohort_id": or_null({"type": "integer"}),
                "cohort": or_null(TEXT),
                "learner_id": or_null({"type": "integer"}),
                "activity": TEXT,
                "action": {"enum": ["pin", "ban", "lock", "assign"]},
                "due": or_null(DAY),
                "note": TEXT,
                "author": TEXT,
                "made": MOMENT,
            }
        )
    ),
    "CatalogueOverview": record(
        {
            "version": COUNT,
            "collections": listing(
                record(
                    {
                        "id": TEXT,
                        "name": TEXT,
                        "language": TEXT,
                        "skills": COUNT,
                        "activities": COUNT,
                        "untagged": listing(TEXT),
                    }
                )
            ),
        }
    ),
    "Version": record({"version": COUNT}),
    "CatalogueHistory": listing(
        record(
            {
                "version": COUNT,
                "collection": TEXT,
                "withdrawn": {"type": "boolean"},
                "bytes": or_null(COUNT),
                "published": MOMENT,
                "author": TEXT,
                "note": TEXT,
            }
        )
    ),
    "Drafts": listing(
        record(
            {"id": TEXT, "name": TEXT, "format": TEXT, "skills": listing(TEXT)},
            {
                **dict.fromkeys(("description", "launch", "interaction", "prompt"), TEXT),
                **{part: {"type": "object", "additionalProperties": TEXT} for part in ("choices", "source", "target")},
                "key": listing(TEXT),
            },
        )
    ),
}
