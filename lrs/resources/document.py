"""What the three document resources share: conditions, one document or a list of ids (xAPI Communication 2.2)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

import msgspec

from lrs import documents
from lrs.documents import Condition, Owner, is_json
from lrs.errors import BadRequest, NotFound
from lrs.resources import parameters
from lrs.resources.call import Answer, Call, Handler
from lrs.resources.statements import http_date

NAME_MOST, OCTETS_MOST = 1_000, 2_500
"""Of a document's name; Postgres refuses keys of more than 2,700 octets."""


@dataclass(frozen=True, slots=True)
class Resource:
    """One of the resources: its parameters, the one that names the document, its scope and who owns a document.

    PUT over a document needs If-Match or If-None-Match, except over a state in 1.0.x; a profile's PUT in 1.0.x always
    needs one (3.1; 2.0: 4.1.4).
    """

    owned_by: Sequence[str]
    optional: Sequence[str]
    name: str
    scope: str
    owner: Callable[[Call], Owner]
    is_state: bool = False

    def methods(self) -> dict[str, Handler]:
        return {"GET": self.get, "PUT": self.put, "POST": self.post, "DELETE": self.delete}

    async def get(self, call: Call) -> Answer:
        """A document, or the ids of all."""
        call.credential.require(f"{self.scope}/read")
        if self.name in call.parameters:
            return await self._get_one(call)
        given = call.only((*self.owned_by, *self.optional, "since"), self.owned_by)
        since = parameters.timestamp(given["since"], "since") if "since" in given else None
        owner, registration = self.owner(call), _registration(call)
        async with call.context.database.lend() as connection:
            found = await documents.ids(connection, owner, registration, since)
        headers = {"Last-Modified": http_date(max(found.values()))} if found else {}
        return Answer(body=msgspec.json.encode(list(found)), headers=headers)

    async def _get_one(self, call: Call) -> Answer:
        owner, registration, name = self._named(call)
        async with call.context.database.lend() as connection:
            found = await documents.get(connection, owner, registration, name)
        if found is None:
            raise NotFound(f"There is no document {name}.")
        headers = {"ETag": f'"{found.etag}"', "Last-Modified": http_date(found.updated)}
        return Answer(body=found.content, media_type=found.content_type, headers=headers)

    async def put(self, call: Call) -> Answer:
        """Store a document in place of the one before."""
        return await self._store(call, documents.put)

    async def post(self, call: Call) -> Answer:
        """Store a document or merge it into the one before."""
        return await self._store(call, documents.post)

    async def _store(self, call: Call, write: Callable[..., object]) -> Answer:
        call.credential.require(self.scope)
        owner, registration, name = self._named(call)
        content_type = call.headers.get("content-type", "application/octet-stream")
        content = await call.body()
        await call.authenticate()
        if is_json(content_type):
            _check_json(content, an_object=call.method == "POST")
        condition = self._condition(call)
        await call.context.database.write(
            lambda connection: write(  # type: ignore[arg-type, return-value]
                connection, owner, registration, name, content_type=content_type, content=content, condition=condition
            )
        )
        return Answer(204, media_type=None)

    async def delete(self, call: Call) -> Answer:
        """Delete a document; where the resource has it, all of an owner's."""
        call.credential.require(self.scope)
        if self.name not in call.parameters and self.is_state:
            call.only((*self.owned_by, *self.optional), self.owned_by)
            owner, registration = self.owner(call), _registration(call)
            await call.context.database.write(lambda c: documents.delete_all(c, owner, registration))
            return Answer(204, media_type=None)
        owner, registration, name = self._named(call)
        condition = self._condition(call)
        await call.context.database.write(lambda c: documents.delete(c, owner, registration, name, condition))
        return Answer(204, media_type=None)

    def _named(self, call: Call) -> tuple[Owner, UUID | None, str]:
        required = (*self.owned_by, self.name)
        name = call.only((*required, *self.optional), required)[self.name]
        if "\x00" in name or not 0 < len(name) <= NAME_MOST or len(name.encode()) > OCTETS_MOST:
            raise BadRequest(
                f"The parameter {self.name} must have 1 to {NAME_MOST} characters, none of them NUL, "
                f"and at most {OCTETS_MOST} octets of UTF-8."
            )
        return self.owner(call), _registration(call), name

    def _condition(self, call: Call) -> Condition:
        headers, old = call.headers, call.version.startswith("1.0")
        return Condition(
            headers.get("if-match"),
            headers.get("if-none-match"),
            guarded=not (old and self.is_state),
            always=old and not self.is_state,
        )


def _registration(call: Call) -> UUID | None:
    text = call.parameters.get("registration")
    return parameters.uuid(text, "registration") if text is not None else None


def _check_json(content: bytes, *, an_object: bool) -> None:
    try:
        content.decode()  # msgspec does not look into strings that it passes over
        msgspec.json.decode(content, type=dict[str, msgspec.Raw] if an_object else msgspec.Raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        kind = "a JSON object" if an_object else "JSON"
        raise BadRequest(f"The document says application/json but is not {kind}: {error}.") from error
