"""What others do with a learner, as their page shows it: coaching talks, agreed self-assessments, peer groups."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from adaptive import catalogue as catalogues
from adaptive import coaching, peers
from adaptive.activities import described_ids
from adaptive.profiles import SkillStanding
from lrs.observers import AnyConnection
from lrs.terms import term_id


@dataclass(frozen=True, slots=True)
class Together:
    """`talks` the newest first, each with `activity_name` (None where nothing here knows it); `agreed` the skills
    whose self-assessment a trainer or manager agreed with."""

    talks: Sequence[Mapping[str, Any]]
    agreed: Sequence[SkillStanding]
    groups: Sequence[Mapping[str, Any]]


async def together(
    connection: AnyConnection, store_id: int, learner_id: int, skills: Sequence[SkillStanding]
) -> Together:
    talks = await coaching.talks(connection, store_id, learner_id)
    names = await _names(connection, store_id, {talk["activity"] for talk in talks if talk["activity"]})
    return Together(
        talks=[{**talk, "activity_name": names.get(talk["activity"])} for talk in talks],
        agreed=[skill for skill in skills if skill.validated_by is not None],
        groups=await peers.of_learner(connection, store_id, learner_id),
    )


async def _names(connection: AnyConnection, store_id: int, iris: set[str]) -> dict[str, str]:
    """What activities are called, by IRI; without those that neither the catalogue nor a statement knows."""
    catalogue = await catalogues.current(connection, store_id)
    published = {
        iri: catalogue.activities[term_id(iri)].entry.name for iri in iris if term_id(iri) in catalogue.activities
    }
    found = await described_ids(connection, store_id, [term_id(iri) for iri in iris - published.keys()])
    return published | dict(found.values())
