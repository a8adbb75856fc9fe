"""Replayed logs: the statements they become, and that they are read as the log's rows are."""

from datetime import datetime
from pathlib import Path
from uuid import UUID

import msgspec
import pytest

from adaptive.evidence import Kind, evidence_from
from adaptive.logs import Log, LogError, read
from adaptive.replay import statement_of
from admin.commands.replay import entries_of
from lrs.observers import Arrival
from lrs.reading import told
from lrs.terms import term_id

HEADER = "user_id\titem_id\ttimestamp\tcorrect\tskills\n"


def log_of(tmp_path: Path, *rows: str) -> Log:
    path = tmp_path / "log.tsv"
    path.write_text(HEADER + "".join(f"{row}\n" for row in rows))
    return read(path)


def test_a_row_as_a_statement(tmp_path: Path) -> None:
    log = log_of(tmp_path, "5\t1619\t0\t0\t80~81", "5\t1616\t0\t1\t80")
    first, second = statement_of(log, 0), statement_of(log, 1)
    assert first["actor"] == {
        "objectType": "Agent",
        "account": {"homePage": "https://replay.proximal.example", "name": "5"},
    }
    assert first["object"]["id"] == "https://replay.proximal.example/items/1619"
    assert first["object"]["definition"]["type"] == "http://adlnet.gov/expapi/activities/cmi.interaction"
    assert first["result"] == {"success": False, "score": {"scaled": 0.0}}
    assert [skill["id"] for skill in first["context"]["contextActivities"]["other"]] == [
        "https://replay.proximal.example/skills/80",
        "https://replay.proximal.example/skills/81",
    ]
    assert (first["timestamp"], second["timestamp"]) == ("2025-01-01T00:00:00.000Z", "2025-01-01T00:01:00.000Z")
    assert second["result"]["success"] is True


def test_a_real_clock_counts_seconds(tmp_path: Path) -> None:
    log = log_of(tmp_path, "5\t1\t0\t1\t8", "5\t2\t90061.5\t1\t8")
    assert statement_of(log, 0)["timestamp"] == "2025-01-01T00:00:00.000Z"
    assert statement_of(log, 1)["timestamp"] == "2025-01-02T01:01:01.500Z"


def test_partial_credit_and_no_skill(tmp_path: Path) -> None:
    statement = statement_of(log_of(tmp_path, "5\t1\t0\t0.25\t"), 0)
    assert statement["result"] == {"score": {"scaled": 0.25}}
    assert "context" not in statement


def test_ids_are_made_from_what_was_answered_and_where(tmp_path: Path) -> None:
    log = log_of(tmp_path, "5\t1\t0\t1\t8", "5\t1\t0\t1\t8", "5\t1\t0\t0\t8", "5\t1\t0\t0\t9")
    ids = [UUID(statement_of(log, index)["id"]) for index in range(4)]
    assert len(set(ids)) == 4
    assert all(each.version == 5 for each in ids)
    assert ids == [UUID(statement_of(log, index)["id"]) for index in range(4)]


def test_evidence_of_a_statement_is_the_response_of_its_row(tmp_path: Path) -> None:
    log = log_of(tmp_path, "7\t12\t3600\t1\t80~81", "7\t13\t3700\t0.5\t80", "8\t12\t3800\t0\t82")
    for index in range(3):
        statement, response = statement_of(log, index), log.response(index)
        when = datetime.fromisoformat(statement["timestamp"])
        evidence = evidence_from(Arrival(1, UUID(statement["id"]), when, 0, when, told(statement)))
        assert evidence is not None
        assert (evidence.kind, evidence.item_id, evidence.skill_ids) == (Kind.ITEM, response.item, response.skills)
        assert (evidence.score, evidence.timestamp.timestamp()) == (response.score, response.time)
        assert evidence.agent_id == term_id(f"account:https://replay.proximal.example|{log.rows[index].user}")
        assert evidence.choices is None


def test_a_time_that_is_no_date_is_told_by_its_row(tmp_path: Path) -> None:
    with pytest.raises(LogError, match="row 2"):
        statement_of(log_of(tmp_path, "5\t1\t5\t1\t8", "5\t1\t1e15\t1\t8"), 1)


def test_entries_are_limited_and_know_their_line(tmp_path: Path) -> None:
    log = log_of(tmp_path, *(f"5\t{item}\t0\t1\t8" for item in range(9)))
    entries = list(entries_of(log, 4))
    assert [entry.line for entry in entries] == [2, 3, 4, 5]
    assert [entry.id for entry in entries] == [msgspec.json.decode(entry.statement)["id"] for entry in entries]
