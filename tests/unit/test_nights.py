"""When a night begins."""

from datetime import UTC, datetime

from adaptive.nightly import night_before


def test_the_night_begins_at_two() -> None:
    assert night_before(datetime(2026, 3, 1, 1, 59, tzinfo=UTC)) == datetime(2026, 2, 28, 2, tzinfo=UTC)
    assert night_before(datetime(2026, 3, 1, 2, 0, tzinfo=UTC)) == datetime(2026, 3, 1, 2, tzinfo=UTC)
