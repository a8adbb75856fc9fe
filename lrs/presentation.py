"""The formats of a statement (xAPI Communication 2.1.3): as sent, only what identifies, or with canonical definitions.

Pure.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from lrs.agents import identity
from lrs.terms import term_id as term

COMPONENTS = ("choices", "scale", "source", "target", "steps")


def ids_only(statement: Mapping[str, Any]) -> dict[str, Any]:
    """format=ids: agents, groups, activities and verbs with no more than identifies them."""
    plain = {**statement, "actor": _actor(statement["actor"]), "verb": {"id": statement["verb"]["id"]}}
    plain["object"] = _object(statement["object"])
    if "authority" in statement:
        plain["authority"] = _actor(statement["authority"])
    if "context" in statement:
        plain["context"] = _context(statement["context"])
    return plain


def _object(thing: Mapping[str, Any]) -> dict[str, Any]:
    kind = thing.get("objectType", "Activity")
    if kind == "Activity":
        return _activity(thing)
    if kind in ("Agent", "Group"):
        return _actor(thing)
    return ids_only(thing) if kind == "SubStatement" else dict(thing)


def _activity(activity: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": activity["id"]}


def _actor(agent: Mapping[str, Any]) -> dict[str, Any]:
    kind = {"objectType": agent["objectType"]} if "objectType" in agent else {}
    known = identity(agent)
    members = {} if known or "member" not in agent else {"member": [_actor(each) for each in agent["member"]]}
    return {**kind, **known, **members}


def _context(context: Mapping[str, Any]) -> dict[str, Any]:
    plain = dict(context)
    for name in ("instructor", "team"):
        if name in plain:
            plain[name] = _actor(plain[name])
    if "contextActivities" in plain:
        plain["contextActivities"] = {
            name: [_activity(each) for each in activities] for name, activities in plain["contextActivities"].items()
        }
    for name, part in (("contextAgents", "agent"), ("contextGroups", "group")):
        if name in plain:
            plain[name] = [{**each, part: _actor(each[part])} for each in plain[name]]
    return plain


def terms_of(statement: Mapping[str, Any]) -> tuple[set[int], set[int]]:
    """The terms of the activities and of the verbs in a statement, whose canonical forms `canonical` needs."""
    return {term(each["id"]) for each in _activities(statement)}, {term(each["id"]) for each in _verbs(statement)}


def canonical(
    statement: dict[str, Any],
    definitions: Mapping[int, Mapping[str, Any]],
    displays: Mapping[int, Mapping[str, str]],
    languages: str | None,
) -> dict[str, Any]:
    """format=canonical: known definitions and displays by term, each language map cut to the one best language.

    `languages` is an Accept-Language header. The statement is changed and returned.
    """
    ranges = accepted(languages)
    for activity in _activities(statement):
        definition = {**activity.get("definition", {}), **definitions.get(term(activity["id"]), {})}
        if definition:
            activity["definition"] = _in_language(definition, ranges)
    for verb in _verbs(statement):
        display = displays.get(term(verb["id"])) or verb.get("display")
        if display:
            verb["display"] = one_language(display, ranges)
    return statement


def _in_language(definition: Mapping[str, Any], ranges: list[str]) -> dict[str, Any]:
    chosen = dict(definition)
    for name in ("name", "description"):
        if chosen.get(name):
            chosen[name] = one_language(chosen[name], ranges)
    for name in COMPONENTS:
        if name in chosen:
            chosen[name] = [
                {**each, "description": one_language(each["description"], ranges)} if each.get("description") else each
                for each in chosen[name]
            ]
    return chosen


def accepted(header: str | None) -> list[str]:
    """The language ranges of an Accept-Language header in lower case, the best first, refused ones left out."""
    weighted = []
    for place, piece in enumerate((header or "").split(",")):
        tag, _, quality = piece.strip().partition(";")
        try:
            weight = float(quality.strip().removeprefix("q=") or 1)
        except ValueError:
            weight = 1.0
        if tag.strip() and weight > 0:
            weighted.append((-weight, place, tag.strip().lower()))
    return [tag for _, _, tag in sorted(weighted)]


def one_language(texts: Mapping[str, str], ranges: list[str]) -> dict[str, str]:
    """A language map cut to the tag that fits the ranges best (RFC 4647 section 3.4), or to its first."""
    for wanted in ranges:
        if wanted == "*":
            break
        parts = wanted.split("-")
        for length in range(len(parts), 0, -1):
            prefix = "-".join(parts[:length])
            for tag in texts:
                if tag.lower() == prefix or tag.lower().startswith(prefix + "-"):
                    return {tag: texts[tag]}
    return dict(list(texts.items())[:1])


def _activities(statement: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    thing = statement["object"]
    kind = thing.get("objectType", "Activity")
    if kind == "Activity":
        yield thing
    elif kind == "SubStatement":
        yield from _activities(thing)
    for activities in statement.get("context", {}).get("contextActivities", {}).values():
        yield from activities


def _verbs(statement: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    yield statement["verb"]
    if statement["object"].get("objectType") == "SubStatement":
        yield statement["object"]["verb"]
