"""Which checkpoints a learner has."""

from adaptive.checkpoints import LEAST, slot_of


def test_checkpoints_lie_at_distances_that_double() -> None:
    kept: dict[int, int] = {}
    for after in range(1, 1000):
        slot = slot_of(after - 1, after)
        assert (slot is None) == bool(after % 2**LEAST)
        if slot is not None:
            kept[slot] = after
        for back in (1, 2, 5, 30, 200):
            most = max(4 * back, back + 2**LEAST)
            assert any(back <= after - at <= most for at in kept.values()) or after <= most
    assert len(kept) == 10 - LEAST


def test_a_fold_of_many_answers_takes_the_slot_of_the_highest_power_it_passes() -> None:
    assert [slot_of(7, 8), slot_of(7, 9), slot_of(5, 40), slot_of(8, 15), slot_of(8, 8)] == [3, 3, 5, None, None]
