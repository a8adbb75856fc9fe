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
    """An activity as an answer shows it; `question` tells whether the engine predicts answers to it."""

    iri: str
    name: str
    format: str
    minutes: float | None = None
    launch: str | None = None
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
    parameters, digest = held.parameters, held.digest
    key: Any = (store_id, "catalogue")
    source: object = catalogue
    if not catalogue.activities:
        extent = await _QUERIES.extent(connection, store_id=store_id)
        key, source = (store_id, "discoveries"), (extent["count"], extent["latest"], catalogue.version)
    known = _offers.get(key)
    if known is None or not (known.source is source or (source is not catalogue and known.source == source)):
        described, candidates = await _compile(connection, store_id, catalogue)
        known = Offering(candidates, described, source, b"none")
    if known.digest != digest:
        known = Offering(refreshed(known, parameters), known.described, source, digest)
    _offers[key] = known
    _offers.move_to_end(key)
    while len(_offers) > _REMEMBERED:
        _offers.popitem(last=False)
    return known


def refreshed(known: Offering, parameters: Parameters) -> Candidates:
    """The same candidates with discriminations and difficulties from other parameters."""
    candidates = copy(known.candidates)
    placed = [_placed(activity, known.described, parameters) for activity in candidates.activities]
    candidates.a = np.array([a for a, _ in placed], float)
    candidates.b = np.array([b for _, b in placed], float)
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
    return Described(
        iri=row["iri"],
        name=text_in(row["name"]) or row["iri"],
        format=_FORMATS.get(word, "practice" if question else "external"),
        launch=row["more"] or row["iri"] if row["iri"].startswith(("http://", "https://")) else row["more"],
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


def _placed(activity: Candidate, described: Mapping[int, Described], parameters: Parameters) -> tuple[float, float]:
    """(discrimination, difficulty in logits); of an activity with parts, the parts' mean."""
    parts = described[activity.id].parts or (activity.id,)
    placed = [_item(part, activity.skills, described[part].difficulty, parameters) for part in parts]
    return sum(a for a, _ in placed) / len(placed), sum(b for _, b in placed) / len(placed)


def _item(item: int, skills: tuple[int, ...], label: float | None, parameters: Parameters) -> tuple[float, float]:
    """The margin d·θ + easiness is d·(θ − b) with b = −easiness / d; an item never met lies where its label says."""
    known = parameters.items.get(item)
    discrimination = 1.0 if known is None else max(DISCRIMINATION_FLOOR, 1.0 + known.steepness)
    easiness = -(label or 0.0) if known is None else known.easiness
    easiness += parameters.history[0]
    easiness += sum(parameters.skills[skill].easiness for skill in skills if skill in parameters.skills)
    return discrimination, -easiness / discrimination


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
