"""The published profile keeps the rules of the xAPI Profile specification 1.0 (part two, Document Structure), and the
check would tell if it did not."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from datetime import datetime
from typing import Any

import pytest

from lrs import formats
from lrs.schema import schema_folder

PROFILE: dict[str, Any] = json.loads((schema_folder() / "profile.jsonld").read_text())
CONTEXT = "https://w3id.org/xapi/profiles/context"
NAMED = {"id", "type", "inScheme", "prefLabel", "definition"}
RELATED = {"broader", "broadMatch", "narrower", "narrowMatch", "related", "relatedMatch", "exactMatch"}
EXTENSION = {"deprecated", "context", "schema", "inlineSchema"}
OPTIONAL = {
    "Verb": {"deprecated", *RELATED},
    "ActivityType": {"deprecated", *RELATED},
    "ContextExtension": {"recommendedVerbs", *EXTENSION},
    "ResultExtension": {"recommendedVerbs", *EXTENSION},
    "ActivityExtension": {"recommendedActivityTypes", *EXTENSION},
    "StatementTemplate": {"deprecated", "verb", "objectActivityType", "rules"},
}
TOP = {"id", "@context", "type", "conformsTo", "prefLabel", "definition", "versions", "author"}
TOP_OPTIONAL = {"seeAlso", "concepts", "templates", "patterns"}
JSON_TYPES = {"string", "number", "integer", "boolean", "object", "array", "null"}
STEP = r"(\.[A-Za-z]+|\[(\*|\d+|'[^']+')\])"
JSON_PATH = re.compile(rf"\$?{STEP}+")


def faults(profile: Mapping[str, Any]) -> list[str]:
    """What is wrong with a profile; the kinds of parts that ours has not are refused."""
    found = [*_properties(profile, "profile", TOP, TOP_OPTIONAL), *_versions(profile)]
    if profile.get("type") != "Profile" or CONTEXT not in (profile.get("@context"), *profile.get("@context", ())):
        found.append("profile: type or @context")
    if profile.get("conformsTo") != "https://w3id.org/xapi/profiles#1.0":
        found.append("profile: conformsTo")
    author = profile.get("author", {})
    if author.get("type") not in ("Organization", "Person") or not isinstance(author.get("name"), str):
        found.append("profile: author")
    found += [f"{name} is empty" for name in ("concepts", "templates", "patterns") if profile.get(name, ...) == []]
    parts = [*profile.get("concepts", ()), *profile.get("templates", ())]
    ids = [part.get("id") for part in (profile, *profile.get("versions", ()), *parts)]
    found += [f"{id_} is there twice" for id_ in ids if ids.count(id_) > 1]
    kinds = {part.get("id"): part.get("type") for part in parts}
    for part in parts:
        found += [f"{part.get('id')}: {fault}" for fault in _part(part, profile, kinds)]
    return found


def _properties(part: Mapping[str, Any], where: str, required: set[str], optional: set[str]) -> Iterator[str]:
    yield from (f"{where} lacks {name}" for name in required - part.keys())
    yield from (f"{where} may not have {name}" for name in part.keys() - required - optional)
    if not formats.is_iri(str(part.get("id"))):
        yield f"{where}: id is no IRI"
    for name in ("prefLabel", "definition"):
        texts = part.get(name)
        if not isinstance(texts, dict) or not texts or not all(isinstance(text, str) for text in texts.values()):
            yield f"{where}: {name} is no language map"


def _versions(profile: Mapping[str, Any]) -> Iterator[str]:
    versions = profile.get("versions", [])
    times = []
    for version in versions:
        if not formats.is_iri(version.get("id", "")) or version.get("id") == profile.get("id"):
            yield "version: id"
        times.append(datetime.fromisoformat(version.get("generatedAtTime", "0001-01-01T00:00:00+00:00")))
    first = min(range(len(times)), key=times.__getitem__, default=0)
    for n, version in enumerate(versions):
        if (n != first) != ("wasRevisionOf" in version):
            yield "version: all but the first revise another"
    if not versions or any(time.tzinfo is None or time.year < 2000 for time in times):
        yield "versions"


def _part(part: Mapping[str, Any], profile: Mapping[str, Any], kinds: Mapping[str, str]) -> Iterator[str]:
    kind = part.get("type", "")
    if kind not in OPTIONAL:
        yield f"type {kind}"
        return
    yield from _properties(part, kind, NAMED, OPTIONAL[kind])
    if part.get("inScheme") not in [version["id"] for version in profile["versions"]]:
        yield "inScheme is no version of the profile"
    if {"schema", "inlineSchema"} <= part.keys():
        yield "schema and inlineSchema"
    if "inlineSchema" in part and json.loads(part["inlineSchema"]).get("type") not in JSON_TYPES:
        yield "inlineSchema is no JSON Schema"
    own = profile["id"] + "/"
    for verb in (*part.get("recommendedVerbs", ()), *([part["verb"]] if "verb" in part else ())):
        if not formats.is_iri(verb) or (verb.startswith(own) and kinds.get(verb) != "Verb"):
            yield f"{verb} is no verb"
    type_ = part.get("objectActivityType")
    if type_ is not None and kinds.get(type_) != "ActivityType":
        yield f"{type_} is no activity type"
    for rule in part.get("rules", ()):
        yield from _rule(rule, own, kinds)


def _rule(rule: Mapping[str, Any], own: str, kinds: Mapping[str, str]) -> Iterator[str]:
    if rule.keys() - {"location", "selector", "presence", "any", "all", "none", "scopeNote"}:
        yield "rule: unknown property"
    if not {"presence", "any", "all", "none"} & rule.keys():
        yield "rule: requires nothing"
    if rule.get("presence", "included") not in ("included", "excluded", "recommended"):
        yield "rule: presence"
    if not JSON_PATH.fullmatch(rule.get("location", "")):
        yield "rule: location is no JSONPath of strings, numbers and stars"
    for name in ("any", "all", "none"):
        if name in rule and (not isinstance(rule[name], list) or not rule[name]):
            yield f"rule: {name}"
    for place, extension in re.findall(r"(context|result)\.extensions\['([^']+)'\]", rule.get("location", "")):
        if extension.startswith(own) and kinds.get(extension) != f"{place.title()}Extension":
            yield f"rule: {extension} is no extension of a {place}"


def test_the_published_profile_keeps_the_rules() -> None:
    assert faults(PROFILE) == []


def _set(*path: Any, value: Any) -> Callable[[dict[str, Any]], None]:
    def change(profile: Any) -> None:
        for step in path[:-1]:
            profile = profile[step]
        profile[path[-1]] = value

    return change


def _without(*path: Any) -> Callable[[dict[str, Any]], None]:
    def change(profile: Any) -> None:
        for step in path[:-1]:
            profile = profile[step]
        del profile[path[-1]]

    return change


EXTENSION_AT = next(n for n, concept in enumerate(PROFILE["concepts"]) if concept["type"] == "ContextExtension")


@pytest.mark.parametrize(
    "change",
    [
        _set("patterns", value=[]),
        _set("concepts", value=[]),
        _without("conformsTo"),
        _set("@context", value="https://example.org/context"),
        _set("extra", value=1),
        _set("prefLabel", value="Proximal"),
        _set("author", "type", value="Company"),
        _without("author", "name"),
        _set("versions", value=[]),
        _set("versions", 0, "generatedAtTime", value="2026-11-22T00:00:00"),
        _set("versions", 0, "wasRevisionOf", value=["https://example.org/v0"]),
        _set("versions", 0, "id", value=PROFILE["id"]),
        _set("concepts", 0, "type", value="Verbs"),
        _set("concepts", 0, "inScheme", value=PROFILE["id"]),
        _without("concepts", 0, "definition"),
        _set("concepts", 0, "id", value="offered"),
        _set("concepts", 0, "id", value=PROFILE["concepts"][1]["id"]),
        _set("concepts", 0, "recommendedVerbs", value=[]),
        _set("concepts", EXTENSION_AT, "inlineSchema", value='{"type": "text"}'),
        _set("concepts", EXTENSION_AT, "schema", value="https://example.org/schema"),
        _set("concepts", EXTENSION_AT, "type", value="ResultExtension"),
        _set("concepts", EXTENSION_AT, "recommendedVerbs", value=[PROFILE["id"] + "/verbs/sung"]),
        _set("templates", 0, "verb", value=PROFILE["id"] + "/verbs/sung"),
        _set("templates", 0, "objectActivityType", value=PROFILE["concepts"][0]["id"]),
        _set("templates", 0, "rules", 0, value={"location": "$.result"}),
        _set("templates", 0, "rules", 0, "location", value="$..id[?(@.x)]"),
        _set("templates", 0, "rules", 0, "presence", value="required"),
        _set("templates", 0, "rules", 0, "any", value=[]),
    ],
)
def test_a_profile_that_breaks_a_rule_is_found_out(change: Callable[[dict[str, Any]], None]) -> None:
    broken = deepcopy(PROFILE)
    change(broken)
    assert faults(broken)
