"""What a fold leaves in the tables, in bulk: learners, marks on their evidence, activities met for the first time."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, TypeVar

from adaptive.catalogue import Catalogue
from adaptive.evidence import array_text
from adaptive.pieces import Piece
from adaptive.progress import Progress, Reading, skills_of
from lrs.observers import AnyConnection
from lrs.queries import queries_beside

_QUERIES = queries_beside(__file__)
Value = TypeVar("Value")


class Mark(NamedTuple):
    """What the fold made of a row of evidence; no reading and no prediction where it did not count."""

    row: Piece
    version: int
    reading: Reading | None
    prediction: float | None


async def save_learners(
    connection: AnyConnection, store_id: int, learners: Mapping[int, Progress], version: int, catalogue: Catalogue
) -> None:
    """Save learners whose rows are locked, by id, as they stand at a version of the parameters."""
    found = learners.values()
    await _QUERIES.save_learners(
        connection,
        store_id=store_id,
        version=version,
        learner_ids=list(learners),
        states=[progress.state.encode() for progress in found],
        skills=[skills_of(progress, catalogue) for progress in found],
        responses=[progress.state.responses for progress in found],
        places=[progress.last for progress in found],
    )


async def mark(connection: AnyConnection, store_id: int, marks: Sequence[Mark]) -> None:
    """Write into rows of evidence what was made of them: version, reading and (once and for all) prediction.

    All or none: RuntimeError where a row is not where it was read, though its learner is locked.
    """
    if not marks:
        return
    readings = [mark.reading for mark in marks]
    done = await _QUERIES.mark_folded(
        connection,
        store_id=store_id,
        lie=[mark.row.lies for mark in marks],
        ids=[mark.row.place[-16:] for mark in marks],
        predictions=[mark.prediction for mark in marks],
        **_mostly("version", [mark.version for mark in marks], marks[0].version),
        **_mostly("guessing", [0.0 if reading is None else reading.guessing for reading in readings], 0.0),
        **_mostly("weight", [1.0 if reading is None else reading.weight for reading in readings], 1.0),
        skill_ids=_unless_none([_other_skills(mark) for mark in marks]),
    )
    if done != f"UPDATE {len(marks)}":
        raise RuntimeError(f"of {len(marks)} rows of evidence {done.split()[-1]} are where they were")


def _mostly(name: str, values: list[Value], usual: Value) -> dict[str, Value | list[Value] | None]:
    """The usual value alone where there is no other: arrays are dear to send."""
    return {name: usual, name + "s": None if all(value == usual for value in values) else values}


def _unless_none(values: list[str | None]) -> list[str | None] | None:
    return values if any(value is not None for value in values) else None


def _other_skills(mark: Mark) -> str | None:
    """The skills a row was read with, where they are not its own."""
    if mark.reading is None or mark.reading.skills == tuple(mark.row.skill_ids):
        return None
    return array_text(mark.reading.skills)


async def discover(connection: AnyConnection, store_id: int, rows: Iterable[Piece]) -> None:
    """Put the activities of rows among the discoveries, where they are not."""
    items: dict[int, Piece] = {}
    containers: dict[int, set[int]] = defaultdict(set)
    for row in rows:
        items.setdefault(row.item_id, row)
        containers[row.item_id].update(row.container_ids)
    if not items:
        return
    found = list(items.values())
    await _QUERIES.discover(
        connection,
        store_id=store_id,
        item_ids=list(items),
        skill_ids=[array_text(row.skill_ids) for row in found],
        choices=[row.choices for row in found],
        container_ids=[array_text(sorted(containers[item])) for item in items],
    )
