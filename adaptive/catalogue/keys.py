"""Keys of questions, as xAPI writes correctResponsesPattern (1.0.3 part 2, 2.4.4.1): whether one can be used. Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

UNMARKED = ("long-fill-in", "other")
_FLAGS = re.compile(r"^(\{(case_matters|order_matters|lang)=[^}]*\})+")


@dataclass(frozen=True, slots=True)
class Parts:
    """The ids a key may name: choices of a choice or a sequence, sources and targets of a matching."""

    choices: tuple[str, ...] = ()
    source: tuple[str, ...] = ()
    target: tuple[str, ...] = ()


def key_faults(interaction: str, key: Sequence[str], parts: Parts) -> Iterator[str]:
    """What is wrong with a key (each element is one accepted pattern), as sentences."""
    if interaction in UNMARKED:
        return
    if not key:
        yield f"a {interaction} question needs a key"
        return
    for pattern in key:
        plain = _FLAGS.sub("", pattern)
        if interaction in ("choice", "sequencing"):
            yield from _choice_faults(interaction, plain, parts.choices)
        elif interaction == "true-false" and plain not in ("true", "false"):
            yield "the key of a true-false question is true or false"
        elif interaction == "numeric" and not _is_range(plain):
            yield f"{plain!r} is neither a number nor low[:]high"
        elif interaction == "matching" and not _pairs_up(plain, parts):
            yield "the key of a matching question pairs every source with a target (source[.]target[,]…)"


def guessing_of(interaction: str | None, key: Sequence[str], choices: Sequence[str]) -> float:
    """The chance of a right answer by guessing, in [0, 1): one of the choices, or of true and false; else none."""
    if interaction == "true-false":
        return 0.5
    single = interaction == "choice" and len(key) == 1 and "[,]" not in key[0]
    return 1.0 / len(choices) if single and len(choices) > 1 else 0.0


def _choice_faults(interaction: str, pattern: str, choices: Sequence[str]) -> Iterator[str]:
    named = pattern.split("[,]")
    yield from (f"{part!r} is no choice of this question" for part in named if part not in choices)
    if interaction == "choice" and len(choices) < 2:
        yield "a choice question needs two or more choices"
    if interaction == "sequencing" and sorted(named) != sorted(choices):
        yield "the key of a sequencing question names every choice once"


def _pairs_up(pattern: str, parts: Parts) -> bool:
    pairs = [pair.partition("[.]") for pair in pattern.split("[,]")]
    return sorted(pair[0] for pair in pairs) == sorted(parts.source) and all(pair[2] in parts.target for pair in pairs)


def _is_range(pattern: str) -> bool:
    low, colon, high = pattern.partition("[:]")
    ends = [end for end in (low, high) if end] if colon else [pattern]
    return bool(ends) and all(_is_number(end) for end in ends)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
