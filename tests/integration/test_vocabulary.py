"""What several processes tell of activities and agents, as the database keeps it: known words change nothing."""

from typing import Any

import msgspec
import pytest

from lrs.database import Database
from lrs.facts import Fact, tell_activity, tell_actor
from lrs.insertion import insert
from lrs.vocabulary import Vocabulary

ACTIVITY = "SELECT xmin::text AS written, definition, told FROM activities"
ANN = {"account": {"homePage": "https://a.example", "name": "ann"}}


async def tell(database: Database, *facts: Fact) -> None:
    """As a process does that has seen none of it."""

    async def work(connection: Any) -> None:
        await insert(connection, Vocabulary().insertions({1: list(facts)}))

    await database.write(work)


def named(**names: str) -> Fact:
    return tell_activity({"id": "act:1", "definition": {"name": names}} if names else {"id": "act:1"}).facts[0]


async def kept(database: Database) -> Any:
    async with database.read() as connection:
        return await connection.fetchrow(ACTIVITY)


async def test_the_words_told_last_win_though_they_were_told_before(database: Database) -> None:
    for name in ("One", "Two", "One"):
        await tell(database, named(en=name))
        assert (await kept(database))["definition"] == {"name": {"en": name}}


@pytest.mark.parametrize("again", [named(en="One", de="Eins"), named(en="One"), named()])
async def test_what_is_known_in_these_or_other_words_is_not_written_again(database: Database, again: Fact) -> None:
    await tell(database, named(en="One", de="Eins"))
    before = await kept(database)
    await tell(database, again)
    assert await kept(database) == before


async def test_what_an_older_release_wrote_gains_its_hash_when_it_is_told(database: Database) -> None:
    await tell(database, named(en="One"))
    told = (await kept(database))["told"]
    async with database.lend() as connection:
        await connection.execute("UPDATE activities SET told = NULL")
    await tell(database, named(en="One"))
    assert (await kept(database))["told"] == told


async def test_an_agent_has_the_name_told_last_at_the_end(database: Database) -> None:
    for name in ("Ann", "Anna", None, "Ann", "Ann"):
        facts = tell_actor(ANN if name is None else ANN | {"name": name}).facts
        await tell(database, *facts)
    async with database.read() as connection:
        agent: Any = await connection.fetchrow("SELECT identity, names FROM agents")
    assert (agent["identity"], agent["names"]) == (ANN, ["Anna", "Ann"])
    assert msgspec.json.encode(ANN) == facts[0][2]
