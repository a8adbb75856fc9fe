"""Why an activity was offered: codes and facts from which a sentence can be written, now or later from the record."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from adaptive.selection.catalogue import Catalogue
from adaptive.selection.estimates import DECIDED, Skills
from adaptive.selection.learner import Learner
from adaptive.selection.scoring import Mode, Scores, Taste

Fact = int | float | str | tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Reason:
    """code: pinned, assigned, review-due, check, self-assessment, sure-but-wrong, right-but-unsure, goal-gap,
    near-mastery, progress, prerequisite-of, measure, zone, explore, format, time-budget, priority, adaptivity-off;
    facts: numbers and ids."""

    code: str
    facts: Mapping[str, Fact]


def reasons(
    catalogue: Catalogue, learner: Learner, skills: Skills, scores: Scores, place: int, mode: Mode, taste: Taste
) -> tuple[Reason, ...]:
    """The reasons for one place of the shortlist, the weightiest first."""
    row = int(scores.rows[place])
    activity = catalogue.activities[row]
    found = list(_trainer(learner, activity.id))
    for k in catalogue.skills_of[row]:
        found += _said(catalogue, learner, skills, int(k), mode, asks=activity.question)
        found += _skill(catalogue, learner, skills, int(k), mode, taste)
    if mode is not Mode.PLACEMENT:
        found.append(Reason("zone", {"probability": float(scores.probability[place]), "zone": taste.zone}))
    if (explore := scores.components.get("explore")) is not None and explore[place] > 0:
        found.append(Reason("explore", {"bonus": float(explore[place])}))
    wishes = learner.wishes
    if activity.format in wishes.formats:
        found.append(Reason("format", {"format": activity.format}))
    if wishes.minutes is not None and activity.minutes is not None:
        found.append(Reason("time-budget", {"minutes": activity.minutes, "left": wishes.minutes}))
    if activity.priority > 0:
        found.append(Reason("priority", {"priority": activity.priority}))
    return tuple(found)


def _trainer(learner: Learner, activity: int) -> Iterator[Reason]:
    overrides = learner.overrides
    if activity in overrides.pinned:
        yield Reason("pinned", {"since": overrides.pinned[activity]})
    if activity in overrides.assigned:
        due = {"due": overrides.due[activity]} if activity in overrides.due else {}
        yield Reason("assigned", {"since": overrides.assigned[activity], **due})


def _said(
    catalogue: Catalogue, learner: Learner, skills: Skills, k: int, mode: Mode, *, asks: bool
) -> Iterator[Reason]:
    """What the learner said of the skill itself, and of the last answer on it."""
    skill, mastery = catalogue.skills[k].id, float(skills.value.mastery[k])
    if mode is Mode.PLACEMENT:
        return
    is_open = mastery < DECIDED and (mastery > 1 - DECIDED or not skills.evidence[k])
    if asks and is_open and skill in learner.wishes.claimed:
        yield Reason("check", {"skill": skill, "mastery": mastery})
    elif asks and is_open and (rated := learner.wishes.rated.get(skill)) is not None:
        facts = {"skill": skill, "rated": rated, "target": float(skills.cut[k]), "mastery": mastery}
        yield Reason("self-assessment", facts)
    said = learner.confident.get(skill)
    if said is not None and said.sure != said.right:
        code_facts = {"skill": skill, "confidence": said.confidence}
        yield Reason("sure-but-wrong", code_facts) if said.sure else Reason("right-but-unsure", code_facts)


def _skill(
    catalogue: Catalogue, learner: Learner, skills: Skills, k: int, mode: Mode, taste: Taste
) -> Iterator[Reason]:
    skill = catalogue.skills[k].id
    level, cut, mastery = float(skills.mean[k]), float(skills.cut[k]), float(skills.value.mastery[k])
    if mode is Mode.PLACEMENT:
        yield Reason("measure", {"skill": skill, "level": level, "error": float(skills.sd[k])})
        return
    if skills.recall[k] < taste.recall:
        yield Reason("review-due", {"skill": skill, "recall": float(skills.recall[k]), "threshold": taste.recall})
    answers = int(skills.evidence[k])
    gap = {"skill": skill, "level": level, "target": cut, "gap": cut - level, "mastery": mastery, "answers": answers}
    if (target := learner.targets.get(skill)) is not None and mastery < DECIDED:
        yield Reason("goal-gap", gap if target.due is None else {**gap, "due": target.due})
    elif 0.5 <= mastery < DECIDED:
        yield Reason("near-mastery", gap)
    elif mastery < 0.5:
        yield Reason("progress", gap)
    above = catalogue.edge_skill[catalogue.edge_prerequisite == k]
    waiting = [catalogue.skills[row].id for row in above if skills.value.mastery[row] < DECIDED]
    targets = sorted((i for i in waiting if i in learner.targets), key=lambda i: -learner.targets[i].relevance)
    wanted = targets or waiting
    if wanted and mastery < DECIDED:
        yield Reason("prerequisite-of", {"skill": skill, "of": tuple(wanted[:3]), "count": len(waiting)})


def allowed_by_author(row: int) -> Reason:
    """Where the learner switched adaptivity off: the author's order, by its place."""
    return Reason("adaptivity-off", {"place": row})
