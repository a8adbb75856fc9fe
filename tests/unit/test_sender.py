"""Sending: what is retried, what is divided, what ends it; over a transport that answers by script."""

import json
from collections.abc import Callable
from typing import Any

import anyio
import httpx
import pytest

from admin.transfer.sender import Batch, Entry, Refusal, Sender, send_all
from lrs.errors import OperatorError

Answer = Callable[[list[Any]], httpx.Response]


def entries(*names: str) -> list[Entry]:
    return [Entry(line, name, json.dumps(name).encode()) for line, name in enumerate(names, 1)]


class Endpoint:
    """Accepts batches unless they hold something bad; remembers what it accepted and what was slept."""

    def __init__(self, answer: Answer) -> None:
        self.answer, self.accepted, self.requests, self.slept = answer, list[str](), 0, list[float]()
        self.refusals = list[Refusal]()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests += 1
        batch = json.loads(request.content)
        answer = self.answer(batch)
        if answer.status_code == 200:
            self.accepted += batch
        return answer

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await anyio.lowlevel.checkpoint()

    def sender(self) -> Sender:
        client = httpx.AsyncClient(transport=httpx.MockTransport(self), base_url="http://lrs.example/xapi/")
        return Sender(client, self.refusals.append, patience=5.0, sleep=self.sleep)


def refusing(*bad: str, named: bool) -> Answer:
    def answer(batch: list[str]) -> httpx.Response:
        found = [index for index, name in enumerate(batch) if name in bad]
        errors = [{"statement": index, "path": "verb", "message": f"no {batch[index]}"} for index in found]
        return httpx.Response(400, json={"message": "refused", "errors": errors if named else []}) if found else OK()

    return answer


def OK() -> httpx.Response:  # noqa: N802 - reads as the status it is
    return httpx.Response(200, json=[])


@pytest.mark.parametrize("named", [True, False])
async def test_a_bad_statement_does_not_cost_its_neighbours(named: bool) -> None:
    endpoint = Endpoint(refusing("c", "f", named=named))
    sender = endpoint.sender()
    await sender.send(entries(*"abcdefg"), "2.0.0")
    assert sorted(endpoint.accepted) == list("abdeg")
    assert [refusal.line for refusal in sorted(endpoint.refusals, key=lambda r: r.line)] == [3, 6]
    assert (sender.tally.accepted, sender.tally.refused) == (5, 2)
    if named:
        assert endpoint.requests == 2
        assert {str(refusal) for refusal in endpoint.refusals} == {"line 3 at verb: no c", "line 6 at verb: no f"}


async def test_all_refused() -> None:
    endpoint = Endpoint(refusing("a", "b", named=False))
    await endpoint.sender().send(entries("a", "b"), "2.0.0")
    assert [str(refusal) for refusal in endpoint.refusals] == ["line 1: refused", "line 2: refused"]


async def test_a_busy_endpoint_is_asked_again_when_it_says() -> None:
    answers = iter([httpx.Response(503, headers={"Retry-After": "3"}), httpx.Response(429), OK()])
    endpoint = Endpoint(lambda batch: next(answers))
    await endpoint.sender().send(entries("a"), "2.0.0")
    assert endpoint.accepted == ["a"]
    assert endpoint.slept == [3.0, 6.0]


async def test_a_lost_connection_is_tried_again() -> None:
    fails = iter([True, True, False])

    def answer(batch: list[str]) -> httpx.Response:
        if next(fails):
            raise httpx.ConnectError("refused")
        return OK()

    endpoint = Endpoint(answer)
    await endpoint.sender().send(entries("a"), "2.0.0")
    assert endpoint.slept == [0.25, 0.5]


async def test_an_endpoint_that_stays_away_is_given_up_in_a_sentence() -> None:
    def answer(batch: list[str]) -> httpx.Response:
        raise httpx.ConnectError("All connection attempts failed")

    with pytest.raises(OperatorError, match=r"does not accept statements \(All connection attempts failed\)\."):
        await Endpoint(answer).sender().send(entries("a"), "2.0.0")


@pytest.mark.parametrize(
    ("status", "sentence"),
    [(401, "refused the credential"), (403, "refused the credential"), (404, "no xAPI endpoint"), (500, "status 500")],
)
async def test_what_ends_it(status: int, sentence: str) -> None:
    endpoint = Endpoint(lambda batch: httpx.Response(status, json={"message": "because"}))
    with pytest.raises(OperatorError, match=sentence):
        await endpoint.sender().send(entries("a"), "2.0.0")
    assert endpoint.requests == 1


async def test_too_large_a_batch_is_halved() -> None:
    endpoint = Endpoint(lambda batch: OK() if len(batch) <= 2 else httpx.Response(413, text="too large"))
    await endpoint.sender().send(entries(*"abcdefg"), "2.0.0")
    assert sorted(endpoint.accepted) == list("abcdefg")


async def test_several_in_flight_send_every_batch_once() -> None:
    endpoint = Endpoint(lambda batch: OK())
    batches = [Batch(number, "2.0.0", entries(f"s{number}")) for number in range(20)]
    done = list[int]()
    await send_all(endpoint.sender(), iter(batches), flights=4, done=lambda batch: done.append(batch.number))
    assert sorted(endpoint.accepted) == sorted(f"s{number}" for number in range(20))
    assert sorted(done) == list(range(20))


async def test_the_first_failure_ends_all_flights_with_its_own_sentence() -> None:
    endpoint = Endpoint(lambda batch: httpx.Response(401, json={"message": "who?"}))
    batches = [Batch(number, "2.0.0", entries("a")) for number in range(9)]
    with pytest.raises(OperatorError, match="refused the credential"):
        await send_all(endpoint.sender(), iter(batches), flights=4)
