"""Computing in a process of its own: an end without a result is told."""

import os

import pytest

from adaptive.apart import Interrupted, apart


async def test_a_computation_that_dies_is_told() -> None:
    with pytest.raises(Interrupted, match="without a result"):
        await apart(os._exit, 3, print)  # type: ignore[arg-type]
