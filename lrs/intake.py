"""From a request's bytes to drafts: parsed once, checked whole, every fault told. Pure."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import msgspec

from lrs import formats, reading
from lrs.credentials import Credential
from lrs.errors import BadRequest, Fault, StatementInvalid
from lrs.repair import Repair, mend
from lrs.rows import Draft, Sender, draft_of
from lrs.statement_text import open_text
from lrs.uuids import uuid_of
from lrs.validation.shapes import Form, Found

FAULTS_TOLD = 100
VERSION_1_0, VERSION_2_0 = b',"version":"1.0.0"', b',"version":"2.0.0"'
_decode = msgspec.json.decode
_raw_list = msgspec.json.Decoder(list[msgspec.Raw])


def split(body: bytes) -> tuple[list[bytes], bool]:
    """The texts of the statements in a body, and whether it was a list. BadRequest where it is no JSON."""
    _decoded(bytes.decode, body)
    if body.lstrip()[:1] == b"[":
        return [bytes(raw) for raw in _decoded(_raw_list.decode, body)], True
    return [body.strip()], False


def parse(text: bytes) -> Any:
    """JSON as Python has it. BadRequest where it is none, or is nested too deep to be read."""
    return _decoded(_decode, text)


def _decoded(decode: Callable[[Any], Any], text: Any) -> Any:
    try:
        return decode(text)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BadRequest(f"The body is not JSON: {error}.") from error
    except RecursionError as error:
        raise BadRequest("The JSON is nested too deep.") from error


def read(
    texts: Sequence[bytes],
    version: str,
    credential: Credential,
    new_id: Callable[[], UUID],
    *,
    statement_id: UUID | None = None,
) -> tuple[list[Draft], list[Repair]]:
    """The drafts of these statements, and what repair mode mended.

    Raises StatementInvalid with all faults, each with the statement's index and the JSON path.
    """
    repairs: list[Repair] = []
    if credential.repair:
        texts = list(texts)
        for index, text in enumerate(texts):
            texts[index], _, made = mend(text, parse(text))
            repairs += [Repair(index, path, what) for path, what in made]
    statements = _faultless(_decoded(lambda texts: [reading.read(text, version) for text in texts], texts))
    _refuse_repeated(statements)
    if statement_id is not None:
        _refuse_other_id(statements[0], statement_id)
    sender = Sender.of(credential)
    given = statement_id or new_id
    return [_draft(text, each, version, sender, given) for text, each in zip(texts, statements, strict=True)], repairs


def _faultless(outcomes: Sequence[tuple[Form | None, Found | None]]) -> list[Form]:
    """What was read, each statement with None for its faults."""
    faults = [
        Fault(path, message, index)
        for index, (_, found) in enumerate(outcomes)
        if found is not None
        for path, message in found
    ]
    if faults:
        first = faults[0]
        where = f"Statement {first.statement}" + (f", {first.path}" if first.path else "")
        more = f" ({len(faults) - 1} more in errors)" if len(faults) > 1 else ""
        raise StatementInvalid(f"{where}: {first.message}{more}.", faults[:FAULTS_TOLD])
    return [statement for statement, _ in outcomes if statement is not None]


def _refuse_repeated(statements: Sequence[Form]) -> None:
    """Two statements of one batch may not share an id (Communication 2.1.2.s2.b6)."""
    seen: dict[str, int] = {}
    for index, statement in enumerate(statements):
        if statement.id is None:
            continue
        first = seen.setdefault(statement.id.lower(), index)
        if first != index:
            fault = Fault("id", f"is the id of statement {first} too", index)
            raise StatementInvalid(f"Statement {index}, id: {fault.message}.", [fault])


def _refuse_other_id(statement: Form, statement_id: UUID) -> None:
    """A PUT statement's own id is the one of the request (Communication 2.1.1.s3.b3)."""
    if statement.id is not None and UUID(statement.id) != statement_id:
        fault = Fault("id", "is not the statementId of the request", 0)
        raise StatementInvalid(f"Statement 0, id: {fault.message}.", [fault])


def _draft(text: bytes, statement: Form, version: str, sender: Sender, given: UUID | Callable[[], UUID]) -> Draft:
    old = version.startswith("1.0")
    sent, written = statement.id, statement.timestamp
    added, utc, timestamp = b"", None, None
    if sent is not None:
        statement_id = uuid_of(sent)
    else:
        statement_id = given if isinstance(given, UUID) else given()
        added = b',"id":"%b"' % str(statement_id).encode()
    if statement.version is None:
        added += VERSION_1_0 if old else VERSION_2_0
    if written is not None:
        timestamp = formats.timestamp_of(written)
        if timestamp is not None and not old and not formats.in_utc(written):
            utc = formats.timestamp_text(timestamp)
    opened = open_text(text, statement, added, wrap=True, utc=utc)
    return draft_of(statement, opened, sender, statement_id, sent is not None or given is statement_id, timestamp)
