"""Fold evidence into learners exactly once: whoever comes first, worker or request, under the learner's lock.

New evidence is folded against the current version of the shared parameters, and its row records that version and how
it was read. Evidence that comes late and voids replay the learner from the last checkpoint before them, merges and
changes of the catalogue from the first answer: each response at its recorded version, to the same state bit for bit.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from operator import attrgetter
from typing import NamedTuple

from adaptive import checkpoints, saving
from adaptive.audit.auditing import NO_COURSE
from adaptive.audit.predictions import Prediction
from adaptive.catalogue import Catalogue
from adaptive.echoes import CONTAINED, Echoes, alone, reach
from adaptive.engine import Parameters, Response, Trace, UnreadableState
from adaptive.heads import InForce, in_force
from adaptive.lessons import FORGETFUL, Remembered
from adaptive.pieces import ENCOUNTER, SECOND, Piece, Place, datetime_at, moment_of
from adaptive.progress import Progress, Row, progress_from, read, recorded
from adaptive.reached import tell
from adaptive.saving import Mark
from adaptive.versions import Held, Past
from lrs.observers import AnyConnection
from lrs.queries import queries_beside

_QUERIES = queries_beside(__file__)
BEGINNING = 86_400 * SECOND
MOST_REWINDS = 32
"""Evidence that arrived in greater disorder is folded, and recorded, at the current version instead."""
PLACE = attrgetter("place")


@dataclass(slots=True)
class Job:
    """What one learner's fold has to do, and what came of it.

    A replay begins where `progress` ends: at a checkpoint before `changed`, or (None) at the first answer.
    """

    learner_id: int
    progress: Progress
    responses: int = 0
    agents: Sequence[int] = ()
    fresh: list[Piece] = field(default_factory=list)
    earlier: list[Piece] = field(default_factory=list)
    replay: bool = False
    changed: Place | None = None
    afresh: bool = False
    marks: list[Mark] = field(default_factory=list)
    lessons: list[tuple[Response, Trace]] = field(default_factory=list)
    mastered_before: frozenset[int] = frozenset()
    predictions: list[Prediction] = field(default_factory=list)

    def rewind(self, changed: Place | None) -> None:
        """Have the learner replayed from where the past has changed; from the first answer where that is None."""
        if not self.replay:
            self.changed = changed
        else:
            self.changed = None if self.changed is None or changed is None else min(self.changed, changed)
        self.replay = True

    @property
    def since(self) -> int | None:
        """From where on earlier evidence is needed, in µs since the year 1; None where none is."""
        last = self.progress.last
        if self.replay:
            return BEGINNING if last is None else max(moment_of(last) - CONTAINED, BEGINNING)
        if last is None:
            return None
        counting = [row for row in self.fresh if row.kind != ENCOUNTER]
        if not counting:
            return None
        since = max(min(row.moment for row in counting) - reach(counting), BEGINNING)
        return since if since <= moment_of(last) else None


class CaughtUp(NamedTuple):
    """A learner whose evidence is folded: how many rows were just now, and what was in force."""

    learner_id: int
    folded: int
    force: InForce


async def learner_of(connection: AnyConnection, store_id: int, agent_id: int) -> int:
    """The learner an agent is: itself, or whom it was merged into."""
    return (await learners_of(connection, store_id, [agent_id]))[agent_id]


async def learners_of(connection: AnyConnection, store_id: int, agent_ids: Sequence[int]) -> dict[int, int]:
    """agent_id → learner_id."""
    found = _QUERIES.learners_of(connection, store_id=store_id, agent_ids=agent_ids)
    return {row["agent_id"]: row["learner_id"] async for row in found}


async def agents_of(connection: AnyConnection, store_id: int, learner_ids: Sequence[int]) -> Mapping[int, list[int]]:
    """learner_id → its agents: itself, unless it was merged into another, and those merged into it."""
    agents = {learner: [learner] for learner in learner_ids}
    async for row in _QUERIES.merged(connection, store_id=store_id, ids=learner_ids):
        learner, agent = row["learner_id"], row["agent_id"]
        if learner in agents:
            agents[learner].append(agent)
        if agent in agents:
            agents[agent].remove(agent)
    return agents


async def catch_up(connection: AnyConnection, store_id: int, agent_id: int) -> int:
    """Fold all evidence of the learner that `agent_id` is, waiting for whoever is at it; the learner's id."""
    return (await caught_up(connection, store_id, agent_id)).learner_id


async def caught_up(connection: AnyConnection, store_id: int, agent_id: int) -> CaughtUp:
    """As `catch_up`, with what was in force then."""
    row = await _QUERIES.waiting_of(connection, store_id=store_id, agent_id=agent_id)
    rows = await locked(connection, store_id, [row["learner_id"]]) if row["waiting"] else ()
    force = await in_force(connection, store_id)
    folded = await _fold(connection, store_id, rows, force, FORGETFUL) if rows else 0
    return CaughtUp(row["learner_id"], folded, force)


async def fold_learners(
    connection: AnyConnection,
    store_id: int,
    learner_ids: Iterable[int],
    *,
    wait: bool = True,
    remembered: Remembered = FORGETFUL,
) -> int:
    """Fold what waits for these learners in the caller's transaction; how many rows were folded.

    Without `wait`, learners that another transaction has locked are left to it. A process that learns has its lessons
    `remembered`.
    """
    rows = await locked(connection, store_id, sorted(learner_ids), wait=wait)
    return await _fold(connection, store_id, rows, await in_force(connection, store_id), remembered)


async def _fold(
    connection: AnyConnection, store_id: int, rows: Sequence[Row], force: InForce, remembered: Remembered
) -> int:
    jobs = await _jobs(connection, store_id, rows, disturbed=force.disturbed)
    if not jobs:
        return 0
    catalogue, held = force.catalogue, force.held
    replays = [job for job in jobs if job.replay]
    version, frozen, past = held.version, held.frozen, Past()
    for job in jobs:
        if not job.replay:
            _fold_fresh(job, held, catalogue)
    for job in replays:
        await _replay(connection, store_id, job, held, past, version, catalogue)
    await _save(connection, store_id, jobs, version, catalogue, lessons=None if frozen else remembered)
    return sum(len(job.fresh) for job in jobs)


async def locked(connection: AnyConnection, store_id: int, ids: Sequence[int], *, wait: bool = True) -> list[Row]:
    """The rows of learners (ids ascending), locked; made for those who are seen for the first time."""
    lock = _QUERIES.lock_learners if wait else _QUERIES.lock_free_learners
    rows = [row async for row in lock(connection, store_id=store_id, learner_ids=ids)]
    known = {row["learner_id"] for row in rows}
    missing = [learner for learner in ids if learner not in known]
    if missing:
        made = [row async for row in _QUERIES.begin_learners(connection, store_id=store_id, learner_ids=missing)]
        rows += made
        if wait and len(made) < len(missing):
            others = set(missing).difference(row["learner_id"] for row in made)
            rows += [row async for row in lock(connection, store_id=store_id, learner_ids=sorted(others))]
    return rows


async def request_refold(
    connection: AnyConnection, store_id: int, learner_id: int, reason: str, *, afresh: bool = False
) -> None:
    """Have the next fold replay a learner; `afresh` reads skills and guessing from the catalogue again."""
    await _QUERIES.request_refold(connection, store_id=store_id, learner_id=learner_id, reason=reason, afresh=afresh)


async def _jobs(connection: AnyConnection, store_id: int, rows: Sequence[Row], *, disturbed: bool) -> list[Job]:
    """What there is to do for the learners whose rows are locked."""
    jobs = {row["learner_id"]: _job(row) for row in rows}
    agents = await agents_of(connection, store_id, list(jobs))
    owner = {agent: jobs[learner] for learner, some in agents.items() for agent in some}
    for learner, some in agents.items():
        jobs[learner].agents = some
    if disturbed:
        await _take_disturbances(connection, store_id, jobs, owner)
    async for row in _QUERIES.unfolded(connection, store_id=store_id, agent_ids=list(owner)):
        owner[row["agent_id"]].fresh.append(Piece._make(row))
    for job in jobs.values():
        _notice_late(job)
    busy = [job for job in jobs.values() if job.fresh or job.replay]
    await _go_back(connection, store_id, [job for job in busy if job.replay])
    await _load_earlier(connection, store_id, busy, owner)
    return busy


async def _take_disturbances(
    connection: AnyConnection, store_id: int, jobs: Mapping[int, Job], owner: Mapping[int, Job]
) -> None:
    async for row in _QUERIES.take_refolds(connection, store_id=store_id, learner_ids=list(jobs)):
        jobs[row["learner_id"]].rewind(None)
        jobs[row["learner_id"]].afresh = row["afresh"]
    async for row in _QUERIES.take_voids(connection, store_id=store_id, agent_ids=list(owner)):
        if row["counted"]:
            owner[row["agent_id"]].rewind(row["place"])


def _job(row: Row) -> Job:
    try:
        progress = progress_from(row)
        return Job(row["learner_id"], progress, row["responses"], mastered_before=frozenset(progress.mastered))
    except UnreadableState:
        return Job(row["learner_id"], Progress(), replay=True)


def _notice_late(job: Job) -> None:
    """New evidence before the place reached asks for a replay, unless it is a mere encounter."""
    if len(job.fresh) > 1:
        job.fresh.sort(key=PLACE)
    last = job.progress.last
    if last is None:
        return
    for row in job.fresh:
        if row.kind != ENCOUNTER:
            if row.place < last:
                job.rewind(row.place)
            return


async def _go_back(connection: AnyConnection, store_id: int, jobs: Sequence[Job]) -> None:
    """Take learners who are replayed back to before the change."""
    places = {job.learner_id: job.changed for job in jobs}
    found = await checkpoints.before(connection, store_id, {who: at for who, at in places.items() if at is not None})
    await checkpoints.drop(connection, store_id, places)
    for job in jobs:
        job.progress = found.get(job.learner_id, Progress())
        job.responses = job.progress.state.responses


async def _load_earlier(
    connection: AnyConnection, store_id: int, jobs: Sequence[Job], owner: Mapping[int, Job]
) -> None:
    needed = [(agent, datetime_at(since)) for job in jobs if (since := job.since) is not None for agent in job.agents]
    if not needed:
        return
    agents, moments = zip(*needed, strict=True)
    async for row in _QUERIES.evidence_since(connection, store_id=store_id, agent_ids=agents, moments=moments):
        owner[row["agent_id"]].earlier.append(Piece._make(row))


def _fold_fresh(job: Job, held: Held, catalogue: Catalogue) -> None:
    counts = alone if len(job.fresh) == 1 and not job.earlier else _reminded(sorted(job.earlier, key=PLACE)).counts
    parameters, last = held.parameters, job.progress.last
    for row in job.fresh:
        reading = read(row, catalogue) if not row.voided and counts(row) else None
        prediction, answers = None, _answers_of(parameters, row.item_id)
        if reading is not None:
            response, trace = job.progress.fold(parameters, row, reading, catalogue)
            prediction = trace.probability
            job.lessons.append((response, trace))
            job.predictions.append(_predicted(job, row, answers, prediction))
        job.marks.append(Mark(row, held.version, reading, prediction, not answers))
        if last is None or row.place > last:
            last = row.place
    job.progress.last = last


async def _replay(
    connection: AnyConnection, store_id: int, job: Job, held: Held, past: Past, version: int, catalogue: Catalogue
) -> None:
    """From the record, each response at its recorded version; new ones at the version that is current."""
    start = job.progress.last or b""
    rows = sorted([*job.earlier, *job.fresh], key=PLACE)
    echoes = _reminded([row for row in rows if row.place <= start])
    rows = [row for row in rows if row.place > start]
    anew = _rewinds(rows) > MOST_REWINDS
    for row in rows:
        at = version if anew or row.version is None else row.version
        before = recorded(row)
        reading = None
        prediction = None
        if not row.voided and echoes.counts(row):
            reading = before if before is not None and not job.afresh else read(row, catalogue)
            # The process's own parameters may be led on by another task at any await.
            parameters = held.at(at) or await past.at(connection, store_id, at)
            response, trace = job.progress.fold(parameters, row, reading, catalogue)
            prediction = trace.probability
            if row.prediction is None:
                job.lessons.append((response, trace))
                answers = _answers_of(parameters, row.item_id)
                job.predictions.append(_predicted(job, row, answers, prediction))
        if row.version != at or reading != before:
            unmet = row.version is None and not _answers_of(held.parameters, row.item_id)
            job.marks.append(Mark(row, at, reading, prediction, unmet))
        job.progress.last = row.place


def _reminded(rows: Iterable[Piece]) -> Echoes:
    """Echoes that know rows that were folded before."""
    echoes = Echoes()
    for row in rows:
        if not row.voided:
            echoes.counts(row)
    return echoes


def _rewinds(rows: Sequence[Piece]) -> int:
    """How often the recorded versions go back in fold order: each time an earlier version has to be read whole."""
    versions = [row.version for row in rows if row.version is not None and row.folded_skill_ids is not None]
    return sum(later < earlier for earlier, later in pairwise(versions))


async def _save(
    connection: AnyConnection,
    store_id: int,
    jobs: Sequence[Job],
    version: int,
    catalogue: Catalogue,
    *,
    lessons: Remembered | None,
) -> None:
    queued = saving.Queued(
        predictions=[made for job in jobs for made in job.predictions],
        lessons=[] if lessons is None else [lesson for job in jobs for lesson in job.lessons],
        remembered=FORGETFUL if lessons is None else lessons,
    )
    learners = {job.learner_id: job.progress for job in jobs}
    await saving.save_learners(connection, store_id, learners, version, catalogue, queued)
    slots = {job.learner_id: checkpoints.slot_of(job.responses, job.progress.state.responses) for job in jobs}
    await checkpoints.keep(connection, store_id, {who: slot for who, slot in slots.items() if slot is not None})
    await saving.mark(connection, store_id, [mark for job in jobs for mark in job.marks])
    for job in jobs:
        await tell(connection, store_id, job.learner_id, job.progress, job.mastered_before, catalogue)


def _answers_of(parameters: Parameters, item: int) -> int:
    """How many answers the engine had learnt the item from."""
    known = parameters.items.get(item)
    return 0 if known is None else known.responses


def _predicted(job: Job, row: Piece, answers: int, probability: float) -> Prediction:
    """For the audit, after the fold; a row's course is the widest activity its statement puts it in."""
    course = row.container_ids[-1] if row.container_ids else NO_COURSE
    return Prediction(row.item_id, course, job.progress.state.responses - 1, answers, probability, row.score)
