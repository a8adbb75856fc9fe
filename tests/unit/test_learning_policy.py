"""The belief that knows how practice teaches, the constants it learns, and the choice made from them."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adaptive.selection import value
from adaptive.selection.belief import Belief
from adaptive.selection.cohort import Practice, learnt
from adaptive.selection.graph import Graph
from adaptive.selection.population import Gaussian, Population, PopulationLearner
from adaptive.selection.scope import Scoped, scope
from adaptive.simulation.compare import compare
from adaptive.simulation.policies import GIVEN, AtRandom, Cohort, FixedOrder, Oracle, Production
from adaptive.simulation.world import Policy, SimulatedLearner, World, gap_closed, run

# Skills mastered by the first twelve learners of the published world after 100, 200 and 400 items.
GOLDEN = {"random": [47, 69, 125], "fixed": [120, 166, 214], "oracle": [239, 400, 480]}
CHAIN = Graph([[], [0], [1], []])
CUT = np.full(4, 0.8)


def belief(seed: int = 0, particles: int = 800) -> Belief:
    return Belief(CHAIN, GIVEN, CUT, np.random.default_rng(seed), particles)


def practise(who: Belief, skill: int, scores: Sequence[float], b: float = 0.0) -> Belief:
    for score in scores:
        who.observe([skill], 1.2, b, 0.0, score)
    return who


def test_the_world_is_the_published_one() -> None:
    world = World()
    policies: dict[str, Callable[[SimulatedLearner], Policy]] = {
        "random": lambda _: AtRandom(),
        "fixed": lambda _: FixedOrder(),
        "oracle": Oracle,
    }
    sums = {name: run(make, world, range(12)).mastered.sum(axis=0).tolist() for name, make in policies.items()}
    assert sums == GOLDEN


def test_answers_move_the_skill_the_general_level_and_nothing_else() -> None:
    good, poor = practise(belief(), 3, [1] * 8, b=0.5), practise(belief(), 3, [0] * 8, b=0.5)
    (above, _), (below, _) = good.estimate(), poor.estimate()
    assert above[3] > below[3] + 0.7
    assert above[0] > below[0]
    assert good.weights.sum() == pytest.approx(1)
    assert good.touched.tolist() == [False, False, False, True]


def test_the_belief_knows_that_practice_teaches() -> None:
    before = belief().mastery()[0]
    after = practise(belief(), 0, [0, 1, 0, 1, 1, 1, 0, 1, 1, 1]).mastery()[0]
    assert after > before + 0.4


def test_no_progress_above_is_evidence_of_a_gap_below() -> None:
    taught, stuck = practise(belief(), 0, [1] * 4), practise(belief(), 0, [1] * 4)
    practise(taught, 1, [0, 0, 1, 0, 1, 1, 1, 1, 1, 1])
    practise(stuck, 1, [0] * 10)
    assert stuck.mastery()[0] < taught.mastery()[0] - 0.1


def test_worth_prefers_what_is_ready_and_leaves_what_is_done() -> None:
    fresh = belief().worth()
    assert fresh[0] > fresh[1] > 0
    done = practise(belief(), 0, [1] * 30, b=1.0).worth()
    assert done[0] < 0.02
    assert done[1] > fresh[1] * 1.5


def test_a_level_from_elsewhere_is_taken_as_it_is() -> None:
    who = belief()
    who.place(1, 2.0, 0.1)
    mean, sd = who.estimate()
    assert (mean[1], sd[1]) == (pytest.approx(2.0, abs=0.02), pytest.approx(0.1, abs=0.02))
    assert who.worth()[1] == 0


def test_several_skills_share_an_answer_and_discounted_evidence_moves_less() -> None:
    shared, single, slight = belief(), belief(), belief()
    shared.observe([0, 3], 1.2, 0.0, 0.0, 1.0)
    single.observe([0], 1.2, 0.0, 0.0, 1.0)
    slight.observe([0], 1.2, 0.0, 0.0, 1.0, weight=0.2)
    prior, both, one, little = (who.estimate()[0] for who in (belief(), shared, single, slight))
    assert prior[3] < both[3] < one[0]
    assert prior[0] < little[0] < one[0]
    belief().observe([], 1.0, 0.0, 0.0, 1.0)


a_response = st.tuples(st.lists(st.integers(0, 3), unique=True), st.floats(-2, 2), st.floats(0, 0.3), st.floats(0, 1))


@settings(max_examples=25, deadline=None)
@given(st.lists(a_response, max_size=40))
def test_the_belief_stays_sane_and_reproducible(answers: list[tuple[list[int], float, float, float]]) -> None:
    first, second = belief(5, 100), belief(5, 100)
    for who in (first, second):
        for skills, b, c, score in answers:
            who.observe(skills, 1.0, b, c, score)
    assert (first.worth() == second.worth()).all()
    assert (first.worth() >= 0).all()
    assert ((first.mastery() >= -1e-9) & (first.mastery() <= 1 + 1e-9)).all()
    assert np.isfinite(first.levels).all()


def test_what_was_computed_again_is_what_all_would_be() -> None:
    """Worth is led on row by row: the same as that of everything at once."""
    who = belief(3)
    for n, score in enumerate((1, 0, 1, 1, 0, 1, 1, 1)):
        who.observe([n % 4], 1.2, 0.0, 0.0, score)
        led_on = who.worth()
        who._stale[:] = True
        assert (who.worth() == led_on).all()


def test_skills_are_drawn_evenly_and_apart() -> None:
    who = Belief(Graph([[]] * 300), GIVEN, np.full(300, 9.0), np.random.default_rng(1))
    around = (who.start - np.float32(GIVEN.head_start) * who.known) / GIVEN.spread
    assert np.abs(around.mean(axis=1)).max() < 0.01
    assert np.abs(around.std(axis=1) - 1).max() < 0.02
    assert np.abs(np.corrcoef(around) - np.eye(300)).max() < 0.3
    assert who.known.mean(axis=1) == pytest.approx(GIVEN.known_share(who.order), abs=0.002)
    other = Belief(Graph([[]] * 300), GIVEN, np.full(300, 9.0), np.random.default_rng(2))
    assert (other.start != who.start).any(axis=1).all()


def test_a_graph_grows_by_skills_that_stand_on_nothing() -> None:
    grown = CHAIN.extended(2)
    assert grown.prerequisites == [[], [0], [1], [], [], []]
    assert grown.dependents == [[1], [2], [], [], [], []]
    assert CHAIN.prerequisites == [[], [0], [1], []]
    assert (grown.matrix == Graph(grown.prerequisites).matrix).all()


def test_steps_left_solve_the_growth_equation() -> None:
    level, steps = -1.0, 0
    while level < 0.8:
        level += 0.35 * value.MATCH * (3 - level) / 3
        steps += 1
    expected = value.steps_left(np.array([-1.0, 0.8, 2.0]), np.array([0.8]), np.array([0.35]), 3.0)
    assert expected[0] == pytest.approx(steps, abs=1)
    assert expected[1:].tolist() == [0, 0]


def test_the_mean_field_value_agrees_with_independent_particles() -> None:
    mean, sd = np.array([-0.5, 0.2, -1.0, 1.5]), np.array([0.4, 0.5, 0.3, 0.4])
    edges = (np.array([1, 2]), np.array([0, 1]))
    found = value.of_gaussian(mean, sd, CUT, edges, value.Growth())
    draws = mean[:, None] + sd[:, None] * np.random.default_rng(0).standard_normal((4, 20000))
    assert found.mastery == pytest.approx((draws >= 0.8).mean(axis=1), abs=0.01)
    assert found.readiness[1] == pytest.approx(0.15 + 0.85 * found.mastery[0])
    assert found.readiness[[0, 3]].tolist() == [1, 1]
    assert found.worth[3] < found.worth[1]


def test_the_constants_are_learnt_from_answers() -> None:
    cohort, world = Cohort(), World(15, 20, 3)
    run(lambda _: cohort.policy(), world, range(30), marks=(120,))
    first, learnt = Population(), cohort.learner.population
    assert learnt.learners == 29
    truth = {"general": -1.2, "log_rate": np.log(0.35)}
    for name, true in truth.items():
        before, after = getattr(first, name).mean, getattr(learnt, name).mean
        assert abs(after - true) < abs(before - true), name
    assert abs(learnt.known - 0.25) < 0.12


def test_learning_starts_from_the_first_guess() -> None:
    learner = PopulationLearner(Population(known=0.3))
    assert learner.population.known == 0.3
    between = Gaussian(0, 1).toward(Gaussian(2, 1), 0.5)
    assert between.mean == 1.0
    assert between.sd == pytest.approx(2**0.5)


def test_the_gap_is_closed_with_constants_given_and_learnt() -> None:
    rows = compare(World(), range(6), ("fixed", "oracle", "given", "learnt"))
    assert rows["given"]["gap_closed"]["200"] > 0.3, rows
    assert rows["given"]["gap_closed"]["400"] > 0.55, rows
    assert rows["learnt"]["gap_closed"]["200"] > 0.2, rows
    assert rows["learnt"]["gap_closed"]["400"] > 0.5, rows
    assert rows["fixed"]["gap_closed"]["400"] == 0
    assert rows["oracle"]["gap_closed"]["400"] == 1


def test_the_constants_of_a_cohort_are_learnt_alike_and_stay_believable() -> None:
    histories = [[Practice([k % 3], 1.2, 0.0, 0.0, float(n > 3)) for k in range(12)] for n in range(8)]

    def population(first: Population) -> Population:
        return learnt(first, CHAIN, CUT, [(np.random.default_rng(n), one) for n, one in enumerate(histories)])

    assert population(Population()) == population(Population())
    assert population(Population()).learners == 8
    assert population(Population(general=Gaussian(50.0, 9.0))).general == Gaussian(4, 2)


LINE = Graph([[k - 1] if k else [] for k in range(500)])


def test_a_scope_holds_what_is_near_and_what_leads_to_a_goal() -> None:
    near = scope(LINE, [300, 100], [], (), most=20).tolist()
    assert {99, 100, 101, 299, 300, 301} <= set(near)
    assert near[:5] == [0, 1, 2, 3, 4]
    assert len(near) == 20
    to_goal = scope(LINE, [100], [120], range(99), most=20).tolist()
    assert to_goal == [99, *range(100, 119)] or to_goal == list(range(99, 119))
    assert scope(LINE, [], [], (), most=500).tolist() == list(range(500))


def test_a_scope_moves_on_when_it_is_used_up_or_left() -> None:
    cut = np.full(500, 0.8)
    who = Scoped(LINE, scope(LINE, [], [], ()), GIVEN, cut, np.random.default_rng(0))
    assert who.covers([0, 199])
    assert not who.covers([200])
    for row in range(170):
        who.place(row, 3.0, 0.1)
    assert not who.covers([0])
    again = Scoped(LINE, scope(LINE, [], [], range(170)), GIVEN, cut, np.random.default_rng(0))
    assert again.covers([170, 300])
    assert again.worth()[170] > 0 == again.worth()[480]


def test_a_scope_of_all_is_the_belief_itself() -> None:
    plain, scoped = belief(), Scoped(CHAIN, np.arange(4), GIVEN, CUT, np.random.default_rng(0))
    part = Belief(CHAIN, GIVEN, CUT, np.random.default_rng(0))
    for score in (1, 0, 1):
        scoped.observe([1], 1.2, 0.0, 0.0, score)
        part.observe([1], 1.2, 0.0, 0.0, score)
    assert (scoped.worth() == part.worth()).all()
    assert plain.order.tolist() == [0, 1, 2, 3]


def test_the_gap_is_closed_among_many_skills() -> None:
    rows = compare(World(300, 10), range(4), ("fixed", "oracle", "given"))
    assert rows["given"]["gap_closed"]["400"] > 0.25, rows


def test_the_same_seed_makes_the_same_choices() -> None:
    world = World(10, 5, 1)

    def items() -> list[int]:
        policy, learner, chosen = Production(), SimulatedLearner(world, 3), []
        policy.start(world, 42)
        for _ in range(30):
            chosen.append(policy.choose())
            policy.observe(chosen[-1], learner.answer(chosen[-1]))
        return chosen

    assert items() == items()


def test_no_policy_sees_the_truth() -> None:
    world, seen = World(8, 5, 1), []

    class Spy(AtRandom):
        def start(self, world: World, seed: int) -> None:
            super().start(world, seed)
            seen.append(seed)

    def spy(_: SimulatedLearner) -> Policy:
        return Spy()

    first, second = (run(spy, world, [4, 5], marks=(10, 20)) for _ in range(2))
    assert (first.mastered == second.mastered).all()
    assert seen[:2] == seen[2:]
    assert seen[0] != seen[1]
    assert gap_closed(first, first, run(Oracle, world, [4, 5], marks=(10, 20))).tolist() == [0, 0]
