"""Learning the record again, and whether that foretells held-out learners better."""

import numpy as np
import pytest

from adaptive.calibration.nightwork import STEPS, Found, Task, trial, whole, work
from adaptive.calibration.record import Record
from adaptive.calibration.relearning import learn_on, passes
from adaptive.calibration.trial import HELD_OUT, Verdict, compared, held_out
from adaptive.engine import LearnerState, Parameters, Response

ITEMS = 60


def simulated(learners: int = 100, length: int = 30, seed: int = 0, one_in: int = 1) -> Record:
    """Learners of one skill each answering a sample of items once, an answer a minute."""
    rng = np.random.default_rng(seed)
    record, easiness = Record(skill_sets=[(7,)], one_in=one_in), 1.5 * rng.normal(size=ITEMS)
    for learner in range(learners):
        ability = rng.normal()
        for place, item in enumerate(rng.choice(ITEMS, length, replace=False).tolist()):
            time = 60.0 * place + learner
            record.learner.append(learner)
            record.item.append(item)
            record.score.append(float(rng.random() < 1 / (1 + np.exp(-ability - easiness[item]))))
            record.weight.append(1.0)
            record.guessing.append(0.0)
            record.time.append(time)
            record.stored.append(time)
            record.skills.append(0)
    return record


def task(record: Record, in_force: Parameters | None = None, until: float | None = None) -> Task:
    snapshot = Parameters().snapshot()
    return Task(record, in_force.snapshot() if in_force else snapshot, snapshot, until, 0)


def online(record: Record) -> Parameters:
    parameters = Parameters()
    learn_on(parameters, {}, record.stream(record.by_time())())
    return parameters


def quiet(_: str) -> None:
    pass


def test_the_record_is_learnt_twice_over_at_half_the_weight() -> None:
    """By time, then learner after learner."""
    record = simulated(8)
    record.time[30 * 5 - 1] += 3600.0
    expected = Parameters()
    learn_on(expected, {}, record.stream(record.by_time())(), 0.5)
    whole_learners = [30 * learner + place for learner in (0, 1, 2, 3, 5, 6, 7, 4) for place in range(30)]
    learn_on(expected, {}, record.stream(np.array(whole_learners))(), 0.5)
    assert whole(task(record)).snapshot() == expected.snapshot()


def test_a_second_pass_takes_learners_one_after_another_who_answered_last_last() -> None:
    assert passes("abcacbb") == [[0, 1, 2, 3, 4, 5, 6], [0, 3, 2, 4, 1, 5, 6]]
    assert passes([]) == [[], []]


def test_learners_are_merged_by_time_each_in_its_order() -> None:
    record = simulated(8)
    order = record.by_time()
    assert (np.diff(np.array(record.time)[order]) >= 0).all()
    of_one = [row for row in order.tolist() if record.learner[row] == 3]
    assert of_one == sorted(of_one)


def test_learning_goes_on_from_the_states_it_left() -> None:
    stream = [(n % 2, Response(n % 5, (7,), 60.0 * n, float(n % 3 > 0))) for n in range(30)]
    parameters, states = Parameters(), dict[int, LearnerState]()
    learn_on(parameters, states, stream[:20])
    learn_on(parameters, states, stream[20:])
    whole_way = Parameters()
    learn_on(whole_way, {}, stream)
    assert parameters.snapshot() == whole_way.snapshot()


def test_learning_again_foretells_new_learners_better() -> None:
    """On the whole: 60 learners, twelve times."""
    gains = [trial(task(simulated(60, 20, seed=seed))).gain for seed in range(12)]
    assert np.mean(gains) > 2 * np.std(gains) / np.sqrt(len(gains))


def test_the_champion_is_learnt_again_up_to_when_it_was() -> None:
    record = simulated(40)
    fresh = trial(task(record))
    stale = trial(task(record, until=float(max(record.stored)) + 1))
    assert fresh.champion != stale.champion
    assert stale.gain == 0.0
    assert not stale.won
    between = trial(task(record, until=float(np.median(record.stored))))
    assert between.champion not in (fresh.champion, stale.champion)
    assert fresh.challenger == stale.challenger == between.challenger


def test_held_out_learners_are_not_learnt_from() -> None:
    """Another last answer of a held-out learner changes the loss of that answer alone."""
    record = simulated(30)
    before = trial(task(record))
    last = max(row for row in range(len(record.item)) if record.learner[row] == min(held_out(record.learner, 0)))
    record.score[last] = 0.5
    half = trial(task(record))
    record.score[last] = 1.0
    right = trial(task(record))
    record.score[last] = 0.0
    wrong = trial(task(record))
    assert half.champion == pytest.approx((right.champion + wrong.champion) / 2)
    assert half.challenger == pytest.approx((right.challenger + wrong.challenger) / 2)
    assert before.champion in (right.champion, wrong.champion)
    assert before.learners == 6


def test_others_are_held_out_every_night() -> None:
    turns = [held_out(range(50), turn) for turn in range(HELD_OUT)]
    assert set().union(*turns) == set(range(50))
    assert sum(map(len, turns)) == 50
    assert held_out(range(50), HELD_OUT) == turns[0]


def test_a_sample_is_judged_against_what_is_in_force_and_filled_from_it() -> None:
    record = simulated(60, one_in=3)
    in_force = online(simulated(80, seed=9))
    in_force.set_item(999, 1.25, 0.5)
    found = whole(task(record, in_force))
    assert found.items[999].easiness == 1.25
    assert found.items[3].easiness != in_force.items[3].easiness
    assert trial(task(record, in_force)).champion != trial(task(record)).champion


def test_a_gain_must_be_more_than_chance() -> None:
    rng = np.random.default_rng(0)
    won = 0
    for _ in range(400):
        noise = rng.normal(0.0, 0.1, (30, 10))
        champion = {n: list(0.6 + noise[n]) for n in range(30)}
        challenger = {n: list(0.6 + rng.normal(0.0, 0.1, 10)) for n in range(30)}
        won += compared(champion, challenger).won  # type: ignore[arg-type]
    assert 0.02 <= won / 400 <= 0.09
    better = compared({n: [0.6, 0.5] for n in range(30)}, {n: [0.5, 0.4 + 0.01 * (n % 3)] for n in range(30)})
    assert better.won
    assert better.gain == pytest.approx(0.095)
    assert not Verdict(0.6, 0.5, 0.1, 0.0, 30).won
    assert not Verdict(0.6, 0.5, 0.1, 0.01, 2).won


def test_a_gains_standard_error_is_over_learners() -> None:
    """Of the mean difference, where all have answered once; more answers of the same learner tell nothing more."""
    before, apart = np.array([0.5, 0.9, 0.7, 0.4]), np.array([0.1, -0.05, 0.2, 0.02])
    for answers in (1, 3):
        champion = {n: [loss] * answers for n, loss in enumerate(before.tolist())}
        challenger = {n: [loss] * answers for n, loss in enumerate((before - apart).tolist())}
        found = compared(champion, challenger)  # type: ignore[arg-type]
        assert (found.gain, found.gain_se) == pytest.approx((apart.mean(), apart.std(ddof=1) / 2))


def test_the_work_of_a_night() -> None:
    told: list[str] = []
    record = simulated(60)
    found = work(task(record, online(record)), told.append)
    assert tuple(told) == STEPS
    assert found.verdict is not None
    assert (found.relearnt is not None) == found.verdict.won
    assert found.items is not None
    assert found.items.items.tolist() == list(range(ITEMS))
    too_little = work(task(simulated(3)), quiet)
    assert too_little == Found(None, None, None, too_little.reason)
    assert "It takes 200, 5 and 3" in too_little.reason


def test_repeats_weigh_less_in_calibration_as_they_do_in_the_engine() -> None:
    record = Record(skill_sets=[(7,)])
    for learner, item in ((1, 5), (1, 6), (1, 5), (2, 5), (2, 5)):
        for column, value in (("learner", learner), ("item", item), ("skills", 0)):
            getattr(record, column).append(value)
        for column in ("score", "weight", "guessing", "time", "stored"):
            getattr(record, column).append(0.8 if column == "weight" else 0.0)
    assert record.answers().weight.tolist() == [0.8, 0.8, 0.4, 0.8, 0.4]
