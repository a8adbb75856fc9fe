"""Parts of statements that come again and again: verbs, actors, activities. Equal bytes are read and checked once."""

from collections.abc import Callable
from typing import Any, TypeVar

from msgspec import Raw, ValidationError, json

from lrs.validation.shapes import Check, Found, Shape

ACTOR, VERB, ACTIVITY, CONTEXT_ACTIVITIES = "actor", "verb", "activity", "contextActivities"
SEEN_MOST = 20_000
"""Parts that came but once, of which only the hash is remembered."""
Made = TypeVar("Made")


class Known:
    """A part that passed the check of its kind, with what its rows are made of; it is asked as a dict is.

    Shared: it must not be changed.
    """

    __slots__ = ("kind", "made", "told", "value")

    def __init__(self, kind: str, value: Any, told: Any) -> None:
        self.kind, self.value, self.told = kind, value, told
        self.made: dict[Callable[[Any], Any], Any] = {}

    def __contains__(self, name: str) -> bool:
        return name in self.value

    def __getitem__(self, name: str) -> Any:
        return self.value[name]

    def get(self, name: str, default: Any = None) -> Any:
        """The value of a property, or the default where it is absent."""
        return self.value.get(name, default)


def object_type(thing: Any) -> str:
    """What kind of object a statement has: an activity where it does not say, and where it is a known part."""
    if type(thing) is Known:
        return "Activity"
    kind: str = thing.get("objectType", "Activity")
    return kind


def trusting(kind: str, check: Check) -> Shape:
    """A check that takes a known part of its kind as checked; in the text it is read apart."""

    def trusted(value: Any) -> Found | None:
        return None if type(value) is Known and value.kind == kind else check(value)

    return Shape(trusted, Raw, apart=True)


def once(make: Callable[[Any], Made], part: Any) -> Made:
    """What a pure function makes of a part; of a known part it is made once."""
    if type(part) is not Known:
        return make(part)
    made = part.made.get(make, part)
    if made is part:
        made = part.made[make] = make(part)
    return made  # type: ignore[no-any-return]


class Memory:
    """Known parts by their bytes, kept from the second time on that a part comes: most come but once in a long while.

    Bounded: of two generations, the older is forgotten when the younger is full.
    """

    def __init__(
        self, kind: str, form: Any, check: Check, tell: Callable[[Any], Any], *, parts: int, octets: int = 4_096
    ) -> None:
        self._kind, self._check, self._tell = kind, check, tell
        self._typed = json.Decoder(form).decode
        self._parts, self._octets = parts, octets
        self._young: dict[bytes, Known] = {}
        self._old: dict[bytes, Known] = {}
        self._seen: set[int] = set()

    def part(self, raw: bytes) -> Any:
        """A known part, or, where the JSON is none of this kind, its value."""
        known = self._young.get(raw)
        if known is not None:
            return known
        known = self._old.get(raw)
        if known is None:
            try:
                value = self._typed(raw)
            except ValidationError:
                value = json.decode(raw)
                if type(value) is not dict or self._check(value) is not None:
                    return value
            known = Known(self._kind, value, self._tell(value))
        if len(raw) <= self._octets and self._seen_before(raw):
            self._keep(raw, known)
        return known

    def _seen_before(self, raw: bytes) -> bool:
        mark = hash(raw)
        if mark in self._seen:
            return True
        if len(self._seen) >= SEEN_MOST:
            self._seen.clear()
        self._seen.add(mark)
        return False

    def _keep(self, raw: bytes, known: Known) -> None:
        if len(self._young) >= self._parts:
            self._old, self._young = self._young, {}
        self._young[raw] = known
