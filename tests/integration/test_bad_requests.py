"""Generated bad requests: whatever comes, the answer is never a 5xx and has the xAPI's headers.

`PROXIMAL_BAD_REQUESTS=100000` makes as many as a release is tried with; a run of the tests makes fewer.
"""

import json
import os
import random
from typing import Any

import httpx

from lrs.context import Context
from tests.integration.xapi import ANN, client_of, statement
from tests.unit.test_statement_rules import FULL

REQUESTS = int(os.environ.get("PROXIMAL_BAD_REQUESTS", "1500"))
# fmt: off
PATHS = ("/statements", "/activities/state", "/activities/profile", "/agents/profile", "/agents", "/activities",
         "/about", "/oauth/token", "/nowhere", "/statements/", "//")
NAMES = ("statementId", "voidedStatementId", "agent", "verb", "activity", "registration", "related_agents", "since",
         "until", "limit", "format", "attachments", "ascending", "position", "activityId", "stateId", "profileId",
         "method", "content", "x")
TEXTS = ("", "true", "0", "-1", "1e9", "null", "{}", "[]", json.dumps(ANN), '{"mbox":7}', "a:b", "\x00", "é\ufffd", "%",
         "ec531277-b57b-4c15-8d91-d292c5b2b8f7", "2026-01-01T00:00:00Z", "9999-12-31T23:59:59-23:59", "GET", "PUT",
         "0001-01-01T00:00Z", "9000-01-01T00:00Z", "9" * 40, "x" * 3000, "\ud7ff",
         '{"mbox":"mailto:a@b\\u0000.c"}', "application/json")
VALUES: tuple[Any, ...] = (None, True, 0, -1, 1e300, 10**30, "", "x", "\x00", "a:\ud7ff", [], [[]], {}, "😀" * 50)
TYPES = ("application/json", "multipart/mixed; boundary=b", "multipart/mixed", "text/plain", "", ";;",
         "application/x-www-form-urlencoded", "application/json; charset=latin-1", "multipart/mixed; boundary=\"\xff\"")
BODIES = (b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 5000, b'{"a":' * 3000, b"--b\r\n\r\n{}\r\n--b--", b"--b--",
          b"1e999", b'{"a":"\\ud800"}', b'[{"id":7}]', b"content=%7B%7D&x=1", b"grant_type=client_credentials", b"\x00")
# fmt: on
HEADERS = (
    "If-Match",
    "If-None-Match",
    "Accept-Language",
    "Authorization",
    "X-Experience-API-Version",
    "Content-Length",
)


def mutated(rng: random.Random, value: Any, depth: int = 0) -> Any:
    """A value with a few of its parts replaced."""
    if depth and rng.random() < 0.08:
        return rng.choice(VALUES)
    if isinstance(value, dict):
        return {
            (key if rng.random() < 0.98 else rng.choice(TEXTS)): mutated(rng, each, depth + 1)
            for key, each in value.items()
        }
    return [mutated(rng, each, depth + 1) for each in value] if isinstance(value, list) else value


def body_of(rng: random.Random) -> bytes:
    if rng.random() < 0.4:
        return rng.choice(BODIES)
    one = mutated(rng, rng.choice((FULL, statement(), [FULL, statement()])))
    text = json.dumps(one).encode()
    return text if rng.random() < 0.8 else text[: rng.randrange(len(text) + 1)]


def request_of(rng: random.Random, client: httpx.AsyncClient) -> httpx.Request:
    parameters: list[tuple[str, Any]] = [
        (rng.choice(NAMES), rng.choice(TEXTS)) for _ in range(rng.choice((0, 0, 1, 2, 3)))
    ]
    headers = {"Content-Type": rng.choice(TYPES)} if rng.random() < 0.8 else {}
    if rng.random() < 0.3:
        headers[rng.choice(HEADERS)] = rng.choice(("", "*", '"x"', "2.0.0", "1.0", "Basic eA==", "Bearer x", "de;q=x"))
    method = rng.choice(("GET", "GET", "PUT", "POST", "POST", "POST", "DELETE", "HEAD", "OPTIONS", "PATCH"))
    raw = {name.encode(): value.encode("latin-1") for name, value in headers.items()}
    return client.build_request(method, rng.choice(PATHS), params=parameters, content=body_of(rng), headers=raw)


async def test_no_request_is_answered_by_a_5xx(context: Context) -> None:
    rng = random.Random(20_261_122)
    statuses: set[int] = set()
    async with client_of(context) as client:
        for number in range(REQUESTS):
            request = request_of(rng, client)
            answer = await client.send(request)
            assert answer.status_code < 500, (number, request.method, request.url, request.content[:2000], answer.text)
            statuses.add(answer.status_code)
            if answer.status_code != 404:
                assert "x-experience-api-version" in answer.headers
    assert {200, 204, 400, 401, 404, 405} <= statuses
