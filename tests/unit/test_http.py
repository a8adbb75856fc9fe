"""Failures, limits and request ids, against small applications called as a server calls them."""

import json
import logging
from collections.abc import Sequence
from typing import Any

import pytest
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lrs.errors import Fault, StatementInvalid, Unavailable
from lrs.http import BodyLimit, Failures, Requests

LIMIT = 100


async def call(
    app: ASGIApp, chunks: Sequence[bytes] = (b"",), headers: Sequence[tuple[str, str]] = (), method: str = "POST"
) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of one answer."""
    raw = [(name.encode(), value.encode()) for name, value in headers]
    scope: Scope = {"type": "http", "method": method, "path": "/", "headers": raw, "query_string": b""}
    parts = list(chunks)
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": parts.pop(0), "more_body": bool(parts)}

    async def send(message: Message) -> None:
        sent.append(message)

    await Requests(Failures(BodyLimit(app, LIMIT)))(scope, receive, send)
    answered = {name.decode().lower(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], answered, b"".join(message.get("body", b"") for message in sent[1:])


def raising(error: Exception) -> ASGIApp:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise error

    return app


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    body = await Request(scope, receive).body()
    await PlainTextResponse(body)(scope, receive, send)


async def test_the_wire_shape_of_a_failure() -> None:
    fault = Fault("result.score.scaled", "must be at most 1", 3)
    status, headers, body = await call(raising(StatementInvalid("The batch is invalid.", [fault])))
    assert (status, headers["content-type"]) == (400, "application/json")
    assert json.loads(body) == {
        "status": 400,
        "code": "statement-invalid",
        "message": "The batch is invalid.",
        "errors": [{"statement": 3, "path": "result.score.scaled", "message": "must be at most 1"}],
    }


async def test_headers_of_a_failure_go_out() -> None:
    status, headers, _ = await call(raising(Unavailable("Later.", headers={"Retry-After": "2"})))
    assert (status, headers["retry-after"]) == (503, "2")


async def test_head_gets_no_body() -> None:
    status, headers, body = await call(raising(Unavailable("Later.")), method="HEAD")
    assert (status, body) == (503, b"")
    assert int(headers["content-length"]) > 0


async def test_an_unforeseen_failure_tells_nothing_and_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        status, headers, body = await call(raising(RuntimeError("secret detail")))
    assert (status, json.loads(body)["code"]) == (500, "internal")
    assert b"secret" not in body
    assert headers["x-request-id"] in caplog.text
    assert "secret detail" in caplog.text


@pytest.mark.parametrize(("status", "code"), [(404, "not-found"), (405, "method-not-allowed"), (418, "http-error")])
async def test_failures_of_the_framework_have_the_shape_too(status: int, code: str) -> None:
    answered, _, body = await call(raising(HTTPException(status)))
    assert answered == status
    assert {"status": status, "code": code, "errors": []}.items() <= json.loads(body).items()


async def test_a_failure_after_the_answer_began_is_not_covered_up() -> None:
    async def late(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise RuntimeError("late")

    with pytest.raises(RuntimeError, match="late"):
        await call(late)


@pytest.mark.parametrize("chunks", [[b"x" * LIMIT], [b"x" * 60, b"x" * 40], [b""]])
async def test_a_body_within_the_limit_passes(chunks: list[bytes]) -> None:
    status, _, body = await call(echo, chunks)
    assert (status, body) == (200, b"".join(chunks))


@pytest.mark.parametrize(
    ("chunks", "headers"),
    [([b"x" * (LIMIT + 1)], []), ([b"x" * 60, b"x" * 41], []), ([b""], [("content-length", str(LIMIT + 1))])],
)
async def test_a_body_over_the_limit_is_refused(chunks: list[bytes], headers: list[tuple[str, str]]) -> None:
    status, answered, body = await call(echo, chunks, headers)
    assert (status, json.loads(body)["code"], answered["connection"]) == (413, "too-large", "close")


async def test_what_is_announced_too_large_is_not_read() -> None:
    async def unread() -> Message:
        raise AssertionError("read")

    sent: list[Any] = []

    async def send(message: Message) -> None:
        sent.append(message)

    scope: Scope = {"type": "http", "method": "POST", "path": "/", "headers": [(b"content-length", b"999")]}
    await Failures(BodyLimit(echo, LIMIT))(scope, unread, send)
    assert sent[0]["status"] == 413


@pytest.mark.parametrize(("offered", "kept"), [("abc-1.x_Y", True), ("a b", False), ("", False), ("x" * 65, False)])
async def test_a_sensible_request_id_is_kept(offered: str, kept: bool) -> None:
    _, headers, _ = await call(echo, headers=[("x-request-id", offered)])
    assert (headers["x-request-id"] == offered) is kept
    assert headers["x-request-id"]
