"""What a changed policy would have earned, and the bandit whose exploration makes the log worth having."""

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from adaptive.selection import explore
from adaptive.selection.choice import softmax
from adaptive.selection.offpolicy import Logged, evaluate, reweighed
from admin.commands.simulate import command

TRUTH = np.array([0.2, 0.5, 0.8, 0.35])
SCORES = np.array([0.5, 0.2, 0.0, 0.1])
LIKED = np.array([0.0, -0.3, -0.6, -0.4])


def log(n: int = 3000, seed: int = 0) -> list[Logged]:
    rng = np.random.default_rng(seed)
    chances = softmax(SCORES / 0.5)
    chosen = rng.choice(4, n, p=chances)
    rewards = (rng.random(n) < TRUTH[chosen]).astype(float)
    parts = {"format": LIKED, "worth": SCORES - LIKED}
    return [Logged(SCORES, chances, int(c), float(r), parts) for c, r in zip(chosen, rewards, strict=True)]


def test_estimates_meet_the_truth_that_the_plain_mean_misses() -> None:
    draws = log()
    target = reweighed(draws[0], {"format": -2.0}, 0.5)
    true = float(target @ TRUTH)
    found = evaluate(draws, [target] * len(draws))
    assert abs(found.logged.value - true) > 8 * found.logged.error
    for estimate in (found.ips, found.snips, found.doubly_robust):
        assert abs(estimate.value - true) < 3 * estimate.error
        assert estimate.error < 0.05
    assert found.doubly_robust.error <= found.ips.error
    assert found.effective < found.draws


def test_the_intervals_cover() -> None:
    hits = 0
    for seed in range(60):
        draws = log(400, seed)
        target = reweighed(draws[0], {"format": 0.0}, 0.5)
        estimate = evaluate(draws, [target] * len(draws)).doubly_robust
        hits += abs(estimate.value - float(target @ TRUTH)) < 1.96 * estimate.error
    assert hits >= 51


def test_the_logged_policy_itself_is_worth_what_it_earned() -> None:
    draws = log(500)
    found = evaluate(draws, [draw.probabilities for draw in draws])
    assert found.ips == found.logged
    assert found.effective == pytest.approx(500)


@given(st.dictionaries(st.sampled_from(["format", "worth"]), st.floats(-3, 3)), st.floats(0.05, 5))
def test_a_reweighed_policy_is_a_distribution(factors: dict[str, float], temperature: float) -> None:
    chances = reweighed(log(1)[0], factors, temperature)
    assert chances.sum() == pytest.approx(1)
    assert (chances >= 0).all()


def test_wrong_logs_are_refused() -> None:
    with pytest.raises(ValueError, match="holds no draws"):
        evaluate([], [])
    bad = Logged(SCORES, np.array([0.0, 0.5, 0.5, 0.0]), 0, 1.0, {})
    with pytest.raises(ValueError, match="propensity"):
        evaluate([bad], [softmax(SCORES)])


def decision(draw: Logged) -> dict[str, object]:
    names = [f"https://example.org/{n}" for n in range(4)]
    place = {
        "activities": names,
        "scores": draw.scores.tolist(),
        "probabilities": draw.probabilities.tolist(),
        "components": {name: part.tolist() for name, part in draw.components.items()},
    }
    return {"draws": [place], "chosen": names[draw.chosen], "reward": draw.reward}


def test_the_command_reads_a_log(tmp_path: Path) -> None:
    path = tmp_path / "decisions.jsonl"
    lines = [json.dumps(decision(draw)) for draw in log(800)]
    path.write_text("\n".join([*lines, json.dumps({"draws": []}), ""]))
    arguments = ["--off-policy", str(path), "--temperature", "0.5", "--weight", "format=-2", "--json"]
    done = CliRunner().invoke(command, arguments, catch_exceptions=False)
    rows = json.loads(done.stdout)
    assert rows["log"]["value"] == 800
    assert rows["doubly_robust"]["value"] > rows["logged"]["value"] + 0.05


def test_a_component_that_only_some_decisions_have_can_be_weighed(tmp_path: Path) -> None:
    """Whoever has no wish of formats is drawn for as before."""
    plain, wished = ({"activities": ["a", "b"], "scores": [0.0, s], "probabilities": [0.5, 0.5]} for s in (0.0, -1.0))
    draws = [{**plain, "components": {"zone": [0, 0]}}, {**wished, "components": {"zone": [0, 0], "format": [0, -1]}}]
    lines = [json.dumps({"draws": [draw], "chosen": "b", "reward": 0.5}) for draw in draws]
    path = tmp_path / "decisions.jsonl"
    path.write_text("\n".join(lines))
    arguments = ["policy", "--off-policy", str(path), "--temperature", "1", "--json"]
    done = CliRunner().invoke(command, [*arguments, "--weight", "format=0"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["ips"]["value"] == pytest.approx(0.5)
    unknown = CliRunner().invoke(command, [*arguments, "--weight", "price=0"])
    assert "The log has no component price; it has format, zone." in str(unknown.exception)


@pytest.mark.parametrize("line", ["nonsense", '{"chosen": "a", "reward": 1, "draws": []}', "[1]"])
def test_a_bad_line_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "decisions.jsonl"
    path.write_text("\n" + line)
    done = CliRunner().invoke(command, ["policy", "--off-policy", str(path)])
    assert "Line 2 of the log" in str(done.exception)


def test_a_missing_log_or_nothing_to_do_is_said_plainly() -> None:
    missing = CliRunner().invoke(command, ["policy", "--off-policy", "nowhere.jsonl"])
    assert missing.exit_code == 2
    assert "There is no log nowhere.jsonl" in missing.output
    nothing = CliRunner().invoke(command, [])
    assert nothing.exit_code == 2
    assert "Choose placement or policy" in nothing.output


def test_a_policy_that_does_not_exist_is_refused() -> None:
    done = CliRunner().invoke(command, ["policy", "--policy", "clever"])
    assert done.exit_code == 2
    assert "No policy clever" in done.output


def test_the_bandit_finds_who_is_helped_by_what() -> None:
    rng, training = np.random.default_rng(1), explore.Training()
    wins = []
    for _ in range(600):
        able = rng.random() < 0.5
        features = [{"always": 1.0, "first": float(able)}, {"always": 1.0, "second": float(able)}]
        advice = explore.advise(training.bandit(), [1, 2], features)
        pick = max(advice, key=lambda arm: advice[arm])
        chance = 0.8 if (pick == 1) == able else 0.3
        training.learn(pick, features[pick - 1], float(rng.random() < chance))
        wins.append(chance)
    assert np.mean(wins[:50]) < np.mean(wins[-200:])
    assert np.mean(wins[-200:]) > 0.7


def test_advice_is_a_bonus_and_optimism_fades() -> None:
    training, features = explore.Training(), [{"one": 1.0}, {"other": 1.0}]
    assert explore.advise(training.bandit(), [], []) == {}
    for _ in range(30):
        training.learn(1, features[0], 0.5)
    bandit = training.bandit()
    advice = explore.advise(bandit, [1, 2], features)
    assert min(advice.values()) == 0
    assert advice[2] > advice[1] - 0.5
    assert bandit.arms[1].tries == 30


@given(
    st.lists(
        st.tuples(st.dictionaries(st.sampled_from("abcd"), st.floats(-1, 1), min_size=1), st.floats(0, 1)), max_size=30
    )
)
def test_a_trained_bandit_is_ridge_regression(rewards: list[tuple[dict[str, float], float]]) -> None:
    training = explore.Training()
    for features, reward in rewards:
        training.learn(1, features, reward)
    bandit = training.bandit()
    x = np.array([[features.get(name, 0.0) for name in bandit.names] for features, _ in rewards])
    x = x.reshape(len(rewards), len(bandit.names))
    covariance = np.linalg.inv(np.eye(len(bandit.names)) + x.T @ x)
    np.testing.assert_allclose(bandit.covariance, covariance, atol=1e-9)
    np.testing.assert_allclose(bandit.weights, covariance @ x.T @ np.array([y for _, y in rewards]), atol=1e-9)


def test_what_was_never_met_is_as_unsure_as_before_the_first_reward() -> None:
    training = explore.Training()
    training.learn(1, {"old": 1.0}, 0.0)
    bonus = explore.advise(training.bandit(), [2, 3], [{"old": 1.0}, {"new": 1.0}], nats=1, optimism=1)
    spread = explore.SPREAD**2
    old, new = (explore.NOISE**2 * half + spread for half in (0.5, 1.0))
    assert bonus == {2: 0.0, 3: pytest.approx(np.sqrt(new) - np.sqrt(old))}


def test_context_and_reward_are_bounded() -> None:
    features = explore.context(9.0, 0.5, 999.0, "video")
    assert all(abs(value) <= 1 for value in features.values())
    assert len(features) == 6
    assert explore.reward(0.2, 0.9, True) == 1.0
    assert explore.reward(0.9, 0.1, False) == 0.0
