"""The few shapes that all rules are made of: text, number, list and record. Types are exact, null is never a value."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

Found = list[tuple[str, str]]
Check = Callable[[Any], Found | None]


def fault(message: str) -> Found:
    """One fault at the value itself."""
    return [("", message)]


def within(key: str, found: Found) -> Found:
    """Faults of a part, seen from the whole."""
    return [(key + ("" if not path or path[0] == "[" else ".") + path, message) for path, message in found]


def text(value: Any) -> Found | None:
    return None if type(value) is str else fault("must be a string")


def boolean(value: Any) -> Found | None:
    return None if type(value) is bool else fault("must be true or false")


def number(value: Any) -> Found | None:
    return None if type(value) in (int, float) else fault("must be a number")


def matching(predicate: Callable[[str], object], kind: str) -> Check:
    """A string that a predicate of lrs.formats accepts."""
    message = f"must be {kind}"

    def check(value: Any) -> Found | None:
        return None if type(value) is str and predicate(value) else fault(message)

    return check


def one_of(*values: str) -> Check:
    message = "must be " + " or ".join(f'"{value}"' for value in values)

    def check(value: Any) -> Found | None:
        return None if type(value) is str and value in values else fault(message)

    return check


def listing(item: Check, *, least: int = 0) -> Check:
    """A list of values that each pass a check."""

    def check(value: Any) -> Found | None:
        if type(value) is not list:
            return fault("must be a list")
        if len(value) < least:
            return fault(f"must have at least {least} element" + ("s" if least > 1 else ""))
        found: Found = []
        for index, each in enumerate(value):
            if (wrong := item(each)) is not None:
                found += within(f"[{index}]", wrong)
        return found or None

    return check


def keyed(key: Callable[[str], object], kind: str, item: Check | None) -> Check:
    """An object whose keys are of one kind (IRIs, language tags) and whose values pass a check."""

    def check(value: Any) -> Found | None:
        if type(value) is not dict:
            return fault("must be an object")
        found: Found = []
        for name, each in value.items():
            if not key(name):
                found += within(quoted(name), fault(f"is a key that is not {kind}"))
            if item is not None and (wrong := item(each)) is not None:
                found += within(quoted(name), wrong)
        return found or None

    return check


def record(fields: Mapping[str, Check], required: Sequence[str] = (), *rules: Check) -> Check:
    """An object with known properties, some of them required; rules look at the object as a whole."""
    get = fields.get
    needed = frozenset(required)

    def check(value: Any) -> Found | None:
        if type(value) is not dict:
            return fault("must be an object")
        found: Found = []
        for name, each in value.items():
            field = get(name)
            if field is None:
                found += within(quoted(name), fault("is no property that the specification has here"))
            elif (wrong := field(each)) is not None:
                found += within(name, wrong)
        if not needed <= value.keys():
            for name in required:
                if name not in value:
                    found += within(name, fault("is missing"))
        if not found:
            for rule in rules:
                if (wrong := rule(value)) is not None:
                    found += wrong
        return found or None

    return check


def quoted(name: str) -> str:
    """A key as a step of a JSON path: plain where it can be."""
    return name if name.isidentifier() else f'["{name[:200]}"]'
