"""Marking an answer against the key: the response in xAPI's notation, and a score between nothing and all right."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tutor.exercises import Exercise, Option
from tutor.numbers import number
from tutor.words import words

TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True)
class Mark:
    """`score` in [0, 1] with partial credit; `success` only for a wholly right answer."""

    response: str
    score: float
    success: bool


def response_of(exercise: Exercise, given: Mapping[str, Sequence[str]]) -> str | None:
    """The response in xAPI's notation from form fields, or None when the answer is not complete.

    Fields: `answer` (once, or for each chosen option), for sequencing `place-<n>` and for matching `match-<n>`,
    n counting the options from 0.
    """
    if exercise.kind == "sequencing":
        return _ordered(exercise.options, given)
    if exercise.kind == "matching":
        return _matched(exercise, given)
    answers = [answer.strip() for answer in given.get("answer", ()) if answer.strip()]
    if exercise.kind in ("choice", "true-false"):
        known = [option.id for option in exercise.options if option.id in answers]
        return "[,]".join(known) or None
    return answers[0][:500] if answers else None


def _first(given: Mapping[str, Sequence[str]], name: str) -> str:
    return next(iter(given.get(name, ())), "")


def _ordered(options: Sequence[Option], given: Mapping[str, Sequence[str]]) -> str | None:
    places = [_first(given, f"place-{n}") for n in range(len(options))]
    if sorted(places) != sorted(str(n + 1) for n in range(len(options))):
        return None
    return "[,]".join(options[places.index(str(n + 1))].id for n in range(len(options)))


def _matched(exercise: Exercise, given: Mapping[str, Sequence[str]]) -> str | None:
    chosen = [_first(given, f"match-{n}") for n in range(len(exercise.options))]
    if not set(chosen) <= {target.id for target in exercise.targets}:
        return None
    return "[,]".join(f"{o.id}[.]{target}" for o, target in zip(exercise.options, chosen, strict=True))


def mark(exercise: Exercise, response: str) -> Mark:
    """Score a response. Numbers and texts are right or wrong, the other kinds give credit for each right part."""
    score = _score(exercise, response)
    return Mark(response, score, score >= 1 - TOLERANCE)


def _score(exercise: Exercise, response: str) -> float:
    key = exercise.key
    if exercise.kind == "numeric":
        return float(any(_in_range(part, response) for part in key))
    if exercise.kind == "fill-in":
        return float(any(words(part) == words(response) and words(part) for part in key) or response.strip() in key)
    parts = response.split("[,]")
    if exercise.kind == "sequencing":
        return sum(a == b for a, b in zip(parts, key, strict=False)) / len(key)
    hits = len(set(parts) & set(key))
    wrong = len(set(parts) - set(key)) if exercise.kind == "choice" else 0
    return max(0.0, (hits - wrong) / len(key))


def _in_range(part: str, response: str) -> bool:
    value, (low_text, colon, high_text) = number(response), part.partition("[:]")
    if value is None:
        return False
    low, high = number(low_text), number(high_text if colon else low_text)
    slack = TOLERANCE * max(1.0, abs(value))
    return (low is None or value >= low - slack) and (high is None or value <= high + slack)
