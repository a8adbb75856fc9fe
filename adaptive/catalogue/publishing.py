"""Catalogue versions in the database: publish, withdraw, undo, and the compiled catalogue that is current.

Each publication of a collection is a numbered version of the store's catalogue; nothing is overwritten. The compiled
union is kept in memory under the digest of its whole history, so that it can never be stale.
"""

import json
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any

import zstandard

from adaptive.catalogue.compiled import Catalogue, compiled
from adaptive.catalogue.document import CatalogueInvalid, Collection, collection_from
from lrs.errors import Conflict, Fault, NotFound
from lrs.observers import AnyConnection
from lrs.queries import queries_beside

_QUERIES = queries_beside(__file__)
_REMEMBERED = 8
_compiled: OrderedDict[tuple[int, bytes], Catalogue] = OrderedDict()


async def import_document(
    connection: AnyConnection, store_id: int, document: Any, *, author: str = "", note: str = ""
) -> int:
    """Publish a collection (document.Collection as JSON), replacing its earlier version; the catalogue's version.

    Raises CatalogueInvalid with every fault. An unchanged collection publishes nothing and answers the version that is.
    """
    collection = collection_from(document)
    await _QUERIES.lock_catalogue(connection, store_id=store_id)
    before = await current(connection, store_id)
    if before.collections.get(collection.id) == collection:
        return before.version
    return await _publish(connection, store_id, before, collection.id, collection, author, note)


async def withdraw(
    connection: AnyConnection, store_id: int, collection: str, *, author: str = "", note: str = ""
) -> int:
    """Take a collection out of the catalogue; its versions stay, so that undo brings it back."""
    await _QUERIES.lock_catalogue(connection, store_id=store_id)
    before = await current(connection, store_id)
    if collection not in before.collections:
        raise NotFound(f"The catalogue has no collection {collection}.")
    return await _publish(connection, store_id, before, collection, None, author, note or "withdrawn")


async def undo(connection: AnyConnection, store_id: int, version: int, *, author: str = "") -> int:
    """Publish the collection that `version` touched as it was before; the new version. Undo of an undo redoes."""
    await _QUERIES.lock_catalogue(connection, store_id=store_id)
    collection = await _QUERIES.collection_of(connection, store_id=store_id, version=version)
    if collection is None:
        raise NotFound(f"The catalogue has no version {version}.")
    earlier = await _QUERIES.document_before(connection, store_id=store_id, collection=collection, version=version)
    before = await current(connection, store_id)
    restored = None if earlier is None else Collection.model_validate(_unpacked(earlier))
    if before.collections.get(collection) == restored:
        raise Conflict(f"Version {version} is undone already: {collection} is as it was before.")
    return await _publish(connection, store_id, before, collection, restored, author, f"undo of version {version}")


async def current(connection: AnyConnection, store_id: int) -> Catalogue:
    """The catalogue as it is now; version 0 and empty where nothing was published."""
    head = await _QUERIES.head(connection, store_id=store_id)
    return await at_head(connection, store_id, *(head or (None, None)))


async def at_head(connection: AnyConnection, store_id: int, version: int | None, digest: bytes | None) -> Catalogue:
    """The catalogue at its newest version, which has this digest; empty where there is none."""
    if version is None or digest is None:
        return Catalogue()
    key = (store_id, bytes(digest))
    if key not in _compiled:
        _compiled[key] = await at_version(connection, store_id, version)
        while len(_compiled) > _REMEMBERED:
            _compiled.popitem(last=False)
    _compiled.move_to_end(key)
    return _compiled[key]


async def at_version(connection: AnyConnection, store_id: int, version: int) -> Catalogue:
    """The catalogue as it was at a version."""
    rows = [row async for row in _QUERIES.collections_at(connection, store_id=store_id, version=version)]
    return compiled((_read(row["document"]) for row in rows if row["document"] is not None), version)


async def history(connection: AnyConnection, store_id: int, most: int = 100) -> Sequence[Mapping[str, Any]]:
    """version, collection, withdrawn, bytes, published, author, note; the newest first."""
    return [dict(row) async for row in _QUERIES.history(connection, store_id=store_id, most=most)]


async def _publish(
    connection: AnyConnection,
    store_id: int,
    before: Catalogue,
    name: str,
    collection: Collection | None,
    author: str,
    note: str,
) -> int:
    others = [c for c in before.collections.values() if c.id != name]
    after = _joined(others, collection, before.version + 1)
    head = await _QUERIES.head(connection, store_id=store_id)
    document = None if collection is None else _packed(collection)
    digest = blake2b((bytes(head["digest"]) if head else b"") + name.encode() + (document or b""), digest_size=16)
    await _QUERIES.publish(
        connection,
        store_id=store_id,
        version=after.version,
        collection=name,
        document=document,
        digest=digest.digest(),
        author=author,
        note=note,
    )
    if changed := _reread(before, after):
        met = _QUERIES.met_items(connection, store_id=store_id, item_ids=changed)
        if ids := [row["item_id"] async for row in met]:
            await _QUERIES.refold_answerers(connection, store_id=store_id, item_ids=ids)
    return after.version


def _joined(others: Sequence[Collection], collection: Collection | None, version: int) -> Catalogue:
    """The new union; faults outside the new collection are told as what it breaks."""
    if collection is not None:
        return compiled([*others, collection], version)
    try:
        return compiled(others, version)
    except CatalogueInvalid as error:
        faults = [Fault("", fault.message) for fault in error.faults]
        raise CatalogueInvalid(f"Other collections still need it: {error.faults[0].message}", faults) from error


def _reread(before: Catalogue, after: Catalogue) -> list[int]:
    """Items whose evidence reads otherwise with the new catalogue: other skills, or another guessing floor."""
    ids = before.activities.keys() | after.activities.keys()

    def reading(catalogue: Catalogue, item: int) -> tuple[tuple[int, ...] | None, float | None]:
        return catalogue.skills_of(item), catalogue.guessing_of(item)

    return sorted(item for item in ids if reading(before, item) != reading(after, item))


def _packed(collection: Collection) -> bytes:
    text = json.dumps(collection.model_dump(mode="json", exclude_defaults=True), sort_keys=True, separators=(",", ":"))
    return zstandard.compress(text.encode(), 6)


def _unpacked(document: bytes) -> Any:
    return json.loads(zstandard.decompress(document))


def _read(document: bytes) -> Collection:
    return Collection.model_validate(_unpacked(document))
