"""Which rows of evidence count, so that nothing is counted twice. Pure.

A row is judged by the rows before it in fold order and not more than a day older, so that a fold from any point on
decides as a replay from the start does:

- The same answer to an item, sent again within two seconds, is a near-duplicate.
- The total of a quiz, lesson or course is an echo of scored rows that named it as their parent or grouping.
- `completed`, `passed`, `scored`… of one thing within an hour and to the same effect are one attempt (cmi5, SCORM).
"""

from collections import deque
from collections.abc import Iterable
from uuid import UUID

from adaptive.pieces import ENCOUNTER, ITEM, SECOND, WHOLE, Piece

DUPLICATE = 2 * SECOND
ATTEMPT = 3_600 * SECOND
CONTAINED = 86_400 * SECOND


class Echoes:
    """Judges the rows of one learner, given one after the other in fold order."""

    def __init__(self) -> None:
        self._recent: dict[int, deque[Piece]] = {}
        self._answered: dict[tuple[int, int | None, float, UUID | None], int] = {}
        self._contained: dict[int, dict[UUID | None, int]] = {}

    def counts(self, row: Piece) -> bool:
        """Whether the row is evidence of its own; remembers it for those that follow."""
        kind = row.kind
        if kind == ENCOUNTER:
            return False
        now, item = row.moment, row.item_id
        earlier = self._recent.setdefault(item, deque())
        while earlier and now - earlier[0].moment > ATTEMPT:
            earlier.popleft()
        answer = (item, row.response_hash, row.score, row.registration)
        if kind == ITEM:
            latest = self._answered.get(answer)
            counted = row.response_hash is None or latest is None or now - latest > DUPLICATE
        else:
            counted = not any(_one_attempt(row, other) for other in earlier)
        if counted and kind == WHOLE:
            counted = not self._has_parts(row)
        earlier.append(row)
        self._answered[answer] = now
        for container in row.container_ids:
            self._contained.setdefault(container, {})[row.registration] = now
        return counted

    def _has_parts(self, row: Piece) -> bool:
        parts = self._contained.get(row.item_id, {})
        return any(
            row.moment - latest <= CONTAINED and _same_registration(registration, row.registration)
            for registration, latest in parts.items()
        )


def alone(row: Piece) -> bool:
    """What `Echoes` says of a row that none of its learner's rows are near."""
    return row.kind != ENCOUNTER


def reach(rows: Iterable[Piece]) -> int:
    """How far before these rows, in µs, others matter to judge them."""
    return CONTAINED if any(row.kind == WHOLE for row in rows) else DUPLICATE


def _one_attempt(row: Piece, other: Piece) -> bool:
    if not _same_registration(row.registration, other.registration):
        return False
    if row.verb == other.verb:
        return row.score == other.score and row.moment - other.moment <= DUPLICATE
    return (row.score >= 0.5) == (other.score >= 0.5)


def _same_registration(one: UUID | None, other: UUID | None) -> bool:
    return one is None or other is None or one == other
