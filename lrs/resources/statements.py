"""The statements resource (xAPI Communication 2.1; 2.0: 4.1.6.1)."""

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID, uuid4

import msgspec

from lrs import intake, search
from lrs import statements as record
from lrs.agents import key_of
from lrs.errors import BadRequest, NotFound
from lrs.resources import incoming, outgoing, parameters
from lrs.resources.call import Answer, Call, Handler, flag
from lrs.resources.consistency import before_page
from lrs.terms import term_id as term
from lrs.writing import Submission

CONSISTENT_THROUGH = "X-Experience-API-Consistent-Through"
PAGE = 500
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
FORMATS = ("exact", "ids", "canonical")
ONE = ("statementId", "voidedStatementId", "format", "attachments")
FILTERS = (
    "agent", "verb", "activity", "registration", "related_activities", "related_agents", "since", "until", "limit",
    "format", "attachments", "ascending", "position",
)  # fmt: skip


async def put(call: Call) -> Answer:
    """Store one statement under the id of the request (2.1.1)."""
    given = call.only(("statementId",), ("statementId",))
    statement_id = parameters.uuid(given["statementId"], "statementId")
    call.credential.require("statements/write")
    await _store(call, statement_id)
    return Answer(204, media_type=None)


async def post(call: Call) -> Answer:
    """Store a statement or a list of them; answers their ids (2.1.2)."""
    call.only(())
    call.credential.require("statements/write")
    ids = await _store(call, None)
    return Answer(body=msgspec.json.encode([str(each) for each in ids]))


async def _store(call: Call, statement_id: UUID | None) -> list[UUID]:
    received = await incoming.receive(call)
    try:
        await call.authenticate()
        texts, several = intake.split(received.body)
        if statement_id is not None and several:
            raise BadRequest("PUT stores one statement; POST a list of them.")
        drafts, repairs = intake.read(texts, call.version, call.credential, uuid4, statement_id=statement_id)
        attachments = received.attachments(call.credential.store_id, drafts)
        await call.writer.write(Submission(drafts, attachments, repairs, call.credential.id))
    finally:
        received.close()
    return [draft.id for draft in drafts]


async def get(call: Call) -> Answer:
    """One statement by its id, or a page of those that meet the filters (2.1.3)."""
    call.credential.require("statements/read/mine")
    if "statementId" in call.parameters or "voidedStatementId" in call.parameters:
        return await _get_one(call)
    return await _get_page(call)


async def _get_one(call: Call) -> Answer:
    given = call.only(ONE)
    if "statementId" in given and "voidedStatementId" in given:
        raise BadRequest("Ask for statementId or for voidedStatementId, not for both.")
    name = "statementId" if "statementId" in given else "voidedStatementId"
    statement_id = parameters.uuid(given[name], name)
    chosen, attached = _format(given), flag(given, "attachments")
    async with call.context.database.lend() as connection:
        through = await before_page(call.context, connection)
        found = await record.by_id(connection, call.credential.store_id, statement_id)
        if found is None or found.voided is not (name == "voidedStatementId") or not _may_read(call, found.text):
            raise NotFound(f"There is no {'' if name == 'statementId' else 'voided '}statement {statement_id}.")
        texts = await outgoing.in_format(connection, call, [found.text], chosen)
    headers = {
        CONSISTENT_THROUGH: through,
        "Last-Modified": http_date(record.stored_at(found.position)),
    }
    return await outgoing.answer(call, texts[0], texts, headers, attached=attached)


async def _get_page(call: Call) -> Answer:
    given = call.only(FILTERS)
    query = _query(call, given)
    chosen, attached = _format(given), flag(given, "attachments")
    async with call.context.database.lend() as connection:
        through = await before_page(call.context, connection)
        page = await search.find(connection, query)
        texts = await outgoing.in_format(connection, call, page.texts, chosen)
    more = ""
    if page.more is not None:
        onward = urlencode({**given, "position": page.more})
        more = f"{call.root}{call.path}?{onward}"
    body = b'{"statements":[%b],"more":%b}' % (b",".join(texts), msgspec.json.encode(more))
    headers = {CONSISTENT_THROUGH: through}
    if page.positions:
        headers["Last-Modified"] = http_date(record.stored_at(max(page.positions)))
    return await outgoing.answer(call, body, texts, headers, attached=attached)


def _query(call: Call, given: Mapping[str, str]) -> search.Query:
    limit = parameters.whole_number(given.get("limit", "0"), "limit")
    mine = not call.credential.allows("statements/read")
    return search.Query(
        store_id=call.credential.store_id,
        agent=parameters.agent_term(given["agent"]) if "agent" in given else None,
        verb=term(parameters.iri(given["verb"], "verb")) if "verb" in given else None,
        activity=term(parameters.iri(given["activity"], "activity")) if "activity" in given else None,
        registration=parameters.uuid(given["registration"], "registration") if "registration" in given else None,
        authority=_authority_term(call) if mine else None,
        related_agents=flag(given, "related_agents"),
        related_activities=flag(given, "related_activities"),
        since=parameters.timestamp(given["since"], "since") if "since" in given else None,
        until=parameters.timestamp(given["until"], "until") if "until" in given else None,
        ascending=flag(given, "ascending"),
        after=_position(given["position"]) if "position" in given else None,
        limit=min(limit or PAGE, PAGE),
    )


def _position(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 19 and int(text) < 1 << 63):
        raise BadRequest("The parameter position is not one that a link in `more` gave.")
    return int(text)


def _authority_term(call: Call) -> int:
    return term(str(key_of(call.credential.authority)))


def _may_read(call: Call, text: bytes) -> bool:
    if call.credential.allows("statements/read"):
        return True
    authority = msgspec.json.decode(text)["authority"]
    return key_of(authority) == key_of(call.credential.authority)


def _format(given: Mapping[str, str]) -> str:
    chosen = given.get("format", "exact")
    if chosen not in FORMATS:
        raise BadRequest(f"The parameter format must be one of {', '.join(FORMATS)}.")
    return chosen


def http_date(moment: datetime) -> str:
    """A moment in UTC as HTTP writes dates (RFC 9110 section 5.6.7)."""
    return (
        f"{DAYS[moment.weekday()]}, {moment.day:02} {MONTHS[moment.month - 1]} {moment.year:04} "
        f"{moment.hour:02}:{moment.minute:02}:{moment.second:02} GMT"
    )


METHODS: dict[str, Handler] = {"GET": get, "PUT": put, "POST": post}
