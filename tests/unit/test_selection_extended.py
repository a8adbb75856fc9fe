"""A catalogue that grows is the catalogue that had everything from the start."""

import numpy as np

from adaptive.selection.catalogue import Activity, Catalogue, Skill
from adaptive.selection.choice import Request, choose
from adaptive.selection.learner import Learner, Level

SKILLS = [Skill(1), Skill(2, (1,))]
EARLY = [
    Activity(10, (1,), "video", minutes=5, language="en"),
    Activity(11, (2, 1), "quiz", difficulty=0.5),
    Activity(12, ()),
]
LATE = [
    Activity(20, (2, 7, 1), "reading", language="de", difficulty=-1.0, guessing=0.25),
    Activity(21, (), "quiz", priority=0.5),
    Activity(22, (9,), "interactive"),
]


def test_growing_step_by_step_gives_the_columns_of_the_whole() -> None:
    whole = Catalogue([*EARLY, *LATE], SKILLS)
    grown = Catalogue(EARLY, SKILLS).extended(LATE[:1]).extended([]).extended(LATE[1:])
    assert (grown.activities, grown.activity_row) == (whole.activities, whole.activity_row)
    assert (grown.formats, grown.languages) == (whole.formats, whole.languages)
    for name in ("ids", "a", "b", "c", "priority", "minutes", "format", "language", "without_skill", "skill_counts"):
        np.testing.assert_array_equal(getattr(grown, name), getattr(whole, name), name)
    assert {skill.id for skill in grown.skills} == {skill.id for skill in whole.skills}
    for id_, row in grown.skill_row.items():
        other = whole.skill_row[id_]
        assert grown.skills[row] == whole.skills[other]
        np.testing.assert_array_equal(grown.activities_of[row], whole.activities_of[other])
    values = {skill.id: float(skill.id) for skill in whole.skills}
    rows = np.arange(len(whole))
    np.testing.assert_array_equal(
        grown.mean_over_skills(np.array([values[skill.id] for skill in grown.skills]), rows),
        whole.mean_over_skills(np.array([values[skill.id] for skill in whole.skills]), rows),
    )


def test_the_grown_catalogue_leads_to_the_same_offers() -> None:
    learner = Learner(levels={1: Level(0.4, 0.5, 6), 7: Level(-0.3, 0.6, 3)})
    grown = choose(
        Catalogue(EARLY, SKILLS).extended(LATE), learner, Request(now=0.0, limit=4), np.random.default_rng(5)
    )
    whole = choose(Catalogue([*EARLY, *LATE], SKILLS), learner, Request(now=0.0, limit=4), np.random.default_rng(5))
    assert [(o.activity, o.score, o.propensity) for o in grown.offers] == [
        (o.activity, o.score, o.propensity) for o in whole.offers
    ]


def test_growing_leaves_the_smaller_catalogue_as_it_was_and_takes_back_what_is_no_longer_offered() -> None:
    small = Catalogue(EARLY, SKILLS)
    grown = small.extended(LATE, without=[10, 12, 404])
    offers = choose(grown, Learner(), Request(now=0.0, limit=20), np.random.default_rng(1)).offers
    assert {offer.activity for offer in offers} == {11, 20, 21, 22}
    assert 10 not in grown.activity_row
    assert (len(small), small.activity_row, small.offered.tolist()) == (3, {10: 0, 11: 1, 12: 2}, [True] * 3)
