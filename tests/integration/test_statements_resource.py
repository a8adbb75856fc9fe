"""The statements resource on a real database, by sections of xAPI Communication 2.1 (1.0.3)."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import httpx
import pytest

from lrs.context import Context
from lrs.observers import Arrival, Insertion
from lrs.rows import PLACES
from tests.integration.xapi import ANN, BEN, VOIDED, client_of, ids, reference, statement

THROUGH = "x-experience-api-consistent-through"


@pytest.fixture
async def client(context: Context) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(context) as client:
        yield client


async def post(client: httpx.AsyncClient, *statements: dict[str, Any]) -> list[str]:
    answer = await client.post("/statements", json=list(statements))
    assert answer.status_code == 200, answer.text
    return list(answer.json())


async def test_post_answers_ids_in_order_and_get_gives_statements_back(client: httpx.AsyncClient) -> None:
    sent = [statement() for _ in range(5)]
    assert await post(client, *sent) == [each["id"] for each in sent]
    assert await ids(client, ascending="true") == [each["id"] for each in sent]
    assert await ids(client) == [each["id"] for each in sent][::-1]
    one = await client.get("/statements", params={"statementId": sent[2]["id"]})
    assert {name: one.json()[name] for name in sent[2]} == sent[2]
    assert one.json()["version"] == "1.0.0"
    assert "last-modified" in one.headers


async def test_put_stores_under_the_id_of_the_request(client: httpx.AsyncClient) -> None:
    one = statement()
    name = one.pop("id")
    assert (await client.put("/statements", params={"statementId": name}, json=one)).status_code == 204
    assert (await client.put("/statements", params={"statementId": name}, json=one)).status_code == 204
    other = await client.put("/statements", params={"statementId": name}, json={**one, "actor": BEN})
    assert other.status_code == 409
    wrong = await client.put("/statements", params={"statementId": name}, json={**one, "id": statement()["id"]})
    assert wrong.json()["errors"] == [
        {"statement": 0, "path": "id", "message": "is not the statementId of the request"}
    ]
    assert await ids(client) == [name]


async def test_a_conflict_stores_nothing_of_its_batch(client: httpx.AsyncClient) -> None:
    first, second = statement(), statement()
    await post(client, first)
    answer = await client.post("/statements", json=[second, {**first, "object": {"id": "act:other"}}])
    assert answer.status_code == 409
    assert answer.json()["errors"][0]["statement"] == 1
    assert await ids(client) == [first["id"]]
    await post(client, second, first)
    assert len(await ids(client)) == 2


async def test_two_statements_of_a_batch_may_not_share_an_id(client: httpx.AsyncClient) -> None:
    one = statement()
    answer = await client.post("/statements", json=[one, {**one, "id": one["id"].upper()}])
    assert (answer.status_code, await ids(client)) == (400, [])


async def test_faults_are_told_with_index_and_path_and_nothing_is_stored(client: httpx.AsyncClient) -> None:
    answer = await client.post("/statements", json=[statement(), statement(verb={}), statement(actor={"mbox": "x"})])
    body = answer.json()
    assert (answer.status_code, body["code"]) == (400, "statement-invalid")
    assert [(fault["statement"], fault["path"]) for fault in body["errors"]] == [(1, "verb.id"), (2, "actor.mbox")]
    assert await ids(client) == []


async def test_writers_of_the_same_ids_in_opposite_order_all_succeed(client: httpx.AsyncClient) -> None:
    many = [statement(actor={"mbox": f"mailto:{n}@example.org"}, object={"id": f"act:{n}"}) for n in range(20)]
    answers = await asyncio.gather(
        *(client.post("/statements", json=many if turn % 2 else many[::-1]) for turn in range(8))
    )
    assert {answer.status_code for answer in answers} == {200}
    assert len(await ids(client)) == 20


FILTERED: list[tuple[dict[str, Any], list[str]]] = [
    ({"agent": json.dumps(ANN)}, ["plain", "object", "member"]),
    ({"agent": json.dumps({**ANN, "name": "Other"})}, ["plain", "object", "member"]),
    ({"agent": json.dumps(ANN), "related_agents": "true"}, ["plain", "object", "member", "context", "inner"]),
    ({"verb": "https://v.example/other"}, ["object"]),
    ({"activity": "act:1"}, ["plain", "member", "context"]),
    ({"activity": "act:1", "related_activities": "true"}, ["plain", "object", "member", "context", "inner"]),
    ({"registration": "ec531277-b57b-4c15-8d91-d292c5b2b8f7"}, ["object"]),
    ({"agent": json.dumps(ANN), "verb": "https://v.example/did"}, ["plain", "member"]),
    ({"activity": "act:1", "verb": "https://v.example/did"}, ["plain", "member", "context"]),
    ({"agent": json.dumps(ANN), "activity": "act:1"}, ["plain", "member"]),
    ({"agent": json.dumps(BEN), "activity": "act:1", "related_agents": "true"}, ["context"]),
    ({"registration": "ec531277-b57b-4c15-8d91-d292c5b2b8f7", "agent": json.dumps(ANN)}, ["object"]),
    ({"registration": "ec531277-b57b-4c15-8d91-d292c5b2b8f7", "activity": "act:1"}, []),
    ({"agent": json.dumps({"mbox": "mailto:nobody@example.org"})}, []),
]


@pytest.mark.parametrize(("parameters", "expected"), FILTERED, ids=lambda value: str(value)[:60])
async def test_filters(client: httpx.AsyncClient, parameters: dict[str, Any], expected: list[str]) -> None:
    """2.1.3.s1, each filter and pairs of them."""
    around = {
        "registration": "ec531277-b57b-4c15-8d91-d292c5b2b8f7",
        "contextActivities": {"parent": [{"id": "act:1"}]},
    }
    inner = {
        "objectType": "SubStatement",
        "actor": ANN,
        "verb": {"id": "https://v.example/x"},
        "object": {"id": "act:1"},
    }
    other = {"mbox": "mailto:other@example.org"}
    named = {
        "plain": statement(),
        "object": statement(
            actor=other, verb={"id": "https://v.example/other"}, object={**ANN, "objectType": "Agent"}, context=around
        ),
        "member": statement(actor={"objectType": "Group", "member": [ANN, other]}),
        "context": statement(actor=BEN, context={"instructor": ANN}),
        "inner": statement(actor=other, object=inner),
        "none": statement(actor=other, object={"id": "act:2"}),
    }
    await post(client, *named.values())
    found = await ids(client, ascending="true", **parameters)
    assert [name for name, each in named.items() if each["id"] in found] == expected
    assert len(found) == len(expected)
    assert await ids(client, limit=1, **parameters) == found[::-1]


async def test_since_and_until_are_of_stored(client: httpx.AsyncClient) -> None:
    for _ in range(3):
        await post(client, statement())
    page = (await client.get("/statements", params={"ascending": "true"})).json()["statements"]
    stored = [each["stored"] for each in page]
    names = [each["id"] for each in page]
    assert await ids(client, since=stored[0], ascending="true") == names[1:]
    assert await ids(client, until=stored[1], ascending="true") == names[:2]
    assert await ids(client, since=stored[0], until=stored[1]) == [names[1]]


async def test_a_statement_matches_as_its_target_does(client: httpx.AsyncClient) -> None:
    """2.1.3.s3, recursively and for each filter apart."""
    target = statement(verb={"id": "https://v.example/passed"})
    first = statement(actor=BEN, object=reference(target["id"]), verb={"id": "https://v.example/confirmed"})
    second = statement(actor=BEN, object=reference(first["id"]), verb={"id": "https://v.example/noted"})
    await post(client, target)
    await post(client, first)
    await post(client, second)
    every = [second["id"], first["id"], target["id"]]
    assert await ids(client, agent=json.dumps(ANN)) == every
    assert await ids(client, activity="act:1") == every
    assert await ids(client, verb="https://v.example/passed") == every
    assert await ids(client, agent=json.dumps(ANN), verb="https://v.example/noted") == every[:1]
    assert await ids(client, agent=json.dumps(BEN), verb="https://v.example/passed") == every[:2]
    assert await ids(client, agent=json.dumps(BEN), activity="act:1") == every[:2]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0), (1, 0, 2)])
async def test_a_target_may_come_later(client: httpx.AsyncClient, order: tuple[int, ...]) -> None:
    target = statement(verb={"id": "https://v.example/passed"})
    first = statement(actor=BEN, object=reference(target["id"]))
    second = statement(actor=BEN, object=reference(first["id"]))
    for place in order:
        await post(client, (target, first, second)[place])
    assert sorted(await ids(client, agent=json.dumps(ANN), verb="https://v.example/passed")) == sorted(
        [target["id"], first["id"], second["id"]]
    )


async def test_references_in_a_circle_do_no_harm(client: httpx.AsyncClient) -> None:
    one, two = statement(), statement(actor=BEN)
    one["object"], two["object"] = reference(two["id"]), reference(one["id"])
    await post(client, one, two)
    assert await ids(client, agent=json.dumps(ANN)) == [two["id"], one["id"]]


@pytest.mark.parametrize("late", [False, True])
async def test_voiding(client: httpx.AsyncClient, late: bool) -> None:
    """2.1.4 and Data 2.3.2; the target may come after the statement that voids it."""
    target = statement()
    voiding = statement(actor=BEN, verb={"id": VOIDED}, object=reference(target["id"]))
    for each in (voiding, target) if late else (target, voiding):
        await post(client, each)
    assert await ids(client) == [voiding["id"]]
    assert await ids(client, agent=json.dumps(ANN)) == [voiding["id"]]
    gone = await client.get("/statements", params={"statementId": target["id"]})
    there = await client.get("/statements", params={"voidedStatementId": target["id"]})
    assert (gone.status_code, there.status_code) == (404, 200)
    again = statement(verb={"id": VOIDED}, object=reference(voiding["id"]))
    await post(client, again)
    assert await ids(client) == [again["id"], voiding["id"]]
    assert (await client.get("/statements", params={"voidedStatementId": voiding["id"]})).status_code == 404


@pytest.mark.parametrize(
    "parameters",
    [
        {"statementId": "x"},
        {"statementId": statement()["id"], "voidedStatementId": statement()["id"]},
        {"statementId": statement()["id"], "limit": 1},
        {"agent": "{"},
        {"agent": '{"name":"Ann"}'},
        {"agent": '{"objectType":"Group","member":[]}'},
        {"verb": "did"},
        {"activity": "one"},
        {"registration": "7"},
        {"since": "yesterday"},
        {"until": "2026-13-01T00:00:00Z"},
        {"limit": "-1"},
        {"limit": "many"},
        {"ascending": "yes"},
        {"format": "pretty"},
        {"StatementId": statement()["id"]},
        {"position": "9" * 19},
    ],
    ids=str,
)
async def test_a_malformed_parameter_is_400(client: httpx.AsyncClient, parameters: dict[str, Any]) -> None:
    answer = await client.get("/statements", params=parameters)
    assert answer.status_code == 400
    assert answer.json()["message"]
    assert THROUGH in answer.headers


async def test_a_page_of_large_statements_ends_early_and_more_goes_on(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lrs.search.PAGE_OCTETS", 5_000)
    small = [statement() for _ in range(3)]
    large = [statement(result={"response": "x" * size}) for size in (2_000, 2_000, 2_000, 9_000)]
    sent = [*small, *large, statement()]
    await post(client, *sent)
    first = (await client.get("/statements", params={"ascending": "true"})).json()
    assert [each["id"] for each in first["statements"]] == [each["id"] for each in sent[:4]]
    assert await ids(client, ascending="true") == [each["id"] for each in sent]
    assert await ids(client, limit="2") == [each["id"] for each in reversed(sent)]


async def test_a_page_holds_no_more_than_asked_and_more_goes_on(client: httpx.AsyncClient) -> None:
    sent = [statement(object={"id": f"act:{n % 2}"}) for n in range(12)]
    await post(client, *sent)
    page = (await client.get("/statements", params={"limit": 5})).json()
    assert len(page["statements"]) == 5
    assert page["more"].startswith("/xapi/statements?")
    assert (
        await ids(client, limit=5, activity="act:1")
        == [each["id"] for each in sent if each["object"]["id"] == "act:1"][::-1]
    )


async def test_a_batch_beyond_the_places_of_a_microsecond_keeps_its_order(client: httpx.AsyncClient) -> None:
    sent = [statement() for _ in range((1 << PLACES) + 10)]
    await post(client, *sent)
    assert await ids(client, ascending="true") == [each["id"] for each in sent]
    for place in (0, -1):
        one = (await client.get("/statements", params={"statementId": sent[place]["id"]})).json()
        until, since = await ids(client, until=one["stored"]), await ids(client, since=one["stored"])
        assert one["id"] in until
        assert sorted(until + since) == sorted(each["id"] for each in sent)


async def test_consistent_through_waits_for_the_oldest_write_in_flight(
    context: Context, client: httpx.AsyncClient
) -> None:
    """2.1.3.s2.b5: what is stored later than the answer says is never stored before it."""
    async with context.database.pool.acquire() as other:
        transaction = other.transaction()
        await transaction.start()
        microsecond = await other.fetchval("SELECT moment FROM begin_write(false, '{}')")
        await post(client, statement())
        during = (await client.get("/statements")).headers[THROUGH]
        await transaction.rollback()
    assert datetime.fromisoformat(during).timestamp() * 1e6 <= microsecond + 1
    async with asyncio.timeout(10):
        while (await client.get("/statements")).headers[THROUGH] <= during:
            pass


class Reader:
    """An observer that fails on one verb, and keeps what it reads in a table of its own."""

    name = "reader"

    def read(self, arrival: Arrival) -> Sequence[Arrival]:
        if arrival.statement["verb"]["id"].endswith("broken"):
            raise ValueError("cannot read this")
        return [arrival]

    def insertions(self, rows: Sequence[Arrival]) -> Sequence[Insertion]:
        columns = [[row.id for row in rows], [row.position for row in rows], [row.timestamp for row in rows]]
        columns += [[row.voids for row in rows]]
        sql = "INSERT INTO arrivals SELECT * FROM unnest($1::uuid[], $2::integer[], $3::timestamptz[], $4::uuid[])"
        return [Insertion(sql, columns)]


async def test_observers_read_each_new_statement_once_and_never_fail_a_write(context: Context) -> None:
    await context.database.pool.execute("CREATE TABLE arrivals (id uuid, place integer, at timestamptz, voids uuid)")
    sent = [
        statement(),
        statement(verb={"id": "https://v.example/broken"}),
        statement(timestamp="2026-01-01T00:00:00Z"),
    ]
    voiding = statement(verb={"id": VOIDED}, object=reference(sent[0]["id"]))
    async with client_of(replace(context, observers=(Reader(),))) as client:
        await post(client, *sent)
        await post(client, *sent, voiding)
        assert len(await ids(client)) == 3
    read = {str(row["id"]): row for row in await context.database.pool.fetch("SELECT * FROM arrivals")}
    assert await context.database.pool.fetchval("SELECT count(*) FROM arrivals") == 3
    assert set(read) == {sent[0]["id"], sent[2]["id"], voiding["id"]}
    assert [read[sent[place]["id"]]["place"] for place in (0, 2)] == [0, 2]
    assert read[sent[2]["id"]]["at"] == datetime.fromisoformat("2026-01-01T00:00:00+00:00")
    assert str(read[voiding["id"]]["voids"]) == sent[0]["id"]
    row = await context.database.pool.fetchrow("SELECT statement_id, error FROM unread")
    assert row is not None
    assert (str(row["statement_id"]), row["error"]) == (sent[1]["id"], "ValueError('cannot read this')")
