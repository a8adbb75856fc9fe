"""Lessons as bytes: what one fold leaves for the shared parameters to learn from, each response with its trace.

Big-endian: item (int64), time, score, weight and guessing (float64), how many skills (one byte) and bytes of trace
(uint16); then the skills (int64) and the trace as the engine writes it.
"""

import logging
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from struct import Struct

from adaptive.engine import Response, Trace, UnreadableTrace

_HEAD = Struct(">qddddBH")
_log = logging.getLogger(__name__)


def packed(lessons: Iterable[tuple[Response, Trace]]) -> bytes:
    """Lessons in the order they are to be learnt."""
    parts = []
    for made, trace in lessons:
        skills, told = made.skills, trace.encode()
        numbers = (made.time or 0.0, made.score, made.weight, made.guessing)
        parts.append(_HEAD.pack(made.item, *numbers, len(skills), len(told)))
        parts.append(_keys(len(skills)).pack(*skills))
        parts.append(told)
    return b"".join(parts)


def unpacked(data: bytes) -> Iterator[tuple[Response, Trace]]:
    """The lessons `packed` was given; without those whose trace this version of the engine cannot read."""
    at = 0
    while at < len(data):
        item, time, score, weight, guessing, count, length = _HEAD.unpack_from(data, at)
        keys = _keys(count)
        skills = keys.unpack_from(data, at + _HEAD.size)
        start = at + _HEAD.size + keys.size
        at = start + length
        try:
            trace = Trace.decode(data[start:at])
        except UnreadableTrace as error:
            _log.warning("a lesson on item %d is passed over: %s", item, error)
            continue
        yield Response(item, skills, time, score, weight, guessing), trace


class Remembered:
    """The lessons that this process has packed last, by their bytes: whoever learns them here need not unpack them.

    Safe whatever became of them meanwhile, since the same bytes are the same lessons.
    """

    def __init__(self, most: int) -> None:
        self._lessons: dict[bytes, Sequence[tuple[Response, Trace]]] = {}
        self._left = most

    def packed(self, lessons: Sequence[tuple[Response, Trace]]) -> bytes:
        """As `packed`; the oldest are forgotten where more than `most` lessons are held."""
        data = packed(lessons)
        self._left += len(self._lessons.pop(data, ())) - len(lessons)
        self._lessons[data] = lessons
        while self._left < 0:
            self._left += len(self._lessons.pop(next(iter(self._lessons))))
        return data

    def unpacked(self, data: bytes) -> Iterable[tuple[Response, Trace]]:
        """As `unpacked`; what was held is forgotten."""
        lessons = self._lessons.pop(data, None)
        if lessons is None:
            return unpacked(data)
        self._left += len(lessons)
        return lessons


FORGETFUL = Remembered(most=0)


@lru_cache(maxsize=64)
def _keys(count: int) -> Struct:
    return Struct(f">{count}q")
