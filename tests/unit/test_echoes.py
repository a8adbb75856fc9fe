"""Nothing is counted twice: near-duplicates, a quiz beside its answers, passed beside completed."""

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adaptive import pieces
from adaptive.echoes import Echoes, reach
from adaptive.evidence import Kind, Verb
from adaptive.pieces import SECOND, Piece, moment_of

START = 63_902_908_800 * SECOND
"""The year 2026."""


def row(seconds: float, item: int = 1, kind: Kind = Kind.ITEM, **more: Any) -> Piece:
    verb = Verb.ANSWERED if kind == Kind.ITEM else Verb.COMPLETED
    place = (START + int(seconds * SECOND)).to_bytes(8, "big") + bytes(28)
    return Piece(7, place, (0, 1), item, kind, verb, 1.0, None, 0, None, 5, [], [])._replace(**more)


def judged(*rows: Piece) -> list[bool]:
    judge = Echoes()
    return [judge.counts(one) for one in rows]


def test_the_same_answer_again_at_once() -> None:
    assert judged(row(0), row(1), row(10)) == [True, False, True]
    assert judged(row(0), row(1, score=0.0)) == [True, True]
    assert judged(row(0), row(1, response_hash=6)) == [True, True]
    assert judged(row(0, response_hash=None), row(1, response_hash=None)) == [True, True]


def test_who_answers_one_item_thousands_of_times_is_not_compared_with_all(monkeypatch: pytest.MonkeyPatch) -> None:
    read = 0

    def counting(place: bytes) -> int:
        nonlocal read
        read += 1
        return moment_of(place)

    monkeypatch.setattr(pieces, "moment_of", counting)
    assert all(judged(*(row(each // 1_000, response_hash=each) for each in range(3_000))))
    assert read < 4 * 3_000


def test_the_total_of_a_quiz_is_an_echo_of_its_answers() -> None:
    quiz = row(60, 9, Kind.WHOLE)
    assert judged(row(0, container_ids=[9]), quiz) == [True, False]
    assert judged(row(0, container_ids=[8]), quiz) == [True, True]
    assert judged(row(0, container_ids=[9]), row(90_000, 9, Kind.WHOLE)) == [True, True]
    first, second = UUID(int=1), UUID(int=2)
    answered = row(0, container_ids=[9], registration=first)
    assert judged(answered, row(60, 9, Kind.WHOLE, registration=second)) == [True, True]
    assert judged(answered, row(60, 9, Kind.WHOLE, registration=first)) == [True, False]


def test_passed_and_completed_are_one_attempt() -> None:
    passed = row(0, 9, Kind.WHOLE, verb=Verb.PASSED)
    completed = row(5, 9, Kind.WHOLE, score=0.8)
    assert judged(passed, completed) == [True, False]
    failed = row(0, 9, Kind.WHOLE, verb=Verb.FAILED, score=0.2)
    assert judged(failed, row(600, 9, Kind.WHOLE, verb=Verb.PASSED)) == [True, True]
    assert judged(passed, row(600, 9, Kind.WHOLE, verb=Verb.PASSED)) == [True, True]
    assert judged(passed, row(1, 9, Kind.WHOLE, verb=Verb.PASSED)) == [True, False]
    assert judged(passed, row(4000, 9, Kind.WHOLE)) == [True, True]


def test_an_encounter_is_no_evidence() -> None:
    assert judged(row(0, kind=Kind.ENCOUNTER, score=None)) == [False]


ROWS = st.lists(
    st.builds(
        row,
        seconds=st.integers(0, 200_000),
        item=st.integers(1, 3),
        kind=st.sampled_from([Kind.ITEM, Kind.WHOLE]),
        verb=st.sampled_from(list(Verb)),
        score=st.sampled_from([0.0, 0.4, 1.0]),
        container_ids=st.lists(st.integers(1, 3), max_size=2),
    ),
    max_size=12,
)


@given(ROWS, st.integers(0, 12))
def test_judging_from_any_point_on_is_judging_from_the_start(rows: list[Piece], cut: int) -> None:
    ordered = sorted(rows, key=lambda one: one.moment)
    fresh = ordered[cut:]
    if not fresh:
        return
    since = fresh[0].moment - reach(fresh)
    context = [one for one in ordered[:cut] if one.moment >= since]
    assert judged(*context, *fresh)[len(context) :] == judged(*ordered)[cut:]
