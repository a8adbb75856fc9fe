"""Rows of evidence as a fold reads them, and their places in its order. Pure."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, TypeAlias
from uuid import UUID

from adaptive.evidence import Kind

Place: TypeAlias = bytes
"""36 bytes that sort as evidence is folded: timestamp and stored (µs since the year 1), position in the batch, id.
`place_of` in the schema makes them."""

SECOND = 1_000_000
_EPOCH = 62_135_596_800 * SECOND
_YEAR_ONE = datetime(1, 1, 1, tzinfo=UTC)
ENCOUNTER, ITEM, WHOLE = int(Kind.ENCOUNTER), int(Kind.ITEM), int(Kind.WHOLE)
"""Plain numbers: members of an enum take three times as long to compare."""


class Piece(NamedTuple):
    """One row of evidence. `lies` is where in its table, for the transaction that read it; an encounter has no score.

    What was made of it when it was folded is None where it was not, and where it did not count.
    """

    agent_id: int
    place: Place
    lies: tuple[int, int]
    item_id: int
    kind: int
    verb: int
    score: float
    choices: int | None
    hints: int
    registration: UUID | None
    response_hash: int | None
    skill_ids: Sequence[int]
    container_ids: Sequence[int]
    version: int | None = None
    folded_skill_ids: Sequence[int] | None = None
    guessing: float | None = None
    weight: float | None = None
    prediction: float | None = None
    voided: bool = False

    @property
    def moment(self) -> int:
        """When it happened: µs since the year 1."""
        return moment_of(self.place)


def moment_of(place: Place) -> int:
    """The timestamp in a place: µs since the year 1."""
    return int.from_bytes(place[:8], "big")


def seconds_at(moment: int) -> float:
    """Seconds since 1970, as `datetime.timestamp` has them."""
    return (moment - _EPOCH) / SECOND


def datetime_at(moment: int) -> datetime:
    return _YEAR_ONE + timedelta(microseconds=moment)
