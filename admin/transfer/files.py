"""Statement files: one JSON object a line, plain or gzip, read and written in bounded memory."""

import codecs
import gzip
import json
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from io import BufferedIOBase
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import msgspec

from admin.transfer.sender import Batch, Entry, Refusal
from lrs.errors import OperatorError

GZIP_MAGIC = b"\x1f\x8b"
LONGEST_LINE = 16 * 1024 * 1024
OLD, NEW = "1.0.3", "2.0.0"
NEW_PROPERTIES = ("contextAgents", "contextGroups")
NAMESPACE = uuid5(NAMESPACE_URL, "https://proximal.example/import")


def open_lines(path: Path) -> BufferedIOBase:
    """The file's bytes, unpacked if they are gzip whatever the file is called. OperatorError if it cannot be read."""
    try:
        with path.open("rb") as file:
            packed = file.read(2) == GZIP_MAGIC
        return gzip.open(path) if packed else path.open("rb")
    except OSError as error:
        raise OperatorError(f"{path} cannot be read: {(error.strerror or str(error)).lower()}.") from error


def lines_of(path: Path) -> Iterator[tuple[int, bytes]]:
    """Line number (from 1) and line, without its end. A line over 16 MiB is cut there, never held whole."""
    number = 0
    with open_lines(path) as file:
        try:
            while line := file.readline(LONGEST_LINE + 1):
                number += 1
                yield number, line.rstrip(b"\r\n").removeprefix(codecs.BOM_UTF8 if number == 1 else b"")
                while len(line) > LONGEST_LINE and not line.endswith(b"\n"):
                    line = file.readline(LONGEST_LINE + 1)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise OperatorError(f"{path} is damaged after line {number}: it is not whole gzip.") from error


def count_lines(path: Path) -> int:
    """How many lines the file has, for a progress bar; a damaged end is left for the reader to report."""
    ends, last = 0, b"\n"
    with open_lines(path) as file:
        try:
            while chunk := file.read(1 << 20):
                ends, last = ends + chunk.count(b"\n"), chunk[-1:]
        except (EOFError, zlib.error, gzip.BadGzipFile):
            return ends
    return ends + (last != b"\n")


def read_statements(path: Path, refuse: Callable[[Refusal], None]) -> Iterator[tuple[str, Entry]]:
    """Each statement with the version to send it under; what is not a JSON object is refused, with its line.

    A statement without an id gets one made from its line and its text, so that importing again stores nothing twice.
    """
    for number, line in lines_of(path):
        if not line.strip():
            continue
        try:
            if len(line) > LONGEST_LINE:
                raise ValueError("the line is longer than 16 MiB")
            statement = json.loads(line.decode())
        except (ValueError, RecursionError) as error:
            refuse(Refusal(number, "", f"This is not a line of JSON: {error}."))
            continue
        if not isinstance(statement, dict):
            refuse(Refusal(number, "", "A line must be one statement, a JSON object."))
            continue
        if "id" not in statement:
            statement["id"] = made = str(uuid5(NAMESPACE, f"{number} {line.decode()}"))
            line = _with_id(made, line)
        yield version_of(statement), Entry(number, str(statement["id"]), line)


def version_of(statement: Mapping[str, Any]) -> str:
    """Version 2.0 where the statement says so or uses what only 2.0 has; else 1.0.3, which older content needs."""
    stated, context = statement.get("version"), statement.get("context")
    if isinstance(stated, str):
        return NEW if stated.startswith("2.") else OLD
    newer = isinstance(context, dict) and any(name in context for name in NEW_PROPERTIES)
    return NEW if newer else OLD


def _with_id(made: str, line: bytes) -> bytes:
    opening, _, rest = line.partition(b"{")
    comma = b"" if rest.lstrip().startswith(b"}") else b","
    return opening + b'{"id":"' + made.encode() + b'"' + comma + rest


def batches_of(statements: Iterable[tuple[str, Entry]], size: int) -> Iterator[Batch]:
    """Batches of up to `size` neighbours of one version, numbered from 0.

    No batch has an id twice, which the specification forbids: whether the second is equal is the endpoint's to say.
    """
    number, version, entries = 0, "", dict[str, Entry]()
    for each_version, entry in statements:
        if entries and (each_version != version or len(entries) == size or entry.id in entries):
            yield Batch(number, version, tuple(entries.values()))
            number, entries = number + 1, {}
        version = each_version
        entries[entry.id] = entry
    if entries:
        yield Batch(number, version, tuple(entries.values()))


class Page(msgspec.Struct):
    """A statement result: the statements as the bytes they came in, and where the next page is."""

    statements: list[msgspec.Raw]
    more: str = ""


def page_from(body: bytes) -> Page:
    """Raises OperatorError if the body is not a statement result."""
    try:
        return msgspec.json.decode(body, type=Page)
    except msgspec.DecodeError as error:
        raise OperatorError(f"The endpoint's answer is not a statement result: {error}.") from error


def one_line(statement: bytes) -> bytes:
    """The same JSON on one line: a line end in JSON is never inside a string."""
    return bytes(statement).replace(b"\r", b" ").replace(b"\n", b" ") + b"\n"


@contextmanager
def written_whole(path: Path) -> Iterator[BufferedIOBase]:
    """A file that appears under its name only when all of it is written; `.gz` packs it."""
    part = path.with_name(path.name + ".part")
    try:
        with gzip.open(part, "wb") if path.suffix == ".gz" else part.open("wb") as file:
            yield file
        part.replace(path)
    except OSError as error:
        raise OperatorError(f"{path} cannot be written: {(error.strerror or str(error)).lower()}.") from error
    finally:
        part.unlink(missing_ok=True)
