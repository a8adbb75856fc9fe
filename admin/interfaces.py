"""The one description of all JSON calls: each package's addresses and answers, joined."""

import json

import adaptive.routes
import tutor.api
from adaptive.api.answers import ANSWERS
from adaptive.api.openapi import described

ADDRESSES = (*adaptive.routes.ADDRESSES, *tutor.api.ADDRESSES)


def document() -> str:
    """schema/openapi.json as it should be."""
    return json.dumps(described(ADDRESSES, {**ANSWERS, **tutor.api.ANSWERS}), indent=1, ensure_ascii=False) + "\n"
