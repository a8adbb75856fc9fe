"""Room for the bodies that a process works on: what does not fit is told to come again, so that memory is bounded.

A body takes room when all of it has come and until its answer is made: a slow sender takes none.
"""

from lrs.errors import Unavailable

ROOM_OCTETS = 16 * 1024 * 1024


class Room:
    """Counts octets. A body finds room as long as the others take less than `most`, however large it is itself."""

    def __init__(self, most: int = ROOM_OCTETS) -> None:
        self._most = most
        self._taken = 0

    def take(self, octets: int) -> None:
        """Unavailable where there is no room now."""
        if self._taken >= self._most:
            raise Unavailable("More is being stored than there is room for; try again.", headers={"Retry-After": "1"})
        self._taken += octets

    def leave(self, octets: int) -> None:
        self._taken -= octets
