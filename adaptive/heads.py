"""What is in force in a store, asked once: its catalogue, the engine's shared parameters, the constants of learning."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from adaptive import catalogue as catalogues
from adaptive.catalogue import Catalogue
from adaptive.versions import Follower, Held
from lrs.observers import AnyConnection
from lrs.queries import queries_beside

_QUERIES = queries_beside(__file__)
FOLLOWER = Follower()


@dataclass(frozen=True, slots=True)
class InForce:
    """`held` may be led on by another task at any await; the catalogue never changes. `population` is the number and
    the constants (None: the guesses); `disturbed` where somebody of the store is to be replayed."""

    catalogue: Catalogue
    held: Held
    population: tuple[int | None, Mapping[str, Any] | None]
    disturbed: bool


async def in_force(connection: AnyConnection, store_id: int) -> InForce:
    """The newest versions, mostly from memory."""
    row = await _QUERIES.heads(connection, store_id=store_id)
    catalogue = await catalogues.at_head(connection, store_id, row["catalogue"], row["catalogue_digest"])
    head = row["parameters"], row["parameters_digest"]
    held = await FOLLOWER.at_head(connection, store_id, *head, frozen=row["frozen"])
    return InForce(catalogue, held, (row["population"], row["constants"]), row["disturbed"])
