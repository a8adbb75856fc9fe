"""Response logs: tab separated `user_id item_id timestamp correct skills`, gzip or plain, skills joined by `~`.

A log has a clock when any timestamp is not zero: timestamps are then seconds since EPOCH. A log without one is read as
one response a minute from EPOCH, by row. Evaluation and replay both go through here, so both see the same responses.
"""

import gzip
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from math import isfinite
from pathlib import Path
from typing import IO

from adaptive.engine import Response
from lrs.errors import OperatorError
from lrs.terms import term_id

COLUMNS = ("user_id", "item_id", "timestamp", "correct", "skills")
HOME_PAGE = "https://replay.proximal.example"
EPOCH = datetime(2025, 1, 1, tzinfo=UTC)
SECONDS_PER_ROW = 60.0
_EPOCH_SECONDS = EPOCH.timestamp()
_GZIP_MAGIC = b"\x1f\x8b"


class LogError(OperatorError):
    """The log cannot be read; the message names the line and what to do."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a log, as written; `correct` is in [0, 1]."""

    user: str
    item: str
    timestamp: float
    correct: float
    skills: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Log:
    """A whole log in file order; `has_clock` when any timestamp is not zero."""

    rows: Sequence[Row]
    has_clock: bool

    def seconds(self, index: int) -> float:
        """Unix time of the row, seconds."""
        return _EPOCH_SECONDS + (self.rows[index].timestamp if self.has_clock else SECONDS_PER_ROW * index)

    def response(self, index: int) -> Response:
        """The row as the engine takes it."""
        row = self.rows[index]
        return Response(item_key(row.item), tuple(map(skill_key, row.skills)), self.seconds(index), row.correct)


def read(path: Path) -> Log:
    """The log at `path`; raises LogError with the line number where it is not one."""
    try:
        with _open(path) as stream:
            rows = list(_rows(stream, path.name))
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or error
        raise LogError(f"{path}: cannot be read ({reason})") from None
    except UnicodeDecodeError:
        raise LogError(f"{path}: is not UTF-8 text; give a tab separated log, plain or gzip") from None
    if not rows:
        raise LogError(f"{path}: has no responses after its header")
    return Log(rows, any(row.timestamp for row in rows))


def learner_agent(user: str) -> dict[str, dict[str, str]]:
    """The xAPI agent that stands for a log's user."""
    return {"account": {"homePage": HOME_PAGE, "name": user}}


def item_iri(item: str) -> str:
    """The activity that stands for a log's item."""
    return f"{HOME_PAGE}/items/{item}"


def skill_iri(skill: str) -> str:
    """The activity that stands for a log's skill."""
    return f"{HOME_PAGE}/skills/{skill}"


@lru_cache(maxsize=1 << 18)
def item_key(item: str) -> int:
    """Term id of the item's activity."""
    return term_id(item_iri(item))


@lru_cache(maxsize=1 << 14)
def skill_key(skill: str) -> int:
    """Term id of the skill's activity."""
    return term_id(skill_iri(skill))


def _open(path: Path) -> IO[str]:
    with path.open("rb") as stream:
        magic = stream.read(2)
    return gzip.open(path, "rt", encoding="utf-8-sig") if magic == _GZIP_MAGIC else path.open(encoding="utf-8-sig")


def _rows(stream: IO[str], name: str) -> Iterator[Row]:
    header = stream.readline().rstrip("\r\n").split("\t")
    missing = [column for column in COLUMNS if column not in header]
    if missing:
        raise LogError(f"{name} line 1: missing column {', '.join(missing)}; the header must name {' '.join(COLUMNS)}")
    twice = [column for column in COLUMNS if header.count(column) > 1]
    if twice:
        raise LogError(f"{name} line 1: the header names {', '.join(twice)} more than once")
    places = [header.index(column) for column in COLUMNS]
    for number, line in enumerate(stream, start=2):
        text = line.rstrip("\r\n")
        if text:
            yield _row(text.split("\t"), places, len(header), f"{name} line {number}")


def _row(cells: list[str], places: list[int], width: int, where: str) -> Row:
    if len(cells) != width:
        raise LogError(f"{where}: has {len(cells)} columns where the header has {width}")
    user, item, timestamp, correct, skills = (cells[place] for place in places)
    if not user or not item:
        raise LogError(f"{where}: user_id and item_id must not be empty")
    score = _number(correct, "correct", where)
    if not 0.0 <= score <= 1.0:
        raise LogError(f"{where}: correct must be from 0 to 1, not {correct}")
    distinct = tuple(dict.fromkeys(skill for skill in skills.split("~") if skill))
    return Row(user, item, _number(timestamp, "timestamp", where), score, distinct)


def _number(text: str, column: str, where: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = float("nan")
    if not isfinite(number):
        raise LogError(f"{where}: {column} must be a number, not {text!r}")
    return number
