"""What `proximal calibrate` says of what it did."""

from dataclasses import replace

import pytest

from adaptive.nightly import Outcome
from admin.commands.calibrate import sentence

FROZEN = "Better, but learning is frozen: the parameters stay as they are."
DONE = Outcome(3, "activated", 8, 7, 40, 9000, 12, 1, 2, 0.5112, 0.5101, 0.0011, 0.0002)


@pytest.mark.parametrize(
    ("outcome", "told"),
    [
        (DONE, "Version 8 is current. Undo: proximal calibrate --roll-back"),
        (replace(DONE, outcome="no better", version=None), "No gain beyond chance: the parameters stay as they are."),
        (
            replace(DONE, outcome="held", version=None),
            "Better, but learning is frozen: the parameters stay as they are.",
        ),
    ],
)
def test_an_outcome_is_told_with_what_it_rests_on(outcome: Outcome, told: str) -> None:
    items, judged, last = sentence(outcome).splitlines()
    assert items == "12 items from 9,000 answers of 40 learners; 1 do not fit, 2 have drifted."
    assert "0.5112 as learnt so far, 0.5101 learnt again; gain 0.00110 ± 0.00020" in judged
    assert last == told


def test_too_little_is_told_with_what_it_takes() -> None:
    few = replace(DONE, outcome="too little", version=None, reason="Too little to calibrate: 3 answers.")
    assert sentence(few) == "Too little to calibrate: 3 answers. Nothing was changed."
