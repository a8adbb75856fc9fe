"""What every answer owes its caller: an id, a bound on what is read, and failures in one shape, never a traceback.

Pure ASGI middleware, outermost first: `Requests` → `Failures` → `BodyLimit` → the application.
"""

import json
import logging
import re
import secrets
import time
from collections.abc import Mapping
from typing import Any

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lrs.errors import ProximalError, TooLarge
from lrs.metrics import observe_request

_LOG = logging.getLogger(__name__)
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
CODES = {404: "not-found", 405: "method-not-allowed"}
SENTENCES = {404: "There is nothing at this address.", 405: "This address does not take that method."}


class Requests:
    """Give each request an id (the caller's `X-Request-ID` where it is a sensible one) and measure it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        offered = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"").decode("latin-1")
        request_id = offered if REQUEST_ID.fullmatch(offered) else secrets.token_hex(8)
        scope.setdefault("state", {})["request_id"] = request_id
        began, status = time.perf_counter(), 500

        async def send_named(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (b"x-request-id", request_id.encode())]
            await send(message)

        try:
            await self.app(scope, receive, send_named)
        finally:
            observe_request(scope["method"], scope["path"], status, time.perf_counter() - began)


class Failures:
    """Turn what is raised into the wire shape: status, code, message, errors."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def send_noting(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, send_noting)
        except Exception as error:
            if started:
                raise
            failure, headers = failure_of(error)
            if failure["status"] >= 500:
                _log(error, scope, failure)
            await _answer(send, failure, headers, head=scope["method"] == "HEAD")


def failure_of(error: Exception) -> tuple[dict[str, Any], Mapping[str, str]]:
    """The wire shape of an exception and the headers that go with it; what is unforeseen tells nothing of itself."""
    if isinstance(error, ProximalError):
        return error.as_json(), error.headers
    if isinstance(error, HTTPException):
        sentence = SENTENCES.get(error.status_code, str(error.detail))
        failure = ProximalError(sentence).as_json()
        code = CODES.get(error.status_code, "http-error")
        return {**failure, "status": error.status_code, "code": code}, error.headers or {}
    return ProximalError("Something went wrong here; the log has it under this answer's X-Request-ID.").as_json(), {}


def _log(error: Exception, scope: Scope, failure: Mapping[str, Any]) -> None:
    request_id = scope.get("state", {}).get("request_id", "-")
    where = f"{scope['method']} {scope['path']}"
    if isinstance(error, ProximalError):
        _LOG.warning("%s %s: %s %s", request_id, where, failure["status"], error.message)
    else:
        _LOG.error("%s %s failed", request_id, where, exc_info=error)


async def _answer(send: Send, failure: Mapping[str, Any], headers: Mapping[str, str], *, head: bool) -> None:
    body = json.dumps(failure, ensure_ascii=False).encode()
    raw = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    raw += [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": failure["status"], "headers": raw})
    await send({"type": "http.response.body", "body": b"" if head else body})


class BodyLimit:
    """Read at most `limit` bytes of a body: TooLarge at the announcement, else at the byte that is too many.

    Paths under `unless` bound their bodies themselves: the xAPI's refusals have headers of their own.
    """

    def __init__(self, app: ASGIApp, limit: int, *, unless: str = "/xapi/") -> None:
        self.app = app
        self.limit = limit
        self.unless = unless

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(self.unless):
            await self.app(scope, receive, send)
            return
        announced = Headers(scope=scope).get("content-length", "0")
        if announced.isdigit() and int(announced) > self.limit:
            raise self._too_large()
        read = 0

        async def receive_counting() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > self.limit:
                raise self._too_large()
            return message

        await self.app(scope, receive_counting, send)

    def _too_large(self) -> TooLarge:
        return TooLarge(
            f"The body is over {self.limit:,} bytes, the most this server reads: send less at once.",
            headers={"Connection": "close"},
        )
