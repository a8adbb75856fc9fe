"""Parts of statements that come again and again: verbs, actors, activities. Equal bytes are read and checked once."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from msgspec import Raw

from lrs.validation.shapes import Check, Found, Shape

ACTOR, VERB, ACTIVITY, CONTEXT_ACTIVITIES = "actor", "verb", "activity", "contextActivities"
Made = TypeVar("Made")


class Known(dict[str, Any]):
    """A part that passed the check of its kind, with what its rows are made of. Shared: it must not be changed."""

    __slots__ = ("facts", "kind", "made")
    kind: str
    facts: Any
    made: tuple[Callable[[Any], Any], Any]


def trusting(kind: str, check: Check) -> Shape:
    """A check that takes a known part of its kind as checked; in the text it is read apart."""

    def trusted(value: Any) -> Found | None:
        return None if type(value) is Known and value.kind == kind else check(value)

    return Shape(trusted, Raw, apart=True)


def once(make: Callable[[Any], Made], part: Mapping[str, Any]) -> Made:
    """What a pure function makes of a part; of a known part it is made once."""
    if type(part) is not Known:
        return make(part)
    made = part.made
    if made[0] is not make:
        made = part.made = (make, make(part))
    return made[1]  # type: ignore[no-any-return]


class Memory:
    """Known parts by their bytes, kept from the second time on that a part comes: most come but once in a long while.

    Bounded: of two generations, the older is forgotten when the younger is full.
    """

    def __init__(
        self, kind: str, check: Check, facts: Callable[[Any], Any], *, parts: int, octets: int = 4_096
    ) -> None:
        self._kind, self._check, self._facts = kind, check, facts
        self._parts, self._octets = parts, octets
        self._young: dict[bytes, Known] = {}
        self._old: dict[bytes, Known] = {}
        self._seen: set[int] = set()

    def part(self, raw: bytes, decode: Callable[[bytes], Any]) -> Any:
        """The value of some JSON: a known part, or, where it is none of this kind, what `decode` makes of it."""
        known = self._young.get(raw)
        if known is not None:
            return known
        known = self._old.get(raw)
        if known is None:
            value = decode(raw)
            if type(value) is not dict or self._check(value) is not None or (facts := self._facts(value)) is None:
                return value
            known = Known(value)
            known.kind, known.facts, known.made = self._kind, facts, _NOTHING_MADE
        if len(raw) <= self._octets and self._seen_before(raw):
            self._keep(raw, known)
        return known

    def _seen_before(self, raw: bytes) -> bool:
        mark = hash(raw)
        if mark in self._seen:
            return True
        if len(self._seen) >= 4 * self._parts:
            self._seen.clear()
        self._seen.add(mark)
        return False

    def _keep(self, raw: bytes, known: Known) -> None:
        if len(self._young) >= self._parts:
            self._old, self._young = self._young, {}
        self._young[raw] = known


_NOTHING_MADE = (len, None)
