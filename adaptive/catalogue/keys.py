"""Keys of items: whether a key can be used, whether an answer is right, and how far guessing gets one. Pure.

Answers are written as xAPI writes responses (Data 2.4.4.1): choice ids joined by `[,]`, `true`/`false`, a number,
a text, ids in order joined by `[,]`, or `source[.]target` pairs joined by `[,]`.
"""

from collections.abc import Iterator, Sequence
from math import inf, isclose

UNMARKED = ("long-fill-in", "other")


def key_faults(kind: str, key: Sequence[str], choices: Sequence[str], targets: Sequence[str]) -> Iterator[str]:
    """What is wrong with a key, as sentences."""
    if kind in UNMARKED:
        return
    if not key:
        yield f"a {kind} item needs a key"
        return
    if len(set(choices)) < len(choices):
        yield "two choices have one id"
    if kind == "choice" and len(choices) < 2:
        yield "a choice item needs two or more choices"
    if kind in ("choice", "sequencing"):
        yield from (f"{part!r} is no choice of this item" for part in key if part not in choices)
    if kind == "sequencing" and sorted(key) != sorted(choices):
        yield "the key of a sequencing item names every choice once"
    if kind == "true-false" and (len(key) != 1 or key[0] not in ("true", "false")):
        yield "the key of a true-false item is true or false"
    if kind == "numeric":
        yield from (f"{part!r} is neither a number nor low[:]high" for part in key if _range(part) is None)
    if kind == "matching":
        pairs = [part.partition("[.]") for part in key]
        good = all(source in choices and target in targets for source, _, target in pairs)
        if not good or sorted(pair[0] for pair in pairs) != sorted(choices):
            yield "the key of a matching item pairs every choice with a target (choice[.]target)"


def is_right(kind: str, key: Sequence[str], answer: str) -> bool | None:
    """Whether a response is right; None for items that no key can mark."""
    if kind in UNMARKED or not key:
        return None
    if kind == "numeric":
        return any(_within(answer, part) for part in key)
    if kind == "fill-in":
        return _plain(answer) in {_plain(part) for part in key}
    parts = answer.split("[,]")
    if kind == "sequencing":
        return parts == list(key)
    return sorted(parts) == sorted(key)


def guessing_of(kind: str, key: Sequence[str], choices: Sequence[str]) -> float:
    """The chance of a right answer by guessing, in [0, 1): one of the choices, or of true and false; else none."""
    if kind == "true-false":
        return 0.5
    return 1.0 / len(choices) if kind == "choice" and len(key) == 1 and len(choices) > 1 else 0.0


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _number(text: str) -> float | None:
    try:
        return float(text.strip().replace(",", "."))
    except ValueError:
        return None


def _range(part: str) -> tuple[float, float] | None:
    low, colon, high = part.partition("[:]")
    if not colon:
        number = _number(part)
        return None if number is None else (number, number)
    ends = (_number(low) if low else -inf, _number(high) if high else inf)
    return None if ends[0] is None or ends[1] is None else (ends[0], ends[1])


def _within(answer: str, part: str) -> bool:
    number, ends = _number(answer), _range(part)
    if number is None or ends is None:
        return False
    return (
        ends[0] <= number <= ends[1] or isclose(number, ends[0], rel_tol=1e-9) or isclose(number, ends[1], rel_tol=1e-9)
    )
