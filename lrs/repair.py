"""Repair mode: mends what has one safe reading, and says what it did (docs/lms-administrators.md). Pure.

Off unless a credential asks for it, and never applied to signed statements. The text outside a mended value is kept.
"""

from dataclasses import dataclass
from typing import Any

import msgspec

from lrs import formats
from lrs.validation.statements import SIGNATURE

UNDETERMINED = "und"
OBJECT_TYPES = {name.lower(): name for name in ("Activity", "Agent", "Group", "StatementRef", "SubStatement")}
LANGUAGE_MAPS = ("display", "name", "description")
LISTS = ("member", "attachments", "choices", "scale", "source", "target", "steps", "correctResponsesPattern")
ACTOR_PLACES = ("actor", "instructor", "team", "authority", "member", "agent", "group")

_decode = msgspec.json.decode
_encode = msgspec.json.encode
_object = msgspec.json.Decoder(dict[str, msgspec.Raw])
_list = msgspec.json.Decoder(list[msgspec.Raw])


@dataclass(frozen=True, slots=True)
class Repair:
    """One thing mended: the statement's index, the JSON path, what was done in words."""

    statement: int
    path: str
    repair: str


def mend(text: bytes, statement: Any) -> tuple[bytes, Any, list[tuple[str, str]]]:
    """The statement's text and value after mending, and what was mended, (path, words) each.

    One that claims a signature is left alone, however its text is escaped: its value is encoded again for a look.
    """
    made: list[tuple[str, str]] = []
    if not isinstance(statement, dict) or SIGNATURE.encode() in _encode(statement):
        return text, statement, made
    mended = _mend_object(text, "", "statement", made)
    return (mended, _decode(mended), made) if made else (text, statement, made)


def _mend_object(text: bytes, path: str, place: str, made: list[tuple[str, str]]) -> bytes:
    parts = _object.decode(text)
    before = len(made)
    for name, raw in parts.items():
        parts[name] = msgspec.Raw(_mend_value(bytes(raw), f"{path}.{name}" if path else name, name, place, made))
    return _encode(parts) if len(made) > before else text


def _mend_value(raw: bytes, path: str, name: str, place: str, made: list[tuple[str, str]]) -> bytes:
    raw = _mend_here(raw, path, name, place, made)
    if name == "extensions" or raw[:1] not in b"{[":
        return raw
    if raw[:1] == b"{":
        return _mend_object(raw, path, name, made)
    items = _list.decode(raw)
    before = len(made)
    mended = [
        _mend_object(bytes(item), f"{path}[{index}]", name, made) if bytes(item)[:1] == b"{" else bytes(item)
        for index, item in enumerate(items)
    ]
    return b"[%b]" % b",".join(mended) if len(made) > before else raw


def _mend_here(raw: bytes, path: str, name: str, place: str, made: list[tuple[str, str]]) -> bytes:
    first = raw[:1]
    if name == "extensions" and first == b"[" and _decode(raw) == []:
        made.append((path, "an empty list of extensions became an empty object"))
        return b"{}"
    if name in LISTS and first == b"{":
        made.append((path, "a single object became a list"))
        return b"[%b]" % raw
    if name == "objectType" and first == b'"':
        return _mend_object_type(raw, path, made)
    if name in LANGUAGE_MAPS and place not in ACTOR_PLACES and not (name == "name" and place in ("account", "object")):
        return _mend_language_map(raw, path, made)
    return raw


def _mend_object_type(raw: bytes, path: str, made: list[tuple[str, str]]) -> bytes:
    sent = _decode(raw)
    right = OBJECT_TYPES.get(sent.lower(), sent)
    if right == sent:
        return raw
    made.append((path, f"the case of {sent[:40]} became {right}"))
    return _encode(right)


def _mend_language_map(raw: bytes, path: str, made: list[tuple[str, str]]) -> bytes:
    if raw[:1] == b'"':
        made.append((path, f"a plain string became a language map of {UNDETERMINED}"))
        return b'{"%b":%b}' % (UNDETERMINED.encode(), raw)
    if raw[:1] != b"{":
        return raw
    parts = _object.decode(raw)
    mended = {_mend_tag(tag, parts): value for tag, value in parts.items()}
    if list(mended) == list(parts) or len(mended) < len(parts):  # two tags would become one, and a text be lost
        return raw
    made.append((path, "language tags with underscores became RFC 5646 tags"))
    return _encode(mended)


def _mend_tag(tag: str, others: dict[str, msgspec.Raw]) -> str:
    """`en_US` means en-US; of `en_us_wp`, what a tag can hold is en-us."""
    subtags = tag.split("_")
    while len(subtags) > 1 and not formats.is_language_tag("-".join(subtags)):
        subtags.pop()
    mended = "-".join(subtags)
    return mended if "_" in tag and formats.is_language_tag(mended) and mended not in others else tag
