"""Placement tests: start or resume, answer, and stop at a standard error, with capped exposure of items.

What was asked, with the item's parameters then, and what was answered is the whole state of a test: the estimate is
made from it anew at every call. The answers go into the record as statements, and so into the learner's estimates.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np

from adaptive import actions, exposures, outbox
from adaptive import catalogue as catalogues
from adaptive.activities import Offering, offering
from adaptive.catalogue import Catalogue
from adaptive.exposures import Pool
from adaptive.folding import catch_up, locked
from adaptive.heads import FOLLOWER
from adaptive.known import skill as known_skill
from adaptive.selection.mastery import interval
from adaptive.selection.placement import Answer, Bank, Rule, Session, Stop, next_item, resume, stopped
from adaptive.standing import standing
from adaptive.subjects import agent_id_of
from lrs.errors import BadRequest, Conflict, Fault, NotFound
from lrs.observers import AnyConnection
from lrs.queries import queries_beside
from lrs.terms import term_id

_QUERIES = queries_beside(__file__)


@dataclass(frozen=True, slots=True)
class Start:
    """Whom to test on which skills (IRIs; none: everything that has questions), until which standard error (logits) or
    after how many items at most."""

    agent: Mapping[str, Any]
    skills: tuple[str, ...] = ()
    error: float = 0.3
    most: int = 30


@dataclass(slots=True)
class Test:
    """A row of `placements`, its document read: `asked` are item, a, b, c and answer (None: waiting for it)."""

    id: UUID
    agent: Mapping[str, Any]
    started: datetime
    finished: datetime | None
    document: dict[str, Any]

    @property
    def asked(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.document["asked"]
        return found

    @property
    def rule(self) -> Rule:
        return Rule(self.document["error"], self.document["most"])

    def session(self) -> Session:
        """The estimate that the answers given so far lead to."""
        answered = [one for one in self.asked if one["answer"] is not None]
        table = np.array([(one["a"], one["b"], one["c"]) for one in answered], float).reshape(-1, 3)
        bank = Bank(table[:, 0], table[:, 1], table[:, 2])
        given = [(place, Answer(one["answer"])) for place, one in enumerate(answered)]
        mean, sd = self.document["prior"]
        return resume(bank, given, mean, sd)


async def start(connection: AnyConnection, store_id: int, asked: Start, *, now: datetime, new_id: UUID) -> Test:
    """Begin a test; one under way for the same learner and skills is resumed instead."""
    learner_id = await catch_up(connection, store_id, agent_id_of(asked.agent))
    await locked(connection, store_id, [learner_id])
    async for row in _QUERIES.open_ones(connection, store_id=store_id, learner_id=learner_id):
        if row["document"]["skills"] == list(asked.skills):
            return _test(row)
    catalogue = await catalogues.current(connection, store_id)
    who = await standing(connection, store_id, learner_id, catalogue, now)
    for place, skill in enumerate(asked.skills):
        await known_skill(connection, store_id, skill, f"skills[{place}]")
    levels = [who.learner.level(term_id(skill)) for skill in asked.skills]
    mean, sd = who.learner.ability
    if levels:
        mean = sum(level.mean for level in levels) / len(levels)
        sd = (sum(level.sd**2 for level in levels) / len(levels)) ** 0.5
    document = {
        "skills": list(asked.skills),
        "error": asked.error,
        "most": asked.most,
        "prior": [mean, sd],
        "asked": [],
        "stop": None,
    }
    test = Test(new_id, asked.agent, now, None, document)
    await _ask_next(connection, store_id, test, catalogue, now)
    if not test.asked and stopped(test.session(), test.rule, 1) is Stop.PRECISION:
        fault = Fault("error", "is reached before the first question")
        raise BadRequest(
            f"The level is known to ±{test.session().error:.2f} already: ask for a smaller error.", [fault]
        )
    if not test.asked:
        raise BadRequest("No question can be asked for this.", [Fault("skills", "no activity on them is a question")])
    await _QUERIES.begin(
        connection,
        store_id=store_id,
        id=new_id,
        learner_id=learner_id,
        agent=dict(asked.agent),
        started=now,
        document=test.document,
    )
    return test


async def one(connection: AnyConnection, store_id: int, placement: UUID) -> Test:
    """A test as it stands."""
    return _found(await _QUERIES.one(connection, store_id=store_id, id=placement))


async def answer(
    connection: AnyConnection, store_id: int, placement: UUID, item: str, given: Answer, *, now: datetime
) -> Test:
    """Take the answer to the item that was asked, and ask the next or come to the end."""
    test = _found(await _QUERIES.locked(connection, store_id=store_id, id=placement))
    if test.finished is not None:
        raise Conflict("This placement has come to its end; start another.")
    waiting = test.asked[-1]
    if waiting["item"] != item:
        raise Conflict(f"The item that waits for an answer is {waiting['item']}.")
    waiting["answer"] = str(given)
    catalogue = await catalogues.current(connection, store_id)
    await outbox.put(connection, store_id, actions.placement_answered(test.agent, placement, item, given, now=now))
    await _ask_next(connection, store_id, test, catalogue, now)
    await _QUERIES.save(connection, store_id=store_id, id=placement, document=test.document, finished=test.finished)
    return test


async def as_json(connection: AnyConnection, store_id: int, test: Test) -> dict[str, Any]:
    """The wire shape of a test: `item` is what to answer now, null at the end."""
    catalogue = await catalogues.current(connection, store_id)
    known = await offering(connection, store_id, catalogue, await FOLLOWER.current(connection, store_id))
    session = test.session()
    low, high = interval(session.ability, session.error)
    item = None
    if test.finished is None:
        shown = known.described.get(term_id(test.asked[-1]["item"]))
        iri = test.asked[-1]["item"]
        item = {"id": iri, "name": shown.name if shown else iri, "launch": shown.launch if shown else None}
    return {
        "placement": str(test.id),
        "agent": dict(test.agent),
        "skills": test.document["skills"],
        "given": len(session.given),
        "level": round(session.ability, 4),
        "error": round(session.error, 4),
        "interval": [round(low, 4), round(high, 4)],
        "item": item,
        "stop": test.document["stop"],
    }


async def _ask_next(connection: AnyConnection, store_id: int, test: Test, catalogue: Catalogue, now: datetime) -> None:
    """Put the next item to the test, or end it."""
    held = await FOLLOWER.current(connection, store_id)
    known = await offering(connection, store_id, catalogue, held)
    session = test.session()
    pool = _pool(store_id, test, known, catalogue)
    stop = stopped(session, test.rule, len(pool.items))
    item = None if stop is not None else await _chosen(connection, pool, test, session)
    if item is None:
        if test.asked:
            await _finish(connection, store_id, test, session, stop or Stop.EXHAUSTED, now)
        return
    row = known.candidates.activity_row[item]
    test.asked.append(
        {
            "item": known.described[item].iri,
            "a": float(known.candidates.a[row]),
            "b": float(known.candidates.b[row]),
            "c": float(known.candidates.c[row]),
            "answer": None,
        }
    )


def _pool(store_id: int, test: Test, known: Offering, catalogue: Catalogue) -> Pool:
    columns, skills = known.candidates, test.document["skills"]
    rows = _questions(known, catalogue, [term_id(skill) for skill in skills])
    items = [columns.activities[row].id for row in rows]
    bank = Bank(columns.a[rows], columns.b[rows], columns.c[rows])
    return Pool(store_id, exposures.pool_key(skills), items, bank, test.rule)


async def _chosen(connection: AnyConnection, pool: Pool, test: Test, session: Session) -> int | None:
    """The next item, counted as met; None where the bank is exhausted. The test's first item counts the examinee."""
    if not pool.items:
        return None
    if not test.asked:
        await exposures.admit(connection, pool)
    exposure = await exposures.current(connection, pool)
    place_of = {item: place for place, item in enumerate(pool.items)}
    asked = (term_id(one["item"]) for one in test.asked)
    given = tuple(place_of[item] for item in asked if item in place_of)
    tariff = exposure.tariff(pool.bank, pool.rule)
    place = next_item(pool.bank, replace(session, given=given), pool.rule, tariff, exposure.closed())
    if place is None:
        return None
    await exposures.meet(connection, pool, pool.items[place], exposure)
    return pool.items[place]


def _questions(known: Offering, catalogue: Catalogue, skills: Sequence[int]) -> list[int]:
    """Rows of the candidates that are questions on one of the skills, or on any."""
    wanted = set(skills)
    return [
        row
        for row, activity in enumerate(known.candidates.activities)
        if known.described[activity.id].question and (not wanted or wanted.intersection(activity.skills))
    ]


async def _finish(
    connection: AnyConnection, store_id: int, test: Test, session: Session, stop: Stop, now: datetime
) -> None:
    test.finished = now
    test.document["stop"] = str(stop)
    told = actions.placement_finished(
        test.agent, test.id, level=session.ability, error=session.error, items=len(session.given), now=now
    )
    await outbox.put(connection, store_id, told)


def _found(row: Mapping[str, Any] | None) -> Test:
    if row is None:
        raise NotFound("There is no such placement.")
    return _test(row)


def _test(row: Mapping[str, Any]) -> Test:
    return Test(row["id"], row["agent"], row["started"], row["finished"], row["document"])
