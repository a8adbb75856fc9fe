"""Statements match what the statements they refer to match, whatever came first."""

import random
from itertools import pairwise, permutations
from typing import Any
from uuid import UUID, uuid4

import pytest

from lrs.context import Context
from lrs.rows import ACTIVITY, AGENT, RELATED_ACTIVITY, RELATED_AGENT, VERB
from lrs.statements import FOLLOWED_MOST
from lrs.terms import term_id
from tests.integration.xapi import BEN, client_of, ids, reference, statement

RELATED = """
SELECT s.id, r.kind, r.main, r.term, r.verb FROM related_terms r JOIN statements s USING (store_id, position)"""
TEAM = {
    "objectType": "Group",
    "account": {"homePage": "https://lms.example", "name": "team"},
    "member": [{"mbox": "mailto:cleo@example.org"}],
}
FAR = statement(
    actor=TEAM,
    verb={"id": "https://v.example/far"},
    context={
        "registration": "6f2b0a3c-7a52-4c55-8f0d-6f1f8a3c9d11",
        "contextActivities": {"grouping": [{"id": "act:c"}]},
    },
)
NEAR = statement(actor=BEN, verb={"id": "https://v.example/near"}, object=reference(FAR["id"]))
FIRST = statement(verb={"id": "https://v.example/first"}, object=reference(NEAR["id"]))


async def related(context: Context) -> set[tuple[Any, ...]]:
    rows = await context.database.pool.fetch(RELATED)
    assert len(set(rows)) == len(rows)
    return {tuple(row) for row in rows}


@pytest.mark.parametrize("order", list(permutations((FAR, NEAR, FIRST))))
async def test_a_chain_matches_to_its_end_in_whatever_order_it_came(context: Context, order: Any) -> None:
    async with client_of(context) as client:
        for each in order:
            assert (await client.post("/statements", json=each)).status_code == 200
        for query in (
            {"verb": "https://v.example/far"},
            {"agent": '{"mbox":"mailto:cleo@example.org"}'},
            {"agent": '{"mbox":"mailto:cleo@example.org"}', "verb": "https://v.example/near"},
            {"registration": "6f2b0a3c-7a52-4c55-8f0d-6f1f8a3c9d11"},
            {"activity": "act:c", "related_activities": "true", "verb": "https://v.example/far"},
        ):
            assert {NEAR["id"], FIRST["id"]} <= set(await ids(client, **query)), query
    rows = await related(context)
    first = {row[1:] for row in rows if row[0] == UUID(FIRST["id"])}
    own, near_verb, far_verb = (term_id(f"https://v.example/{name}") for name in ("first", "near", "far"))
    ben, activity = term_id("account:https://lms.example|ben"), term_id("act:1")
    assert {(AGENT, True, ben, own), (AGENT, False, ben, near_verb), (AGENT, False, ben, far_verb)} <= first
    assert {(kind, True, activity, own) for kind in (ACTIVITY, RELATED_ACTIVITY)} <= first
    assert {row for row in first if row[0] == VERB} == {(VERB, True, near_verb, own), (VERB, True, far_verb, own)}
    assert not {row for row in first if row[0] in (AGENT, RELATED_AGENT) and row[2] == 0}
    assert len(first) == 36


async def test_a_chain_without_end_is_followed_for_a_while(context: Context) -> None:
    """What it hands on would grow beyond any store: each statement has a verb and an actor of its own."""
    names = [str(uuid4()) for _ in range(3 * FOLLOWED_MOST)]
    chain = [
        statement(
            id=name,
            actor={"mbox": f"mailto:{place}@example.org"},
            verb={"id": f"https://v.example/{place}"},
            object=reference(following),
        )
        for place, (name, following) in enumerate(pairwise(names))
    ]
    end = statement(id=names[-1], verb={"id": "https://v.example/end"})
    async with client_of(context) as client:
        for group in ([*chain[::2], end], chain[1::2]):
            assert (await client.post("/statements", json=group)).status_code == 200
        found = await ids(client, verb="https://v.example/end")
        assert set(found) == set(names[-1 - FOLLOWED_MOST :])
        assert set(await ids(client, verb="https://v.example/15")) == set(names[15 - FOLLOWED_MOST : 16])


async def test_chains_of_any_shape_end_alike_whatever_came_first(context: Context) -> None:
    """Chains that fork and close in a ring, sent in two orders by two stores' worth of ids."""
    rng, seen = random.Random(7), []
    async with client_of(context) as client:
        for attempt in range(2):
            names = [str(UUID(int=rng.getrandbits(128), version=4)) for _ in range(8)]
            sent = [
                statement(
                    id=name,
                    actor={"mbox": f"mailto:{place}@example.org"},
                    verb={"id": f"https://v.example/{place % 3}"},
                    object=reference(names[(place * 3 + 1) % 8]) if place % 4 else {"id": f"act:{place}"},
                )
                for place, name in enumerate(names)
            ]
            for each in sent if attempt else reversed(sent):
                assert (await client.post("/statements", json=each)).status_code == 200
            of = {UUID(name): place for place, name in enumerate(names)}
            seen.append({(of[row[0]], *row[1:]) for row in await related(context) if row[0] in of})
    assert seen[0] == seen[1]
    assert seen[0]
