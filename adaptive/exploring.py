"""Explore mode's advice: a bandit trained on what came of the store's own decisions, anew every so often."""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from adaptive.outcomes import rewarded
from adaptive.selection.catalogue import Catalogue
from adaptive.selection.explore import Bandit, advise, context, learn, untrained
from adaptive.selection.items import success
from adaptive.selection.learner import Learner
from lrs.observers import AnyConnection
from lrs.terms import term_id

SPAN = timedelta(days=30)
FRESH = timedelta(minutes=10)
REMEMBERED = 64
MOST = 2000

_bandits: OrderedDict[int, "_Trained"] = OrderedDict()


@dataclass(frozen=True, slots=True)
class _Trained:
    bandit: Bandit
    formats: tuple[str, ...]
    at: datetime


async def advice(
    connection: AnyConnection, store_id: int, learner: Learner, candidates: Catalogue, now: datetime
) -> dict[int, float]:
    """A bonus in nats per activity id: what the store's outcomes promise this learner, optimistically."""
    trained = _bandits.get(store_id)
    if trained is None or trained.formats != candidates.formats or not now - FRESH <= trained.at <= now:
        outcomes = await rewarded(connection, store_id, now - SPAN, now)
        trained = _Trained(_taught(outcomes[-MOST:], candidates.formats), candidates.formats, now)
        _bandits[store_id] = trained
        while len(_bandits) > REMEMBERED:
            _bandits.popitem(last=False)
    mean, _ = learner.ability
    chances = success(mean, candidates.a, candidates.b, candidates.c)
    features = [
        context(mean, float(chance), activity.minutes, _one_hot(activity.format, candidates.formats))
        for activity, chance in zip(candidates.activities, chances, strict=True)
    ]
    ids = [activity.id for activity in candidates.activities]
    return advise(trained.bandit, ids, np.array(features)) if ids else {}


def forget() -> None:
    """Forgets every trained bandit; the record has all that is needed to train them again."""
    _bandits.clear()


def _taught(outcomes: list[dict[str, Any]], formats: tuple[str, ...]) -> Bandit:
    bandit = untrained(4 + 2 * len(formats))
    for entry in outcomes:
        offer = next(offer for offer in entry["offers"] if offer["activity"]["id"] == entry["chosen"])
        activity = offer["activity"]
        met = context(
            entry.get("ability", 0.0),
            offer["success_probability"],
            activity["minutes"],
            _one_hot(activity["format"], formats),
        )
        bandit = learn(bandit, term_id(activity["id"]), met, entry["reward"])
    return bandit


def _one_hot(name: str, formats: tuple[str, ...]) -> NDArray[np.float64]:
    return np.array([float(name == other) for other in formats])
