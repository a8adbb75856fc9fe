"""Marking: xAPI's response patterns, partial credit, and numbers as people type them."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adaptive.catalogue.document import Activity, collection_from
from admin.demo.course import load_course
from tutor.exercises import Exercise, exercise_from
from tutor.marking import mark, response_of
from tutor.numbers import number

ITEMS = [activity for activity in collection_from(load_course()).activities if activity.key]


def exercise(interaction: str, key: list[str], **more: Any) -> Exercise:
    activity = {"id": "https://x.test/1", "name": "One", "prompt": "?", "interaction": interaction, "key": key, **more}
    made = exercise_from(Activity.model_validate(activity))
    assert made is not None
    return made


ABC = {"a": "Alpha", "b": "Beta", "c": "Gamma", "d": "Delta"}
SEVERAL = exercise("choice", ["a[,]c"], choices=ABC)
STEPS = exercise("sequencing", ["c[,]a[,]b[,]d"], choices=ABC)
PAIRS = exercise("matching", ["1[.]b[,]2[.]a"], source={"1": "One", "2": "Two"}, target={"a": "A", "b": "B"})


@pytest.mark.parametrize(
    ("fields", "response", "score"),
    [
        ({"answer": ["c", "a"]}, "a[,]c", 1.0),
        ({"answer": ["a"]}, "a", 0.5),
        ({"answer": ["a", "b"]}, "a[,]b", 0.0),
        ({"answer": ["a", "b", "c", "d"]}, "a[,]b[,]c[,]d", 0.0),
        ({"answer": ["b"]}, "b", 0.0),
        ({"answer": ["zzz"]}, None, None),
        ({}, None, None),
    ],
)
def test_choices(fields: dict[str, list[str]], response: str | None, score: float | None) -> None:
    assert response_of(SEVERAL, fields) == response
    if response is not None:
        assert mark(SEVERAL, response).score == score


def test_sequencing_wants_each_place_once() -> None:
    fields = {"place-0": ["2"], "place-1": ["3"], "place-2": ["1"], "place-3": ["4"]}
    assert response_of(STEPS, fields) == "c[,]a[,]b[,]d"
    assert mark(STEPS, "c[,]a[,]b[,]d").success
    assert mark(STEPS, "c[,]a[,]d[,]b").score == 0.5
    assert response_of(STEPS, {**fields, "place-3": ["1"]}) is None


def test_matching_gives_credit_for_each_pair() -> None:
    assert response_of(PAIRS, {"match-0": ["b"], "match-1": ["b"]}) == "1[.]b[,]2[.]b"
    assert mark(PAIRS, "1[.]b[,]2[.]b").score == 0.5
    assert mark(PAIRS, "1[.]b[,]2[.]a").success
    assert response_of(PAIRS, {"match-0": ["b"], "match-1": [""]}) is None
    assert response_of(PAIRS, {"match-0": ["b"], "match-1": ["elsewhere"]}) is None


@pytest.mark.parametrize(
    ("key", "response", "right"),
    [
        ("18", "18", True),
        ("18", " 18.0 ", True),
        ("18", "18.1", False),
        ("0.12", "0,12", True),
        ("49000", "49,000", True),
        ("49000", "49 000", True),
        ("0.125", "0,125", True),
        ("1234567", "1,234,567", True),
        ("20", "20 %", True),
        ("-5", "−5", True),
        ("10[:]20", "10", True),
        ("10[:]20", "20.5", False),
        ("[:]20", "-100", True),
        ("10[:]", "9", False),
        ("18", "eighteen", False),
        ("18", "nan", False),
    ],
)
def test_numbers(key: str, response: str, right: bool) -> None:
    assert mark(exercise("numeric", [key]), response).success is right


@pytest.mark.parametrize(
    ("key", "response", "right"),
    [
        ("{case_matters=false}IFERROR", "iferror", True),
        ("IFERROR", " IfError() ", True),
        ("{case_matters=true}IFERROR", "iferror", False),
        ("{case_matters=true}{lang=en}IFERROR", "IFERROR", True),
        ("mode", "the mode", False),
        ("red[,]green", "red, green", True),
        ("red[,]green", "green red", False),
        ("{order_matters=false}red[,]green", "green red", True),
    ],
)
def test_texts(key: str, response: str, right: bool) -> None:
    assert mark(exercise("fill-in", [key]), response).success is right


def test_any_of_several_keys_is_right() -> None:
    assert mark(exercise("fill-in", ["FALSE", "0"]), "0").success
    assert mark(exercise("true-false", ["false"]), "false").success
    assert not mark(exercise("true-false", ["false"]), "true").success


@pytest.mark.parametrize("more", [{"text": "…"}, {"interaction": "long-fill-in"}, {"interaction": "other"}])
def test_what_cannot_be_marked_is_no_exercise(more: dict[str, Any]) -> None:
    assert exercise_from(Activity.model_validate({"id": "x:1", "name": "A", "prompt": "Why?", **more})) is None


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.id.rsplit("/", 1)[-1])
def test_every_item_of_the_course_accepts_its_key_and_nothing_else(item: Activity) -> None:
    made = exercise_from(item)
    assert made is not None
    for pattern in made.patterns:
        right = pattern.parts[0] if made.kind == "numeric" else "[,]".join(pattern.parts)
        assert mark(made, right).success
    assert not mark(made, "nonsense").success


@settings(deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False, width=32))
def test_a_printed_number_reads_as_itself(value: float) -> None:
    assert number(repr(value)) == value


@settings(deadline=None)
@given(st.text(max_size=40))
def test_no_text_breaks_marking(response: str) -> None:
    for made in (SEVERAL, STEPS, PAIRS, exercise("numeric", ["1[:]2"]), exercise("fill-in", ["word"])):
        assert 0 <= mark(made, response).score <= 1
