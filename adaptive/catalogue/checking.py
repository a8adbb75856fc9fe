"""Whether collections make one catalogue: ids in one place, known skills and activities, no cycles. Pure."""

from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter

from adaptive.catalogue import document as doc
from lrs.errors import Fault

SHOWN = 5


def union_faults(collections: list[doc.Collection]) -> Iterator[Fault]:
    """What keeps these collections from being one catalogue."""
    yield from _shared_ids(collections)
    known = {skill.id for c in collections for skill in c.skills}
    yield from _unknown_skills(collections, known)
    yield from _unknown_activities(collections)
    prerequisites = {s.id: s.prerequisites for c in collections for s in c.skills}
    parents = {s.id: [s.parent] if s.parent else [] for c in collections for s in c.skills}
    holders = {a.id: [a.part_of] if a.part_of else [] for c in collections for a in c.activities}
    for at, graph, word in (
        ("skills", prerequisites, "prerequisites"),
        ("skills", parents, "parents"),
        ("activities", holders, "parts"),
    ):
        if cycle := _cycle(graph):
            yield Fault(at, f"these {at} are each other's {word}: {_chain(cycle)}; remove one of the links")


def _shared_ids(collections: list[doc.Collection]) -> Iterator[Fault]:
    skills: dict[str, doc.Skill] = {}
    owners: dict[str, str] = {}
    for c in collections:
        for n, skill in enumerate(c.skills):
            if skills.setdefault(skill.id, skill) != skill:
                yield Fault(f"skills[{n}]", f"{skill.id} is described differently in another collection; make them one")
        named = [(f"activities[{n}].id", a.id) for n, a in enumerate(c.activities)]
        named += [(f"roles[{n}].id", r.id) for n, r in enumerate(c.roles)]
        named += [(f"paths[{n}].id", p.id) for n, p in enumerate(c.paths)]
        for path, iri in named:
            if owners.setdefault(iri, c.id) != c.id:
                yield Fault(path, f"{iri} belongs to the collection {owners[iri]}; ids must differ")


def _unknown_skills(collections: list[doc.Collection], known: set[str]) -> Iterator[Fault]:
    for path, iri in _mentioned_skills(collections):
        if iri not in known:
            yield Fault(path, f"the skill {iri} is not in the catalogue; add it to `skills` or mend the IRI")


def _mentioned_skills(collections: list[doc.Collection]) -> Iterator[tuple[str, str]]:
    for c in collections:
        for n, skill in enumerate(c.skills):
            yield from ((f"skills[{n}].prerequisites[{m}]", iri) for m, iri in enumerate(skill.prerequisites))
            if skill.parent:
                yield f"skills[{n}].parent", skill.parent
        for n, activity in enumerate(c.activities):
            yield from ((f"activities[{n}].skills[{m}]", iri) for m, iri in enumerate(activity.skills))
        for n, role in enumerate(c.roles):
            yield from ((f"roles[{n}].targets.{iri}", iri) for iri in role.targets)
        for n, path in enumerate(c.paths):
            yield from ((f"paths[{n}].electives[{m}].skill", e.skill) for m, e in enumerate(path.electives))


def _unknown_activities(collections: list[doc.Collection]) -> Iterator[Fault]:
    known = {activity.id for c in collections for activity in c.activities}
    for c in collections:
        for n, activity in enumerate(c.activities):
            if activity.part_of is not None and activity.part_of not in known:
                yield Fault(f"activities[{n}].part_of", f"the activity {activity.part_of} is not in the catalogue")
        for n, path in enumerate(c.paths):
            named = [(f"paths[{n}].required[{m}]", iri) for m, iri in enumerate(path.required)]
            named += [
                (f"paths[{n}].electives[{e}].activities[{m}]", iri)
                for e, electives in enumerate(path.electives)
                for m, iri in enumerate(electives.activities)
            ]
            yield from (
                Fault(at, f"the activity {iri} is not in the catalogue") for at, iri in named if iri not in known
            )


def _cycle(links: Mapping[str, list[str]]) -> list[str]:
    """One cycle of the graph from its least node on, which is repeated at the end; [] if there is none."""
    try:
        TopologicalSorter(links).prepare()
    except CycleError as error:
        nodes: list[str] = error.args[1][:0:-1]
        first = nodes.index(min(nodes))
        return [*nodes[first:], *nodes[: first + 1]]
    return []


def _chain(cycle: list[str]) -> str:
    """The cycle in words; of a long one where it begins and ends."""
    left_out = len(cycle) - 2 * SHOWN
    shown = [*cycle[:SHOWN], f"{left_out:,} more", *cycle[-SHOWN:]] if left_out > 1 else cycle
    return " → ".join(shown)
