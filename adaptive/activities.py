"""What can be recommended in a store: the published activities, or those discovered in statements.

Compiled once for a version of the catalogue, or led on by what has been discovered since; only the difficulties that a
version of the parameters changes are computed again.
"""

import json
from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import chain, islice
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from adaptive.catalogue import Catalogue
from adaptive.catalogue.compiled import Activity as Published
from adaptive.engine import Parameters, guessing_floor
from adaptive.engine.priors import DISCRIMINATION_FLOOR
from adaptive.playing import opening
from adaptive.progress import DEFAULT_TARGET, Row
from adaptive.selection.catalogue import Activity as Candidate
from adaptive.selection.catalogue import Catalogue as Candidates
from adaptive.selection.catalogue import Skill as CandidateSkill
from adaptive.versions import Held
from lrs.observers import AnyConnection
from lrs.queries import queries_beside

_QUERIES = queries_beside(__file__)
PRIORITY_NATS = {"core": 0.5, "pass": 0.0, "excel": -0.5}
STANDS = timedelta(minutes=1)
MOST_NAMES = 1000
_REMEMBERED = 8
_offers: OrderedDict[tuple[int, str], "Offering"] = OrderedDict()


class _Told(NamedTuple):
    """What statements called a skill when that was asked last; empty where none knew it."""

    iri: str
    name: str
    asked: datetime


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
    """The candidates at one version of the parameters, and how to show them.

    source: what they were compiled from; placed: (n, 2) discrimination and easiness of each candidate beyond its
    skills', at the version with `digest`; holders: part → the activity that holds it; names: skills of statements that
    were asked for; containers and horizon: the activities that hold others, and from which transaction on there may be
    more, for discoveries.
    """

    candidates: Candidates
    described: dict[int, Described]
    source: object
    placed: NDArray[np.float64]
    digest: bytes | None = None
    holders: Mapping[int, int] = field(default_factory=dict)
    names: "dict[int, _Told]" = field(default_factory=dict)
    containers: set[int] = field(default_factory=set)
    horizon: int = 0


async def offering(connection: AnyConnection, store_id: int, catalogue: Catalogue, held: Held) -> Offering:
    """What can be recommended now. Call with `held` fresh from its follower."""
    if catalogue.activities:
        key = (store_id, "catalogue")
        known = _offers.get(key)
        if known is None or known.source is not catalogue:
            known = _published_offering(catalogue)
    else:
        key = (store_id, "discoveries")
        known = await _discoveries(connection, store_id, catalogue, key)
    known = _offers[key] = up_to_date(known, held)
    _offers.move_to_end(key)
    while len(_offers) > _REMEMBERED:
        _offers.popitem(last=False)
    return known


def forget() -> None:
    """Forgets what was compiled; the record has all that is needed to compile it again."""
    _offers.clear()


def up_to_date(known: Offering, held: Held) -> Offering:
    """The offering with the difficulties of the parameters that are held now: what has changed is placed anew."""
    have, count = len(known.placed), len(known.candidates)
    if known.digest == held.digest and have == count:
        return known
    changed = None if known.digest is None else held.changed(known.digest)
    rows = list(range(count)) if changed is None else [*_rows_of(known, changed), *range(have, count)]
    placed = np.empty((count, 2))
    placed[:have] = known.placed
    if rows:
        placed[rows] = [_placed(known, known.candidates.activities[row].id, held.parameters) for row in rows]
    candidates = _at(known.candidates, placed, held.parameters)
    return replace(known, candidates=candidates, placed=placed, digest=held.digest)


def _rows_of(known: Offering, items: Iterable[int]) -> list[int]:
    """Rows of the candidates that are these items or hold one of them."""
    activities = {known.holders.get(item, item) for item in items}
    row_of = known.candidates.activity_row
    return [row_of[activity] for activity in activities if activity in row_of]


def _placed(known: Offering, activity: int, parameters: Parameters) -> tuple[float, float]:
    """Where an activity lies, one with parts at their mean."""
    parts = known.described[activity].parts
    if not parts:
        return _item(activity, known.described, parameters)
    places = [_item(part, known.described, parameters) for part in parts]
    return sum(d for d, _ in places) / len(parts), sum(e for _, e in places) / len(parts)


def _at(known: Candidates, placed: NDArray[np.float64], parameters: Parameters) -> Candidates:
    """The same candidates with discriminations and difficulties from other parameters.

    The margin d·θ + easiness is d·(θ − b) with b = −easiness / d. An item never met lies where its label says.
    """
    candidates = copy(known)
    of_skills = np.array([_skill_easiness(parameters, skill.id) for skill in candidates.skills], float)
    easiness = placed[:, 1] + parameters.history[0]
    easiness += candidates.skill_counts * candidates.mean_over_skills(of_skills, np.arange(len(candidates)))
    candidates.a = placed[:, 0].copy()
    candidates.b = -easiness / candidates.a
    return candidates


def _published_offering(catalogue: Catalogue) -> Offering:
    candidates = Candidates(_published_candidates(catalogue), _skills(catalogue))
    holders = {part: holder.id for holder in catalogue.holders for part in holder.parts}
    return Offering(candidates, _published(catalogue), catalogue, np.empty((0, 2)), holders=holders)


async def _discoveries(
    connection: AnyConnection, store_id: int, catalogue: Catalogue, key: tuple[int, str]
) -> Offering:
    """What is remembered of the discoveries and what has come since."""
    while True:
        known = _offers.get(key)
        since = known.horizon if known else 0
        rows = [row async for row in _QUERIES.discovered_since(connection, store_id=store_id, since=since)]
        source = (rows[0]["database"], catalogue.version)
        # Another task may have read on meanwhile: what it has is kept.
        known = _offers.get(key)
        if known is not None and known.source == source:
            return _extended(known, rows)
        if not since:
            return _extended(Offering(Candidates([], _skills(catalogue)), {}, source, np.empty((0, 2))), rows)
        _offers.pop(key, None)


def _extended(known: Offering, rows: Sequence[Row]) -> Offering:
    """The offering with what it has not of the discoveries; activities that hold others are not offered."""
    horizon = max(known.horizon, rows[0]["horizon"])
    new = {row["item_id"]: row for row in rows if row["item_id"] is not None and row["item_id"] not in known.described}
    if not new:
        return replace(known, horizon=horizon)
    containers = {container for row in new.values() for container in row["container_ids"]} - known.containers
    known.containers.update(containers)
    known.described.update((item, _discovered(row)) for item, row in new.items())
    activities = [
        Candidate(
            id=item,
            skills=tuple(row["skill_ids"]),
            format=known.described[item].format,
            question=known.described[item].question,
        )
        for item, row in new.items()
        if item not in known.containers
    ]
    return replace(known, candidates=known.candidates.extended(activities, containers), horizon=horizon)


def _skills(catalogue: Catalogue) -> list[CandidateSkill]:
    return [
        CandidateSkill(skill.id, skill.prerequisites, DEFAULT_TARGET if skill.target is None else skill.target)
        for skill in catalogue.skills.values()
    ]


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
                language=primary(activity.language),
                question=_asks(catalogue, activity),
            )


def _asks(catalogue: Catalogue, activity: Published) -> bool:
    """Whether an activity, or a part of it, is a question."""
    parts = (catalogue.activities[part] for part in activity.parts)
    return any(each.entry.interaction is not None for each in (activity, *parts))


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


def primary(language: str) -> str:
    """The language itself, `de` of `de-CH` (RFC 5646): who asks for the one is served with the other."""
    return language.partition("-")[0].lower()


def text_in(given: Any, language: str = "en") -> str:
    """A language map's text in a language, else in any; '' where there is none."""
    texts: Any = json.loads(given) if isinstance(given, str) else given
    if not isinstance(texts, dict) or not texts:
        return ""
    chosen = next((text for tag, text in texts.items() if tag.partition("-")[0] == language), None)
    return str(chosen if chosen is not None else next(iter(texts.values())))


async def skill_names(
    connection: AnyConnection, store_id: int, catalogue: Catalogue, known: Offering, ids: Collection[int], now: datetime
) -> dict[int, tuple[str, str]]:
    """(IRI, name) of skills, by term id: the catalogue's, else as statements told it within a minute, asked together.

    Unknown ids are left out.
    """
    skills, told = catalogue.skills, known.names
    if any(_old(told.get(i), now) for i in ids if i not in skills):
        every = chain(ids, (skill.id for skill in known.candidates.skills))
        asked = list(islice((i for i in every if i not in skills and _old(told.get(i), now)), MOST_NAMES))
        found = await described_ids(connection, store_id, asked)
        told.update({i: _Told(*found.get(i, ("", "")), now) for i in asked})
    names = {i: (told[i].iri, told[i].name) for i in ids if i in told and told[i].iri}
    return names | {i: (skills[i].entry.id, skills[i].entry.name) for i in ids if i in skills}


def _old(told: _Told | None, now: datetime) -> bool:
    return told is None or not now - STANDS < told.asked <= now


async def described_ids(connection: AnyConnection, store_id: int, ids: Iterable[int]) -> dict[int, tuple[str, str]]:
    """(IRI, name) of activities and skills that statements told of, by term id; unknown ids are left out."""
    wanted = sorted(set(ids))
    rows = _QUERIES.described(connection, store_id=store_id, ids=wanted) if wanted else None
    if rows is None:
        return {}
    return {row["id"]: (row["iri"], text_in(row["name"]) or row["iri"]) async for row in rows}


async def discovered_names(connection: AnyConnection, store_id: int, most: int) -> list[str]:
    """What activities met in statements are called, at most so many of them."""
    rows = _QUERIES.discovered_names(connection, store_id=store_id, most=most)
    return [text_in(row["name"]) or row["iri"] async for row in rows]


async def discovered_activities(connection: AnyConnection, store_id: int) -> list[tuple[int, Sequence[int], Described]]:
    """Every activity met in evidence: its term id, those of its skills, and how it is shown."""
    rows = _QUERIES.discovered(connection, store_id=store_id)
    return [(row["item_id"], row["skill_ids"], _discovered(row)) async for row in rows]
