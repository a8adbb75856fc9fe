"""The rules of a statement, one case a requirement with its section of xAPI Data (1.0.3, or 2.0 where it says so)."""

import copy
from typing import Any

import pytest

from lrs.validation import statement_faults

IRI = "https://course.example/safety"
AGENT = {"mbox": "mailto:ann@example.org"}
MEMBERS = {"objectType": "Group", "member": [AGENT]}
ACTIVITY = {"id": IRI}
ATTACHMENT = {
    "usageType": "https://course.example/usage",
    "display": {"en": "A note"},
    "contentType": "text/plain",
    "length": 3,
    "sha2": "ab" * 32,
    "fileUrl": "https://course.example/note.txt",
}
CHOICES = [{"id": "a", "description": {"en": "One"}}, {"id": "b"}]
FULL: dict[str, Any] = {
    "id": "6690e6c9-3ef0-4ed3-8b37-7f3964730bee",
    "actor": AGENT,
    "verb": {"id": "http://adlnet.gov/expapi/verbs/answered", "display": {"en-US": "answered"}},
    "object": {
        "objectType": "Activity",
        "id": IRI,
        "definition": {
            "name": {"en": "Safety"},
            "description": {"en-GB": "How to stay whole"},
            "type": "http://adlnet.gov/expapi/activities/cmi.interaction",
            "moreInfo": "https://course.example/more",
            "extensions": {"https://course.example/x": None},
            "interactionType": "choice",
            "correctResponsesPattern": ["a[,]b"],
            "choices": CHOICES,
        },
    },
    "result": {
        "score": {"scaled": 0.5, "raw": 5, "min": 0, "max": 10},
        "success": True,
        "completion": False,
        "response": "a",
        "duration": "PT4H35M59.14S",
        "extensions": {"https://course.example/x": [1, {"y": None}]},
    },
    "context": {
        "registration": "ec531277-b57b-4c15-8d91-d292c5b2b8f7",
        "instructor": {"objectType": "Agent", "account": {"homePage": "https://lms.example", "name": "7"}},
        "team": {"objectType": "Group", "mbox_sha1sum": "ab" * 20},
        "contextActivities": {"parent": [ACTIVITY], "category": ACTIVITY},
        "revision": "2",
        "platform": "LMS",
        "language": "en-US",
        "statement": {"objectType": "StatementRef", "id": "6690e6c9-3ef0-4ed3-8b37-7f3964730bee"},
        "extensions": {},
    },
    "timestamp": "2026-02-03T04:05:06.789Z",
    "authority": AGENT,
    "version": "1.0.0",
    "attachments": [ATTACHMENT],
}
REMOVE = object()


def changed(path: str, value: Any) -> dict[str, Any]:
    """The full statement with one value put in place, or removed, at a dotted path; a number is a list's index."""
    statement = copy.deepcopy(FULL)
    *above, last = path.split(".")
    part: Any = statement
    for step in above:
        part = part[int(step)] if step.isdigit() else part[step]
    if value is REMOVE:
        del part[last]
    else:
        part[int(last) if last.isdigit() else last] = value
    return statement


REFUSED = [
    ("2.2.s4.b1 null", "actor.name", None, "actor.name"),
    ("2.2.s4 unknown property", "colour", "red", "colour"),
    ("2.2 case of properties", "result.Success", True, "result.Success"),
    ("2.4.1 id is a UUID", "id", "not-a-uuid", "id"),
    ("2.4.1 id is a string", "id", 7, "id"),
    ("2.4 actor is required", "actor", REMOVE, "actor"),
    ("2.4 verb is required", "verb", REMOVE, "verb"),
    ("2.4 object is required", "object", REMOVE, "object"),
    ("2.4.2.1 an agent has an identifier", "actor", {"name": "Ann"}, "actor"),
    ("2.4.2.1 an agent has one identifier", "actor", {**AGENT, "openid": "https://ann.example"}, "actor"),
    ("2.4.2.1 an agent has no members", "actor", {**AGENT, "member": [AGENT]}, "actor.member"),
    ("2.4.2.2 an anonymous group has members", "actor", {"objectType": "Group"}, "actor.member"),
    ("2.4.2.2 members are agents", "actor", {"objectType": "Group", "member": [MEMBERS]}, "actor.member[0].objectType"),
    ("2.4.2.2 a group has one identifier", "actor", {**MEMBERS, **AGENT, "openid": "https://g.example"}, "actor"),
    ("2.4.2.3 mbox is a mailto IRI", "actor", {"mbox": "ann@example.org"}, "actor.mbox"),
    ("2.4.2.3 mbox has an address", "actor", {"mbox": "mailto:null"}, "actor.mbox"),
    ("2.4.2.3 mbox_sha1sum is a SHA-1", "actor", {"mbox_sha1sum": "xyz"}, "actor.mbox_sha1sum"),
    ("2.4.2.3 openid is a URI", "actor", {"openid": "ann"}, "actor.openid"),
    ("2.4.2.4 account has a homePage", "actor", {"account": {"name": "7"}}, "actor.account.homePage"),
    ("2.4.2.4 account has a name", "actor", {"account": {"homePage": "https://lms.example"}}, "actor.account.name"),
    ("2.4.2.4 homePage is an IRL", "actor", {"account": {"homePage": "lms", "name": "7"}}, "actor.account.homePage"),
    ("2.4.2 objectType of actors", "actor", {**AGENT, "objectType": "Person"}, "actor.objectType"),
    ("2.4.3 verb has an id", "verb", {"display": {"en": "did"}}, "verb.id"),
    ("2.4.3 verb id is an IRI", "verb.id", "answered", "verb.id"),
    ("2.4.3 display is a language map", "verb.display", "answered", "verb.display"),
    ("2.4.4 objectType of objects", "object.objectType", "activity", "object.objectType"),
    ("2.4.4.1 activity has an id", "object.id", REMOVE, "object.id"),
    ("2.4.4.1 activity id is an IRI", "object.id", "safety", "object.id"),
    ("2.4.4.1 type is an IRI", "object.definition.type", "quiz", "object.definition.type"),
    ("2.4.4.1 moreInfo is an IRL", "object.definition.moreInfo", "more", "object.definition.moreInfo"),
    ("2.4.4.1 interactionType", "object.definition.interactionType", "guess", "object.definition.interactionType"),
    ("2.4.4.1 pattern is a list", "object.definition.correctResponsesPattern", "a",
     "object.definition.correctResponsesPattern"),
    ("2.4.4.1 component has an id", "object.definition.choices", [{"description": {"en": "x"}}],
     "object.definition.choices[0].id"),
    ("2.4.4.1 component ids differ", "object.definition.choices", [CHOICES[1], CHOICES[1]],
     "object.definition.choices"),
    ("2.4.4.1 components fit the interaction", "object.definition.scale", CHOICES, "object.definition.scale"),
    ("2.4.4.2 an agent as object says so", "object", AGENT, "object.mbox"),
    ("2.4.4.3 StatementRef has an id", "object", {"objectType": "StatementRef"}, "object.id"),
    ("2.4.4.3 no revision beside other objects", "object", {**AGENT, "objectType": "Agent"}, "context.revision"),
    ("2.4.4.3 no nested SubStatement", "object", {"objectType": "SubStatement", "actor": AGENT, "verb": FULL["verb"],
     "object": {"objectType": "SubStatement"}}, "object.object.objectType"),
    ("2.4.4.3 SubStatement has no id", "object", {"objectType": "SubStatement", "actor": AGENT, "verb": FULL["verb"],
     "object": ACTIVITY, "id": FULL["id"]}, "object.id"),
    ("2.4.5 scaled is at most 1", "result.score.scaled", 1.01, "result.score.scaled"),
    ("2.4.5 scaled is at least -1", "result.score.scaled", -1.01, "result.score.scaled"),
    ("2.4.5 raw is within", "result.score.raw", 11, "result.score.raw"),
    ("2.4.5 min is under max", "result.score.min", 10, "result.score.min"),
    ("2.4.5 a score is a number", "result.score.raw", "5", "result.score.raw"),
    ("2.4.5 a number is no boolean", "result.score.raw", True, "result.score.raw"),
    ("2.4.5 success is a boolean", "result.success", "true", "result.success"),
    ("2.4.5 duration", "result.duration", "4 hours", "result.duration"),
    ("2.4.5 response is a string", "result.response", 1, "result.response"),
    ("2.4.6 registration is a UUID", "context.registration", "7", "context.registration"),
    ("2.4.6 team is a group", "context.team", AGENT, "context.team.objectType"),
    ("2.4.6 kinds of context activities", "context.contextActivities.sibling", [ACTIVITY],
     "context.contextActivities.sibling"),
    ("2.4.6 context activities are activities", "context.contextActivities.parent", [AGENT],
     "context.contextActivities.parent[0].mbox"),
    ("2.4.6 language", "context.language", "en_US", "context.language"),
    ("2.4.6 statement is a StatementRef", "context.statement", {"id": FULL["id"]}, "context.statement.objectType"),
    ("2.4.7 timestamp", "timestamp", "yesterday", "timestamp"),
    ("2.4.8 stored", "stored", "yesterday", "stored"),
    ("2.4.9 authority group of two", "authority", {"objectType": "Group", "member": [AGENT]}, "authority"),
    ("2.4.10 version", "version", "1.1.0", "version"),
    ("2.4.11 attachment has a usageType", "attachments.0.usageType", REMOVE, "attachments[0].usageType"),
    ("2.4.11 length is whole", "attachments.0.length", 3.5, "attachments[0].length"),
    ("2.4.11 sha2", "attachments.0.sha2", "ab", "attachments[0].sha2"),
    ("2.4.11 contentType", "attachments.0.contentType", "text", "attachments[0].contentType"),
    ("2.3.2 voiding needs a StatementRef", "verb.id", "http://adlnet.gov/expapi/verbs/voided", "object"),
    ("4.1 extension keys are IRIs", "result.extensions", {"x": 1}, "result.extensions.x"),
    ("4.1 extensions are an object", "result.extensions", [], "result.extensions"),
    ("4.2 language tags", "verb.display", {"en_us_wp": "x"}, "verb.display.en_us_wp"),
    ("4.2 texts are strings", "verb.display", {"en": 5}, "verb.display.en"),
    ("4.3 an IRI has a scheme", "object.id", "//course.example/safety", "object.id"),
    ("4.5 no negative zero zone", "timestamp", "2026-02-03T04:05:06-00:00", "timestamp"),
    ("4.5 a day that exists", "timestamp", "2026-02-30T04:05:06Z", "timestamp"),
    ("4.6 weeks stand alone", "result.duration", "P4W1D", "result.duration"),
    ("4.6 no alternative format", "result.duration", "P0003-06-04T12:30:05", "result.duration"),
]  # fmt: skip
TAKEN = [
    ("2.4.2.2 an identified group needs no members", "actor", {"objectType": "Group", "openid": "https://g.example"}),
    ("2.4.4.1 any absolute IRI", "object.id", "course-v1:Org+Course+Run"),
    ("2.4.4.1 storyline's IRI", "object.id", "urn:articulate:storyline:5Uj1"),
    ("2.4.4.1 underscore in the host", "object.id", "http://Course_ID2"),
    ("2.4.4.2 an agent as object", "object", {**AGENT, "objectType": "Agent"}),
    ("2.4.5 bounds are inclusive", "result.score.raw", 10),
    ("2.4.10 any 1.0.x", "version", "1.0.9"),
    ("4.2 an empty text", "verb.display", {"en": ""}),
    ("4.2 script and region", "context.language", "zh-Hant-TW"),
    ("4.5 without a zone", "timestamp", "2026-02-03T04:05:06"),
    ("4.5 a zone of hours", "timestamp", "2026-02-03T04:05:06+00"),
    ("4.5 a leap second", "timestamp", "2016-12-31T23:59:60Z"),
    ("4.6 weeks", "result.duration", "P4W"),
    ("4.6 seconds beyond a minute", "result.duration", "PT16559.14S"),
]


@pytest.mark.parametrize("version", ["1.0.3", "2.0.0"])
def test_a_statement_with_everything_is_taken(version: str) -> None:
    assert statement_faults(FULL, version) is None


@pytest.mark.parametrize("version", ["1.0.3", "2.0.0"])
@pytest.mark.parametrize(("section", "path", "value", "told"), REFUSED, ids=[case[0] for case in REFUSED])
def test_a_broken_rule_is_told_with_its_path(section: str, path: str, value: Any, told: str, version: str) -> None:
    found = statement_faults(changed(path, value), version)
    assert found is not None, section
    assert told in [where for where, _ in found]


@pytest.mark.parametrize(("section", "path", "value"), TAKEN, ids=[case[0] for case in TAKEN])
def test_what_the_rules_allow_is_taken(section: str, path: str, value: Any) -> None:
    statement = changed(path, value)
    if section.startswith("2.4.4.2"):
        del statement["context"]["revision"], statement["context"]["platform"]
    assert statement_faults(statement, "1.0.3") is None, section


@pytest.mark.parametrize("text", ["2026-02-03T04:05:06", "2026-02-03T04:05:06+00", "2026-02-03T04:05Z"])
def test_2_0_wants_timestamps_as_rfc_3339_has_them(text: str) -> None:
    assert statement_faults(changed("timestamp", text), "2.0.0") == [("timestamp", ANY_RFC3339)]


ANY_RFC3339 = "must be an RFC 3339 date and time, with a zone other than -00:00"
CONTEXT_AGENT = {"objectType": "contextAgent", "agent": AGENT, "relevantTypes": [IRI]}
CONTEXT_GROUP = {"objectType": "contextGroup", "group": MEMBERS}


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("contextAgents", [CONTEXT_AGENT], None),
        ("contextGroups", [CONTEXT_GROUP], None),
        ("contextAgents", [{**CONTEXT_AGENT, "objectType": "Agent"}], "context.contextAgents[0].objectType"),
        ("contextAgents", [{**CONTEXT_AGENT, "relevantTypes": []}], "context.contextAgents[0].relevantTypes"),
        ("contextAgents", [{**CONTEXT_AGENT, "relevantTypes": ["x"]}], "context.contextAgents[0].relevantTypes[0]"),
        ("contextGroups", [{"objectType": "contextGroup"}], "context.contextGroups[0].group"),
    ],
)
def test_2_0_has_context_agents_and_groups(name: str, value: Any, told: str | None) -> None:
    statement = changed(f"context.{name}", value)
    found = statement_faults(statement, "2.0.0")
    assert [where for where, _ in found or ()] == ([told] if told else [])
    assert statement_faults(statement, "1.0.3") == [
        (f"context.{name}", "is no property that the specification has here")
    ]


def test_several_faults_are_told_at_once() -> None:
    statement = changed("result.score.scaled", 7)
    del statement["verb"]["id"]
    statement["actor"] = {"mbox": "x"}
    found = statement_faults(statement, "1.0.3")
    assert found is not None
    assert {path for path, _ in found} == {"result.score.scaled", "verb.id", "actor.mbox"}


def test_a_bare_sub_statement_is_told_what_it_is() -> None:
    found = statement_faults({**FULL, "objectType": "SubStatement"}, "1.0.3")
    assert found == [("objectType", "is SubStatement, which may only be the object of another statement")]


@pytest.mark.parametrize("statement", [None, [], "x", 7, True])
def test_what_is_no_object_is_no_statement(statement: Any) -> None:
    assert statement_faults(statement, "1.0.3") == [("", "must be an object")]
