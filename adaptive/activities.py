"""What can be recommended in a store: the published activities, or those discovered in statements.

Compiled once for a version of the catalogue (or extent of the discoveries) and again only in its difficulties when a
version of the parameters is published.
"""

import json
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiosql
import numpy as np

from adaptive.catalogue import Catalogue
from adaptive.engine import Parameters, guessing_floor
from adaptive.engine.priors import DISCRIMINATION_FLOOR
from adaptive.playing import opening
from adaptive.progress import DEFAULT_TARGET, Row
from adaptive.selection.catalogue import Activity as Candidate
from adaptive.selection.catalogue import Catalogue as Candidates
from adaptive.selection.catalogue import Skill as CandidateSkill
from adaptive.versions import Held
from lrs.observers import AnyConnection

_QUERIES = aiosql.from_path(Path(__file__).with_suffix(".sql"), "asyncpg", mandatory_parameters=False)
PRIORITY_NATS = {"core": 0.5, "pass": 0.0, "excel": -0.5}
_REMEMBERED = 8
_offers: OrderedDict[Any, "Offering"] = OrderedDict()


@dataclass(frozen=True, slots=True)
class Described:
    """An activity as an answer shows it; `question` tells whether the engine predicts answers to it.

    `launch` is an address of its own; `opens` where a recommendation leads, which may be the built-in player.
    """

    iri: str
    name: str
    format: str
    minutes: float | None = None
    launch: str | None = None
    opens: str | None = None
    question: bool = False
    guessing: float = 0.0
    difficulty: float | None = None
    parts: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Offering:
    """The candidates at one version of the parameters, and how to show them."""

    candidates: Candidates
    described: Mapping[int, Described]
    source: object
    digest: bytes


async def offering(connection: AnyConnection, store_id: int, catalogue: Catalogue, held: Held) -> Offering:
    """What can be recommended now. Call with `held` fresh from its follower."""
    key: Any = (store_id, "catalogue")
    source: object = catalogue
    if not catalogue.activities:
        extent = await _QUERIES.extent(connection, store_id=store_id)
        key, source = (store_id, "discoveries"), (extent["count"], extent["latest"], catalogue.version)
    known = _offers.get(key)
    if known is None or not (known.source is source or (source is not catalogue and known.source == source)):
        described, candidates = await _compile(connection, store_id, catalogue)
        known = Offering(candidates, described, source, b"none")
    known = _offers[key] = up_to_date(known, held)
    _offers.move_to_end(key)
    while len(_offers) > _REMEMBERED:
        _offers.popitem(last=False)
    return known


def up_to_date(known: Offering, held: Held) -> Offering:
    """The offering with the difficulties of the parameters that are held now."""
    if known.digest == held.digest:
        return known
    return Offering(refreshed(known, held.parameters), known.described, known.source, held.digest)


def refreshed(known: Offering, parameters: Parameters) -> Candidates:
    """The same candidates with discriminations and difficulties from other parameters.

    The margin d·θ + easiness is d·(θ − b) with b = −easiness / d. An item never met lies where its label says; an
    activity with parts at their mean.
    """
    candidates = copy(known.candidates)
    described, activities = known.described, candidates.activities
    placed = [_item(activity.id, described, parameters) for activity in activities]
    for row, activity in enumerate(activities):
        if parts := described[activity.id].parts:
            places = [_item(part, described, parameters) for part in parts]
            placed[row] = (sum(d for d, _ in places) / len(parts), sum(e for _, e in places) / len(parts))
    table = np.array(placed, float).reshape(-1, 2)
    of_skills = np.array([_skill_easiness(parameters, skill.id) for skill in candidates.skills], float)
    easiness = table[:, 1] + parameters.history[0]
    counts = np.array([len(skills) for skills in candidates.skills_of], float)
    easiness += counts * candidates.mean_over_skills(of_skills, np.arange(len(activities)))
    candidates.a = table[:, 0]
    candidates.b = -easiness / candidates.a
    return candidates


async def _compile(
    connection: AnyConnection, store_id: int, catalogue: Catalogue
) -> tuple[dict[int, Described], Candidates]:
    if catalogue.activities:
        described = _published(catalogue)
        activities = list(_published_candidates(catalogue))
    else:
        rows = [row async for row in _QUERIES.discovered(connection, store_id=store_id)]
        containers = {container for row in rows for container in row["container_ids"]}
        rows = [row for row in rows if row["item_id"] not in containers]
        described = {row["item_id"]: _discovered(row) for row in rows}
        activities = [
            Candidate(id=row["item_id"], skills=tuple(row["skill_ids"]), format=described[row["item_id"]].format)
            for row in rows
        ]
    skills = [
        CandidateSkill(skill.id, skill.prerequisites, DEFAULT_TARGET if skill.target is None else skill.target)
        for skill in catalogue.skills.values()
    ]
    return described, Candidates(activities, skills)


def _published(catalogue: Catalogue) -> dict[int, Described]:
    return {
        activity.id: Described(
            iri=activity.entry.id,
            name=activity.entry.name,
            format=activity.entry.format,
            minutes=activity.entry.minutes,
            launch=activity.entry.launch,
            opens=opening(catalogue, activity),
            question=activity.entry.interaction is not None,
            guessing=activity.guessing,
            difficulty=activity.difficulty,
            parts=activity.parts,
        )
        for activity in catalogue.activities.values()
    }


def _published_candidates(catalogue: Catalogue) -> Iterable[Candidate]:
    for activity in catalogue.activities.values():
        if activity.part_of is None:
            yield Candidate(
                id=activity.id,
                skills=activity.skills,
                format=activity.entry.format,
                minutes=activity.entry.minutes,
                guessing=activity.guessing,
                priority=PRIORITY_NATS[activity.entry.priority],
                language=activity.language.partition("-")[0],
            )


def _discovered(row: Row) -> Described:
    word = (row["type"] or "").rstrip("/").rsplit("/", 1)[-1].lower()
    question = bool(row["interaction"]) or word == "cmi.interaction"
    launch = row["more"] or row["iri"] if row["iri"].startswith(("http://", "https://")) else row["more"]
    return Described(
        iri=row["iri"],
        name=text_in(row["name"]) or row["iri"],
        format=_FORMATS.get(word, "practice" if question else "external"),
        launch=launch,
        opens=launch,
        question=question,
        guessing=guessing_floor(row["choices"]),
    )


_FORMATS = {
    "video": "video",
    "media": "video",
    "assessment": "quiz",
    "quiz": "quiz",
    "question": "quiz",
    "simulation": "interactive",
    "interaction": "interactive",
    "article": "reading",
    "page": "reading",
    "book": "reading",
}


def _item(item: int, described: Mapping[int, Described], parameters: Parameters) -> tuple[float, float]:
    """(discrimination, easiness in logits beyond that of its skills)."""
    known = parameters.items.get(item)
    if known is None:
        return 1.0, -(described[item].difficulty or 0.0)
    return max(DISCRIMINATION_FLOOR, 1.0 + known.steepness), known.easiness


def _skill_easiness(parameters: Parameters, skill: int) -> float:
    known = parameters.skills.get(skill)
    return 0.0 if known is None else known.easiness


def text_in(given: Any, language: str = "en") -> str:
    """A language map's text in a language, else in any; '' where there is none."""
    texts: Any = json.loads(given) if isinstance(given, str) else given
    if not isinstance(texts, dict) or not texts:
        return ""
    chosen = next((text for tag, text in texts.items() if tag.partition("-")[0] == language), None)
    return str(chosen if chosen is not None else next(iter(texts.values())))


async def described_ids(connection: AnyConnection, store_id: int, ids: Iterable[int]) -> dict[int, tuple[str, str]]:
    """(IRI, name) of activities and skills that statements told of, by term id; unknown ids are left out."""
    wanted = sorted(set(ids))
    rows = _QUERIES.described(connection, store_id=store_id, ids=wanted) if wanted else None
    if rows is None:
        return {}
    return {row["id"]: (row["iri"], text_in(row["name"]) or row["iri"]) async for row in rows}


async def drafts(connection: AnyConnection, store_id: int, catalogue: Catalogue, most: int) -> list[dict[str, Any]]:
    """Activities met in statements that no collection has, as catalogue entries; `skills` are IRIs the record knows."""
    rows = [row async for row in _QUERIES.discovered(connection, store_id=store_id)]
    new = [row for row in rows if row["item_id"] not in catalogue.activities][:most]
    names = await described_ids(connection, store_id, {skill for row in new for skill in row["skill_ids"]})
    found = []
    for row in new:
        shown = _discovered(row)
        skills = [names[skill][0] for skill in row["skill_ids"] if skill in names]
        found.append({"id": shown.iri, "name": shown.name, "format": shown.format, "skills": skills})
    return found
