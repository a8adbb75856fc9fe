"""The xAPI as one ASGI application: versions, alternate requests, CORS, credentials, errors; then a resource's handler.

Every answer, also of a wrong path or an unforeseen error, carries the version header (Communication 3.3) and what
browsers need (CORS). A preflight is answered here, never redirected.
"""

import logging
import re

import msgspec
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from lrs.context import Context
from lrs.credentials import Credential
from lrs.errors import BadRequest, MethodNotAllowed, NotFound, ProximalError
from lrs.repairs import note_refusal
from lrs.resources import about, activities, activity_profiles, agent_profiles, agents, oauth, state, statements
from lrs.resources.call import Answer, Call, Methods
from lrs.resources.consistency import consistent_through
from lrs.resources.forms import form_of
from lrs.resources.room import Room
from lrs.writing import Writer

log = logging.getLogger(__name__)
VERSIONS = {"1.0": "1.0.3", "2.0": "2.0.0"}
VERSION = re.compile(r"([12]\.0)(?:\.(?:0|[1-9]\d*))?")
# A request without the header could only be one of 0.9 or 0.95, which came before the header. It is refused in the name
# of 0.95: in answers to it both of ADL's suites take that version beside their own.
VERSIONLESS = "0.95"
HEADER = "X-Experience-API-Version"
EXPOSED = "ETag, Last-Modified, Location, X-Experience-API-Version, X-Experience-API-Consistent-Through"
ALWAYS = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", EXPOSED.encode()),
)
VERSION_HEADER = HEADER.lower().encode()
PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, HEAD, PUT, POST, DELETE, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Content-Length, If-Match, If-None-Match, "
    "Accept-Language, X-Experience-API-Version, X-Experience-API-Hash",
    "Access-Control-Max-Age": "86400",
}
RESOURCES: dict[str, Methods] = {
    "/about": about.METHODS,
    "/statements": statements.METHODS,
    "/activities": activities.METHODS,
    "/activities/state": state.METHODS,
    "/activities/profile": activity_profiles.METHODS,
    "/agents": agents.METHODS,
    "/agents/profile": agent_profiles.METHODS,
    "/oauth/token": oauth.METHODS,
}
WITHOUT_VERSION = ("/about", "/oauth/token")
OPEN = ("/about", "/oauth/token")
UNCACHED = (b"cache-control", b"no-cache")
"""On what is read: by Last-Modified alone browsers would answer from their caches for a while."""
NOBODY = Credential(0, 0, "", "", frozenset(), {})
HEADERS_IN_FORM = frozenset(
    {"authorization", "x-experience-api-version", "content-type", "content-length", "if-match", "if-none-match",
     "accept-language"}
)  # fmt: skip
FIELD_VALUE = re.compile(r"[\t -~\x80-\xff]*")
"""What a header can have (RFC 9110 section 5.5), as Latin-1."""


class Interface:
    """Mounted at /xapi."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._writer = Writer(context)
        self._room = Room()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        call = self._call(scope, receive)
        try:
            answer = await self._answer(call)
        except ProximalError as error:
            answer = _refusal(error)
            await self._note(call, error)
        except ClientDisconnect:
            return
        except RecursionError:
            answer = _refusal(BadRequest("The JSON is nested too deep."))
        except Exception:
            log.exception("%s %s failed", call.method, call.path)
            answer = _refusal(ProximalError("The server failed; the operator's log says why."))
        finally:
            self._room.leave(call.held)
        if call.path == "/statements" and statements.CONSISTENT_THROUGH not in answer.headers:
            answer.headers[statements.CONSISTENT_THROUGH] = await consistent_through(self._context)
        if call.method == "HEAD" != scope["method"]:  # an alternate HEAD, which HTTP takes for a POST
            answer.body, answer.stream = b"", None
        await _send(call, answer, send)

    def _call(self, scope: Scope, receive: Receive) -> Call:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        root: str = scope.get("root_path", "")
        path: str = scope["path"]
        return Call(
            context=self._context,
            writer=self._writer,
            room=self._room,
            method=scope["method"],
            path=path.removeprefix(root).rstrip("/"),
            root=root,
            headers=headers,
            parameters={},
            receive=receive,
            version=_known_version(headers.get("x-experience-api-version")) or VERSIONLESS,
            credential=NOBODY,
        ).with_query(scope["query_string"])

    async def _answer(self, call: Call) -> Answer:
        if call.method == "OPTIONS":
            return Answer(204, media_type=None, headers=dict(PREFLIGHT))
        if call.malformed is not None:
            raise BadRequest(call.malformed)
        if call.method == "POST" and "method" in call.parameters:
            await _read_alternate(call)
        resource = RESOURCES.get(call.path)
        if resource is None:
            raise NotFound("There is no such resource; the specification's are " + ", ".join(RESOURCES) + ".")
        _check_version(call)
        handler = resource.get("GET" if call.method == "HEAD" else call.method)
        if handler is None:
            raise MethodNotAllowed(f"{call.path} takes {', '.join(resource)}.", headers={"Allow": ", ".join(resource)})
        if call.path not in OPEN:
            await call.authenticate()
        return await handler(call)

    async def _note(self, call: Call, error: ProximalError) -> None:
        """Keep count of refused writes, for the operator; a side job that may fail."""
        if call.credential.id == 0 or call.method not in ("POST", "PUT", "DELETE") or error.status in (401, 503):
            return
        try:
            async with call.context.database.lend() as connection:
                await note_refusal(connection, call.credential.store_id, call.credential.id, error.code, error.message)
        except Exception:
            log.exception("a refusal could not be noted")


def _known_version(sent: str | None) -> str | None:
    """What a version header is answered as: any 1.0.x as 1.0.3, any 2.0.x as 2.0.0."""
    match = VERSION.fullmatch(sent) if sent else None
    return VERSIONS[match[1]] if match else None


def _check_version(call: Call) -> None:
    sent = call.headers.get("x-experience-api-version")
    if call.path in WITHOUT_VERSION:
        call.version = _known_version(sent) or VERSIONS["2.0"]
    elif sent is None:
        raise BadRequest(f"Send the header {HEADER}: 1.0.3 or 2.0.0.")
    elif _known_version(sent) is None:
        call.version = VERSIONS["2.0"]
        raise BadRequest(f"The version {sent[:40]} is not known here: send {HEADER} 1.0.3 or 2.0.0.")


async def _read_alternate(call: Call) -> None:
    """Unfold a request that hides in a form (Communication 1.3): 1.0.x alone has this syntax."""
    sent = call.headers.get("x-experience-api-version")
    if _known_version(sent) == VERSIONS["2.0"]:
        raise BadRequest("Version 2.0 has no alternate request syntax: send the method itself.")
    if set(call.parameters) - {"method", "cachebuster"}:
        raise BadRequest("An alternate request has method alone in its query; all else goes into the form.")
    method = call.parameters["method"]
    if method not in ("GET", "PUT", "POST", "DELETE", "HEAD"):
        raise BadRequest("The parameter method must be GET, PUT, POST, DELETE or HEAD.")
    form = form_of(await call.body())
    headers = {name.lower(): value for name, value in form.items() if name.lower() in HEADERS_IN_FORM}
    if wrong := [name for name, value in headers.items() if FIELD_VALUE.fullmatch(value) is None]:
        raise BadRequest(f"The form's {wrong[0]} has characters that no header may have.")
    content = form.get("content")
    if method in ("PUT", "POST") and content is None:
        raise BadRequest("An alternate PUT or POST has its body in the form's content.")
    call.headers = {**call.headers, "content-type": "application/json", **headers}
    call.parameters = {n: v for n, v in form.items() if n.lower() not in HEADERS_IN_FORM and n != "content"}
    call.method = method
    call.content = (content or "").encode()
    known = _known_version(call.headers.get("x-experience-api-version"))
    if known == VERSIONS["2.0"]:
        raise BadRequest("Version 2.0 has no alternate request syntax: send the method itself.")
    call.version = known or call.version


def _refusal(error: ProximalError) -> Answer:
    return Answer(error.status, msgspec.json.encode(error.as_json()), headers=dict(error.headers))


async def _send(call: Call, answer: Answer, send: Send) -> None:
    raw = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers.items()]
    raw += [*ALWAYS, (VERSION_HEADER, call.version.encode())]
    if call.method in ("GET", "HEAD"):
        raw.append(UNCACHED)
    if answer.media_type is not None:
        raw.append((b"content-type", answer.media_type.encode("latin-1")))
    if answer.stream is None and answer.status != 204:
        raw.append((b"content-length", str(len(answer.body)).encode()))
    await send({"type": "http.response.start", "status": answer.status, "headers": raw})
    silent = call.method == "HEAD"
    if answer.stream is not None and not silent:
        async for chunk in answer.stream:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
    await send({"type": "http.response.body", "body": b"" if silent or answer.stream else answer.body})
