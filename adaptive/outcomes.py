"""What came of decisions: which offer was taken up, and how the learner did on its skills afterwards."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from adaptive import decisions
from adaptive.selection.explore import reward
from adaptive.subjects import agent_id_of
from lrs.observers import AnyConnection
from lrs.queries import queries_beside
from lrs.terms import term_id

_QUERIES = queries_beside(__file__)
MOST = 5_000


async def rewarded(connection: AnyConnection, store_id: int, since: datetime, until: datetime) -> list[dict[str, Any]]:
    """The decisions made in [since, until) that something came of, each with `chosen` and `reward` (0 to 1).

    The reward is explore.reward: half for taking an offer up, half for the rise from the chance of success it was
    offered at to what the next three answers on its skills showed.
    """
    return await _with_outcomes(connection, store_id, await decisions.logged(connection, store_id, since, until))


async def lately(connection: AnyConnection, store_id: int, since: datetime, until: datetime) -> list[dict[str, Any]]:
    """The same of the last MOST decisions at most, without their draws."""
    offered = await decisions.offered(connection, store_id, since, until, MOST)
    return await _with_outcomes(connection, store_id, offered)


async def _with_outcomes(
    connection: AnyConnection, store_id: int, made: Iterable[dict[str, Any]]
) -> list[dict[str, Any]]:
    entries = {entry["decision"]: entry for entry in made}
    offered = [(entry, offer) for entry in entries.values() for offer in entry["offers"]]
    columns = _columns(offered)
    rows = [row async for row in _QUERIES.outcomes(connection, store_id=store_id, **columns)] if offered else []
    taken = {str(row["decision_id"]): row for row in rows}
    return [_with_outcome(entry, taken[decision]) for decision, entry in entries.items() if decision in taken]


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
