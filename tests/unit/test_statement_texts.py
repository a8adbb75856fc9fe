"""What happens to a statement's text, and how two statements are compared, mended and shown (xAPI Data 2.3.1)."""

import copy
from typing import Any
from uuid import UUID

import msgspec
import pytest

from lrs import intake
from lrs.credentials import Credential
from lrs.equality import same
from lrs.payloads import pack, unpack
from lrs.presentation import accepted, canonical, ids_only, one_language
from lrs.repair import mend
from lrs.rows import ACTIVITY, AGENT, RELATED_ACTIVITY, RELATED_AGENT, Draft
from lrs.statement_text import close_text
from lrs.terms import term_id as term
from lrs.validation import statement_faults
from tests.unit.test_statement_rules import FULL, changed

AUTHORITY = {"objectType": "Agent", "account": {"homePage": "https://store.example", "name": "k"}}
CREDENTIAL = Credential(1, 1, "k", "n", frozenset({"all"}), AUTHORITY)
ID = UUID("00000000-0000-4000-8000-000000000001")
STORED = "2026-02-03T04:05:06.000001Z"


def drafted(text: str, version: str = "1.0.3") -> Draft:
    (draft,), _ = intake.read([text.encode()], version, CREDENTIAL, lambda: ID)
    return draft


def closed(draft: Draft) -> str:
    return close_text(draft.text, STORED, draft.authority_text, timestamp=draft.timestamp is None).decode()


def test_the_senders_text_is_kept_and_only_completed() -> None:
    sent = '{ "verb":{"id":"https://v.example/did"},\n"object":{"id":"act:1"}, "actor":{"mbox":"mailto:a@b.c"},'
    sent += '"result":{"score":{"raw":1.50e0}} }'
    authority = msgspec.json.encode(AUTHORITY).decode()
    added = f'"id":"{ID}","version":"1.0.0","timestamp":"{STORED}","stored":"{STORED}","authority":{authority}}}'
    assert closed(drafted(sent)) == f"{sent[:-1]},{added}"


def test_what_another_store_set_is_replaced() -> None:
    sent = {**FULL, "stored": "2020-01-01T00:00:00Z", "authority": {"mbox": "mailto:other@store.example"}}
    kept = msgspec.json.decode(closed(drafted(msgspec.json.encode(sent).decode())))
    assert (kept.pop("stored"), kept.pop("authority")) == (STORED, AUTHORITY)
    assert kept == {
        **{name: value for name, value in FULL.items() if name != "authority"},
        "context": wrapped(FULL["context"]),
    }


def wrapped(context: dict[str, Any]) -> dict[str, Any]:
    around = context["contextActivities"]
    return {**context, "contextActivities": {**around, "category": [around["category"]]}}


def test_a_single_context_activity_is_wrapped_also_in_a_sub_statement() -> None:
    inner = {name: FULL[name] for name in ("actor", "verb", "context")} | {
        "objectType": "SubStatement",
        "object": {"id": "act:1"},
    }
    sent = {"actor": FULL["actor"], "verb": FULL["verb"], "object": inner}
    kept = msgspec.json.decode(closed(drafted(msgspec.json.encode(sent).decode())))
    assert kept["object"]["context"] == wrapped(FULL["context"])


@pytest.mark.parametrize(
    ("version", "sent", "kept"),
    [
        ("1.0.3", "2026-02-03T04:05:06+02:00", "2026-02-03T04:05:06+02:00"),
        ("2.0.0", "2026-02-03T04:05:06+02:00", "2026-02-03T02:05:06.000000Z"),
        ("2.0.0", "2026-02-03T04:05:06.1+00:00", "2026-02-03T04:05:06.1+00:00"),
    ],
)
def test_2_0_keeps_timestamps_in_utc(version: str, sent: str, kept: str) -> None:
    draft = drafted(msgspec.json.encode(changed("timestamp", sent)).decode(), version)
    assert msgspec.json.decode(closed(draft))["timestamp"] == kept == draft.parsed["timestamp"]


def test_terms_of_a_statement() -> None:
    draft = drafted(msgspec.json.encode(FULL).decode())
    instructor, team = term("account:https://lms.example|7"), term("mbox_sha1sum:" + "ab" * 20)
    assert draft.related == {(RELATED_AGENT, instructor), (RELATED_AGENT, team)}
    assert (draft.actor, draft.activity) == (term("mbox:mailto:ann@example.org"), term(FULL["object"]["id"]))
    group = changed("actor", {"objectType": "Group", "member": [{"mbox": "mailto:a@b.c"}]})
    group["context"] = {"contextActivities": {"other": [{"id": "act:2"}]}}
    draft = drafted(msgspec.json.encode(group).decode())
    member = term("mbox:mailto:a@b.c")
    assert draft.related == {(AGENT, member), (RELATED_AGENT, member), (RELATED_ACTIVITY, term("act:2"))}
    assert ACTIVITY not in {kind for kind, _ in draft.related}


def test_packed_text_comes_back_byte_for_byte() -> None:
    text = msgspec.json.encode(FULL) * 3 + "é\u2028😀".encode()
    assert unpack(pack(text)) == text
    assert len(pack(msgspec.json.encode(FULL))) < len(msgspec.json.encode(FULL)) / 2


EQUAL = [
    ("display of the verb", "verb.display", {"de": "beantwortet"}),
    ("definition of an activity", "object.definition", {"name": {"en": "Other"}}),
    ("stored, authority, version", "version", "1.0.3"),
    ("attachments", "attachments", []),
    ("zone of the timestamp", "timestamp", "2026-02-03T05:05:06.789+01:00"),
    ("beyond hundredths of a duration", "result.duration", "PT4H35M59.149S"),
    ("default objectType", "actor", {"objectType": "Agent", "mbox": "mailto:ann@example.org"}),
    ("case of a mail domain", "actor", {"mbox": "mailto:ann@EXAMPLE.org"}),
    ("case of a UUID", "context.registration", "EC531277-B57B-4C15-8D91-D292C5B2B8F7"),
]
DIFFERENT = [
    ("actor", {"mbox": "mailto:ben@example.org"}),
    ("verb.id", "https://v.example/other"),
    ("object.id", "act:other"),
    ("result.score.raw", 6),
    ("result.success", False),
    ("result.duration", "PT4H35M59.15S"),
    ("result.extensions", {"https://course.example/x": 1}),
    ("context.revision", "3"),
    ("context.contextActivities.parent", []),
    ("timestamp", "2026-02-03T04:05:06.788Z"),
]


@pytest.mark.parametrize(("what", "path", "value"), EQUAL, ids=[case[0] for case in EQUAL])
def test_what_a_store_may_change_makes_no_other_statement(what: str, path: str, value: Any) -> None:
    assert same(FULL, changed(path, value)), what


@pytest.mark.parametrize(("path", "value"), DIFFERENT, ids=[case[0] for case in DIFFERENT])
def test_anything_else_makes_another_statement(path: str, value: Any) -> None:
    assert not same(FULL, changed(path, value))


def test_members_have_no_order_and_true_is_not_one() -> None:
    members = [{"mbox": "mailto:a@b.c"}, {"mbox": "mailto:b@b.c"}]
    group = {"objectType": "Group", "member": members}
    assert same(changed("actor", group), changed("actor", {**group, "member": members[::-1]}))
    one, true = ({"https://course.example/x": value} for value in (1, True))
    assert not same(changed("result.extensions", one), changed("result.extensions", true))


REPAIRS: list[tuple[str, Any, str, Any]] = [
    ("result.extensions", [], "result.extensions", {}),
    ("attachments", FULL["attachments"][0], "attachments", FULL["attachments"]),
    ("verb.display", {"en_US": "did"}, "verb.display", {"en-US": "did"}),
    ("verb.display", {"en_us_wp": "did"}, "verb.display", {"en-us": "did"}),
    ("object.definition.name", "Safety", "object.definition.name", {"und": "Safety"}),
    ("object.objectType", "activity", "object.objectType", "Activity"),
    ("actor", {"objectType": "agent", "name": "Ann", "mbox": "mailto:a@b.c"}, "actor.objectType", "Agent"),
]


@pytest.mark.parametrize(("path", "sent", "told", "right"), REPAIRS)
def test_repair_mode_mends_what_has_one_reading(path: str, sent: Any, told: str, right: Any) -> None:
    broken = changed(path, sent)
    assert statement_faults(broken, "1.0.3") is not None
    text, mended, made = mend(msgspec.json.encode(broken), copy.deepcopy(broken))
    assert statement_faults(mended, "1.0.3") is None
    assert msgspec.json.decode(text) == mended
    assert [where for where, _ in made] == [told]
    value = mended
    for step in told.split("."):
        value = value[step]
    assert value == right


def test_repair_mode_loses_no_text_of_two_tags_that_mean_the_same() -> None:
    broken = changed("verb.display", {"en_us_wp": "did", "en_us_zz": "has done"})
    text = msgspec.json.encode(broken)
    assert mend(text, broken) == (text, broken, [])


def test_repair_mode_leaves_a_right_statement_alone() -> None:
    text = msgspec.json.encode(FULL)
    assert mend(text, FULL) == (text, FULL, [])
    assert mend(b"7", 7) == (b"7", 7, [])


def test_ids_tell_no_more_than_who_and_what() -> None:
    shown = ids_only(FULL | {"context": wrapped(FULL["context"])})
    assert (shown["actor"], shown["verb"]) == ({"mbox": "mailto:ann@example.org"}, {"id": FULL["verb"]["id"]})
    assert shown["object"] == {"id": FULL["object"]["id"]}
    assert shown["result"] == FULL["result"]


def test_canonical_shows_what_is_known_in_one_language() -> None:
    statement = copy.deepcopy(FULL | {"context": wrapped(FULL["context"])})
    known = {term(FULL["object"]["id"]): {"name": {"en": "Safety", "de": "Sicherheit"}}}
    display = {term(FULL["verb"]["id"]): {"en": "answered", "de-AT": "beantwortet"}}
    shown = canonical(statement, known, display, "fr;q=0.2, de;q=0.9")
    assert shown["object"]["definition"]["name"] == {"de": "Sicherheit"}
    assert shown["verb"]["display"] == {"de-AT": "beantwortet"}
    assert shown["object"]["definition"]["choices"] == FULL["object"]["definition"]["choices"]


@pytest.mark.parametrize(
    ("header", "ranges"),
    [(None, []), ("", []), ("de-AT, en;q=0.5, *;q=0.1", ["de-at", "en", "*"]), ("en;q=0,de;q=x", ["de"])],
)
def test_accept_language(header: str | None, ranges: list[str]) -> None:
    assert accepted(header) == ranges


def test_the_first_language_stands_in_for_one_that_is_not_there() -> None:
    assert one_language({"nl": "a", "fr": "b"}, ["de"]) == {"nl": "a"}
    assert one_language({"nl": "a", "fr-CA": "b"}, ["fr-FR"]) == {"fr-CA": "b"}
