"""The demonstration's keys, what it prints, and where later commands find its endpoint."""

import json
import shlex
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import SecretStr

from admin.demo.announcement import announcement, curl_to_try, offer_line
from admin.demo.keys import FILE, Keys, keys_in
from admin.transfer.endpoint import CREDENTIAL_FILE, Endpoint, endpoint_from
from lrs.errors import OperatorError
from lrs.settings import Settings

NOW = datetime(2026, 3, 2, 12, 34, 56, tzinfo=UTC)
AGENT = {"objectType": "Agent", "name": "O'Lou", "mbox": "mailto:lou@demo.example"}


def test_keys_are_made_once_and_kept_from_others(tmp_path: Path) -> None:
    keys = keys_in(tmp_path / "data", NOW)
    assert keys_in(tmp_path / "data", datetime.now(UTC)) == keys
    assert stat.S_IMODE((tmp_path / "data" / FILE).stat().st_mode) == 0o600
    assert keys.beginning == datetime(2026, 3, 2, 12, 34, tzinfo=UTC)
    assert keys_in(tmp_path / "other", NOW).lms_secret != keys.lms_secret
    assert len({keys.learner, keys.trainer, keys.author, keys.operator}) == 4


def test_keys_that_cannot_be_kept_or_read_are_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OperatorError, match="cannot be used"):
        keys_in(tmp_path / "file", NOW)
    (tmp_path / FILE).write_text("{}")
    with pytest.raises(OperatorError, match="is damaged; delete"):
        keys_in(tmp_path, NOW)


def test_the_curl_is_one_shell_command_with_the_statement_and_the_agent() -> None:
    keys = Keys(NOW.isoformat(), "demo-lms", "s3cret", *"abcd")
    words = shlex.split(
        curl_to_try("http://127.0.0.1:8080", keys, AGENT, "https://demo.example/items/1").replace("\\\n", "")
    )
    statement = json.loads(words[words.index("-d") + 1])
    assert (statement["actor"], statement["object"]["id"]) == (AGENT, "https://demo.example/items/1")
    assert json.loads(words[words.index("--data-urlencode") + 1].removeprefix("agent=")) == AGENT
    assert words.count("curl") == 2
    assert words.count("demo-lms:s3cret") == 2


def test_what_is_printed_holds_every_door() -> None:
    keys = Keys(NOW.isoformat(), "demo-lms", "s3cret", "pw-learner", "pw-trainer", "pw-author", "pw-operator")
    offer = {
        "activity": {"name": "Per cent of what?", "format": "reading"},
        "success_probability": 0.714,
        "reasons": [{"code": "goal-gap", "text": "You are 0.4 below the target."}],
    }
    text = announcement(
        "http://h:1", keys, learners=24, statements=1612, offers=[offer_line(offer)], curl="curl -fsS http://h:1"
    )
    for part in ("http://h:1/learn/", "http://h:1/admin/", "http://h:1/xapi", "pw-learner", "pw-trainer", "s3cret"):
        assert part in text
    assert "Per cent of what? (reading, 71%): You are 0.4 below the target." in text


def test_the_endpoint_is_what_was_given_else_settings_else_what_was_left(tmp_path: Path) -> None:
    bare = Settings(data_dir=tmp_path)
    assert endpoint_from(bare, "http://x/xapi", "k", "s") == Endpoint("http://x/xapi", "k", "s")
    booted = Settings(data_dir=tmp_path, port=9, bootstrap_key="b", bootstrap_secret=SecretStr("t"))
    assert endpoint_from(booted, None, None, None) == Endpoint("http://127.0.0.1:9/xapi", "b", "t")
    everywhere = booted.model_copy(update={"host": "::"})
    assert endpoint_from(everywhere, None, None, None) == Endpoint("http://[::1]:9/xapi", "b", "t")
    left = Endpoint("http://127.0.0.1:7/xapi", "demo-lms", "s3cret")
    left.remember(tmp_path)
    assert stat.S_IMODE((tmp_path / CREDENTIAL_FILE).stat().st_mode) == 0o600
    assert endpoint_from(bare, None, None, None) == left
    with pytest.raises(OperatorError, match="No credential for http://elsewhere"):
        endpoint_from(bare, "http://elsewhere/xapi", None, None)


def test_without_any_credential_the_command_says_what_to_give(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(OperatorError, match="give --key and --secret"):
        endpoint_from(Settings(data_dir=tmp_path), None, None, None)
    with pytest.raises(OperatorError, match="together"):
        endpoint_from(Settings(data_dir=tmp_path), None, "k", None)
