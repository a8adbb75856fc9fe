"""What `proximal bench` refuses before it measures for minutes."""

import pytest
from click.testing import CliRunner

from admin.commands.bench import command


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("ingest --seconds 0", "0.0 is not in the range"),
        ("query --seconds -1", "-1.0 is not in the range"),
        ("adaptive --web-workers 0", "0 is not in the range"),
        ("ingest --stored 5", "5 is not in the range"),
        ("query --growth 2000", "two numbers of statements, the smaller first"),
        ("query --explain --growth 1000,2000", "ask for one at a time"),
    ],
)
def test_wrong_options_are_one_sentence(given: str, told: str) -> None:
    outcome = CliRunner().invoke(command, given.split())
    assert outcome.exit_code == 2
    assert told in outcome.output
