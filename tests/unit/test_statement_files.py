"""Statement files and journals: what is read, refused, written; where a second run goes on."""

import gzip
import json
from pathlib import Path

import pytest

from admin.transfer.files import (
    LONGEST_LINE,
    batches_of,
    count_lines,
    lines_of,
    one_line,
    page_from,
    read_statements,
    version_of,
    written_whole,
)
from admin.transfer.journal import Journal
from admin.transfer.sender import Entry, Refusal
from lrs.errors import OperatorError


def read(path: Path) -> tuple[list[tuple[str, Entry]], list[Refusal]]:
    refused = list[Refusal]()
    return list(read_statements(path, refused.append)), refused


@pytest.mark.parametrize("packed", [True, False])
def test_plain_and_packed_files_are_told_by_their_content(tmp_path: Path, packed: bool) -> None:
    text = b'\xef\xbb\xbf{"id":"a"}\r\n\n{"id":"b"}'
    path = tmp_path / "statements"
    path.write_bytes(gzip.compress(text) if packed else text)
    found, refused = read(path)
    assert [(entry.line, entry.statement) for _, entry in found] == [(1, b'{"id":"a"}'), (3, b'{"id":"b"}')]
    assert refused == []
    assert count_lines(path) == 3


def test_bad_lines_are_refused_with_their_number_and_the_rest_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "statements.jsonl"
    deep = b"[" * 100_000
    path.write_bytes(b'{"id":1\n[1]\n\xff\xfe\n' + deep + b'\n{"id":"good"}\n')
    found, refused = read(path)
    assert [refusal.line for refusal in refused] == [1, 2, 3, 4]
    assert [entry.id for _, entry in found] == ["good"]


def test_an_endless_line_is_refused_and_not_held(tmp_path: Path) -> None:
    path = tmp_path / "statements.jsonl.gz"
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(b"x" * (2 * LONGEST_LINE + 10) + b'\n{"id":"next"}\n')
    assert [len(line) for _, line in lines_of(path)] == [LONGEST_LINE + 1, 13]
    found, refused = read(path)
    assert [entry.line for _, entry in found] == [2]
    assert "longer than 16 MiB" in refused[0].message


def test_a_damaged_file_says_where(tmp_path: Path) -> None:
    whole = gzip.compress(b"".join(b'{"id":"%d"}\n' % number for number in range(5000)))
    path = tmp_path / "cut.gz"
    path.write_bytes(whole[:-20])
    with pytest.raises(OperatorError, match=r"is damaged after line \d+"):
        read(path)
    with pytest.raises(OperatorError, match="cannot be read"):
        read(tmp_path / "missing.jsonl")


def test_a_statement_without_id_gets_the_same_one_again(tmp_path: Path) -> None:
    path = tmp_path / "statements.jsonl"
    path.write_bytes(b' {"verb":1}\n{"verb":1}\n{}\n')
    first, second = read(path)[0], read(path)[0]
    assert first == second
    assert len({entry.id for _, entry in first}) == 3
    for _, entry in first:
        assert json.loads(entry.statement)["id"] == entry.id
    assert first[0][1].statement.endswith(b'"verb":1}')


@pytest.mark.parametrize(
    ("statement", "version"),
    [
        ({}, "1.0.3"),
        ({"version": "1.0.0"}, "1.0.3"),
        ({"version": "2.0.0"}, "2.0.0"),
        ({"context": {"contextAgents": []}}, "2.0.0"),
        ({"context": {"contextAgents": []}, "version": "1.0.3"}, "1.0.3"),
        ({"context": []}, "1.0.3"),
    ],
)
def test_the_version_to_send_under(statement: dict[str, object], version: str) -> None:
    assert version_of(statement) == version


def test_a_batch_has_one_version_and_keeps_the_order() -> None:
    entries = [Entry(line, str(line), b"{}") for line in range(1, 8)]
    versions = ["1.0.3"] * 3 + ["2.0.0"] + ["1.0.3"] * 3
    batches = list(batches_of(zip(versions, entries, strict=True), 2))
    assert [(b.number, b.version, [e.line for e in b.entries]) for b in batches] == [
        (0, "1.0.3", [1, 2]),
        (1, "1.0.3", [3]),
        (2, "2.0.0", [4]),
        (3, "1.0.3", [5, 6]),
        (4, "1.0.3", [7]),
    ]


def test_a_batch_has_no_id_twice() -> None:
    entries = [Entry(line, statement_id, b"{}") for line, statement_id in enumerate("abacc", 1)]
    batches = batches_of((("2.0.0", entry) for entry in entries), 50)
    assert ["".join(entry.id for entry in batch.entries) for batch in batches] == ["ab", "ac", "c"]


def test_a_page_keeps_each_statement_as_it_was_sent() -> None:
    page = page_from(b'{"statements":[{"a" : 1.0,\n "b":"x"},{}],"more":"/xapi/statements?more=1"}')
    assert [one_line(bytes(each)) for each in page.statements] == [b'{"a" : 1.0,  "b":"x"}\n', b"{}\n"]
    assert page.more == "/xapi/statements?more=1"
    with pytest.raises(OperatorError, match="not a statement result"):
        page_from(b"<html>")


def write_half(path: Path) -> None:
    with written_whole(path) as file:
        file.write(b"half")
        raise OperatorError("boom")


def test_a_file_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl.gz"
    with pytest.raises(OperatorError, match="boom"):
        write_half(path)
    assert list(tmp_path.iterdir()) == []
    with written_whole(path) as file:
        file.write(b"{}\n")
    assert gzip.decompress(path.read_bytes()) == b"{}\n"
    with pytest.raises(OperatorError, match="cannot be written"), written_whole(tmp_path / "none" / "x"):
        pytest.fail("there is no such folder")


def test_the_journal_moves_on_only_when_all_before_is_done(tmp_path: Path) -> None:
    source = tmp_path / "log"
    source.write_text("content")
    journal = Journal.open(tmp_path, source, "http://a", 50)
    journal.done(1, "b1")
    assert Journal.open(tmp_path, source, "http://a", 50).through == 0
    journal.done(0, "b0")
    again = Journal.open(tmp_path, source, "http://a", 50)
    assert (again.through, again.last) == (2, "b1")
    assert Journal.open(tmp_path, source, "http://b", 50).through == 0
    again.forget()
    assert Journal.open(tmp_path, source, "http://a", 50).through == 0


def test_a_journal_that_cannot_be_read_or_written_costs_nothing(tmp_path: Path) -> None:
    source = tmp_path / "log"
    source.write_text("content")
    journal = Journal.open(source, source, "http://a", 50)
    journal.done(0, "b0")
    assert journal.through == 1
    journal = Journal.open(tmp_path, source, "http://a", 50)
    journal.done(0, "b0")
    journal.path.write_text("{")
    assert Journal.open(tmp_path, source, "http://a", 50).through == 0
