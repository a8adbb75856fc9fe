"""The sender's bytes, kept: only the spans that a store must set are replaced or added (xAPI Data 2.3.1, 2.4).

Pure. A statement is cut open before its closing brace; what is added goes there, so nothing else is written again.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

encode = msgspec.json.encode
SHALLOW = msgspec.json.Decoder(dict[str, msgspec.Raw])
SET_BY_STORE = ("stored", "authority")


def open_text(raw: bytes, statement: dict[str, Any], added: Mapping[str, str], *, wrap: bool, utc: str | None) -> bytes:
    """The statement's text without its closing brace, with `added` string properties; `statement` follows the changes.

    `wrap` puts single context activities into lists (1.0.x demands it of what a store returns), `utc` replaces the
    timestamp. The caller appends `stored` and `authority`, then the brace.
    """
    single = wrap and _single_context_activities(statement)
    if single or utc is not None or "stored" in statement or "authority" in statement:
        raw = _rewritten(raw, statement, wrap=single, utc=utc)
    text = raw.rstrip()[:-1]
    for name, value in added.items():
        statement[name] = value
        text += b',"%b":%b' % (name.encode(), encode(value))
    return text


def close_text(text: bytes, stored: str, authority: bytes, *, timestamp: bool) -> bytes:
    """The whole statement: an open text, its `stored` and the JSON of its authority; `timestamp` sets that too."""
    moment = stored.encode()
    missing = b',"timestamp":"%b"' % moment if timestamp else b""
    return b'%b%b,"stored":"%b","authority":%b}' % (text, missing, moment, authority)


def _single_context_activities(statement: Mapping[str, Any]) -> bool:
    if _has_single(statement.get("context")):
        return True
    inner = statement["object"]
    return inner.get("objectType") == "SubStatement" and _has_single(inner.get("context"))


def _has_single(context: Any) -> bool:
    groups = context.get("contextActivities", {}) if context else {}
    return any(isinstance(value, dict) for value in groups.values())


def _rewritten(raw: bytes, statement: dict[str, Any], *, wrap: bool, utc: str | None) -> bytes:
    parts = SHALLOW.decode(raw)
    for name in SET_BY_STORE:
        parts.pop(name, None)
        statement.pop(name, None)
    if utc is not None:
        statement["timestamp"] = utc
        parts["timestamp"] = msgspec.Raw(encode(utc))
    if wrap:
        _wrap(parts, statement)
        if statement["object"].get("objectType") == "SubStatement":
            inner = SHALLOW.decode(parts["object"])
            _wrap(inner, statement["object"])
            parts["object"] = msgspec.Raw(encode(inner))
    return encode(parts)


def _wrap(parts: dict[str, msgspec.Raw], statement: dict[str, Any]) -> None:
    """Wrap single activities in `context.contextActivities`, in the text and in what was parsed of it."""
    if not _has_single(statement.get("context")):
        return
    context = SHALLOW.decode(parts["context"])
    texts = SHALLOW.decode(context["contextActivities"])
    groups = statement["context"]["contextActivities"]
    for name, value in groups.items():
        if isinstance(value, dict):
            groups[name] = [value]
            texts[name] = msgspec.Raw(b"[%b]" % bytes(texts[name]))
    context["contextActivities"] = msgspec.Raw(encode(texts))
    parts["context"] = msgspec.Raw(encode(context))
