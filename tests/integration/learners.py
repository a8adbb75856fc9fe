"""Evidence for tests of the adaptive engine, written as the record writes it: statement and evidence together."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid4

from adaptive.evidence import EvidenceReader
from lrs.agents import agent_key
from lrs.database import Database
from lrs.insertion import insert
from lrs.observers import AnyConnection, Arrival
from lrs.reading import told
from lrs.terms import term_id

STORE = 1
START = datetime(2026, 1, 5, 8, tzinfo=UTC)
ADL = "http://adlnet.gov/expapi/"
OBJECTIVE = ADL + "activities/objective"
INSERT_STATEMENT = """
INSERT INTO statements (store_id, position, actor, verb, activity, authority, id, payload)
VALUES ($1, $2, $3, $4, $5, 0, $6, '')"""


def agent(name: str) -> dict[str, Any]:
    return {"mbox": f"mailto:{name}@example.com"}


def agent_id(name: str) -> int:
    return term_id(agent_key(agent(name)))


def skill_activity(name: str) -> dict[str, Any]:
    return {"id": f"urn:skill:{name}", "definition": {"type": OBJECTIVE}}


def answer(name: str, item: str, *, right: bool, skill: str = "s", **context: Any) -> dict[str, Any]:
    """A plain LMS's answered statement."""
    return {
        "actor": agent(name),
        "verb": {"id": ADL + "verbs/answered"},
        "object": {"id": f"urn:item:{item}"},
        "result": {"success": right},
        "context": {"contextActivities": {"other": [skill_activity(skill)]}, **context},
    }


@dataclass(slots=True)
class Record:
    """Writes statements in order of arrival, a second apart unless told when they happened."""

    database: Database
    count: int = 0
    ids: list[UUID] = field(default_factory=list)

    async def write(self, *statements: dict[str, Any], at: datetime | None = None, voids: UUID | None = None) -> UUID:
        await self.database.write(lambda connection: self._write(connection, statements, at, voids))
        return self.ids[-1]

    async def void(self, target: UUID) -> UUID:
        statement = {"actor": agent("admin"), "verb": {"id": ADL + "verbs/voided"}, "object": {}}
        return await self.write(statement, voids=target)

    async def _write(
        self, connection: AnyConnection, statements: Sequence[dict[str, Any]], at: datetime | None, voids: UUID | None
    ) -> None:
        reader = EvidenceReader()
        rows: list[Any] = []
        for position, statement in enumerate(statements):
            self.count += 1
            moment = START + timedelta(minutes=self.count)
            arrival = Arrival(STORE, uuid4(), moment, position, at or moment, told(statement), voids)
            self.ids.append(arrival.id)
            actor = term_id(agent_key(statement["actor"]))
            activity = term_id(statement["object"].get("id", ""))
            values = (STORE, self.count << 11, actor, term_id(statement["verb"]["id"]), activity, arrival.id)
            await connection.execute(INSERT_STATEMENT, *values)
            rows.extend(reader.read(arrival))
        if rows:
            await insert(connection, reader.insertions(rows))


def answers(names: Iterable[str], count: int, seed: int = 0) -> list[dict[str, Any]]:
    """Answers of several learners to twelve items of three skills, some right."""
    rng = Random(seed)
    ordered = list(names)
    return [
        answer(rng.choice(ordered), f"i{(item := rng.randrange(12))}", right=rng.random() < 0.6, skill=f"s{item % 3}")
        for _ in range(count)
    ]
