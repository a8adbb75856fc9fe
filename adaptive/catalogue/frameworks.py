"""Collections from others' formats: CASE frameworks of competencies, and xAPI Profiles. Pure.

CASE 1.0 (1EdTech Competencies and Academic Standards Exchange), a CFPackage: its items become skills, `isChildOf` the
hierarchy, `precedes` prerequisites. xAPI Profiles 1.0: concepts that are activities become activities, or skills where
their type is one; `broader` concepts become parents.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from adaptive.catalogue.document import CatalogueInvalid
from adaptive.context_skills import SKILL_WORDS
from lrs.errors import Fault

LONGEST_NAME = 120
FORMATS = {"video": "video", "media": "video", "article": "reading", "page": "reading", "book": "reading"}
FORMATS |= {"assessment": "quiz", "question": "quiz", "cmi.interaction": "quiz", "simulation": "interactive"}


def document_from_case(package: Any) -> dict[str, Any]:
    """A collection document from a CFPackage."""
    head = _part(package, "CFDocument", dict)
    items = _part(package, "CFItems", list)
    links = package.get("CFAssociations") or []
    listed = [_skill(item, n) for n, item in enumerate(items)]
    skills = {skill["id"]: skill for skill in reversed(listed)}
    for kind, origin, destination in _associations(links):
        if kind == "isChildOf" and origin in skills and destination in skills:
            skills[origin]["parent"] = destination
        elif kind == "precedes" and origin in skills and destination in skills:
            skills[destination].setdefault("prerequisites", []).append(origin)
    return {
        "id": str(head.get("uri") or ""),
        "name": str(head.get("title") or ""),
        "description": str(head.get("description") or ""),
        "language": str(head.get("language") or "en"),
        "skills": listed,
    }


def document_from_profile(profile: Any) -> dict[str, Any]:
    """A collection document from an xAPI Profile (JSON-LD)."""
    concepts = _part(profile, "concepts", list)
    skills: list[dict[str, Any]] = []
    activities: list[dict[str, Any]] = []
    for concept in concepts:
        if not isinstance(concept, dict) or concept.get("type") != "Activity":
            continue
        definition = concept.get("activityDefinition")
        definition = definition if isinstance(definition, dict) else {}
        word = str(definition.get("type") or "").rstrip("/").replace("#", "/").rsplit("/", 1)[-1].lower()
        entry = {"id": str(concept.get("id") or ""), "name": _text(definition.get("name")) or str(concept.get("id"))}
        if description := _text(definition.get("description")):
            entry["description"] = description
        if word in SKILL_WORDS:
            skills.append(entry)
        else:
            activities.append({**entry, "format": FORMATS.get(word, "external")})
    known = {skill["id"] for skill in skills}
    broader = {str(one.get("id")): one.get("broader") for one in concepts if isinstance(one, dict)}
    for skill in skills:
        above = broader.get(skill["id"])
        if isinstance(above, list) and above and str(above[0]) in known:
            skill["parent"] = str(above[0])
    name = _text(profile.get("prefLabel"))
    return {"id": str(profile.get("id") or ""), "name": name, "skills": skills, "activities": activities}


def _part(document: Any, name: str, kind: type) -> Any:
    found = document.get(name) if isinstance(document, Mapping) else None
    if not isinstance(found, kind):
        raise CatalogueInvalid(f"The document has no {name}.", [Fault(name, "is missing")])
    return found


def _skill(item: Any, number: int) -> dict[str, Any]:
    if not isinstance(item, dict) or not item.get("uri") or not item.get("fullStatement"):
        fault = Fault(f"CFItems[{number}]", "needs uri and fullStatement")
        raise CatalogueInvalid(f"CFItems[{number}] needs uri and fullStatement.", [fault])
    statement = str(item["fullStatement"])
    short = str(item.get("abbreviatedStatement") or statement)
    code = item.get("humanCodingScheme")
    name = f"{code}: {short}" if code else short
    name = name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1].rstrip() + "…"
    return {"id": str(item["uri"]), "name": name, "description": statement}


def _associations(links: Any) -> Iterator[tuple[str, str, str]]:
    for link in links if isinstance(links, list) else ():
        if not isinstance(link, dict):
            continue
        nodes = [link.get(end) for end in ("originNodeURI", "destinationNodeURI")]
        origin, destination = (node.get("uri") if isinstance(node, dict) else None for node in nodes)
        if origin and destination:
            yield str(link.get("associationType")), str(origin), str(destination)


def _text(texts: Any) -> str:
    if not isinstance(texts, dict) or not texts:
        return ""
    return str(next((text for tag, text in texts.items() if tag.startswith("en")), next(iter(texts.values()))))
