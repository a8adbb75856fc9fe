"""What a write of statements brings: JSON, or multipart/mixed with the contents of attachments (Communication 1.5)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lrs import multipart
from lrs.attachments import Attachment
from lrs.errors import BadRequest, Fault, StatementInvalid, TooLarge
from lrs.multipart import Part
from lrs.resources.call import Call
from lrs.rows import Draft
from lrs.signatures import MEDIA_TYPE, signature_fault
from lrs.validation.shapes import Form
from lrs.validation.statements import SIGNATURE

SIGNATURE_MOST = 4 * 1024 * 1024


@dataclass(slots=True)
class Received:
    """The JSON of a write and the parts that came with it."""

    body: bytes
    version: str
    parts: list[Part] = field(default_factory=list)

    def attachments(self, store_id: int, drafts: Sequence[Draft]) -> list[Attachment]:
        """The contents to keep, after every rule about attachments has been checked.

        Each part belongs to an attachment of a statement by its hash; each attachment without fileUrl has its part.
        """
        parts = {part.headers["x-experience-api-hash"].lower(): part for part in self.parts}
        faults: list[Fault] = []
        wanted: set[str] = set()
        for index, draft in enumerate(drafts):
            for path, each in _attachments(draft.statement):
                sha2 = each["sha2"].lower()
                wanted.add(sha2)
                if message := self._fault(draft, each, parts.get(sha2)):
                    faults.append(Fault(path, message, index))
        if faults:
            first = faults[0]
            raise StatementInvalid(f"Statement {first.statement}, {first.path}: {first.message}.", faults)
        if excess := sorted(set(parts) - wanted):
            raise BadRequest(f"No statement has the attachment {excess[0][:128]} that the body brings.")
        return [Attachment(store_id, sha2, part.length, part.content) for sha2, part in parts.items()]

    def _fault(self, draft: Draft, attachment: Mapping[str, Any], part: Part | None) -> str | None:
        if part is None and "fileUrl" not in attachment:
            return "has neither a fileUrl nor a part of the body with its content"
        if attachment["usageType"] != SIGNATURE:
            return None
        if attachment["contentType"] != MEDIA_TYPE:
            return f"is a signature and must have the contentType {MEDIA_TYPE}"
        if part is None or part.length > SIGNATURE_MOST:
            return "is a signature and must come in a part of the body"
        part.content.seek(0)
        return signature_fault(draft.parsed, part.content.read(), self.version)

    def close(self) -> None:
        """Let go of temporary files."""
        multipart.close(self.parts)


def _attachments(statement: Form) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The attachments of a statement and of a sub-statement in it, each with its path."""
    for index, each in enumerate(statement.attachments or ()):
        yield f"attachments[{index}]", each
    for index, each in enumerate(statement.object.get("attachments") or ()):
        yield f"object.attachments[{index}]", each


async def receive(call: Call) -> Received:
    """Read the whole request before anything else is touched. BadRequest for a content type that is no statement's."""
    kind, settings = multipart.media_type(call.headers.get("content-type", ""))
    if kind == "application/json":
        return Received(await call.body(), call.version)
    if kind != "multipart/mixed":
        raise BadRequest("Statements come as application/json, or as multipart/mixed with attachments.")
    if not settings.get("boundary"):
        raise BadRequest("The Content-Type multipart/mixed lacks its boundary.")
    parts = await multipart.read_parts(call.chunks(call.context.settings.attachment_limit), settings["boundary"])
    try:
        return _sorted(parts, call)
    except BaseException:
        multipart.close(parts)
        raise


def _sorted(parts: list[Part], call: Call) -> Received:
    if not parts or multipart.media_type(parts[0].headers.get("content-type", ""))[0] != "application/json":
        raise BadRequest("The first part of the body must be the statements, with the Content-Type application/json.")
    if parts[0].length > call.context.settings.body_limit:
        raise TooLarge(f"The statements have more than the {call.context.settings.body_limit} octets that are allowed.")
    for number, part in enumerate(parts[1:], start=2):
        sent = part.headers.get("x-experience-api-hash")
        if sent is None:
            raise BadRequest(f"Part {number} of the body lacks the header X-Experience-API-Hash.")
        if part.headers.get("content-transfer-encoding", "").lower() != "binary":
            raise BadRequest(f"Part {number} of the body must have the header Content-Transfer-Encoding: binary.")
        if part.hash.hexdigest() != sent.lower():
            raise BadRequest(f"The content of part {number} does not have the hash that X-Experience-API-Hash says.")
    call.hold(parts[0].length)
    statements = parts[0].content.read()
    parts[0].content.close()
    return Received(statements, call.version, parts[1:])
