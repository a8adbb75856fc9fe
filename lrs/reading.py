"""A statement's text into values, its recurring parts out of a process's memory (lrs.validation.known)."""

from collections.abc import Callable
from typing import Any

import msgspec

from lrs.facts import activity_facts, actor_facts, verb_facts
from lrs.validation import parts
from lrs.validation.known import ACTIVITY, ACTOR, VERB, Memory

decode = msgspec.json.decode
_object = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_list = msgspec.json.Decoder(list[msgspec.Raw]).decode
_actors = Memory(ACTOR, parts.actor, actor_facts, parts=4_000)
_verbs = Memory(VERB, parts.verb, verb_facts, parts=500)
_activities = Memory(ACTIVITY, parts.activity, activity_facts, parts=4_000)


def statement_of(text: bytes) -> Any:
    """The value of a statement's JSON. Raises what msgspec raises where it is no JSON."""
    return _with_parts(text, STATEMENT_PARTS)


def _with_parts(text: bytes, readers: dict[str, Callable[[bytes], Any]]) -> Any:
    """An object of which some properties have readers of their own; any other JSON as it is."""
    try:
        raws = _object(text)
    except msgspec.ValidationError:
        return decode(text)
    value: dict[str, Any] = {}
    for name, raw in raws.items():
        read = readers.get(name)
        value[name] = decode(raw) if read is None else read(bytes(raw))
    return value


def _activity_list(text: bytes) -> Any:
    try:
        return [_activities.part(bytes(raw), decode) for raw in _list(text)]
    except msgspec.ValidationError:
        return _activities.part(text, decode)


def _context_activities(text: bytes) -> Any:
    return _with_parts(text, CONTEXT_ACTIVITY_PARTS)


def _context(text: bytes) -> Any:
    return _with_parts(text, CONTEXT_PARTS)


CONTEXT_ACTIVITY_PARTS: dict[str, Callable[[bytes], Any]] = dict.fromkeys(
    ("parent", "grouping", "category", "other"), _activity_list
)
CONTEXT_PARTS: dict[str, Callable[[bytes], Any]] = {"contextActivities": _context_activities}
STATEMENT_PARTS: dict[str, Callable[[bytes], Any]] = {
    "actor": lambda text: _actors.part(text, decode),
    "verb": lambda text: _verbs.part(text, decode),
    "object": lambda text: _activities.part(text, decode),
    "context": _context,
}
