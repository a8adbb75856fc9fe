"""The choice: what is offered, what never is, and how it is drawn and explained."""

import copy
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adaptive.selection.catalogue import Activity, Catalogue, Skill
from adaptive.selection.choice import Choice, Offer, Request, choose
from adaptive.selection.learner import Confident, Learner, Level, Overrides, Seen, Target, Wishes
from adaptive.selection.scoring import Mode

NOW = 1_000_000.0
FORMATS = ("video", "reading", "practice", "quiz")
SKILLS = [Skill(1), Skill(2, (1,)), Skill(3, (2,)), Skill(4)]
ACTIVITIES = [
    Activity(100 * skill + n, (skill,), FORMATS[n % 4], 5.0 + n, difficulty=-1 + 0.25 * n)
    for skill in (1, 2, 3, 4)
    for n in range(9)
]
CATALOGUE = Catalogue(ACTIVITIES, SKILLS)


def pick(learner: Learner, seed: int = 0, **request: Any) -> Choice:
    return choose(CATALOGUE, learner, Request(NOW, **request), np.random.default_rng(seed))


def codes(offer: Offer) -> list[str]:
    return [reason.code for reason in offer.reasons]


ids = st.sampled_from([activity.id for activity in ACTIVITIES])
learners = st.builds(
    Learner,
    ability=st.tuples(st.floats(-2, 2), st.floats(0.05, 1.5)),
    levels=st.dictionaries(
        st.integers(1, 4),
        st.builds(
            Level,
            st.floats(-3, 3),
            st.floats(0.05, 1.5),
            st.integers(0, 30),
            st.none() | st.floats(0.1, 1.0),
            st.booleans(),
        ),
    ),
    seen=st.dictionaries(ids, st.builds(Seen, st.integers(1, 9), st.floats(NOW - 2e5, NOW), st.booleans())),
    targets=st.dictionaries(st.integers(1, 5), st.builds(Target, st.floats(-1, 3))),
    wishes=st.builds(
        Wishes,
        formats=st.frozensets(st.sampled_from(FORMATS)),
        only_formats=st.booleans(),
        minutes=st.none() | st.floats(0, 60),
        refused=st.dictionaries(ids, st.floats(NOW - 10, NOW + 10)),
        claimed=st.frozensets(st.integers(1, 4)),
        rated=st.dictionaries(st.integers(1, 5), st.floats(-10, 10)),
        adaptive=st.booleans(),
    ),
    overrides=st.builds(
        Overrides,
        pinned=st.dictionaries(ids, st.floats(0, NOW), max_size=3),
        assigned=st.dictionaries(ids, st.floats(0, NOW), max_size=3),
        banned=st.frozensets(ids),
        locked=st.frozensets(ids),
    ),
)


@settings(max_examples=150, deadline=None)
@given(learners, st.sampled_from([None, *Mode]), st.integers(1, 4), st.integers(0, 99))
def test_every_choice_keeps_its_promises(learner: Learner, mode: Mode | None, limit: int, seed: int) -> None:
    before = copy.deepcopy(learner)
    choice = pick(learner, seed, mode=mode, limit=limit, advice={101: 1.0})
    assert learner == before
    assert choice == pick(learner, seed, mode=mode, limit=limit, advice={101: 1.0})
    offered = [offer.activity for offer in choice.offers]
    assert len(offered) == len(set(offered)) <= limit
    assert not set(offered) & (learner.overrides.banned | learner.overrides.locked)
    forced = learner.overrides.pinned.keys() | learner.overrides.assigned.keys()
    assert not {i for i in offered if learner.wishes.refused.get(i, 0) > NOW} - forced
    for offer in choice.offers:
        assert sum(offer.drawn.probabilities) == pytest.approx(1)
        assert 0 < offer.propensity <= 1
        assert 0 <= offer.success_probability <= 1
        assert sum(offer.components.values()) == pytest.approx(offer.score)
        assert offer.reasons
    assert choice.offers or choice.relaxations or set(choice.blocked) <= {"banned", "locked"}


def test_formats_differ_on_the_skill_of_the_first_offer() -> None:
    for seed in range(10):
        offers = pick(Learner(), seed, limit=4).offers
        assert len({o.skills for o in offers}) == 1
        assert {int(o.activity) % 100 % 4 for o in offers} == {0, 1, 2, 3}


def test_what_a_goal_stands_on_comes_first_and_says_so() -> None:
    learner = Learner(targets={3: Target(0.8)}, ability=(-1.0, 0.4))
    offers = pick(learner).offers
    assert {o.skills for o in offers} == {(1,)}
    reason = next(r for r in offers[0].reasons if r.code == "prerequisite-of")
    assert reason.facts["of"] == (2,)


def test_a_goal_moves_the_next_choice() -> None:
    ready = {k: Level(0.0, 0.3, 9) for k in (1, 2, 3, 4)} | {1: Level(2.0, 0.2, 9)}
    for skill in (2, 4):
        offers = pick(Learner(levels=ready, targets={skill: Target(1.0, due=NOW + 9)})).offers
        assert {o.skills for o in offers} == {(skill,)}
        assert "goal-gap" in codes(offers[0])


def test_a_pin_comes_first_until_it_is_completed() -> None:
    overrides = Overrides(pinned={403: NOW - 50})
    wishes = Wishes(frozenset({"video"}), only_formats=True)
    offer = pick(Learner(overrides=overrides, wishes=wishes)).offers[0]
    assert (offer.activity, offer.propensity, codes(offer)[0]) == (403, 1.0, "pinned")
    done = Learner(overrides=overrides, seen={403: Seen(1, NOW - 10, completed=True)})
    assert 403 not in [o.activity for o in pick(done).offers]
    assert 403 not in [o.activity for o in pick(Learner(overrides=replace(overrides, banned=frozenset({403})))).offers]


def test_assignments_by_due_date_after_pins() -> None:
    overrides = Overrides(pinned={401: 1.0}, assigned={402: 1.0, 303: 2.0}, due={303: NOW, 402: NOW + 1})
    assert [o.activity for o in pick(Learner(overrides=overrides)).offers] == [401, 303, 402]


def test_forgetting_takes_the_last_place_and_then_everything() -> None:
    rest = {k: Level(-0.5, 0.3, 9) for k in (2, 3, 4)}
    offers = pick(Learner(levels={**rest, 1: Level(2.0, 0.2, 9, recall=0.5)})).offers
    assert offers[-1].skills == (1,)
    assert "review-due" in codes(offers[-1])
    all_known = {k: Level(2.5, 0.2, 9, recall=0.99) for k in (2, 3, 4)}
    choice = pick(Learner(levels={**all_known, 1: Level(2.0, 0.2, 9, recall=0.5)}))
    assert choice.mode is Mode.REVIEW
    assert {o.skills for o in choice.offers} == {(1,)}


def test_the_zone_is_met() -> None:
    for ability in (0.0, 0.6):
        first = pick(Learner(ability=(ability, 0.2)), temperature=0.01).offers[0]
        assert first.success_probability == pytest.approx(0.65, abs=0.12)


def test_a_claim_leads_to_a_check_not_to_belief() -> None:
    learner = Learner(ability=(-0.5, 0.8), wishes=Wishes(claimed=frozenset({4})))
    first = pick(learner, temperature=0.01).offers[0]
    assert first.skills == (4,)
    assert "check" in codes(first)


def test_what_is_said_of_a_skill_is_heard_in_a_large_catalogue() -> None:
    """More activities than are scored one by one; the skill has a text too, which checks nothing."""
    every = [Activity(10 * k + n, (k,), difficulty=0.1 * n) for k in range(1, 301) for n in range(5)]
    catalogue = Catalogue([*every, Activity(9000, (300,), "reading", question=False)])
    ahead = {k: Level(0.7, 0.3, 9) for k in range(1, 300)}
    known = Learner(levels=ahead, wishes=Wishes(claimed=frozenset({300})))
    rated = Learner(levels=ahead, wishes=Wishes(rated={300: 2.0}))
    wrong = Learner(levels=ahead, confident={300: Confident(0.9, sure=True, right=False)})
    for learner, code in ((known, "check"), (rated, "self-assessment"), (wrong, "sure-but-wrong")):
        offers = choose(catalogue, learner, Request(NOW, 20, pool=1), np.random.default_rng(0)).offers
        said = [offer for offer in offers if code in codes(offer)]
        assert {offer.skills for offer in said} == {(300,)}
        assert code == "sure-but-wrong" or 9000 not in {offer.activity for offer in said}


def test_an_empty_filter_says_what_to_relax() -> None:
    learner = Learner(wishes=Wishes(frozenset({"podcast"}), only_formats=True))
    choice = pick(learner)
    assert choice.offers == ()
    assert [(r.filter, r.count) for r in choice.relaxations] == [("format", len(ACTIVITIES))]
    both = Learner(wishes=Wishes(frozenset({"podcast"}), only_formats=True, minutes=0.5))
    assert [(r.filter, r.count) for r in pick(both).relaxations] == [("all", len(ACTIVITIES))]


def test_no_repeat_within_the_window() -> None:
    seen = {activity.id: Seen(1, NOW - 60) for activity in ACTIVITIES if activity.id != 205}
    assert [o.activity for o in pick(Learner(seen=seen)).offers] == [205]


def test_adaptivity_off_follows_the_author() -> None:
    offers = pick(Learner(wishes=Wishes(adaptive=False))).offers
    assert [o.activity for o in offers] == [100, 101, 102]
    assert codes(offers[0]) == ["adaptivity-off"]


def test_draws_follow_the_logged_propensities() -> None:
    learner = Learner(ability=(0.0, 0.5))
    draws = [pick(learner, seed, limit=1).offers[0] for seed in range(2000)]
    drawn = draws[0].drawn
    shares = np.array([np.mean([o.activity == i for o in draws]) for i in drawn.activities])
    assert np.abs(shares - drawn.probabilities).max() < 0.035


def test_advice_moves_only_the_unsafe_share() -> None:
    advice = {108: 50.0}
    learner = Learner(ability=(0.0, 0.5), levels={2: Level(2, 0.1, 9), 4: Level(2, 0.1, 9)})
    drawn = pick(learner, limit=1, mode=Mode.EXPLORE, advice=advice).offers[0].drawn
    assert drawn.probabilities[drawn.activities.index(108)] == pytest.approx(0.2, abs=0.05)


def test_a_large_catalogue_is_shortlisted_to_the_same_best() -> None:
    rng = np.random.default_rng(3)
    many = [Activity(n, (int(rng.integers(60)),), difficulty=float(rng.normal())) for n in range(3000)]
    levels = {k: Level(float(rng.normal(-0.5)), 0.3, 5) for k in range(60)}
    offer = choose(Catalogue(many), Learner(levels=levels), Request(NOW, 1, temperature=0.01), rng).offers[0]
    small = Catalogue([many[i] for i in range(3000) if many[i].skills == offer.skills])
    best = choose(small, Learner(levels=levels), Request(NOW, 1, temperature=0.01), rng).offers[0]
    assert offer.score == pytest.approx(best.score, abs=0.05)


@pytest.mark.parametrize(
    ("activities", "skills", "message"),
    [
        ([Activity(1, (1,)), Activity(1, (2,))], [], "The activity 1 occurs twice"),
        ([], [Skill(1), Skill(1)], "The skill 1 occurs twice"),
        ([], [Skill(1, (2,)), Skill(2, (1,)), Skill(3)], r"each other's prerequisites: \[1, 2\]"),
    ],
)
def test_bad_catalogues_are_refused(activities: list[Activity], skills: list[Skill], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Catalogue(activities, skills)


def test_an_empty_catalogue_offers_nothing() -> None:
    assert choose(Catalogue([]), Learner(), Request(NOW), np.random.default_rng(0)).offers == ()


def test_activities_without_skills_can_still_be_offered() -> None:
    catalogue = Catalogue([Activity(n, ()) for n in range(1000)])
    assert len(choose(catalogue, Learner(), Request(NOW), np.random.default_rng(0)).offers) == 3
