"""Are two statements the same one: what a store may set or change does not count (xAPI Data 2.3.1). Pure."""

from collections.abc import Mapping
from typing import Any

import msgspec

from lrs import formats
from lrs.agents import key_of

NOT_COMPARED = frozenset({"id", "stored", "authority", "version", "attachments"})


def same(one: Mapping[str, Any], other: Mapping[str, Any], *, timestamps: bool = True) -> bool:
    """Whether two valid statements of one id match (Data 2.3.1.s9).

    Activity definitions, the display of verbs, the order of a group's members and the serialisation of timestamps are
    no part of a statement; durations count to 0.01 second. Attachments are none either, so a statement matches itself
    with its signature. `timestamps=False` is for one of which the store set the timestamp.
    """
    return _statement(one, timestamps) == _statement(other, timestamps)


def _statement(statement: Mapping[str, Any], timestamps: bool) -> dict[str, Any]:
    plain = {name: value for name, value in statement.items() if name not in NOT_COMPARED}
    moment = plain.pop("timestamp", None)
    if timestamps and moment is not None:
        plain["timestamp"] = formats.timestamp_of(moment)
    plain["actor"] = _actor(plain["actor"])
    plain["verb"] = plain["verb"]["id"]
    plain["object"] = _object(plain["object"])
    if "result" in plain:
        plain["result"] = _result(plain["result"])
    if "context" in plain:
        plain["context"] = _context(plain["context"])
    return {name: value for name, value in plain.items() if value != {}}


def _object(thing: Mapping[str, Any]) -> Any:
    kind = thing.get("objectType", "Activity")
    if kind == "Activity":
        return ("Activity", thing["id"])
    if kind in ("Agent", "Group"):
        return _actor(thing)
    return _statement(thing, True) if kind == "SubStatement" else (kind, thing["id"].lower())


def _actor(agent: Mapping[str, Any]) -> tuple[Any, ...]:
    members = sorted((_actor(member) for member in agent.get("member", ())), key=repr)
    key = key_of(agent)
    if key is not None and key.startswith("mbox:"):
        local, _, domain = key.rpartition("@")
        key = f"{local}@{domain.lower()}"
    return (agent.get("objectType", "Agent"), key, agent.get("name"), tuple(members))


def _result(result: Mapping[str, Any]) -> dict[str, Any]:
    plain = {name: value for name, value in result.items() if value != {}}
    if "duration" in plain:
        plain["duration"] = formats.hundredths(plain["duration"])
    return {name: _exact(value) for name, value in plain.items()}


def _context(context: Mapping[str, Any]) -> dict[str, Any]:
    plain = {name: _exact(value) for name, value in context.items() if value != {}}
    for name in ("instructor", "team"):
        if name in context:
            plain[name] = _actor(context[name])
    if "registration" in context:
        plain["registration"] = context["registration"].lower()
    if "statement" in context:
        plain["statement"] = context["statement"]["id"].lower()
    if "contextActivities" in context:
        plain["contextActivities"] = {
            name: [each["id"] for each in (value if isinstance(value, list) else [value])]
            for name, value in context["contextActivities"].items()
            if value != []
        }
    return plain


def _exact(value: Any) -> Any:
    """JSON so that true is not 1; 1 and 1.0 are the same number."""
    if isinstance(value, bool):
        return ("boolean", value)
    if isinstance(value, dict):
        return {name: _exact(each) for name, each in value.items()}
    return [_exact(each) for each in value] if isinstance(value, list) else value


def same_text(stored: bytes, sent: Mapping[str, Any], *, timestamp_sent: bool) -> bool:
    """As `same`, the stored statement given as its JSON."""
    return same(msgspec.json.decode(stored), sent, timestamps=timestamp_sent)
