"""Collections as CSV, one row a skill or activity, to be edited in a spreadsheet. Pure.

Lists of IRIs are separated by spaces, lists of texts by line breaks within the cell, and choices are lines of
`id: text`; a cell that would not survive that is written as JSON. A cell that a spreadsheet would take for a formula is
written with an apostrophe before it. Roles and paths have no rows: they stay as they were.
"""

import csv
import io
import json
from collections.abc import Mapping
from typing import Any

from adaptive.catalogue.document import CatalogueInvalid, Collection, path_text
from lrs.errors import Fault

IRIS = ("skills", "prerequisites")
LINES = ("key", "hints")
MAPS = ("choices", "source", "target", "feedback")
NUMBERS = ("minutes", "target_level", "difficulty")
SKILL_COLUMNS = ("id", "name", "description", "parent", "prerequisites", "target_level")
ACTIVITY_COLUMNS = (
    "format", "minutes", "language", "launch", "part_of", "priority", "skills", "difficulty", "text", "interaction",
    "prompt", "choices", "source", "target", "feedback", "unit", "key", "hints", "explanation",
)  # fmt: skip
COLUMNS = ("type", *SKILL_COLUMNS, *ACTIVITY_COLUMNS)
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_of(collection: Collection) -> str:
    """The skills and activities of a collection as CSV (RFC 4180), with the mark by which spreadsheets know UTF-8."""
    document = collection.model_dump(mode="json", exclude_defaults=True)
    out = io.StringIO()
    out.write("\ufeff")
    writer = csv.DictWriter(out, COLUMNS, restval="")
    writer.writeheader()
    for skill in document.get("skills", ()):
        level = {"target_level": skill.pop("target")} if "target" in skill else {}
        writer.writerow({"type": "skill", **_cells({**skill, **level})})
    for activity in document.get("activities", ()):
        writer.writerow({"type": "activity", **_cells(activity)})
    return out.getvalue()


def document_from_csv(text: str, before: Collection | None, *, iri: str, name: str) -> dict[str, Any]:
    """A collection document from CSV; roles, paths and what else is not in it are those of `before`, if there is one.

    CatalogueInvalid names the row (the header is row 1) of what cannot be read.
    """
    kept = {} if before is None else before.model_dump(mode="json", exclude_defaults=True)
    found: dict[str, list[dict[str, Any]]] = {"skill": [], "activity": []}
    try:
        rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), strict=True))
    except csv.Error as error:
        raise CatalogueInvalid(f"The file is no CSV: {error}.", [Fault("", str(error))]) from error
    _check_header(rows[0] if rows else {})
    for number, row in enumerate(rows, start=2):
        kind = (row.get("type") or "").strip().lower()
        if kind not in found:
            raise _bad(number, "type", "is neither skill nor activity")
        found[kind].append(_entry(row, kind, number))
    given = {"id": iri, "name": name} if name else {"id": iri, "name": kept.get("name", iri)}
    return {**kept, **given, "skills": found["skill"], "activities": found["activity"]}


def _check_header(row: Mapping[str | None, Any]) -> None:
    unknown = [column for column in row if column not in COLUMNS]
    missing = [column for column in ("type", "id", "name") if column not in row]
    if unknown:
        raise _bad(1, str(unknown[0] or "beyond the header"), f"is no column; there are {', '.join(COLUMNS)}")
    if missing:
        raise _bad(1, missing[0], "is missing from the header")


def _cells(entry: Mapping[str, Any]) -> dict[str, str]:
    return {name: _safe(_cell(name, value)) for name, value in entry.items() if value is not None}


def _cell(name: str, value: Any) -> str:
    if name in IRIS:
        return " ".join(value)
    if name in LINES:
        plain = all("\n" not in one and one == one.strip() and one for one in value)
        lines = "\n".join(value)
        return lines if plain and not lines.startswith("[") else json.dumps(value, ensure_ascii=False)
    if name in MAPS:
        plain = all(_plain(text) and _plain(key) and ":" not in key for key, text in value.items())
        lines = "\n".join(f"{key}: {text}" for key, text in value.items())
        return lines if plain and not lines.startswith("{") else json.dumps(value, ensure_ascii=False)
    return str(value)


def _plain(text: str) -> bool:
    """Whether a text is a line of its own that stripping leaves as it is."""
    return "\n" not in text and bool(text) and text == text.strip()


def _safe(cell: str) -> str:
    return f"'{cell}" if cell.startswith((*FORMULA, "'")) else cell


def _entry(row: Mapping[str, str | None], kind: str, number: int) -> dict[str, Any]:
    own = ("id", "name", "description", *(SKILL_COLUMNS if kind == "skill" else ACTIVITY_COLUMNS))
    entry: dict[str, Any] = {}
    for name, cell in row.items():
        text = (cell or "").removeprefix("'") if (cell or "")[1:2] in (*FORMULA, "'") else cell or ""
        if name == "type" or not text.strip():
            continue
        if name not in own:
            raise _bad(number, name, f"is nothing that a {kind} has")
        entry["target" if name == "target_level" else name] = _value(name, text, number)
    return entry


def _value(name: str, text: str, number: int) -> Any:
    if name in IRIS:
        return text.split()
    if name in NUMBERS:
        return _number(name, text.strip(), number)
    if name in LINES:
        return _json(name, text, number) if text.startswith("[") else _lines(text)
    if name in MAPS:
        if text.startswith("{"):
            return _json(name, text, number)
        pairs = [line.partition(":") for line in _lines(text)]
        return {key.strip(): value.strip() for key, _, value in pairs}
    return text


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.split("\n") if line.strip()]


def _number(name: str, text: str, number: int) -> Any:
    try:
        return float(text)
    except ValueError:
        if name == "difficulty":
            return text
        raise _bad(number, name, f"{text!r} is no number") from None


def _json(name: str, text: str, number: int) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise _bad(number, name, "is neither lines nor JSON") from error


def _bad(row: int, column: str, message: str) -> CatalogueInvalid:
    where = path_text(("rows", row, column))
    return CatalogueInvalid(f"The table cannot be used: row {row}, {column} {message}.", [Fault(where, message)])
