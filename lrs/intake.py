"""From a request's bytes to drafts: parsed once, checked whole, every fault told. Pure."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import msgspec

from lrs import formats, reading
from lrs.credentials import Credential
from lrs.errors import BadRequest, Fault, StatementInvalid
from lrs.repair import Repair, mend
from lrs.rows import Draft, draft_of
from lrs.statement_text import open_text
from lrs.validation.shapes import Form, Found

FAULTS_TOLD = 100
_decode = msgspec.json.decode
_raw_list = msgspec.json.Decoder(list[msgspec.Raw])


def split(body: bytes) -> tuple[list[bytes], bool]:
    """The texts of the statements in a body, and whether it was a list. BadRequest where it is no JSON."""
    if body.lstrip()[:1] == b"[":
        return [bytes(raw) for raw in _decoded(_raw_list.decode, body)], True
    return [body.strip()], False


def parse(text: bytes) -> Any:
    """JSON as Python has it. BadRequest where it is none, or is nested too deep to be read."""
    return _decoded(_decode, text)


def _decoded(decode: Callable[[bytes], Any], text: bytes) -> Any:
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
    signed: bool = False,
) -> tuple[list[Draft], list[Repair]]:
    """The drafts of these statements, and what repair mode mended; `signed` statements are never mended.

    Raises StatementInvalid with all faults, each with the statement's index and the JSON path.
    """
    repairs: list[Repair] = []
    if credential.repair and not signed:
        texts = list(texts)
        for index, text in enumerate(texts):
            texts[index], _, made = mend(text, parse(text))
            repairs += [Repair(index, path, what) for path, what in made]
    statements = _faultless([_decoded(lambda text: reading.read(text, version), text) for text in texts])
    _refuse_repeated(statements)
    if statement_id is not None:
        _refuse_other_id(statements[0], statement_id)
    authority_text = msgspec.json.encode(credential.authority)
    defines = credential.allows("define")
    drafts = [
        _draft(text, statement, version, credential, authority_text, defines, statement_id or new_id)
        for text, statement in zip(texts, statements, strict=True)
    ]
    return drafts, repairs


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


def _draft(
    text: bytes,
    statement: Form,
    version: str,
    credential: Credential,
    authority_text: bytes,
    defines: bool,
    given: UUID | Callable[[], UUID],
) -> Draft:
    sent = statement.id
    statement_id = formats.uuid_of(sent) if sent else given if isinstance(given, UUID) else given()
    old = version.startswith("1.0")
    written = statement.timestamp
    timestamp = formats.timestamp_of(written) if written else None
    convert = timestamp is not None and not old and not formats.in_utc(written or "")
    added: dict[str, str] = {} if sent else {"id": str(statement_id)}
    if statement.version is None:
        added["version"] = "1.0.0" if old else "2.0.0"
    opened = open_text(
        text,
        statement,
        added,
        wrap=True,
        utc=formats.timestamp_text(timestamp) if convert and timestamp else None,
    )
    return draft_of(
        statement,
        opened,
        store_id=credential.store_id,
        statement_id=statement_id,
        sent_id=bool(sent) or isinstance(given, UUID),
        timestamp=timestamp,
        authority=credential.authority,
        authority_text=authority_text,
        defines=defines,
    )
