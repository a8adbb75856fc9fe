"""Skills and activities that the catalogue or the record knows, by IRI; BadRequest for one that neither does."""

from collections.abc import Mapping

from adaptive import catalogue as catalogues
from adaptive.actions import Thing
from adaptive.activities import described_ids
from adaptive.catalogue.compiled import Activity, Skill
from lrs.errors import BadRequest, Fault
from lrs.observers import AnyConnection
from lrs.terms import term_id


async def skill(connection: AnyConnection, store_id: int, iri: str, at: str = "skill") -> Thing:
    """A skill with its name; `at` is where a request names it."""
    published = (await catalogues.current(connection, store_id)).skills
    return await _known(connection, store_id, published, iri, "skill", at)


async def activity(connection: AnyConnection, store_id: int, iri: str, at: str = "activity") -> Thing:
    """An activity with its name; `at` is where a request names it."""
    published = (await catalogues.current(connection, store_id)).activities
    return await _known(connection, store_id, published, iri, "activity", at)


async def _known(
    connection: AnyConnection,
    store_id: int,
    published: Mapping[int, Skill] | Mapping[int, Activity],
    iri: str,
    kind: str,
    at: str,
) -> Thing:
    found = published.get(term_id(iri))
    if found is not None:
        return Thing(iri, found.entry.name)
    if not await described_ids(connection, store_id, [term_id(iri)]):
        raise BadRequest(f"There is no {kind} {iri} here.", [Fault(at, "is neither published nor in the record")])
    return Thing(iri)
