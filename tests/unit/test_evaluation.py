"""The protocol of `proximal evaluate`, its measures, and what it says of logs that are none."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from adaptive import scoring
from adaptive.engine import LearnerState, Parameters, fold, learn
from adaptive.evaluation import by_time, evaluate, run, training_order
from adaptive.logs import Log, LogError, read
from admin.commands.evaluate import command
from tests.unit.response_logs import HEADER, simulated, written

KEYS = {"auc", "accuracy", "log_loss", "rmse", "ece", "auc_interval", "microseconds_per_response", "microseconds_p99"}


@pytest.fixture
def train(tmp_path: Path) -> Log:
    return read(written(tmp_path / "train.tsv.gz", simulated(1, 40, 30)))


@pytest.fixture
def test(tmp_path: Path) -> Log:
    return read(written(tmp_path / "test.tsv", simulated(2, 12, 30)))


def changed(log: Log, index: int) -> Log:
    rows = list(log.rows)
    rows[index] = replace(rows[index], correct=1.0 - rows[index].correct)
    return Log(rows, log.has_clock)


def test_training_merges_learners_and_keeps_their_order(train: Log) -> None:
    order = training_order(train)
    assert sorted(order) == list(range(1200))
    by_learner: dict[str, list[int]] = {}
    for index in order:
        by_learner.setdefault(train.rows[index].user, []).append(index)
    assert all(indices == sorted(indices) for indices in by_learner.values())
    assert len({train.rows[index].user for index in order[:40]}) > 10


def test_a_clock_orders_the_stream(tmp_path: Path) -> None:
    log = read(written(tmp_path / "log.tsv", simulated(3, 3, 40, clock=True)))
    assert [log.rows[index].timestamp for index in training_order(log)] == sorted(row.timestamp for row in log.rows)
    assert log.seconds(1) - log.seconds(0) == 40.0


def test_without_a_clock_a_row_is_a_minute(test: Log) -> None:
    assert [test.seconds(index) for index in (0, 1, 7)] == [1735689600.0, 1735689660.0, 1735690020.0]


def test_an_answer_changes_no_prediction_up_to_its_own(test: Log) -> None:
    flipped = changed(test, 45)
    for share in (None, 1.0):
        before, after = (run(Parameters(), log, by_time(log), share).probabilities for log in (test, flipped))
        assert (before[:46] == after[:46]).all()
        assert before[46] != after[46]


def test_frozen_parameters_keep_learners_apart(train: Log, test: Log) -> None:
    parameters = Parameters()
    run(parameters, train, training_order(train), 1.0)
    snapshot = parameters.snapshot()
    frozen = [run(parameters, log, by_time(log), None).probabilities for log in (test, changed(test, 45))]
    assert parameters.snapshot() == snapshot
    assert (frozen[0][60:] == frozen[1][60:]).all()
    live = [run(Parameters(), log, by_time(log), 1.0).probabilities for log in (test, changed(test, 45))]
    assert (live[0][60:] != live[1][60:]).any()


def test_evaluation_is_the_engine_one_response_after_another(test: Log) -> None:
    parameters, states, expected = Parameters(), dict[str, LearnerState](), []
    for index in range(len(test.rows)):
        response = test.response(index)
        state = states.setdefault(test.rows[index].user, LearnerState())
        trace = fold(parameters, state, response)
        learn(parameters, trace, response)
        expected.append(trace.probability)
    assert run(Parameters(), test, by_time(test), 1.0).probabilities.tolist() == expected


def test_training_helps_and_a_second_pass_counts_nothing_twice(train: Log, test: Log) -> None:
    alone = evaluate(None, test).score
    trained, twice = evaluate(train, test).score, evaluate(train, test, two_pass=True).score
    assert trained.log_loss < alone.log_loss
    assert trained.auc > 0.6
    assert twice.auc == pytest.approx(trained.auc, abs=0.02)
    assert twice.log_loss != trained.log_loss
    assert evaluate(None, test, live=True).score.log_loss < alone.log_loss


def test_slices_partition_the_responses(test: Log) -> None:
    report = evaluate(None, test, live=True)
    assert [part.score.responses for part in report.slices] == [12, 48, 180, 120]
    assert report.score.responses == 360
    assert report.learners == 12


def test_measures_by_hand() -> None:
    outcomes, p = np.array([1.0, 0.0, 1.0, 0.0]), np.array([0.9, 0.4, 0.4, 0.1])
    assert scoring.auc(outcomes, p) == 3.5 / 4
    assert scoring.accuracy(outcomes, p) == 0.75
    assert scoring.rmse(outcomes, p) == pytest.approx(np.sqrt((0.01 + 0.16 + 0.36 + 0.01) / 4))
    assert scoring.log_loss(outcomes, p) == pytest.approx(-np.log([0.9, 0.6, 0.4, 0.9]).mean())
    assert scoring.calibration_error(outcomes, p) == pytest.approx((0.1 + 0.2 + 0.1) / 4)
    assert np.isnan(scoring.auc(np.ones(3), p[:3]))


def test_interval_and_floor_agree_with_simulation() -> None:
    rng = np.random.default_rng(0)
    p = rng.beta(2, 1, 4000)
    draws = [(rng.random(4000) < p).astype(float) for _ in range(200)]
    floor = np.mean([scoring.calibration_error(outcomes, p) for outcomes in draws])
    assert scoring.calibration_floor(p) == pytest.approx(floor, rel=0.05)
    low, high = scoring.auc_interval(draws[0], p, np.arange(4000) // 20, rng)
    spread = np.std([scoring.auc(outcomes, p) for outcomes in draws])
    assert low < scoring.auc(draws[0], p) < high
    assert high - low == pytest.approx(3.92 * spread, rel=0.25)


def test_command_prints_one_line_of_json(tmp_path: Path) -> None:
    train = written(tmp_path / "train.tsv.gz", simulated(1, 20, 20))
    test = written(tmp_path / "test.tsv", simulated(2, 5, 20))
    done = CliRunner().invoke(command, ["--train", str(train), "--test", str(test), "--json"])
    assert done.exit_code == 0
    assert done.stdout.count("\n") == 1
    found = json.loads(done.stdout)
    assert found.keys() >= KEYS
    assert found["auc_interval"][0] < found["auc"] < found["auc_interval"][1]
    assert found["train_responses"] == 400
    assert "train 1/1" in done.stderr


def test_command_prints_a_table_and_undefined_measures_as_null(tmp_path: Path) -> None:
    test = str(written(tmp_path / "test.tsv", ["7\ta\t0\t1\t\n", "7\tb\t0\t1\tx~y~x\n"]))
    assert "calibration error" in CliRunner().invoke(command, ["--test", test]).stdout
    found = json.loads(CliRunner().invoke(command, ["--test", test, "--live", "--json"]).stdout)
    assert found["auc"] is None
    assert found["auc_interval"] == [None, None]


ODD = {
    "no skills": [f"{n % 5}\t{n % 9}\t0\t{n % 2}\t\n" for n in range(45)],
    "one learner": [f"1\t{n % 4}\t{60 * n}\t{int(n % 3 > 0)}\ta\n" for n in range(30)],
    "one response": ["1\t1\t0\t1\ta\n"],
    "all right": [f"{n % 3}\t{n}\t0\t1\ta~b\n" for n in range(12)],
    "all wrong": [f"{n % 3}\t{n}\t0\t0\ta\n" for n in range(12)],
    "in part": [f"{n % 3}\t{n}\t0\t0.3\ta\n" for n in range(12)],
    "items once": [f"{n % 4}\ti{n}\t0\t{n % 2}\ta\n" for n in range(24)],
    "the same item again and again": ["1\t1\t0\t1\ta\n"] * 500,
    "times before 1970, and none": [f"{n % 4}\t{n}\t{-5e9 + n if n % 2 else 0}\t{n % 2}\ta\n" for n in range(24)],
    "times without end": [f"{n % 4}\t{n}\t{1e300 * (n % 3)}\t{n % 2}\ta\n" for n in range(24)],
    "backwards": [f"{n % 4}\t{n}\t{1000 - n}\t{n % 2}\ta\n" for n in range(24)],
    "many skills": [f"{n % 2}\t{n}\t0\t{n % 2}\t{'~'.join(map(str, range(200)))}\n" for n in range(6)],
}


@pytest.mark.parametrize("name", ODD)
def test_odd_logs_have_finite_figures_or_none(name: str, tmp_path: Path) -> None:
    log = str(written(tmp_path / "log.tsv", ODD[name]))
    for arguments in (["--test", log, "--live"], ["--train", log, "--test", log, "--two-pass"]):
        told = CliRunner().invoke(command, arguments, catch_exceptions=False).stdout
        assert not {"nan", "inf"} & set(told.split())
        found = json.loads(CliRunner().invoke(command, [*arguments, "--json"]).stdout, parse_constant=pytest.fail)
        assert found["responses"] == len(ODD[name])
        assert 0 < found["log_loss"] < 2
    alike, alone = name in ("all right", "all wrong", "in part"), name in ("one learner", "one response")
    assert (found["auc"] is None) >= alike
    assert (found["auc_interval"] == [None, None]) >= (alike or alone)


def test_learners_in_both_logs_are_warned_of(tmp_path: Path) -> None:
    log = str(written(tmp_path / "log.tsv", simulated(1, 3, 5)))
    assert "3 learners are in both logs" in CliRunner().invoke(command, ["--train", log, "--test", log]).stderr


@pytest.mark.parametrize(
    ("lines", "header", "sentence"),
    [
        (["1\t2\t0\t1\t3\n"], "user_id\titem_id\ttimestamp\tskills\n", "line 1: missing column correct"),
        (["1\t2\t0\t1\t3\t0\n"], HEADER.replace("\n", "\tcorrect\n"), "the header names correct more than once"),
        (["1\t2\t0\t1\t3\n", "1\t2\t0\t1\n"], HEADER, "line 3: has 4 columns where the header has 5"),
        (["1\t2\tsoon\t1\t3\n"], HEADER, "line 2: timestamp must be a number, not 'soon'"),
        (["1\t2\tinf\t1\t3\n"], HEADER, "line 2: timestamp must be a number, not 'inf'"),
        (["1\t2\t0\t2\t3\n"], HEADER, "line 2: correct must be from 0 to 1, not 2"),
        (["1\t2\t0\t\t3\n"], HEADER, "line 2: correct must be a number, not ''"),
        (["\t2\t0\t1\t3\n"], HEADER, "line 2: user_id and item_id must not be empty"),
        ([], HEADER, "has no responses after its header"),
        ([], "", "line 1: missing column user_id, item_id"),
    ],
)
def test_a_log_that_is_none_is_refused_in_a_sentence(
    tmp_path: Path, lines: list[str], header: str, sentence: str
) -> None:
    with pytest.raises(LogError, match=sentence):
        read(written(tmp_path / "log.tsv", lines, header))


def test_files_that_are_no_text_or_not_there(tmp_path: Path) -> None:
    (tmp_path / "cut.gz").write_bytes((written(tmp_path / "whole.gz", simulated(1, 5, 5))).read_bytes()[:80])
    whole = bytearray((tmp_path / "whole.gz").read_bytes())
    whole[40:60] = bytes(20)
    (tmp_path / "broken.gz").write_bytes(whole)
    (tmp_path / "noise").write_bytes(bytes(range(128, 256)))
    for name in ("cut.gz", "broken.gz", "noise", "missing"):
        with pytest.raises(LogError, match=name):
            read(tmp_path / name)
