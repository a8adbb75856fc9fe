"""Predictions on their way to the audit as bytes, those of one fold together. Pure."""

from collections.abc import Iterable, Iterator
from struct import Struct
from typing import NamedTuple

_RECORD = Struct(">qqiidd")


class Prediction(NamedTuple):
    """`course` is 0 where there is none; the answers are those earlier of learner and item; `score` is what came."""

    item: int
    course: int
    learner_answers: int
    item_answers: int
    probability: float
    score: float


def packed(predictions: Iterable[Prediction]) -> bytes:
    """Big-endian, 40 bytes each: item and course (int64), answers of learner and item (int32), chance and score."""
    return b"".join([_RECORD.pack(*made) for made in predictions])


def unpacked(data: bytes) -> Iterator[tuple[int, int, int, int, float, float]]:
    """What `packed` was given, as plain tuples."""
    return _RECORD.iter_unpack(data)
