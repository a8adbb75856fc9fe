"""The catalogue of a store at one version: the union of its collections, keyed by term ids. Pure and immutable."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from adaptive.catalogue import document as doc
from adaptive.catalogue.checking import union_faults
from adaptive.catalogue.keys import guessing_of
from lrs.terms import term_id

LABELS = {"easy": -1.0, "medium": 0.0, "hard": 1.0}


@dataclass(frozen=True, slots=True)
class Skill:
    """`target` is the cut of mastery in logits."""

    id: int
    entry: doc.Skill
    collection: str
    prerequisites: tuple[int, ...]
    parent: int | None

    @property
    def target(self) -> float:
        return self.entry.target


@dataclass(frozen=True, slots=True)
class Activity:
    """`skills` of a holder has those of its parts too; `difficulty` is the author's label in logits (None: none given);
    `guessing` in [0, 1) where it is a question; `parts` are the activities it holds, `part_of` its holder."""

    id: int
    entry: doc.Activity
    collection: str
    language: str
    skills: tuple[int, ...]
    difficulty: float | None
    guessing: float
    part_of: int | None
    parts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """`version` 0 is the empty catalogue of a store that has published nothing; `holders` are activities with parts."""

    version: int = 0
    collections: Mapping[str, doc.Collection] = field(default_factory=dict)
    skills: Mapping[int, Skill] = field(default_factory=dict)
    activities: Mapping[int, Activity] = field(default_factory=dict)
    roles: Mapping[str, doc.Role] = field(default_factory=dict)
    paths: Mapping[str, doc.Path] = field(default_factory=dict)
    prerequisites: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    holders: tuple[Activity, ...] = ()

    def skills_of(self, activity_id: int) -> tuple[int, ...] | None:
        """Skills of an activity; None where the catalogue does not know it or gives it none."""
        known = self.activities.get(activity_id)
        return known.skills or None if known else None

    def guessing_of(self, activity_id: int) -> float | None:
        """The guessing floor of a question; None where the catalogue does not know it as one."""
        known = self.activities.get(activity_id)
        return None if known is None or known.entry.interaction is None else known.guessing

    def skill_name(self, skill_id: int) -> str | None:
        skill = self.skills.get(skill_id)
        return None if skill is None else skill.entry.name


def compiled(collections: Iterable[doc.Collection], version: int) -> Catalogue:
    """The union of collections. Unknown skills, cycles and ids in two collections raise CatalogueInvalid."""
    members = sorted(collections, key=lambda collection: collection.id)
    doc.refuse(list(union_faults(members)))
    skills = {term_id(s.id): _skill(s, c.id) for c in members for s in c.skills}
    activities = _activities(members)
    return Catalogue(
        version=version,
        collections={c.id: c for c in members},
        skills=skills,
        activities=activities,
        roles={r.id: r for c in members for r in c.roles},
        paths={p.id: p for c in members for p in c.paths},
        holders=tuple(activity for activity in activities.values() if activity.parts),
        prerequisites={skill.id: skill.prerequisites for skill in skills.values() if skill.prerequisites},
    )


def _skill(entry: doc.Skill, collection: str) -> Skill:
    parent = None if entry.parent is None else term_id(entry.parent)
    return Skill(term_id(entry.id), entry, collection, _terms(entry.prerequisites), parent)


def _activities(collections: Iterable[doc.Collection]) -> dict[int, Activity]:
    entries = [(c, a) for c in collections for a in c.activities]
    held: dict[str, list[doc.Activity]] = {}
    for _, entry in entries:
        if entry.part_of:
            held.setdefault(entry.part_of, []).append(entry)
    return {term_id(a.id): _activity(a, c, held.get(a.id, [])) for c, a in entries}


def _activity(entry: doc.Activity, collection: doc.Collection, parts: list[doc.Activity]) -> Activity:
    skills = [*entry.skills, *(skill for part in parts for skill in part.skills)]
    return Activity(
        id=term_id(entry.id),
        entry=entry,
        collection=collection.id,
        language=entry.language or collection.language,
        skills=_terms(skills),
        difficulty=LABELS[entry.difficulty] if isinstance(entry.difficulty, str) else entry.difficulty,
        guessing=guessing_of(entry.interaction, entry.key, list(entry.choices)),
        part_of=None if entry.part_of is None else term_id(entry.part_of),
        parts=tuple(term_id(part.id) for part in parts),
    )


def _terms(iris: Iterable[str]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(map(term_id, iris)))
