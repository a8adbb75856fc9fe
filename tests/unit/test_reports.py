"""Reports without a database: the heatmap, its words, and files that no spreadsheet takes for formulas."""

import csv
import io
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adaptive.cohorts import Level
from admin.reports.heatmap import Column, as_rows, heatmap, met_most
from admin.reports.tables import csv_text, harmless
from tutor import wording

NOW = datetime(2026, 3, 1, tzinfo=UTC)
COLUMNS = (Column(1, "Lifting", 0.8), Column(2, "=Signs", 0.0))


def level(learner: int, skill: int, mean: float, sd: float = 0.4, evidence: int = 5) -> Level:
    return Level(learner, skill, mean, sd, evidence, NOW, 0.5)


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\u00a0=cmd", '"=1', "'=1", "\ufeff=1", "＝1", "-", "\n=1"],
)
def test_text_that_would_be_a_formula_is_neutralised(text: str) -> None:
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize("cell", ["Ann", "3-4", "a=b", "", "O'Neill", 5, -5, -0.25, None])
def test_other_cells_stay_as_they_are(cell: str | float | None) -> None:
    assert harmless(cell) == cell


@settings(deadline=None)
@given(st.lists(st.lists(st.one_of(st.text(max_size=20), st.integers(), st.none()), min_size=2, max_size=2)))
def test_a_file_reads_back_as_what_was_written(rows: list[list[str | int | None]]) -> None:
    text = csv_text(["a", "b"], rows)
    assert text.startswith("\ufeff")
    back = list(csv.reader(io.StringIO(text[1:], newline=""), strict=True))
    written = [["" if (cell := harmless(c)) is None else str(cell) for c in row] for row in rows]
    assert back[1:] == written
    assert not any(cell.startswith(("=", "+", "@")) for row in back for cell in row)


def test_a_square_says_level_sign_and_certainty() -> None:
    table = heatmap(COLUMNS, [(7, "Ann")], [level(7, 1, 0.5)])
    [known, unknown] = table.lines[0].squares
    assert (known.text, known.certainty, known.band.words, known.unsure) == ("● +0.5", "± 0.8", "near target", False)
    assert (unknown.text, unknown.band.words, unknown.evidence) == ("unknown", "unknown", 0)


def test_a_level_without_evidence_is_unknown_and_not_zero() -> None:
    table = heatmap(COLUMNS, [(7, "Ann")], [level(7, 1, 0.0, evidence=0)])
    assert table.lines[0].squares[0].text == "unknown"


def test_a_wide_interval_is_unsure() -> None:
    assert heatmap(COLUMNS, [(7, "Ann")], [level(7, 1, 0.0, sd=1.0)]).lines[0].squares[0].unsure


def test_shares_are_told_of_three_and_more() -> None:
    people = [(n, str(n)) for n in range(4)]
    two = [level(n, 1, 1.0) for n in range(2)]
    assert heatmap(COLUMNS, people, two).shares == (None, None)
    assert heatmap(COLUMNS, people, [*two, level(2, 1, 0.0)]).shares == ("67\u00a0% of 3", None)


def test_the_file_holds_what_the_screen_shows() -> None:
    table = heatmap(COLUMNS, [(7, "@Ann")], [level(7, 1, -0.04), level(7, 2, -1.26, sd=0.5)])
    header, rows = as_rows(table)
    assert header == [
        "Name", "Lifting: level", "Lifting: ±", "Lifting: answers", "=Signs: level", "=Signs: ±", "=Signs: answers",
    ]  # fmt: skip
    assert rows == [["@Ann", 0.0, 0.8, 5, -1.3, 1.0, 5]]
    assert str(rows[0][1]) == "0.0"
    shown = [square.text for square in table.lines[0].squares]
    assert shown == ["▼ 0.0", "▼ −1.3"]
    assert "'@Ann,0.0,0.8,5,-1.3,1.0,5" in csv_text(header, rows)
    assert "'=Signs: level" in csv_text(header, rows)


def test_skills_met_most_come_first() -> None:
    assert met_most([level(1, 5, 0, evidence=1), level(1, 6, 0, evidence=3), level(2, 5, 0, evidence=4)]) == [5, 6]


@pytest.mark.parametrize(
    ("given_level", "target", "words"),
    [
        (None, 0.8, "unknown"),
        (-1.0, 0.8, "far below target"),
        (0.0, 0.8, "below target"),
        (0.8, 0.8, "near target"),
        (1.5, 0.8, "above target"),
        (2.5, 0.8, "well above target"),
    ],
)
def test_bands(given_level: float | None, target: float, words: str) -> None:
    assert wording.band(given_level, target).words == words


@pytest.mark.parametrize(
    ("probability", "words", "number"),
    [
        (0.0, "a stretch", "0\u00a0%"),
        (0.001, "a stretch", "1\u00a0%"),
        (0.5, "challenging", "50\u00a0%"),
        (0.71, "within reach", "71\u00a0%"),
        (0.9, "comfortable", "90\u00a0%"),
        (0.999, "easy", "99\u00a0%"),
        (1.0, "easy", "100\u00a0%"),
    ],
)
def test_chances_in_words_and_number(probability: float, words: str, number: str) -> None:
    assert (wording.chance(probability), wording.percent(probability)) == (words, number)


@pytest.mark.parametrize(("level_", "text"), [(0.04, "0.0"), (-0.04, "0.0"), (0.26, "+0.3"), (-1.2, "−1.2")])
def test_levels_have_signs(level_: float, text: str) -> None:
    assert wording.signed(level_) == text


@pytest.mark.parametrize(("length", "text"), [(0.3, "under a minute"), (6, "6 min"), (60, "1 h"), (80, "1 h 20 min")])
def test_minutes(length: float, text: str) -> None:
    assert wording.minutes(length) == text
