"""The sender's bytes, kept: only the spans that a store must set are replaced or added (xAPI Data 2.3.1, 2.4).

Pure. A statement is cut open before its closing brace; what is added goes there, so nothing else is written again.
"""

from typing import Any

import msgspec

from lrs.validation.known import Known
from lrs.validation.shapes import Form

encode = msgspec.json.encode
SHALLOW = msgspec.json.Decoder(dict[str, msgspec.Raw])
SET_BY_STORE = ("stored", "authority")


def open_text(raw: bytes, statement: Form, added: bytes, *, wrap: bool, utc: str | None) -> bytes:
    """The statement's text without its closing brace, then what is `added`: properties, each after a comma.

    `wrap` puts single context activities into lists (1.0.x demands it of what a store returns), `utc` replaces the
    timestamp. The caller appends `stored` and `authority`, then the brace.
    """
    single = wrap and _single_context_activities(statement)
    if single or utc is not None or statement.stored is not None or statement.authority is not None:
        raw = _rewritten(raw, statement, wrap=single, utc=utc)
    return raw.rstrip()[:-1] + added


def close_text(text: bytes, stored: str, authority: bytes, *, timestamp: bool) -> bytes:
    """The whole statement: an open text, its `stored` and the JSON of its authority; `timestamp` sets that too."""
    moment = stored.encode()
    missing = b',"timestamp":"%b"' % moment if timestamp else b""
    return b"".join((text, missing, b',"stored":"', moment, b'","authority":', authority, b"}"))


def _single_context_activities(statement: Form) -> bool:
    if _has_single(statement.context):
        return True
    inner = statement.object
    return type(inner) is dict and inner.get("objectType") == "SubStatement" and _has_single(inner.get("context"))


def _has_single(context: Any) -> bool:
    activities = context.get("contextActivities") if context is not None else None
    groups = activities.value if type(activities) is Known else activities
    return type(groups) is dict and any(type(value) is dict for value in groups.values())


def _rewritten(raw: bytes, statement: Form, *, wrap: bool, utc: str | None) -> bytes:
    parts = SHALLOW.decode(raw)
    for name in SET_BY_STORE:
        parts.pop(name, None)
    if utc is not None:
        parts["timestamp"] = msgspec.Raw(encode(utc))
    if wrap:
        _wrap(parts, statement.context)
        if statement.object.get("objectType") == "SubStatement":
            inner = SHALLOW.decode(parts["object"])
            _wrap(inner, statement.object.get("context"))
            parts["object"] = msgspec.Raw(encode(inner))
    return encode(parts)


def _wrap(parts: dict[str, msgspec.Raw], context: Any) -> None:
    """Wrap single activities in the text of `context.contextActivities`."""
    if not _has_single(context):
        return
    texts = SHALLOW.decode(parts["context"])
    activities = SHALLOW.decode(texts["contextActivities"])
    for name, text in activities.items():
        if bytes(text)[:1] == b"{":
            activities[name] = msgspec.Raw(b"[%b]" % bytes(text))
    texts["contextActivities"] = msgspec.Raw(encode(activities))
    parts["context"] = msgspec.Raw(encode(texts))
