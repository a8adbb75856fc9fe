"""The guard: what gives a key away, and what does not."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adaptive.catalogue.document import collection_from
from admin.demo.course import load_course
from tests.unit.test_marking import exercise
from tutor.exercises import Exercise, exercise_from
from tutor.guard import leaks
from tutor.words import words

COURSE = collection_from(load_course()).activities
EXERCISES = [made for activity in COURSE if (made := exercise_from(activity))]
CHOICE = exercise(
    "choice",
    ["b"],
    prompt="A wet floor in the hall. What first?",
    choices={"a": "Call the cleaners", "b": "Put the warning sign up", "c": "Walk around it"},
)
STEPS = exercise(
    "sequencing",
    ["x[,]y[,]z"],
    choices={"z": "Wash your hands", "x": "Put gloves on", "y": "Remove the broken glass"},
)
PAIRS = exercise(
    "matching",
    ["1[.]b[,]2[.]a"],
    source={"1": "Acid", "2": "Base"},
    target={"a": "Turns litmus blue", "b": "Turns litmus red"},
)


@pytest.mark.parametrize(
    "text",
    [
        "Put the warning sign up.",
        "PUT  THE WARNING\nSIGN UP!",
        "You should put up the warning sign.",
        "Putting a warning sign up is what comes before the cleaners.",
        "It is B.\nThe answer is b",
        "The answer is B, of course",
        "Choose option b",
        "I would take (b)",
        "b) looks right",
        "The second option is best.",
        "Option 2",
        "Not the first one.",
        "The correct answer: “b”",
        "The ﬁrst option is wrong.",
    ],
)
def test_a_choice_given_away(text: str) -> None:
    assert leaks(text, CHOICE)


@pytest.mark.parametrize(
    "text",
    [
        "Who could slip while you fetch somebody?",
        "What does the answer depend on?",
        "The answer is a matter of who comes along next.",
        "Think of the people first, then of the floor.",
        "Would a sign help? Think about it.",
        "A floor may stay wet for an hour.",
    ],
)
def test_a_choice_kept(text: str) -> None:
    assert not leaks(text, CHOICE)


@pytest.mark.parametrize(
    ("key", "text", "told"),
    [
        ("18", "It is 18.", True),
        ("18", "It is eighteen.", True),
        ("18", "18.00", True),
        ("18", "between 17 and 19", False),
        ("180", "It is 18.", False),
        ("49000", "forty-nine thousand", True),
        ("49000", "49,000", True),
        ("105", "one hundred and five", True),
        ("0.25", "a quarter, that is 1/4", True),
        ("0.25", "25 %", True),
        ("-3", "minus 3, or −3", True),
        ("10[:]20", "something like 15", True),
        ("10[:]20", "more than 20.5", False),
        ("2.5", "2,5", True),
        ("20", "7 20 11", True),
    ],
)
def test_numbers(key: str, text: str, told: bool) -> None:
    assert leaks(text, exercise("numeric", [key])) is told


def test_words_for_a_gap() -> None:
    gap = exercise("fill-in", ["{case_matters=false}mode", "modal value"])
    assert leaks("They call it the Mode.", gap)
    assert leaks("the modal values", gap)
    assert leaks("Spell it: m-o-d-e", gap)
    assert leaks("M. O. D. E.", gap)
    assert leaks("Read edom backwards", gap)
    assert not leaks("It is the modern way to model it.", gap)
    assert not leaks("A, b and c stand for sides; a demo of it", gap)


def test_true_and_false() -> None:
    claim = exercise("true-false", ["false"])
    assert leaks("That is false", claim)
    assert leaks("It is TRUE!", claim)
    assert not leaks("Is that so everywhere?", claim)


def test_order_of_steps() -> None:
    assert leaks("Put the gloves on, then remove the broken glass.", STEPS)
    assert not leaks("What could cut you?", STEPS)
    assert not leaks("Wash your hands and remove the glass.", STEPS)


def test_pairs() -> None:
    assert leaks("An acid turns litmus red.", PAIRS)
    assert not leaks("Litmus tells an acid from a base.", PAIRS)
    assert leaks("What of the acid? It turns litmus red.", PAIRS)


def rights(made: Exercise) -> list[str]:
    """Texts that a careless prompt might hold."""
    told = []
    for pattern in made.patterns:
        texts = [" ".join(made.text_of(piece) for piece in part.split("[.]")) for part in pattern.parts]
        told.append(", then ".join(texts) if made.kind == "sequencing" else texts[0])
    return told


@pytest.mark.parametrize("made", EXERCISES, ids=lambda made: made.id.rsplit("/", 1)[-1])
def test_no_item_of_the_course_is_told_plainly(made: Exercise) -> None:
    for told in rights(made):
        for text in (told, told.upper(), f"Well: {told}!", f"Remember that {told}, as always."):
            assert leaks(text, made), text
    if made.kind == "choice":
        for place, option in enumerate(made.options):
            for text in (f"Choose option {option.id}.", f"({option.id})", f"The answer is {option.id.upper()}"):
                assert leaks(text, made), text
            assert leaks(f"Take option {place + 1}", made)


@settings(deadline=None)
@given(st.text(max_size=80), st.text(max_size=80), st.sampled_from(EXERCISES))
def test_a_key_stays_told_whatever_stands_around_it(before: str, after: str, made: Exercise) -> None:
    told = rights(made)[0]
    if words(told) == words(f"{before} {told} {after}")[len(words(before)) :][: len(words(told))]:
        assert leaks(f"{before} {told} {after}", made)


@settings(deadline=None)
@given(st.text(max_size=200), st.sampled_from(EXERCISES))
def test_no_text_breaks_the_guard(text: str, made: Exercise) -> None:
    assert leaks(text, made) in (True, False)
