"""What came of decisions: which offer was taken up, and how the learner did on its skills afterwards."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from adaptive import decisions
from adaptive.selection.explore import reward
from adaptive.subjects import agent_id_of
from lrs.observers import AnyConnection
from lrs.queries import queries_beside
from lrs.terms import term_id

_QUERIES = queries_beside(__file__)


async def rewarded(connection: AnyConnection, store_id: int, since: datetime, until: datetime) -> list[dict[str, Any]]:
    """The decisions made in [since, until) that something came of, each with `chosen` and `reward` (0 to 1).

    The reward is explore.reward: half for taking an offer up, half for the rise from the chance of success it was
    offered at to what the next three answers on its skills showed.
    """
    made = {entry["decision"]: entry for entry in await decisions.logged(connection, store_id, since, until)}
    offered = [(entry, offer) for entry in made.values() for offer in entry["offers"]]
    columns = _columns(offered)
    rows = [row async for row in _QUERIES.outcomes(connection, store_id=store_id, **columns)] if offered else []
    return [_with_outcome(made[str(row["decision_id"])], row) for row in rows]


def _columns(offered: Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]]) -> dict[str, list[Any]]:
    return {
        "decision_ids": [entry["decision"] for entry, _ in offered],
        "agent_ids": [agent_id_of(entry["agent"]) for entry, _ in offered],
        "made": [datetime.fromisoformat(entry["made"]) for entry, _ in offered],
        "item_ids": [term_id(offer["activity"]["id"]) for _, offer in offered],
        "skills": ["{" + ",".join(str(term_id(skill)) for skill in offer["skills"]) + "}" for _, offer in offered],
    }


def _with_outcome(entry: Mapping[str, Any], row: Mapping[str, Any]) -> dict[str, Any]:
    offer = next(offer for offer in entry["offers"] if term_id(offer["activity"]["id"]) == row["item_id"])
    earned = reward(offer["success_probability"], row["success"], completed=True)
    return {**entry, "chosen": offer["activity"]["id"], "reward": earned}
