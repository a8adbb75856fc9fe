"""Parts of statements that come again and again: verbs, actors, activities. Equal bytes are read and checked once."""

from collections.abc import Callable
from typing import Any

from lrs.validation.shapes import Check, Found

ACTOR, VERB, ACTIVITY = "actor", "verb", "activity"


class Known(dict[str, Any]):
    """A part that passed the check of its kind, with what its rows are made of. Shared: it must not be changed."""

    __slots__ = ("facts", "kind")
    kind: str
    facts: Any


def trusting(kind: str, check: Check) -> Check:
    """A check that takes a known part of its kind as checked."""

    def trusted(value: Any) -> Found | None:
        return None if type(value) is Known and value.kind == kind else check(value)

    return trusted


class Memory:
    """Known parts by their bytes. Bounded: of two generations, the older is forgotten when the younger is full."""

    def __init__(
        self, kind: str, check: Check, facts: Callable[[Any], Any], *, parts: int, octets: int = 4_096
    ) -> None:
        self._kind, self._check, self._facts = kind, check, facts
        self._parts, self._octets = parts, octets
        self._young: dict[bytes, Known] = {}
        self._old: dict[bytes, Known] = {}

    def part(self, raw: bytes, decode: Callable[[bytes], Any]) -> Any:
        """The value of some JSON: a known part, or, where it is none of this kind, what `decode` makes of it."""
        known = self._young.get(raw)
        if known is not None:
            return known
        known = self._old.get(raw)
        if known is None:
            value = decode(raw)
            if type(value) is not dict or self._check(value) is not None:
                return value
            known = Known(value)
            known.kind = self._kind
            known.facts = self._facts(value)
        if len(raw) <= self._octets:
            self._keep(raw, known)
        return known

    def _keep(self, raw: bytes, known: Known) -> None:
        if len(self._young) >= self._parts:
            self._old, self._young = self._young, {}
        self._young[raw] = known
