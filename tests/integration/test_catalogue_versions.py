"""Publishing, undoing and withdrawing collections in a real database."""

from typing import Any

import pytest

from adaptive.catalogue import CatalogueInvalid, at_version, current, history, import_document, undo, withdraw
from adaptive.folding import catch_up
from lrs.context import Context
from lrs.database import Database
from lrs.errors import Conflict, NotFound
from lrs.observers import AnyConnection
from lrs.terms import term_id
from tests.integration.learners import agent_id, answer
from tests.integration.service import client_of

STORE = 1
FRAMEWORK = {"id": "urn:f", "name": "Framework", "skills": [{"id": "urn:s", "name": "Stirring"}]}


def course(name: str = "Course", skill: str = "urn:s") -> dict[str, Any]:
    return {"id": "urn:c", "name": name, "activities": [{"id": "urn:a", "name": name, "skills": [skill]}]}


async def publish(database: Database, *documents: dict[str, Any]) -> int:
    async def work(connection: AnyConnection) -> int:
        return [await import_document(connection, STORE, document, author="Ann") for document in documents][-1]

    return await database.write(work)


async def test_nothing_published_is_version_0(database: Database) -> None:
    async with database.read() as connection:
        assert (await current(connection, STORE)).version == 0


async def test_versions_count_and_an_unchanged_document_makes_none(database: Database) -> None:
    assert await publish(database, FRAMEWORK, course(), course()) == 2
    async with database.read() as connection:
        catalogue = await current(connection, STORE)
        assert catalogue.skills_of(term_id("urn:a")) == (term_id("urn:s"),)
        assert (await current(connection, 2)).version == 0
        assert [row["version"] for row in await history(connection, STORE)] == [2, 1]


async def test_a_wrong_import_can_be_undone_and_redone(database: Database) -> None:
    assert await publish(database, FRAMEWORK, course("Old"), course("New")) == 3
    assert await database.write(lambda c: undo(c, STORE, 3)) == 4
    async with database.read() as connection:
        assert (await current(connection, STORE)).collections["urn:c"].name == "Old"
        assert (await at_version(connection, STORE, 3)).collections["urn:c"].name == "New"
    with pytest.raises(Conflict, match="undone already"):
        await database.write(lambda c: undo(c, STORE, 3))
    await database.write(lambda c: undo(c, STORE, 4))
    async with database.read() as connection:
        assert (await current(connection, STORE)).collections["urn:c"].name == "New"


async def test_an_answer_that_is_just_being_folded_is_read_with_what_is_published_meanwhile(context: Context) -> None:
    async with client_of(context) as client:
        await client.send(answer("ann", "a", right=True))
    async with context.database.pool.acquire() as connection, connection.transaction():
        await catch_up(connection, STORE, agent_id("ann"))
        published = course() | {"activities": [{"id": "urn:item:a", "name": "A", "skills": ["urn:s"]}]}
        await publish(context.database, FRAMEWORK, published)
    await context.database.write(lambda c: catch_up(c, STORE, agent_id("ann")))
    read = await context.database.pool.fetchval("SELECT folded_skill_ids FROM evidence")
    assert read == [term_id("urn:s")]


async def test_undoing_the_first_import_takes_it_away(database: Database) -> None:
    await publish(database, FRAMEWORK, course())
    await database.write(lambda c: undo(c, STORE, 2))
    async with database.read() as connection:
        assert list((await current(connection, STORE)).collections) == ["urn:f"]


async def test_what_others_need_stays(database: Database) -> None:
    await publish(database, FRAMEWORK, course())
    with pytest.raises(CatalogueInvalid, match="still need it"):
        await database.write(lambda c: withdraw(c, STORE, "urn:f"))
    with pytest.raises(NotFound):
        await database.write(lambda c: withdraw(c, STORE, "urn:none"))
    async with database.read() as connection:
        assert (await current(connection, STORE)).version == 2


async def test_a_refused_document_leaves_nothing(database: Database) -> None:
    with pytest.raises(CatalogueInvalid, match="not in the catalogue"):
        await publish(database, course())
    async with database.read() as connection:
        assert not await history(connection, STORE)
