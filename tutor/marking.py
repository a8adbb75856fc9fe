"""Marking an answer against the key: the response in xAPI's notation, and a score between nothing and all right."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tutor.exercises import Exercise, Option, Pattern
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
    """The best score over the right responses that the key allows."""
    score = max(_score(exercise.kind, pattern, response) for pattern in exercise.patterns)
    return Mark(response, score, score >= 1 - TOLERANCE)


def _score(kind: str, pattern: Pattern, response: str) -> float:
    if kind == "numeric":
        return float(_in_range(pattern, response))
    if kind == "fill-in":
        return float(_same_text(pattern, response))
    parts = response.split("[,]")
    if kind == "sequencing":
        return _share(sum(a == b for a, b in zip(parts, pattern.parts, strict=False)), pattern)
    hits = len(set(parts) & set(pattern.parts))
    return (
        max(0.0, _share(hits - len(set(parts) - set(pattern.parts)), pattern))
        if kind == "choice"
        else _share(hits, pattern)
    )


def _share(points: int, pattern: Pattern) -> float:
    return points / len(pattern.parts)


def _in_range(pattern: Pattern, response: str) -> bool:
    value = number(response)
    if value is None:
        return False
    low, high = (number(part) for part in (pattern.parts[0], pattern.parts[-1]))
    slack = TOLERANCE * max(1.0, abs(value))
    return (low is None or value >= low - slack) and (high is None or value <= high + slack)


def _same_text(pattern: Pattern, response: str) -> bool:
    wanted = ", ".join(pattern.parts)
    if pattern.case_matters:
        return " ".join(response.split()) == " ".join(wanted.split())
    given, right = words(response), words(wanted)
    return given == right if pattern.order_matters else sorted(given) == sorted(right)
