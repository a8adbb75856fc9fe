"""What is in force in a store, asked once: its catalogue, the engine's shared parameters, the constants of learning."""

from dataclasses import dataclass

from adaptive import catalogue as catalogues
from adaptive import populations
from adaptive.catalogue import Catalogue
from adaptive.folding import FOLLOWER
from adaptive.versions import Held
from lrs.observers import AnyConnection
from lrs.queries import queries_beside

_QUERIES = queries_beside(__file__)


@dataclass(frozen=True, slots=True)
class InForce:
    """`held` may be led on by another task at any await; catalogue and constants never change."""

    catalogue: Catalogue
    held: Held
    constants: populations.Version


async def in_force(connection: AnyConnection, store_id: int) -> InForce:
    """The newest versions, mostly from memory."""
    row = await _QUERIES.heads(connection, store_id=store_id)
    catalogue = await catalogues.at_head(connection, store_id, row["catalogue"], row["catalogue_digest"])
    held = await FOLLOWER.at_head(
        connection, store_id, row["parameters"], row["parameters_digest"], frozen=row["frozen"]
    )
    return InForce(catalogue, held, populations.version_of(row["population"], row["constants"]))
