"""A call of the JSON API: who calls, for which learner, with which parameters and body."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeAlias, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from adaptive import outbox, tokens
from adaptive.catalogue.document import path_text
from adaptive.profiles import moment_text
from adaptive.subjects import agent_from
from lrs.agents import agent_key
from lrs.authentication import authenticate
from lrs.context import Context
from lrs.credentials import Credential
from lrs.database import UNSTORABLE
from lrs.errors import BadRequest, Fault, Forbidden, NotFound, TooLarge, Unauthorized
from lrs.writing import Writer

Model = TypeVar("Model", bound=BaseModel)
MOST_OFFERS = 20


class Body(BaseModel):
    """A request's body: unknown keys and wrong types are refused."""

    model_config = ConfigDict(extra="forbid", strict=True)


@dataclass(frozen=True, slots=True)
class Call:
    """One authenticated request. `subject` is the only learner it may be about, where a learner's token asks."""

    context: Context
    credential: Credential
    request: Request
    subject: Mapping[str, Any] | None = None

    @property
    def store_id(self) -> int:
        return self.credential.store_id

    @property
    def base(self) -> str:
        """The address by which callers reach this server."""
        return self.context.settings.public_url or str(self.request.base_url)

    @property
    def now(self) -> datetime:
        return self.context.clock()

    def agent(self) -> dict[str, Any]:
        """Whom the query is about; a learner's token need not say it."""
        text = self.request.query_params.get("agent")
        if text is None and self.subject is not None:
            return dict(self.subject)
        return self.allowed(agent_from(text))

    def allowed(self, agent: dict[str, Any]) -> dict[str, Any]:
        """The agent; Forbidden where a learner's token asks about someone else."""
        if self.subject is not None and agent_key(agent) != agent_key(self.subject):
            raise Forbidden("A learner's token sees only that learner.")
        return agent

    def number(self, name: str, default: int, low: int, high: int) -> int:
        """A whole number in a query parameter."""
        text = self.request.query_params.get(name)
        if text is None:
            return default
        if not text.isascii() or not text.isdigit() or not low <= int(text[:9]) <= high or len(text) > 9:
            raise BadRequest(f"{name} must be a whole number from {low} to {high}.", [Fault(name, "is out of range")])
        return int(text)

    def one_of(self, name: str, values: Collection[str]) -> str | None:
        """One of a few words in a query parameter; None where it is absent."""
        text = self.request.query_params.get(name)
        if text is not None and text not in values:
            raise BadRequest(f"{name} must be one of {', '.join(values)}.", [Fault(name, "is none of these")])
        return text

    def text(self, name: str) -> str:
        """A query parameter that has to be there."""
        text = self.request.query_params.get(name)
        if not text:
            raise BadRequest(f"The parameter {name} is missing.", [Fault(name, "is missing")])
        return text

    def id(self, name: str) -> int:
        """A number in the path that names something kept."""
        text = self.request.path_params[name]
        if not text.isascii() or not text.isdigit() or len(text) > 18:
            raise NotFound("That is no id of anything here.")
        return int(text)

    def uuid(self, name: str) -> UUID:
        """A UUID in the path."""
        try:
            return UUID(self.request.path_params[name])
        except ValueError as error:
            raise NotFound("That is no id of anything here.") from error

    async def body(self, model: type[Model], most: int | None = None) -> Model:
        """The JSON body; BadRequest lists every fault with its path, TooLarge where it has more than `most` bytes."""
        try:
            return model.model_validate_json(await self.received(most))
        except ValidationError as error:
            faults = [Fault(path_text(e["loc"]), e["msg"].removeprefix("Value error, ")) for e in error.errors()]
            first = f"{faults[0].path}: {faults[0].message}" if faults[0].path else faults[0].message
            raise BadRequest(f"The body cannot be used: {first}.", faults) from error

    async def received(self, most: int | None = None) -> bytes:
        """The whole body. Unauthorized where the credential was revoked while it came."""
        raw = await self._read(most)
        if self.subject is None:
            await authenticate(self.context, self.request)
        return raw

    async def _read(self, most: int | None) -> bytes:
        if most is None:
            return await self.request.body()
        raw = b""
        async for chunk in self.request.stream():
            raw += chunk
            if len(raw) > most:
                raise TooLarge(f"The body of this call may have at most {most:,} bytes.")
        return raw


Handler: TypeAlias = Callable[[Call], Awaitable[Response]]


def refuse_others(given: Collection[str], known: Collection[str]) -> None:
    """BadRequest for the first name that is not known."""
    unknown = [name for name in given if name not in known]
    if unknown:
        raise BadRequest(
            f"There is no parameter {unknown[0]} here; there are {', '.join(known) or 'none'}.",
            [Fault(unknown[0], "is unknown")],
        )


@dataclass(frozen=True, slots=True)
class Address:
    """One call of the API: the scope it needs, what it takes, and the schema (a component's name) of its answer.

    `tells`: what it does becomes a statement, which is delivered before the answer leaves where that can be.
    `own`: a learner's token may call it, for that learner.
    """

    method: str
    path: str
    scope: str
    handler: Handler
    summary: str
    query: tuple[str, ...] = ()
    body: type[BaseModel] | None = None
    answers: str | None = None
    status: int = 200
    tells: bool = False
    own: bool = False


def route(context: Context, addresses: Sequence[Address]) -> Route:
    """The route of addresses that share a path; a caller's credential must have the scope of the method."""
    by_method = {address.method: address for address in addresses}
    writer = Writer(context)

    async def endpoint(request: Request) -> Response:
        address = by_method["GET" if request.method == "HEAD" else request.method]
        call = await _authenticated(context, request, address)
        call.credential.require(address.scope)
        refuse_others(request.query_params.keys(), address.query)
        try:
            response = await address.handler(call)
        except UNSTORABLE as error:
            raise BadRequest("A text of this call holds a character that no text has (NUL); leave it out.") from error
        if address.tells:
            await outbox.deliver_at_once(context, writer)
        return response

    return Route(addresses[0].path, endpoint, methods=list(by_method))


async def _authenticated(context: Context, request: Request, address: Address) -> Call:
    """The call, by a credential or by a learner's token, which opens only what concerns that learner."""
    holder = await token_holder(context, request)
    if holder is None:
        return Call(context, await authenticate(context, request), request)
    if not address.own:
        raise Forbidden("A learner's token sees only that learner.")
    scopes = frozenset({"adaptive/read", "adaptive/write", "tutor"})
    return Call(
        context, Credential(0, holder.store_id, "learner", "Learner", scopes, holder.agent), request, holder.agent
    )


async def token_holder(context: Context, request: Request) -> tokens.Holder | None:
    """Whom a learner's token speaks for; None where the request bears none. Unauthorized where it has expired."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.startswith(tokens.PREFIX):
        return None
    async with context.database.read() as connection:
        holder = await tokens.holder(connection, token, now=context.clock())
    if holder is None:
        raise Unauthorized("This learner's token is unknown or has expired.", headers={"WWW-Authenticate": "Bearer"})
    return holder


def answer(content: Any, status: int = 200) -> Response:
    return JSONResponse(content, status)


def done() -> Response:
    return Response(status_code=204)


def plain(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row with its moments, days and ids as text."""
    return {name: _text(value) for name, value in row.items()}


def _text(value: Any) -> Any:
    if isinstance(value, datetime):
        return moment_text(value)
    return str(value) if isinstance(value, date | UUID) else value
