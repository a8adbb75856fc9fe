"""Decisions on record: what was offered to whom, from which candidates, with which chances, and why.

A document holds: `agent`, `request` (limit, mode), `evidence` (responses folded by then), `population_version` (of the
constants of learning), in explore mode `bandit_version`, `offers` (as they were answered, with `score`, `components` in
nats, `propensity` and `terms`, the engine's prediction in logits), `draws` (for each place the `activities` drawn from,
their `scores` and `probabilities`), `blocked` (activities each filter removed) and what was `relaxed`. The draw's
generator is seeded by the decision's id (one number for each place with more than one activity), so it can be made
again.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
import numpy as np

from adaptive.reasons import sentence
from adaptive.selection.choice import drawn_again
from lrs.errors import BadRequest, Fault, NotFound
from lrs.observers import AnyConnection
from lrs.queries import queries_beside

_QUERIES = queries_beside(__file__)


async def keep(
    connection: AnyConnection,
    store_id: int,
    decision_id: UUID,
    learner_id: int,
    *,
    made: datetime,
    mode: str,
    policy: str,
    item_version: int,
    catalogue_version: int,
    document: Mapping[str, Any],
    fingerprint: bytes | None = None,
) -> None:
    """Put a decision on record; with a fingerprint of what it rested on, it may stand for later calls."""
    await _QUERIES.keep(
        connection,
        store_id=store_id,
        id=decision_id,
        learner_id=learner_id,
        made=made,
        mode=mode,
        policy=policy,
        item_version=item_version,
        catalogue_version=catalogue_version,
        document=msgspec.json.encode(document).decode(),
        fingerprint=fingerprint,
    )


async def one(connection: AnyConnection, store_id: int, decision_id: UUID) -> dict[str, Any]:
    """A decision as JSON, its reasons written anew from the stored facts."""
    row = await _QUERIES.one(connection, store_id=store_id, id=decision_id)
    if row is None:
        raise NotFound(f"There is no decision {decision_id}.")
    found = as_json(row)
    return found | {"reproduced": reproduced(found)}


async def require_for(connection: AnyConnection, store_id: int, decision_id: UUID, learner_id: int) -> None:
    """BadRequest unless the decision was made for this learner."""
    row = await _QUERIES.one(connection, store_id=store_id, id=decision_id)
    if row is None or row["learner_id"] != learner_id:
        fault = Fault("decision", "was not made for this learner")
        raise BadRequest(f"There is no decision {decision_id} for this learner.", [fault])


def reproduced(decision: Mapping[str, Any]) -> bool:
    """Whether the draws of a decision, made again from the record, lead to what was offered."""
    draws, rng = decision["draws"], np.random.default_rng(UUID(decision["decision"]).int)
    places = drawn_again([draw["probabilities"] for draw in draws], rng)
    again = [draw["activities"][place] for draw, place in zip(draws, places, strict=True)]
    return again == [offer["activity"]["id"] for offer in decision["offers"]]


async def standing(
    connection: AnyConnection, store_id: int, learner_id: int, fingerprint: bytes, since: datetime
) -> dict[str, Any] | None:
    """A learner's decision since a moment that rested on the same; only the latest are looked at."""
    row = await _QUERIES.standing(
        connection, store_id=store_id, learner_id=learner_id, fingerprint=fingerprint, since=since
    )
    return None if row is None else as_json(row)


async def of_learner(connection: AnyConnection, store_id: int, learner_id: int, most: int = 20) -> list[dict[str, Any]]:
    """A learner's latest decisions as JSON, the newest first."""
    rows = _QUERIES.of_learner(connection, store_id=store_id, learner_id=learner_id, most=most)
    return [as_json(row) async for row in rows]


async def logged(connection: AnyConnection, store_id: int, since: datetime, until: datetime) -> list[dict[str, Any]]:
    """The decisions made in [since, until), in order."""
    rows = _QUERIES.logged(connection, store_id=store_id, since=since, until=until)
    return [as_json(row) async for row in rows]


async def offered(
    connection: AnyConnection, store_id: int, since: datetime, until: datetime, most: int
) -> list[dict[str, Any]]:
    """`decision`, `made`, `agent`, `ability` and `offers` of the last decisions made in [since, until), in order."""
    found = _QUERIES.offered(connection, store_id=store_id, since=since, until=until, most=most)
    rows = [row async for row in found]
    return [
        {"decision": str(row["id"]), "made": row["made"].isoformat()}
        | {name: row[name] for name in ("agent", "ability", "offers")}
        for row in reversed(rows)
    ]


def as_json(row: Mapping[str, Any]) -> dict[str, Any]:
    """The wire shape of a decision."""
    document = dict(row["document"])
    offers = [{**offer, "reasons": [worded(reason) for reason in offer["reasons"]]} for offer in document["offers"]]
    return {
        "decision": str(row["id"]),
        "made": row["made"].isoformat().replace("+00:00", "Z"),
        "mode": row["mode"],
        "policy": row["policy"],
        "item_version": row["item_version"],
        "catalogue_version": row["catalogue_version"],
        **document,
        "offers": offers,
    }


def worded(reason: Mapping[str, Any]) -> dict[str, Any]:
    """A reason with its sentence."""
    return {"code": reason["code"], "text": sentence(reason["code"], reason["facts"]), "facts": reason["facts"]}
