"""What others do with a learner, as their page shows it: coaching talks, agreed self-assessments, peer groups,
and what trainers decided about activities."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from adaptive import coaching, peers, words
from adaptive.profiles import SkillStanding
from adaptive.words import Word, names_of
from lrs.observers import AnyConnection


@dataclass(frozen=True, slots=True)
class Together:
    """`talks` the newest first, each with `activity_name` (None where nothing here knows it); `agreed` the skills
    whose self-assessment a trainer or manager agreed with; `words` what trainers decided about activities."""

    talks: Sequence[Mapping[str, Any]]
    agreed: Sequence[SkillStanding]
    groups: Sequence[Mapping[str, Any]]
    words: Sequence[Word] = ()


async def together(
    connection: AnyConnection, store_id: int, learner_id: int, skills: Sequence[SkillStanding]
) -> Together:
    talks = await coaching.talks(connection, store_id, learner_id)
    names = await names_of(connection, store_id, {talk["activity"] for talk in talks if talk["activity"]})
    return Together(
        talks=[{**talk, "activity_name": names.get(talk["activity"])} for talk in talks],
        agreed=[skill for skill in skills if skill.validated_by is not None],
        groups=await peers.of_learner(connection, store_id, learner_id),
        words=await words.for_learner(connection, store_id, learner_id),
    )
