"""Generated bad requests to the adaptive API: whatever comes, nothing is answered by a 5xx, then or later.

`PROXIMAL_BAD_REQUESTS=100000` makes as many as a release is tried with; a run of the tests makes fewer.
"""

import json
import os
import random
from typing import Any
from uuid import uuid4

import httpx

from adaptive.routes import ADDRESSES
from lrs.context import Context
from tests.integration.cooking import PATH, ROLE, course
from tests.integration.learners import agent
from tests.integration.service import Client, client_of

REQUESTS = int(os.environ.get("PROXIMAL_BAD_REQUESTS", "1200"))
PEOPLE = ("ann", "ben", "cid", "dea")
SKILL, ITEM = "urn:skill:mixing", "urn:item:mixing-0"
# fmt: off
TEXTS = ("", "true", "0", "-1", "1e9", "null", "{}", "[]", "\x00", "%", "é\ufffd", "9" * 40, "x" * 3000, "urn:none",
         SKILL, ITEM, "urn:course", PATH, ROLE, "9999-12-31", "0001-01-01", "2031-02-30", "9999-12-31T23:59:59-14:00",
         "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59Z", "pin", "ban", "right", "known", "fixed", "csv", "case",
         "profile")
VALUES: tuple[Any, ...] = (None, True, 0, -1, 0.5, 2**31, 2**63, 1e300, -1e300, 10**30, [], [[]], {}, [None],
                           "😀" * 50, *TEXTS)
BODIES = (b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 5000, b'{"a":' * 3000, b"1e999", b'{"level":NaN}',
          b"type,id\n")
# fmt: on


def example(rng: random.Random, name: str) -> Any:
    """A value such as a body's field of this name may have."""
    answer, action = rng.choice(("right", "refused", "postponed", "known")), rng.choice(("pin", "assign", "lock"))
    known: dict[str, Any] = {
        "skill": SKILL, "skills": [SKILL], "level": 1.0, "due": "2099-01-01", "activity": ITEM, "item": ITEM,
        "answer": answer, "action": action,
        "agent": agent(rng.choice(PEOPLE)), "agents": [agent(who) for who in PEOPLE], "same_as": agent("cid"),
        "cohort": rng.choice((1, 2, 3)), "name": f"N{rng.random()}", "role": ROLE, "path": PATH, "policy": "fixed",
        "note": "n", "next_step": "s", "formats": ["video"], "weekly_minutes": 60, "language": "en", "version": 1,
        "until": "2099-01-01T00:00:00Z", "decision": str(uuid4()), "comment": "c", "error": 0.4, "items": 5, "limit": 3,
    }  # fmt: skip
    return known.get(name, rng.choice(VALUES))


def mutated(rng: random.Random, value: Any, depth: int = 0) -> Any:
    """A value with a few of its parts replaced."""
    if depth and rng.random() < 0.12:
        return rng.choice(VALUES)
    if isinstance(value, dict):
        return {key: mutated(rng, each, depth + 1) for key, each in value.items()}
    return [mutated(rng, each, depth + 1) for each in value] if isinstance(value, list) else value


def request_of(rng: random.Random, client: httpx.AsyncClient) -> httpx.Request:
    address = rng.choice(ADDRESSES)
    path = address.path
    for name in ("cohort", "group", "override", "decision", "placement"):
        path = path.replace("{" + name + "}", rng.choice(("1", "2", "999", str(uuid4()), "9" * 18, "9" * 19, "x")))
    parameters = {name: rng.choice(TEXTS) for name in address.query if rng.random() < 0.3}
    if "agent" in address.query and rng.random() < 0.9:
        parameters["agent"] = json.dumps(mutated(rng, agent(rng.choice(PEOPLE))))
    content = rng.choice(BODIES)
    if address.body is not None and rng.random() < 0.85:
        whole = course() if "collection" in path else {n: example(rng, n) for n in address.body.model_fields}
        content = json.dumps(mutated(rng, {n: v for n, v in whole.items() if rng.random() < 0.8})).encode()
    return client.build_request(address.method, path, params=parameters, content=content)


async def still_served(client: Client) -> None:
    """What was taken in does not keep anybody from their next steps."""
    for who in PEOPLE:
        await client.get("/adaptive/recommendations", who)
        await client.get("/adaptive/profile", who)
        await client.get("/adaptive/paths", who)


async def test_no_request_is_answered_by_a_5xx(context: Context) -> None:
    rng = random.Random(20_261_122)
    statuses: set[int] = set()
    async with client_of(context) as client:
        await client.put("/adaptive/catalogue/collection", None, course(), 200)
        for number in range(REQUESTS):
            request = request_of(rng, client.http)
            answer = await client.http.send(request)
            assert answer.status_code < 500, (number, request.method, request.url, request.content[:2000], answer.text)
            statuses.add(answer.status_code)
            if number % 40 == 39:
                await still_served(client)
    assert {200, 201, 204, 400, 404} <= statuses
