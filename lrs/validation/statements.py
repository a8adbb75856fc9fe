"""Rules for whole statements, sub-statements and contexts, by version (xAPI Data 2.4; for 2.0 4.2.2)."""

import re
from collections.abc import Mapping
from typing import Any

from msgspec import Raw

from lrs import formats
from lrs.validation import parts
from lrs.validation.known import object_type
from lrs.validation.parts import activity, actor, agent, group, iri, statement_reference, uuid
from lrs.validation.shapes import Check, Found, Shape, anything, fault, listing, matching, one_of, record, text, within

VOIDED = "http://adlnet.gov/expapi/verbs/voided"
SIGNATURE = "http://adlnet.gov/expapi/attachments/signature"
OBJECT_TYPES = ("Activity", "Agent", "Group", "StatementRef", "SubStatement")

timestamp_1_0 = matching(formats.timestamp_of, "an ISO 8601 date and time, with a zone other than -00:00")
timestamp_2_0 = matching(
    lambda text: formats.is_rfc3339(text) and formats.timestamp_of(text),
    "an RFC 3339 date and time, with a zone other than -00:00",
)
version_1_0 = matching(re.compile(r"1\.0(?:\.(?:0|[1-9]\d*))?").fullmatch, "1.0 or 1.0.x")
version_2_0 = matching(re.compile(r"(?:1\.0|2\.0)(?:\.(?:0|[1-9]\d*))?").fullmatch, "2.0.x or 1.0.x")
relevant_types = listing(iri, least=1)
context_agent = record(
    {"objectType": one_of("contextAgent"), "agent": agent, "relevantTypes": relevant_types}, ("objectType", "agent")
)
context_group = record(
    {"objectType": one_of("contextGroup"), "group": group, "relevantTypes": relevant_types}, ("objectType", "group")
)
CONTEXT_1_0: dict[str, Check] = {
    "registration": uuid,
    "instructor": anything(actor),
    "team": group,
    "contextActivities": parts.context_activities,
    "revision": text,
    "platform": text,
    "language": parts.language,
    "statement": statement_reference,
    "extensions": parts.extensions,
}
CONTEXT_2_0 = CONTEXT_1_0 | {"contextAgents": listing(context_agent), "contextGroups": listing(context_group)}


def _activity_context(statement: Mapping[str, Any]) -> Found | None:
    """Revision and platform belong to activities alone (Data 2.4.6)."""
    if object_type(statement["object"]) == "Activity":
        return None
    context = statement.get("context", ())
    return [
        (f"context.{name}", "is allowed only where the object is an activity")
        for name in ("revision", "platform")
        if name in context
    ] or None


def _voids_a_statement(statement: Mapping[str, Any]) -> Found | None:
    """A voiding statement's object is a StatementRef (Data 2.3.2)."""
    if statement["verb"]["id"] != VOIDED or statement["object"].get("objectType") == "StatementRef":
        return None
    return within("object", fault("must be a StatementRef, since the verb is voided"))


def _rules(context: dict[str, Check], timestamp: Check, version: Check) -> Shape:
    """The check of a statement in one version's rules."""
    by_type: dict[str, Check] = {
        "Activity": activity,
        "Agent": agent,
        "Group": group,
        "StatementRef": statement_reference,
    }
    shared: dict[str, Check] = {
        "actor": actor,
        "verb": parts.verb,
        "result": parts.result,
        "context": record(context),
        "timestamp": timestamp,
        "attachments": listing(parts.attachment),
    }
    required = ("actor", "verb", "object")
    sub_statement = record(
        {"objectType": one_of("SubStatement"), "object": _object(by_type, "sub-statement"), **shared},
        required,
        _activity_context,
        _voids_a_statement,
    )
    return record(
        {
            "id": uuid,
            "object": _object(by_type | {"SubStatement": sub_statement}, "statement"),
            "stored": timestamp_1_0,
            "authority": anything(parts.authority),
            "version": version,
            **shared,
        },
        required,
        _activity_context,
        _voids_a_statement,
    )


def _object(by_type: Mapping[str, Check], owner: str) -> Shape:
    def check(value: Any) -> Found | None:
        if not isinstance(value, dict):
            return fault("must be an object")
        kind = value.get("objectType", "Activity")
        rule = by_type.get(kind) if type(kind) is str else None
        if rule is not None:
            return rule(value)
        return within("objectType", fault(f"must be {', '.join(by_type)} in a {owner}"))

    return Shape(check, Raw, apart=True)


statement_1_0 = _rules(CONTEXT_1_0, timestamp_1_0, version_1_0)
statement_2_0 = _rules(CONTEXT_2_0, timestamp_2_0, version_2_0)


def statement_faults(statement: Any, version: str) -> Found | None:
    """What is wrong with a statement as JSON gives it, in the rules of "1.0.3" or "2.0.0"; None where nothing is."""
    if type(statement) is dict and statement.get("objectType") == "SubStatement":
        return within("objectType", fault("is SubStatement, which may only be the object of another statement"))
    return rules_of(version)(statement)


def rules_of(version: str) -> Shape:
    """The shape of a statement in the rules of "1.0.3" or "2.0.0"."""
    return statement_1_0 if version.startswith("1.0") else statement_2_0
