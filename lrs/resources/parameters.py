"""Parameters of the xAPI's resources, read into values; BadRequest says what is wrong with one. Pure."""

from datetime import datetime
from typing import Any
from uuid import UUID

from lrs import formats
from lrs.agents import agent_key
from lrs.errors import BadRequest, Fault
from lrs.intake import parse
from lrs.terms import term_id as term
from lrs.validation.parts import identified


def agent(text: str, name: str = "agent") -> dict[str, Any]:
    """The identified agent or group of a parameter (Communication 2.1.3, 2.3, 2.4)."""
    try:
        value: Any = parse(text.encode())
    except (BadRequest, UnicodeEncodeError) as error:
        raise BadRequest(f"The parameter {name} is not the JSON of an agent.") from error
    if found := identified(value):
        path, message = found[0]
        raise BadRequest(
            f"The parameter {name} is no identified agent or group: {path or 'it'} {message}.",
            [Fault(path, message) for path, message in found],
        )
    return dict(value)


def agent_term(text: str, name: str = "agent") -> int:
    """The term of the agent in a parameter."""
    return term(agent_key(agent(text, name)))


def iri(text: str, name: str) -> str:
    if not formats.is_iri(text):
        raise BadRequest(f"The parameter {name} must be an absolute IRI.")
    return text


def uuid(text: str, name: str) -> UUID:
    if not formats.is_uuid(text):
        raise BadRequest(f"The parameter {name} must be a UUID in standard form.")
    return UUID(text)


def timestamp(text: str, name: str) -> datetime:
    """An ISO 8601 moment; a plus that a sender forgot to escape arrives as a space and is read as one."""
    moment = formats.timestamp_of(text) or formats.timestamp_of("+".join(text.rsplit(" ", 1)))
    if moment is None:
        raise BadRequest(f"The parameter {name} must be an ISO 8601 timestamp.")
    return moment


def whole_number(text: str, name: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise BadRequest(f"The parameter {name} must be a whole number, 0 or more.")
    return int(text)
