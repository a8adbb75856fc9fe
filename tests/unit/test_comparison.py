"""Two samples side by side: Welch's interval as scipy has it, and no interval where there is none."""

import pytest
from scipy import stats

from adaptive.comparison import Sample, difference, sample

ONE, OTHER = [3.0, 5.0, 4.0, 6.0, 2.5], [1.0, 2.0, 4.0]


def test_the_interval_is_welchs() -> None:
    found = difference(sample(ONE), sample(OTHER))
    expected = stats.ttest_ind(ONE, OTHER, equal_var=False).confidence_interval(0.95)
    assert found["mean"] == pytest.approx(sum(ONE) / 5 - sum(OTHER) / 3)
    assert found["interval"] == pytest.approx([expected.low, expected.high])


def test_too_few_have_no_interval() -> None:
    assert sample([]) == Sample(0, None, None)
    assert difference(sample([]), sample(ONE)) == {"mean": None, "interval": None}
    assert difference(sample([2.0]), sample([1.0, 1.0])) == {"mean": 1.0, "interval": None}
    assert difference(sample([2.0, 2.0]), sample([1.0, 1.0])) == {"mean": 1.0, "interval": [1.0, 1.0]}
