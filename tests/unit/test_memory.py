"""Predicted recall and implicit credit; mastery and its states."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adaptive.selection.mastery import State, interval, probability, state
from adaptive.selection.memory import DAY, Memory, due, implicit_credit, practise, recall

memories = st.builds(Memory, st.floats(0.05, 400), st.floats(1, 10), st.just(0.0))
times = st.floats(0, 400 * DAY)


def test_recall_is_nine_tenths_after_the_stability() -> None:
    assert recall(Memory(7.0, 5.0, 0.0), 7 * DAY) == pytest.approx(0.9)
    assert recall(Memory(7.0, 5.0, 10.0), 0.0) == 1.0


def test_the_golden_sequence_of_the_default_weights() -> None:
    memory = practise(None, 1.0, 0.0)
    assert (memory.stability, memory.difficulty) == (3.7145, 5.1618)
    memory = practise(memory, 1.0, 3.7145 * DAY)
    assert memory.stability == pytest.approx(14.095, abs=0.001)
    lapsed = practise(memory, 0.0, memory.last + 14 * DAY)
    assert lapsed.stability == pytest.approx(3.06, abs=0.01)
    assert lapsed.difficulty > memory.difficulty


@given(memories, times)
def test_due_is_when_recall_meets_the_threshold(memory: Memory, now: float) -> None:
    assert recall(memory, due(memory, 0.8)) == pytest.approx(0.8)
    assert 0 < recall(memory, now) <= 1
    assert recall(memory, now + DAY) < recall(memory, now)


@given(memories, times, st.floats(0, 1))
def test_success_strengthens_and_failure_never_does(memory: Memory, now: float, score: float) -> None:
    after = practise(memory, score, now)
    assert (after.stability >= memory.stability) == (score >= 0.5) or after.stability == memory.stability
    assert 1 <= after.difficulty <= 10
    assert after.last == now


@given(memories, times, st.floats(0.05, 0.95))
def test_implicit_credit_lies_between_nothing_and_practice(memory: Memory, now: float, weight: float) -> None:
    full, partial = practise(memory, 1.0, now), practise(memory, 1.0, now, weight)
    assert memory.stability <= partial.stability <= full.stability
    assert recall(memory, now) <= recall(partial, now) + 1e-12
    assert practise(memory, 0.0, now, weight) == memory


def test_credit_fades_down_the_graph_and_survives_cycles() -> None:
    graph = {4: (3,), 3: (2, 1), 2: (1,), 1: (4,)}
    assert implicit_credit(graph, 4) == pytest.approx({3: 0.4, 2: 0.16, 1: 0.16})
    assert implicit_credit({}, 4) == {}


def test_states_of_a_skill() -> None:
    assert state(3.0, 0.1, 0.8, evidence=0) is State.UNKNOWN
    assert state(0.8, 0.3, 0.8, evidence=5) is State.LEARNING
    assert state(2.0, 0.3, 0.8, evidence=5) is State.MASTERED
    assert state(2.0, 0.3, 0.8, evidence=5, recall=0.7) is State.REVIEW
    assert state(0.9, 0.3, 0.8, evidence=5, was_mastered=True) is State.REVIEW
    assert state(0.5, 0.3, 0.8, evidence=5, was_mastered=True) is State.LEARNING


@given(st.floats(-4, 4), st.floats(0.01, 3), st.floats(-2, 2))
def test_mastery_falls_as_the_cut_rises(mean: float, sd: float, cut: float) -> None:
    assert 0 <= probability(mean, sd, cut + 0.5) <= probability(mean, sd, cut) <= 1
    low, high = interval(mean, sd)
    assert low < mean < high
    assert probability(mean, sd, low) == pytest.approx(0.975)


def test_a_certain_level_is_mastered_or_not() -> None:
    assert [probability(0.8, 0.0, cut) for cut in (0.8, 0.81)] == [1.0, 0.0]


def test_a_memory_is_a_value() -> None:
    memory = Memory(2.0, 5.0, 0.0)
    practise(memory, 1.0, DAY)
    assert memory == Memory(2.0, 5.0, 0.0)
