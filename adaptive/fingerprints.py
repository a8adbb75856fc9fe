"""What an offer rested on, in a few bytes: as long as they are the same, the same offer stands. Pure."""

from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any

from adaptive.standing import Standing


def fingerprint(who: Standing, request: Iterable[Any], catalogue_version: int, candidates: int) -> bytes:
    """The inputs of a choice that only events change: evidence folded, the learner's and the trainers' will, the
    catalogue and what was asked. Not the time, nor what others' answers teach the engine about questions.

    16 bytes of SHA-256, the same in every process.
    """
    learner = who.learner
    wishes, overrides = learner.wishes, learner.overrides
    parts = (
        tuple(request),
        catalogue_version,
        candidates,
        who.folded,
        who.policy,
        _sorted(learner.targets),
        _sorted(who.target_sources),
        _sorted(who.words),
        (sorted(wishes.formats), wishes.only_formats, wishes.minutes, wishes.language, wishes.adaptive),
        _sorted(wishes.refused),
        sorted(wishes.claimed),
        _sorted(wishes.rated),
        _sorted(overrides.pinned),
        _sorted(overrides.assigned),
        _sorted(overrides.due),
        sorted(overrides.banned),
        sorted(overrides.locked),
    )
    return sha256(repr(parts).encode()).digest()[:16]


def _sorted(given: Mapping[int, Any]) -> list[tuple[int, Any]]:
    return sorted(given.items(), key=lambda item: item[0])
