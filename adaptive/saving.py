"""What a fold leaves in the tables, in bulk: learners, marks on their evidence, activities met for the first time."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeVar

from adaptive.audit.predictions import Prediction, packed
from adaptive.catalogue import Catalogue
from adaptive.engine import Response, Trace
from adaptive.evidence import array_text
from adaptive.lessons import FORGETFUL, Remembered
from adaptive.pieces import Piece
from adaptive.progress import Progress, Reading, skills_of
from lrs.observers import AnyConnection
from lrs.queries import queries_beside

_QUERIES = queries_beside(__file__)
Value = TypeVar("Value")


class Mark(NamedTuple):
    """What the fold made of a row of evidence; no reading and no prediction where it did not count.

    `unmet` where nobody is known to have met its activity.
    """

    row: Piece
    version: int
    reading: Reading | None
    prediction: float | None
    unmet: bool


class Queued(NamedTuple):
    """What a fold leaves to the auditor and to the writer of the shared parameters."""

    predictions: Sequence[Prediction]
    lessons: Sequence[tuple[Response, Trace]]
    remembered: Remembered = FORGETFUL


async def save_learners(
    connection: AnyConnection,
    store_id: int,
    learners: Mapping[int, Progress],
    version: int,
    catalogue: Catalogue,
    queued: Queued,
) -> None:
    """Save learners whose rows are locked, by id, as they stand at a version of the parameters, and append what is
    queued."""
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
        predictions=len(queued.predictions),
        predicted=packed(queued.predictions) if queued.predictions else b"",
        lessons=len(queued.lessons),
        learnable=queued.remembered.packed(queued.lessons) if queued.lessons else b"",
    )


async def mark(connection: AnyConnection, store_id: int, marks: Sequence[Mark]) -> None:
    """Write into rows of evidence what was made of them: version, reading and (once and for all) prediction. Activities
    that nobody is known to have met are put among the discoveries.

    All or none: RuntimeError where a row is not where it was read, though its learner is locked.
    """
    if not marks:
        return
    rows, versions, readings, predictions, unmet = zip(*marks, strict=True)
    found = await _QUERIES.mark_folded(
        connection,
        store_id=store_id,
        lie=[row.lies for row in rows],
        ids=[row.place[-16:] for row in rows],
        predictions=predictions,
        unmet=unmet,
        **_mostly("version", versions, versions[0]),
        **_mostly("guessing", [0.0 if reading is None else reading.guessing for reading in readings], 0.0),
        **_mostly("weight", [1.0 if reading is None else reading.weight for reading in readings], 1.0),
        skill_ids=_unless_none([_other_skills(row, reading) for row, reading in zip(rows, readings, strict=True)]),
    )
    if found != len(marks):
        raise RuntimeError(f"of {len(marks)} rows of evidence {found} are where they were")


def _mostly(name: str, values: Sequence[Value], usual: Value) -> dict[str, Value | Sequence[Value] | None]:
    """The usual value alone where there is no other: arrays are dear to send."""
    return {name: usual, name + "s": None if values.count(usual) == len(values) else values}


def _unless_none(values: list[str | None]) -> list[str | None] | None:
    return values if any(value is not None for value in values) else None


def _other_skills(row: Piece, reading: Reading | None) -> str | None:
    """The skills a row was read with, where they are not its own."""
    if reading is None or reading.skills == tuple(row.skill_ids):
        return None
    return array_text(reading.skills)
