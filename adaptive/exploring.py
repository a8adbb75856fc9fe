"""Explore mode's advice: a bandit that the worker trains on what came of the store's own decisions."""

import logging
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import numpy as np

from adaptive.outcomes import lately
from adaptive.selection.catalogue import Catalogue
from adaptive.selection.explore import Arm, Bandit, Training, advise, context
from adaptive.selection.items import success
from adaptive.selection.learner import Learner
from lrs.database import Database
from lrs.errors import Unavailable
from lrs.observers import AnyConnection
from lrs.queries import queries_beside
from lrs.terms import term_id

_QUERIES = queries_beside(__file__)
SPAN = timedelta(days=30)
FRESH = timedelta(minutes=10)
REMEMBERED = 64
_log = logging.getLogger(__name__)


class Trained(NamedTuple):
    """A store's bandit under its number; number 0 has seen nothing."""

    version: int = 0
    bandit: Bandit = Bandit()


_bandits: OrderedDict[int, Trained] = OrderedDict()


async def current(connection: AnyConnection, store_id: int) -> Trained:
    """The bandit of a store as it was trained last, read again only where it is another than the one remembered."""
    trained = _bandits.pop(store_id, Trained())
    row = await _QUERIES.other_than(connection, store_id=store_id, version=trained.version)
    _bandits[store_id] = trained = trained if row is None else Trained(row["version"], _bandit(row["model"]))
    while len(_bandits) > REMEMBERED:
        _bandits.popitem(last=False)
    return trained


def advice(bandit: Bandit, learner: Learner, candidates: Catalogue) -> dict[int, float]:
    """A bonus in nats per activity id: what the store's outcomes promise this learner, optimistically."""
    mean, _ = learner.ability
    chances = success(mean, candidates.a, candidates.b, candidates.c).tolist()
    contexts = [
        context(mean, chance, activity.minutes, activity.format)
        for activity, chance in zip(candidates.activities, chances, strict=True)
    ]
    return advise(bandit, [activity.id for activity in candidates.activities], contexts)


async def train_due(database: Database, clock: Callable[[], datetime]) -> int:
    """Train the bandits of the stores that have had news since they last were, ten minutes ago or more; how many."""
    now = clock()
    async with database.read() as connection:
        found = _QUERIES.due_stores(connection, since=now - SPAN, stale=now - FRESH)
        stores = [row["store_id"] async for row in found]
    done = 0
    for store_id in stores:
        try:
            done += await train_store(database, store_id, now)
        except Unavailable:
            raise
        except Exception:
            _log.exception("the bandit of store %d cannot be trained", store_id)
    return done


async def train_store(database: Database, store_id: int, now: datetime) -> bool:
    """Train a store's bandit anew on the outcomes of thirty days; False where another process is at it."""

    async def work(connection: AnyConnection) -> bool:
        if not await _QUERIES.lock(connection, store_id=store_id):
            return False
        outcomes = await lately(connection, store_id, now - SPAN, now)
        await _QUERIES.keep(connection, store_id=store_id, made=now, model=_model(taught(outcomes)))
        return True

    return await database.write(work)


def taught(outcomes: Iterable[Mapping[str, Any]]) -> Bandit:
    """The bandit that decisions with `chosen` and `reward` lead to, the oldest first."""
    training = Training()
    for entry in outcomes:
        offer = next(offer for offer in entry["offers"] if offer["activity"]["id"] == entry["chosen"])
        activity = offer["activity"]
        ability = entry.get("ability") or 0.0
        met = context(ability, offer["success_probability"], activity["minutes"], activity["format"])
        training.learn(term_id(activity["id"]), met, entry["reward"])
    return training.bandit()


def _model(bandit: Bandit) -> dict[str, Any]:
    return {
        "names": list(bandit.names),
        "weights": bandit.weights.tolist(),
        "covariance": bandit.covariance.tolist(),
        "arms": {str(activity): [arm.tries, arm.surplus] for activity, arm in bandit.arms.items()},
    }


def _bandit(model: Mapping[str, Any]) -> Bandit:
    names = tuple(model["names"])
    covariance = np.array(model["covariance"], float).reshape(len(names), len(names))
    arms = {int(activity): Arm(*record) for activity, record in model["arms"].items()}
    return Bandit(names, np.array(model["weights"], float), covariance, arms)
