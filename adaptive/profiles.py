"""A learner's profile: each skill with its level and certainty, and what they did, for pages and the API."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any, TypeAlias
from uuid import UUID

from adaptive import catalogue as catalogues
from adaptive import cohorts, confidence, wishes
from adaptive.activities import described_ids
from adaptive.confidence import Quadrants
from adaptive.evidence import Verb
from adaptive.folding import agents_of, catch_up, learner_of
from adaptive.heads import FOLLOWER
from adaptive.paths import PathStanding
from adaptive.progress import target_of
from adaptive.selection.mastery import interval, probability, state
from adaptive.standing import Membership, Standing, paths_of, standing
from adaptive.subjects import agent_id_of
from lrs.observers import AnyConnection
from lrs.queries import queries_beside
from lrs.terms import term_id

Place: TypeAlias = tuple[datetime, UUID]
"""Where in a history an entry is: its timestamp, and its statement among those of one moment."""
NEWEST: Place = (datetime.max.replace(tzinfo=UTC), UUID(int=0))
_QUERIES = queries_beside(__file__)


@dataclass(frozen=True, slots=True)
class SkillStanding:
    """One skill of a learner. `state` is unknown, learning, mastered or review; `level` and `interval` (95 %, logits)
    are None where there is no evidence; `mastery_probability` is P(level ≥ target), the prior's without evidence."""

    id: str
    name: str
    state: str
    level: float | None
    interval: tuple[float, float] | None
    mastery_probability: float
    evidence: int
    last_evidence: datetime | None
    target: float
    recall: float | None
    self_assessment: float | None
    validated_by: str | None = None
    confidence: Quadrants | None = None

    def as_json(self) -> dict[str, Any]:
        """The wire shape; a self-assessment is shown beside the estimate, with the gap between them."""
        shown: dict[str, Any] = {
            "id": self.id,
            "name": self.name,
            "state": self.state,
            "level": self.level,
            "interval": None if self.interval is None else list(self.interval),
            "mastery_probability": self.mastery_probability,
            "evidence": self.evidence,
            "last_evidence": None if self.last_evidence is None else moment_text(self.last_evidence),
            "target": self.target,
        }
        if self.self_assessment is not None:
            gap = None if self.level is None else round(self.self_assessment - self.level, 4)
            rated = {"level": self.self_assessment, "gap": gap, "validated_by": self.validated_by}
            shown["self_assessment"] = rated
        if self.confidence is not None:
            shown["confidence"] = asdict(self.confidence)
        return shown


@dataclass(frozen=True, slots=True)
class Profile:
    """`learner_id` is whom the agent's evidence belongs to; `responses` how many answers were folded."""

    agent: Mapping[str, Any]
    learner_id: int
    item_version: int
    responses: int
    skills: tuple[SkillStanding, ...]

    def as_json(self) -> dict[str, Any]:
        """The answer of GET /adaptive/profile."""
        return {
            "agent": dict(self.agent),
            "item_version": self.item_version,
            "skills": [skill.as_json() for skill in self.skills],
        }


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One row of a learner's history. `counted` tells whether it went into the estimate, `prediction` what was expected
    before the answer (None where nothing was)."""

    timestamp: datetime
    statement_id: str
    activity: str
    name: str
    verb: str
    score: float | None
    prediction: float | None
    counted: bool
    voided: bool
    skills: tuple[str, ...]


async def profile(connection: AnyConnection, store_id: int, agent: Mapping[str, Any], *, now: datetime) -> Profile:
    """The profile of an agent, caught up first: run it in a transaction that may write."""
    learner_id = await catch_up(connection, store_id, agent_id_of(agent))
    held = await FOLLOWER.current(connection, store_id)
    version = held.version
    skills = await skill_standings(connection, store_id, learner_id, now=now)
    row = await _QUERIES.responses(connection, store_id=store_id, learner_id=learner_id)
    return Profile(agent, learner_id, version, row or 0, skills)


async def skill_standings(
    connection: AnyConnection, store_id: int, learner_id: int, *, now: datetime
) -> tuple[SkillStanding, ...]:
    """Each skill of the catalogue or with evidence, by the catalogue's order and then by name, as of the last fold."""
    catalogue = await catalogues.current(connection, store_id)
    who = await standing(connection, store_id, learner_id, catalogue, now)
    rated = {term_id(row["skill"]): row for row in await wishes.self_assessments(connection, store_id, learner_id)}
    sure = await confidence.quadrants(connection, store_id, who.agents)
    others = who.learner.levels.keys() - catalogue.skills.keys()
    names = {skill.id: (skill.entry.id, skill.entry.name) for skill in catalogue.skills.values()}
    found = await described_ids(connection, store_id, others)
    names |= dict(sorted(found.items(), key=lambda item: item[1][1].casefold()))
    cuts = {skill: target.level for skill, target in who.learner.targets.items()}
    return tuple(
        replace(
            _skill(who, skill, iri, name, cuts.get(skill, target_of(catalogue, skill)), rated.get(skill, {})),
            confidence=sure.get(skill),
        )
        for skill, (iri, name) in names.items()
    )


async def history(
    connection: AnyConnection, store_id: int, learner_id: int, *, after: Place | None = None, most: int = 100
) -> list[HistoryEntry]:
    """What a learner did, the newest first; page on with the last entry's place as `after`."""
    agents = (await agents_of(connection, store_id, [learner_id]))[learner_id]
    until, statement = after or NEWEST
    query = _QUERIES.history(
        connection, store_id=store_id, agent_ids=agents, before=until, statement=statement, most=most
    )
    rows = [row async for row in query]
    catalogue = await catalogues.current(connection, store_id)
    ids = {row["item_id"] for row in rows} | {skill for row in rows for skill in row["skills"]}
    names = await described_ids(connection, store_id, ids)
    names |= {a.id: (a.entry.id, a.entry.name) for a in catalogue.activities.values() if a.id in ids}
    names |= {s.id: (s.entry.id, s.entry.name) for s in catalogue.skills.values() if s.id in ids}
    return [_entry(row, names) for row in rows]


async def paths(
    connection: AnyConnection, store_id: int, agent: Mapping[str, Any], *, now: datetime
) -> list[PathStanding]:
    """How far a learner is on the paths of their cohorts."""
    learner_id = await learner_of(connection, store_id, agent_id_of(agent))
    agents = (await agents_of(connection, store_id, [learner_id]))[learner_id]
    rows = await cohorts.of_learner(connection, store_id, learner_id)
    groups = [Membership(*(row[name] for name in Membership._fields)) for row in rows]
    catalogue = await catalogues.current(connection, store_id)
    return await paths_of(connection, store_id, agents, groups, catalogue, now)


def moment_text(moment: datetime) -> str:
    """An aware datetime as ISO 8601 in UTC with Z."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _skill(who: Standing, skill: int, iri: str, name: str, cut: float, rated: Mapping[str, Any]) -> SkillStanding:
    level = who.learner.level(skill)
    low, high = interval(level.mean, level.sd)
    known = level.evidence > 0
    return SkillStanding(
        id=iri,
        name=name,
        state=str(state(level.mean, level.sd, cut, level.evidence, level.recall, was_mastered=level.was_mastered)),
        level=round(level.mean, 4) if known else None,
        interval=(round(low, 4), round(high, 4)) if known else None,
        mastery_probability=round(probability(level.mean, level.sd, cut), 4),
        evidence=level.evidence,
        last_evidence=who.last_evidence.get(skill),
        target=cut,
        recall=level.recall,
        self_assessment=rated.get("level"),
        validated_by=rated.get("validated_by"),
    )


def _entry(row: Mapping[str, Any], names: Mapping[int, tuple[str, str]]) -> HistoryEntry:
    iri, name = names.get(row["item_id"], ("", "(unknown activity)"))
    return HistoryEntry(
        timestamp=row["timestamp"],
        statement_id=str(row["statement_id"]),
        activity=iri,
        name=name,
        verb=Verb(row["verb"]).name.lower(),
        score=row["score"],
        prediction=row["prediction"],
        counted=row["counted"],
        voided=row["voided"],
        skills=tuple(names[skill][1] for skill in row["skills"] if skill in names),
    )
