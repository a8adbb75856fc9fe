"""Every failure the product reports: one tree, one shape on the wire.

A fault names where in the input it is, so that a sender can mend it; an error carries the HTTP status,
a stable code for programs and one sentence that says what to do for people.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong in an input: the statement's index in its batch (None outside one), JSON path, sentence."""

    path: str
    message: str
    statement: int | None = None

    def as_json(self) -> dict[str, Any]:
        where = {} if self.statement is None else {"statement": self.statement}
        return {**where, "path": self.path, "message": self.message}


@dataclass(eq=False)
class ProximalError(Exception):
    """Base of all: subclasses fix status and code; `headers` go out with the answer."""

    message: str
    faults: Sequence[Fault] = ()
    headers: dict[str, str] = field(default_factory=dict)

    status = 500
    code = "internal"

    def __str__(self) -> str:
        return self.message

    def as_json(self) -> dict[str, Any]:
        """The wire shape of DESIGN: status, code, message, errors."""
        return {
            "status": self.status,
            "code": self.code,
            "message": self.message,
            "errors": [fault.as_json() for fault in self.faults],
        }


class BadRequest(ProximalError):
    status, code = 400, "bad-request"


class StatementInvalid(BadRequest):
    code = "statement-invalid"


class Unauthorized(ProximalError):
    status, code = 401, "unauthorized"


class Forbidden(ProximalError):
    status, code = 403, "forbidden"


class OutOfDate(Forbidden):
    """A form of a session that has ended, or of nobody's."""

    code = "out-of-date"


class NotFound(ProximalError):
    status, code = 404, "not-found"


class MethodNotAllowed(ProximalError):
    status, code = 405, "method-not-allowed"


class Conflict(ProximalError):
    status, code = 409, "conflict"


class PreconditionFailed(ProximalError):
    status, code = 412, "precondition-failed"


class TooLarge(ProximalError):
    status, code = 413, "too-large"


class UnsupportedMediaType(ProximalError):
    status, code = 415, "unsupported-media-type"


class TooManyRequests(ProximalError):
    status, code = 429, "too-many-requests"


class Unavailable(ProximalError):
    status, code = 503, "unavailable"


class OperatorError(ProximalError):
    """Something only an operator can mend (a folder, a port, a database); the command line prints the sentence."""

    status, code = 503, "operator"
