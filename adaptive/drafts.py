"""Activities met in statements that no collection has, as entries to copy into one, with all that statements told."""

from collections.abc import Mapping, Sequence
from typing import Any, get_args

from adaptive.activities import Described, described_ids, discovered_activities, text_in
from adaptive.catalogue import Catalogue
from adaptive.catalogue.document import Interaction
from adaptive.catalogue.keys import Parts, key_faults
from lrs.observers import AnyConnection
from lrs.vocabulary import definitions

INTERACTIONS: tuple[str, ...] = get_args(Interaction)


async def drafts(connection: AnyConnection, store_id: int, catalogue: Catalogue, most: int) -> list[dict[str, Any]]:
    """At most so many drafts; `skills` are IRIs the record knows."""
    found = await discovered_activities(connection, store_id)
    new = [row for row in found if row[0] not in catalogue.activities][:most]
    names = await described_ids(connection, store_id, {skill for _, skills, _ in new for skill in skills})
    known = await definitions(connection, store_id, [item for item, _, _ in new])
    return [
        draft(shown, [names[skill][0] for skill in skills if skill in names], known.get(item, {}))
        for item, skills, shown in new
    ]


def draft(shown: Described, skills: Sequence[str], definition: Mapping[str, Any]) -> dict[str, Any]:
    """A catalogue entry of an activity, from its xAPI definition (xAPI Data 2.4.4.1). Pure."""
    entry: dict[str, Any] = {"id": shown.iri, "name": shown.name, "format": shown.format, "skills": list(skills)}
    if description := text_in(definition.get("description")):
        entry["description"] = description
    if more := definition.get("moreInfo"):
        entry["launch"] = more
    return entry | _question(definition, description or shown.name)


def _question(definition: Mapping[str, Any], prompt: str) -> dict[str, Any]:
    """The question of an entry; nothing where the definition is none that could be marked as it stands."""
    told = definition.get("interactionType")
    if not told:
        return {}
    interaction = told if told in INTERACTIONS else "other"
    parts = {name: _components(definition.get(name)) for name in ("choices", "source", "target")}
    key = [str(pattern) for pattern in definition.get("correctResponsesPattern") or () if pattern]
    if any(key_faults(interaction, key, Parts(*(tuple(part) for part in parts.values())))):
        return {}
    given = {"interaction": interaction, "prompt": prompt, **parts, "key": key}
    return {name: value for name, value in given.items() if value}


def _components(given: Any) -> dict[str, str]:
    """Interaction components as id → text."""
    return {str(one["id"]): text_in(one.get("description")) or str(one["id"]) for one in given or ()}
