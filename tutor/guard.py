"""Whether a text gives an exercise's key away: in words, close to them, as a number, or by its letter or place."""

import re
from collections.abc import Sequence
from itertools import pairwise

from tutor.exercises import Exercise, Pattern
from tutor.numbers import number, numbers
from tutor.words import STOPWORDS, level, sentences, terms, words

CLOSE = 0.75
"""Share of a right answer's meaningful words in one sentence from which the sentence counts as telling it."""

_ORDINAL = r"first|second|third|fourth|fifth|sixth|seventh|eighth|last|final|\d+(?:st|nd|rd|th)"
_THING = r"option|answer|choice|alternative|response|letter|item|statement|number|possibility"
_LETTER = r"(?-i:[A-H])\b(?!['’]\w)|[b-h]\b(?!['’]\w)|a(?=\s*(?:[.,;:!?)\]\"'”’]|$))"
_SPELLED = re.compile(r"(?<!\w)(?:\w[\W_]{1,3}){2,}\w(?!\w)")
_POINTING = re.compile(
    rf"\b(?:{_ORDINAL})\s+(?:one\b|(?:{_THING})\b)"
    rf"|\b(?:{_THING})s?\s*(?:is|are|would be|was|:|=|#|no\.?)?\s*[\"'“‘(\[]*(?:{_LETTER}|\d{{1,2}}\b(?!['’%.,]*\w))"
    r"|[(\[][a-h1-9][)\]]|(?:^|\s)[a-h][).](?=\s|$)",
    re.IGNORECASE | re.MULTILINE,
)


def leaks(text: str, exercise: Exercise) -> bool:
    """Whether `text` holds the key, or enough of it to be chosen without thinking."""
    text = level(text)
    if exercise.kind == "numeric":
        return any(_tells_number(text, pattern) for pattern in exercise.patterns)
    if exercise.kind == "true-false":
        return not {"true", "false"}.isdisjoint(words(text))
    if exercise.kind == "fill-in":
        return any(_says(text, part) for pattern in exercise.patterns for part in pattern.parts)
    return _points(text, exercise) or any(_tells(text, exercise, pattern) for pattern in exercise.patterns)


def _tells(text: str, exercise: Exercise, pattern: Pattern) -> bool:
    if exercise.kind == "choice":
        return any(_says(text, exercise.text_of(part)) for part in pattern.parts)
    if exercise.kind == "sequencing":
        return _in_order(text, [exercise.text_of(part) for part in pattern.parts])
    pairs = [(a, b) for a, _, b in (part.partition("[.]") for part in pattern.parts)]
    near = [f"{one} {next_}" for one, next_ in pairwise([*sentences(text), ""])]
    return any(_says(part, exercise.text_of(a)) and _says(part, exercise.text_of(b)) for part in near for a, b in pairs)


def _points(text: str, exercise: Exercise) -> bool:
    """Whether any option is named by letter, number or identifier; to rule one out is help of the same kind."""
    if _POINTING.search(text):
        return True
    said = set(words(text))
    texts = {word for option in (*exercise.options, *exercise.targets) for word in words(option.text)}
    names = {o.id.casefold() for o in (*exercise.options, *exercise.targets)} - texts - set(words(exercise.question))
    telling = {name for name in names if len(name) > 1 and name not in STOPWORDS and not name.isdigit()}
    raw = set(re.findall(r"[\w-]+", text.casefold()))
    return not telling.isdisjoint(said | raw)


def _says(text: str, answer: str) -> bool:
    """Whether the answer stands in the text word for word, backwards or spelled, or nearly so within one sentence."""
    wanted = words(answer)
    if not wanted:
        return bool(answer.strip()) and answer.strip() in text
    if _holds(words(text), wanted) or _holds(words(text[::-1]), wanted) or _spells(text, wanted):
        return True
    meaning = set(terms(answer))
    if len(meaning) < 2:
        return bool(meaning) and len(wanted) <= 2 and not meaning.isdisjoint(terms(text))
    return any(len(meaning & set(terms(sentence))) >= CLOSE * len(meaning) for sentence in sentences(text))


def _spells(text: str, wanted: Sequence[str]) -> bool:
    """Whether the text spells the answer letter by letter, as in `m-o-d-e`."""
    letters = ("".join(re.findall(r"\w", spelled)).casefold() for spelled in _SPELLED.findall(text))
    return any("".join(wanted) in each for each in letters)


def _holds(text: Sequence[str], wanted: Sequence[str]) -> bool:
    width = len(wanted)
    return any(text[start : start + width] == wanted for start in range(len(text) - width + 1))


def _in_order(text: str, steps: Sequence[str]) -> bool:
    """Whether two steps that follow each other are told in that order."""
    said = terms(text)
    places = [_place(said, set(terms(step))) for step in steps]
    return any(a is not None and b is not None and a < b for a, b in pairwise(places))


def _place(said: Sequence[str], step: set[str]) -> int | None:
    """Where a step is told: the first stretch of text (twice its length) with enough of its words."""
    width = 2 * len(step)
    for start in range(len(said)):
        if said[start] in step and len(step & set(said[start : start + width])) >= CLOSE * len(step):
            return start
    return None


def _tells_number(text: str, pattern: Pattern) -> bool:
    low, high = (number(part) for part in (pattern.parts[0], pattern.parts[-1]))
    floor, ceiling = (float("-inf") if low is None else low), (float("inf") if high is None else high)
    return any(floor <= value <= ceiling for value in numbers(text))
