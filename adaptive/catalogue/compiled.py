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
class Item:
    """One question; `difficulty` is the author's label in logits (None: no opinion), `guessing` in [0, 1)."""

    id: int
    entry: doc.Item
    activity: int
    skills: tuple[int, ...]
    guessing: float
    difficulty: float | None


@dataclass(frozen=True, slots=True)
class Activity:
    """What can be recommended, with its items in order. `skills` has those of its items too."""

    id: int
    entry: doc.Activity
    collection: str
    language: str
    skills: tuple[int, ...]
    items: tuple[int, ...]
    difficulty: float | None


@dataclass(frozen=True, slots=True)
class Catalogue:
    """`version` 0 is the empty catalogue of a store that has published nothing."""

    version: int = 0
    collections: Mapping[str, doc.Collection] = field(default_factory=dict)
    skills: Mapping[int, Skill] = field(default_factory=dict)
    activities: Mapping[int, Activity] = field(default_factory=dict)
    items: Mapping[int, Item] = field(default_factory=dict)
    roles: Mapping[str, doc.Role] = field(default_factory=dict)
    paths: Mapping[str, doc.Path] = field(default_factory=dict)

    def skills_of(self, item_id: int) -> tuple[int, ...] | None:
        """Skills of an item or an activity; None where the catalogue does not know it or gives it none."""
        known = self.items.get(item_id) or self.activities.get(item_id)
        return known.skills or None if known else None

    def guessing_of(self, item_id: int) -> float | None:
        """The guessing floor of an item; None where the catalogue does not know it."""
        item = self.items.get(item_id)
        return None if item is None else item.guessing

    def skill_name(self, skill_id: int) -> str | None:
        skill = self.skills.get(skill_id)
        return None if skill is None else skill.entry.name


def compiled(collections: Iterable[doc.Collection], version: int) -> Catalogue:
    """The union of collections. Unknown skills, cycles and ids in two collections raise CatalogueInvalid."""
    members = sorted(collections, key=lambda collection: collection.id)
    doc.refuse(list(union_faults(members)))
    skills = {term_id(s.id): _skill(s, c.id) for c in members for s in c.skills}
    activities = {term_id(a.id): _activity(a, c) for c in members for a in c.activities}
    items = {term_id(i.id): _item(i, a) for c in members for a in c.activities for i in a.items}
    return Catalogue(
        version=version,
        collections={c.id: c for c in members},
        skills=skills,
        activities=activities,
        items=items,
        roles={r.id: r for c in members for r in c.roles},
        paths={p.id: p for c in members for p in c.paths},
    )


def _skill(entry: doc.Skill, collection: str) -> Skill:
    parent = None if entry.parent is None else term_id(entry.parent)
    return Skill(term_id(entry.id), entry, collection, _terms(entry.prerequisites), parent)


def _activity(entry: doc.Activity, collection: doc.Collection) -> Activity:
    skills = [*entry.skills, *(skill for item in entry.items for skill in item.skills)]
    return Activity(
        term_id(entry.id),
        entry,
        collection.id,
        entry.language or collection.language,
        _terms(skills),
        tuple(term_id(item.id) for item in entry.items),
        _difficulty(entry.difficulty),
    )


def _item(entry: doc.Item, activity: doc.Activity) -> Item:
    difficulty = activity.difficulty if entry.difficulty is None else entry.difficulty
    return Item(
        term_id(entry.id),
        entry,
        term_id(activity.id),
        _terms(entry.skills or activity.skills),
        guessing_of(entry.kind, entry.key, [choice.id for choice in entry.choices]),
        _difficulty(difficulty),
    )


def _terms(iris: Iterable[str]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(map(term_id, iris)))


def _difficulty(label: str | float | None) -> float | None:
    return LABELS[label] if isinstance(label, str) else label
