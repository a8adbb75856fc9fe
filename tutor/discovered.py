"""Activities that no catalogue has, as statements describe them: enough to prompt on, and to guard their keys."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from adaptive.activities import text_in
from adaptive.catalogue import Activity, document
from adaptive.engine import guessing_floor
from adaptive.playing import PLAYED
from lrs.observers import AnyConnection
from lrs.queries import queries_beside
from lrs.terms import term_id

_QUERIES = queries_beside(__file__)
_COMPONENTS = ("choices", "source", "target")


async def discovered(connection: AnyConnection, store_id: int, iri: str) -> Activity | None:
    """The activity as the record knows it, None where no statement told of it."""
    row = await _QUERIES.known_activity(connection, store_id=store_id, activity_id=term_id(iri))
    return row and activity_from(row["iri"], row["definition"], row["skill_ids"] or (), row["choices"])


def activity_from(iri: str, definition: Mapping[str, Any], skill_ids: Any, choices: int | None) -> Activity:
    """A catalogue activity made of an xAPI definition; what of it cannot be used is left out."""
    page = definition.get("moreInfo") or iri
    launch = page if page.startswith(("https://", "http://")) else None
    fields: dict[str, Any] = {"id": iri, "name": text_in(definition.get("name")) or iri, "launch": launch}
    try:
        entry = document.Activity.model_validate({**fields, **_question(definition)})
    except (ValidationError, TypeError, KeyError, AttributeError):
        entry = document.Activity.model_construct(**fields)
    return Activity(
        id=term_id(iri),
        entry=entry,
        collection="",
        language="en",
        skills=tuple(skill_ids),
        difficulty=None,
        guessing=guessing_floor(choices),
        part_of=None,
        parts=(),
    )


def _question(definition: Mapping[str, Any]) -> dict[str, Any]:
    kind = definition.get("interactionType")
    if kind not in PLAYED:
        return {}
    components = {
        name: {each["id"]: text_in(each.get("description")) or each["id"] for each in definition.get(name) or ()}
        for name in _COMPONENTS
    }
    key = list(definition.get("correctResponsesPattern") or _every_key(kind, components["choices"]))
    return {"interaction": kind, "prompt": text_in(definition.get("description")), "key": key, **components}


def _every_key(kind: str, choices: Mapping[str, str]) -> list[str]:
    """Where the key is not known, whatever it might be: any option, any number, either of true and false."""
    if kind == "choice":
        return list(choices)
    return {"numeric": ["[:]"], "true-false": ["true", "false"]}.get(kind, [])
