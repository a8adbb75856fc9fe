"""Rules for the parts of a statement that hold no other statement (xAPI Data 2.4.2, 2.4.3, 2.4.4.1, 2.4.5, 2.4.11)."""

from collections.abc import Mapping, Sequence
from typing import Any

from lrs import formats
from lrs.agents import IDENTIFIERS
from lrs.validation import types
from lrs.validation.known import ACTIVITY, ACTOR, CONTEXT_ACTIVITIES, VERB, trusting
from lrs.validation.shapes import (
    Check,
    Found,
    Shape,
    boolean,
    fault,
    keyed,
    listing,
    matching,
    number,
    one_of,
    record,
    text,
    values_of,
    within,
)

iri = matching(formats.is_iri, "an absolute IRI", types.IRI)
uuid = matching(formats.is_uuid, "a UUID in standard form", types.UUID)
language = matching(formats.is_language_tag, "a language tag (RFC 5646)", types.LANGUAGE)
duration = matching(formats.is_duration, "an ISO 8601 duration with designators, such as PT4H35M59S", types.DURATION)
language_map = keyed(language, "a language tag (RFC 5646)", text)
extensions = keyed(iri, "an absolute IRI", None)

account = record({"homePage": iri, "name": text}, ("homePage", "name"))
IDENTIFIER_FIELDS: dict[str, Check] = {
    "mbox": matching(formats.is_mailto, "a mailto IRI with one address", types.MAILTO),
    "mbox_sha1sum": matching(formats.is_sha1, "40 hexadecimal digits of a SHA-1", types.SHA1),
    "openid": iri,
    "account": account,
}


_identifiers = values_of(*IDENTIFIERS)


def _count(agent: Mapping[str, Any]) -> int:
    return len(IDENTIFIERS) - _identifiers(agent).count(None)


def _one_identifier(agent: Mapping[str, Any]) -> Found | None:
    count = _count(agent)
    return None if count == 1 else fault(f"must have exactly one of {', '.join(IDENTIFIERS)}; it has {count}")


def _identified_or_members(group: Mapping[str, Any]) -> Found | None:
    count = _count(group)
    if count > 1:
        return fault(f"must have at most one of {', '.join(IDENTIFIERS)}; it has {count}")
    return None if count or "member" in group else within("member", fault("is missing, as in every anonymous group"))


agent = record({"objectType": one_of("Agent"), "name": text, **IDENTIFIER_FIELDS}, (), _one_identifier)
group = record(
    {"objectType": one_of("Group"), "name": text, "member": listing(agent), **IDENTIFIER_FIELDS},
    ("objectType",),
    _identified_or_members,
)


def _actor(value: Any) -> Found | None:
    return group(value) if type(value) is dict and value.get("objectType") == "Group" else agent(value)


actor = trusting(ACTOR, _actor)
"""An agent or a group (Data 2.4.2)."""


def identified(value: Any) -> Found | None:
    """An agent or an identified group, as the agent parameter takes it."""
    found = actor(value)
    return _one_identifier(value) if found is None else found


def authority(value: Any) -> Found | None:
    """An agent, or for three-legged OAuth a group of two agents without identifier (Data 2.4.9)."""
    found = actor(value)
    if found is None and value.get("objectType") == "Group" and (_count(value) or len(value["member"]) != 2):
        return fault("must be an agent or a group of exactly two agents without an identifier of its own")
    return found


verb_record = record({"id": iri, "display": language_map}, ("id",))
verb = trusting(VERB, verb_record)

INTERACTIONS = {
    "true-false": (),
    "choice": ("choices",),
    "fill-in": (),
    "long-fill-in": (),
    "matching": ("source", "target"),
    "performance": ("steps",),
    "sequencing": ("choices",),
    "likert": ("scale",),
    "numeric": (),
    "other": (),
}
COMPONENTS = ("choices", "scale", "source", "target", "steps")


def _told_apart(components: Sequence[Mapping[str, Any]]) -> Found | None:
    if len({each["id"] for each in components}) == len(components):
        return None
    return fault("must not have two components with one id")


_components = listing(record({"id": text, "description": language_map}, ("id",)), _told_apart)


_parts_of_interaction = values_of("interactionType", "correctResponsesPattern", *COMPONENTS)


def _fitting_interaction(definition: Mapping[str, Any]) -> Found | None:
    kind, pattern, *given = _parts_of_interaction(definition)
    if kind is pattern is None and given.count(None) == len(given):
        return None
    found: Found = []
    if kind is None and pattern is not None:
        found += within("interactionType", fault("is missing, yet there is a correctResponsesPattern"))
    allowed = INTERACTIONS.get(kind or "", ())
    for name in [name for name, each in zip(COMPONENTS, given, strict=True) if each is not None]:
        if name not in allowed:
            found += within(name, fault(f"does not belong to an interaction of type {kind or 'none'}"))
    return found or None


definition = record(
    {
        "name": language_map,
        "description": language_map,
        "type": iri,
        "moreInfo": iri,
        "extensions": extensions,
        "interactionType": one_of(*INTERACTIONS),
        "correctResponsesPattern": listing(text),
        **dict.fromkeys(COMPONENTS, _components),
    },
    (),
    _fitting_interaction,
)
activity_record = record({"objectType": one_of("Activity"), "id": iri, "definition": definition}, ("id",))
activity = trusting(ACTIVITY, activity_record)


def _one_or_several(value: Any) -> Found | None:
    return _several(value) if type(value) is list else activity_record(value)


_several = listing(activity_record)
context_activities_record = record(
    dict.fromkeys(("parent", "grouping", "category", "other"), Shape(_one_or_several, _several.form))
)
context_activities = trusting(CONTEXT_ACTIVITIES, context_activities_record)
statement_reference = record({"objectType": one_of("StatementRef"), "id": uuid}, ("objectType", "id"))


_of_score = values_of("scaled", "raw", "min", "max")


def _ordered_score(score: Mapping[str, Any]) -> Found | None:
    scaled, raw, least, most = _of_score(score)
    found: Found = []
    if scaled is not None and not -1 <= scaled <= 1:
        found += within("scaled", fault("must be between -1 and 1"))
    if least is not None and most is not None and least >= most:
        found += within("min", fault("must be less than max"))
    if raw is not None and ((least is not None and raw < least) or (most is not None and raw > most)):
        found += within("raw", fault("must be between min and max"))
    return found or None


score = record(dict.fromkeys(("scaled", "raw", "min", "max"), number), (), _ordered_score)
result = record(
    {
        "score": score,
        "success": boolean,
        "completion": boolean,
        "response": text,
        "duration": duration,
        "extensions": extensions,
    }
)


def _octets(value: Any) -> Found | None:
    return None if type(value) is int and value >= 0 else fault("must be a whole number of octets")


attachment = record(
    {
        "usageType": iri,
        "display": language_map,
        "description": language_map,
        "contentType": matching(formats.is_media_type, "an Internet media type"),
        "length": Shape(_octets, int, _octets),
        "sha2": matching(formats.is_sha2, "the hexadecimal digits of a SHA-2 hash"),
        "fileUrl": iri,
    },
    ("usageType", "display", "contentType", "length", "sha2"),
)
