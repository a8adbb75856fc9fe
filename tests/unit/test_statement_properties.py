"""Any valid statement survives the way into the record and out of it exactly; no broken rule is taken."""

import copy
import json
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lrs import intake
from lrs.errors import BadRequest
from lrs.payloads import pack, unpack
from lrs.statement_text import close_text
from lrs.validation import statement_faults
from tests.unit.test_statement_texts import CREDENTIAL, STORED

names = st.text(st.characters(blacklist_categories=["Cs"]), max_size=30)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | names,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=8,
)
iris = st.from_regex(r"(https://[a-z]{1,8}\.example/|urn:[a-z]{2,5}:|act:)[a-z0-9.+äñ-]{1,12}", fullmatch=True)
languages = st.sampled_from(["en", "de-AT", "zh-Hant-TW", "und", "sr-Latn", "x-mine"])
language_maps = st.dictionaries(languages, names, max_size=3)
extensions = st.dictionaries(iris, values, max_size=3)
identifiers = st.one_of(
    st.from_regex(r"mailto:[a-z]{1,8}@[a-z]{1,8}\.example", fullmatch=True).map(lambda mbox: {"mbox": mbox}),
    iris.map(lambda openid: {"openid": openid}),
    st.from_regex(r"[0-9a-f]{40}", fullmatch=True).map(lambda digest: {"mbox_sha1sum": digest}),
    st.tuples(iris, names).map(lambda pair: {"account": {"homePage": pair[0], "name": pair[1]}}),
)
optional_name: st.SearchStrategy[dict[str, str]] = st.just({}) | names.map(lambda name: {"name": name})
agents = st.builds(lambda a, b: {**a, **b}, identifiers, optional_name)
groups = st.lists(agents, min_size=1, max_size=3).map(lambda member: {"objectType": "Group", "member": member})
activities = st.builds(
    lambda iri, definition: {"id": iri, **({"definition": definition} if definition else {})},
    iris,
    st.fixed_dictionaries({}, optional={"name": language_maps, "description": language_maps, "type": iris,
                                        "extensions": extensions}),
)  # fmt: skip
uuids = st.uuids().map(str)
results = st.fixed_dictionaries({}, optional={
    "success": st.booleans(), "completion": st.booleans(), "response": names, "extensions": extensions,
    "score": st.fixed_dictionaries({}, optional={"scaled": st.floats(-1, 1), "raw": st.integers()}),
    "duration": st.integers(0, 10**6).map(lambda seconds: f"PT{seconds}.25S"),
})  # fmt: skip
contexts = st.fixed_dictionaries({}, optional={
    "registration": uuids, "instructor": agents, "team": groups, "language": languages, "extensions": extensions,
    "contextActivities": st.fixed_dictionaries({}, optional={
        kind: st.lists(activities, max_size=2) for kind in ("parent", "grouping", "category", "other")}),
})  # fmt: skip
objects = st.one_of(
    activities,
    agents.map(lambda agent: {**agent, "objectType": "Agent"}),
    groups,
    uuids.map(lambda target: {"objectType": "StatementRef", "id": target}),
)
verbs = st.builds(lambda iri, display: {"id": iri, "display": display}, iris, language_maps)
statements = st.fixed_dictionaries(
    {"actor": agents | groups, "verb": verbs, "object": objects},
    optional={"id": uuids, "result": results, "context": contexts,
              "timestamp": st.datetimes().map(lambda moment: moment.isoformat() + "Z")},
)  # fmt: skip


def ordered(value: Any) -> Any:
    """JSON with the order of its keys, and numbers told apart as they are written."""
    if isinstance(value, dict):
        return [(key, ordered(each)) for key, each in value.items()]
    return [ordered(each) for each in value] if isinstance(value, list) else (type(value).__name__, value)


quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@quick
@given(statements, st.sampled_from(["1.0.3", "2.0.0"]), st.booleans())
def test_a_valid_statement_comes_back_exactly(statement: dict[str, Any], version: str, escaped: bool) -> None:
    sent = json.dumps(statement, ensure_ascii=escaped).encode()
    (draft,), _ = intake.read([sent], version, CREDENTIAL, lambda: UUID(int=1))
    closed = close_text(draft.text, STORED, draft.authority_text, timestamp=draft.timestamp is None)
    kept = json.loads(unpack(pack(closed)))
    assert ordered({name: kept[name] for name in statement}) == ordered(statement)
    assert set(kept) - set(statement) <= {"id", "timestamp", "version", "stored", "authority"}
    assert closed.startswith(sent.rstrip()[:-1])


WRONG = [None, 7, -1.5, True, "", "no such thing", [], [7], {"no": "such"}]


@quick
@given(statements, st.data())
def test_a_value_of_a_wrong_kind_is_refused(statement: dict[str, Any], data: st.DataObject) -> None:
    """Wherever a rule names the kind of a value, null and values of other kinds are refused."""
    broken = copy.deepcopy(statement)
    places = [
        (part, key)
        for part in (broken, broken["actor"], broken["verb"], broken["object"], broken.get("context", {}))
        for key in part
        if key not in ("extensions", "name", "member")
    ]
    part, key = data.draw(st.sampled_from(places))
    wrong = data.draw(st.sampled_from([value for value in WRONG if type(value) is not type(part[key])]))
    part[key] = wrong
    if key == "contextActivities" or (key == "definition" and wrong == {}):
        return
    assert statement_faults(broken, "1.0.3") is not None, (key, wrong)


@quick
@given(statements, names.filter(lambda name: not name.isidentifier()), values)
def test_an_unknown_property_is_refused(statement: dict[str, Any], name: str, value: Any) -> None:
    assert statement_faults({**statement, name: value}, "1.0.3") is not None


@quick
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    with pytest.raises(BadRequest):
        intake.read(intake.split(body)[0] or [b"7"], "1.0.3", CREDENTIAL, lambda: UUID(int=1))
