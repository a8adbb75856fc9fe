"""Numbers as people write them, in digits or in words."""

import math
import re
from collections.abc import Iterator

_UNITS = re.findall(
    r"\w+",
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
    " eighteen nineteen",
)
_TENS = re.findall(r"\w+", "_ _ twenty thirty forty fifty sixty seventy eighty ninety")
_THOUSANDS = re.compile(r"[-+]?[1-9]\d{0,2}(?:,\d{3})+(?:\.\d*)?")
_SCALES = {"hundred": 100, "thousand": 1000, "million": 1_000_000}


def number(text: str) -> float | None:
    """A finite number however people type it (`1,5`, `1 500`, `1,500`, `20 %`), or None.

    One comma is a decimal comma unless exactly three digits follow it and none but zero would stand before.
    """
    plain = re.sub(r"[\s\u00a0\u202f]", "", text).rstrip("%").replace("−", "-")
    if _THOUSANDS.fullmatch(plain) or "." in plain:
        plain = plain.replace(",", "")
    try:
        value = float(plain.replace(",", "."))
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _spelled(text: str) -> Iterator[float]:
    """Numbers written in words: `eighteen`, `forty-nine thousand`, `one hundred and five`."""
    total, current, open_ = 0, 0, False
    for word in [*re.findall(r"[a-z]+|[.,;:!?]", text.casefold()), "."]:
        if word in _UNITS or word in _TENS:
            current += _UNITS.index(word) if word in _UNITS else 10 * _TENS.index(word)
            open_ = True
        elif word in _SCALES and open_:
            scale = _SCALES[word]
            current = max(current, 1) * scale
            total, current = (total + current, 0) if scale > 100 else (total, current)
        elif open_ and word != "and":
            yield float(total + current)
            total, current, open_ = 0, 0, False


def numbers(text: str) -> Iterator[float]:
    """Every number that a text tells, in digits (also as a fraction or a percentage) or in words."""
    for digits in re.findall(r"[-−]?\d[\d.,\u00a0 ]*\d|\d+(?:[.,]\d+)*", text):
        yield from (value for value in (number(digits), number(digits.lstrip("-−"))) if value is not None)
    for digits in re.findall(r"[-−]?\d+(?:[.,]\d+)*", text):
        value = number(digits)
        yield from () if value is None else (value, value / 100)
    for above, below in re.findall(r"(\d+)\s*/\s*(\d+)", text):
        if int(below):
            yield int(above) / int(below)
    yield from _spelled(text)
