"""Statements to an endpoint in batches: retried when it is busy or away, divided when it refuses.

One statement that is refused does not cost its neighbours: the answer's errors name it, or the batch is halved until
it stands alone. An equal duplicate counts as accepted, as the specification has it, so sending again is harmless.
"""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import anyio
import httpx

from lrs.errors import OperatorError

BUSY = frozenset({429, 502, 503, 504})
REFUSED = frozenset({400, 409, 413})
LONGEST_PAUSE = 10.0


@dataclass(frozen=True, slots=True)
class Entry:
    """One statement, its id, and the line of its file that it comes from (1-based)."""

    line: int
    id: str
    statement: bytes


@dataclass(frozen=True, slots=True)
class Batch:
    """Statements of one xAPI version, sent together; `number` counts batches from 0."""

    number: int
    version: str
    entries: Sequence[Entry]

    @property
    def last(self) -> str:
        return self.entries[-1].id


@dataclass(frozen=True, slots=True)
class Refusal:
    """A statement that the endpoint (or the reader of the file) refused, and why."""

    line: int
    path: str
    message: str

    def __str__(self) -> str:
        where = f" at {self.path}" if self.path else ""
        return f"line {self.line}{where}: {self.message}"


@dataclass(slots=True)
class Tally:
    """How many statements the endpoint accepted and refused."""

    accepted: int = 0
    refused: int = 0


@dataclass(slots=True)
class Sender:
    """`patience` is how many seconds an endpoint may stay away before sending is given up; `on_wait` hears why."""

    client: httpx.AsyncClient
    on_refusal: Callable[[Refusal], None]
    on_accepted: Callable[[int], None] = lambda count: None
    on_wait: Callable[[str], None] = lambda trouble: None
    patience: float = 120.0
    sleep: Callable[[float], Awaitable[None]] = anyio.sleep
    tally: Tally = field(default_factory=Tally)

    async def send(self, entries: Sequence[Entry], version: str) -> None:
        """Have every entry accepted or refused. Raises OperatorError where going on makes no sense."""
        answer = await self._post(entries, version)
        if answer.status_code == httpx.codes.OK:
            self.tally.accepted += len(entries)
            self.on_accepted(len(entries))
        elif answer.status_code in REFUSED:
            await self._divide(entries, version, answer)
        else:
            raise OperatorError(_why_not(answer))

    async def _divide(self, entries: Sequence[Entry], version: str, answer: httpx.Response) -> None:
        faults = _faults(answer)
        if len(entries) == 1:
            self.refuse(Refusal(entries[0].line, *faults.get(0, ("", _message(answer)))))
            return
        for position, (path, message) in faults.items():
            if position < len(entries):
                self.refuse(Refusal(entries[position].line, path, message))
        rest = [entry for position, entry in enumerate(entries) if position not in faults]
        middle = len(rest) // 2 if len(rest) == len(entries) else len(rest)
        for part in (rest[:middle], rest[middle:]):
            if part:
                await self.send(part, version)

    def refuse(self, refusal: Refusal) -> None:
        self.tally.refused += 1
        self.on_refusal(refusal)

    async def _post(self, entries: Sequence[Entry], version: str) -> httpx.Response:
        body = b"[" + b",".join(entry.statement for entry in entries) + b"]"
        headers = {"Content-Type": "application/json", "X-Experience-API-Version": version}
        waited, pause = 0.0, 0.25
        while True:
            try:
                answer = await self.client.post("statements", content=body, headers=headers)
                if answer.status_code not in BUSY:
                    return answer
                trouble, pause = _message(answer), _retry_after(answer, pause)
            except httpx.TransportError as error:
                trouble = str(error) or type(error).__name__
            if waited >= self.patience:
                raise OperatorError(f"{self.client.base_url} does not accept statements ({trouble.rstrip('.')}).")
            self.on_wait(trouble)
            await self.sleep(pause)
            waited, pause = waited + pause, min(2 * pause, LONGEST_PAUSE)


async def send_all(
    sender: Sender, batches: Iterator[Batch], *, flights: int, done: Callable[[Batch], None] = lambda batch: None
) -> None:
    """Send the batches, `flights` of them at a time; `done` hears of each. The first failure ends it all."""

    async def fly() -> None:
        for batch in batches:
            await sender.send(batch.entries, batch.version)
            done(batch)

    try:
        async with anyio.create_task_group() as group:
            for _ in range(flights):
                group.start_soon(fly)
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None


def _json(answer: httpx.Response) -> dict[str, Any]:
    try:
        body = answer.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _message(answer: httpx.Response) -> str:
    return str(_json(answer).get("message") or answer.text.strip()[:200] or f"status {answer.status_code}")


def _faults(answer: httpx.Response) -> dict[int, tuple[str, str]]:
    """Position in the batch → path and message, as far as the endpoint tells."""
    errors = _json(answer).get("errors") or []
    named = [error for error in errors if isinstance(error, dict) and isinstance(error.get("statement"), int)]
    return {e["statement"]: (str(e.get("path", "")), str(e.get("message", ""))) for e in reversed(named)}


def _retry_after(answer: httpx.Response, otherwise: float) -> float:
    given = answer.headers.get("Retry-After", "")
    return min(float(given), LONGEST_PAUSE) if given.isdigit() else otherwise


def _why_not(answer: httpx.Response) -> str:
    if answer.status_code in (401, 403):
        return f"{answer.url} refused the credential ({answer.status_code}): {_message(answer)}"
    if answer.status_code in (301, 302, 307, 308, 404, 405):
        return f"There is no xAPI endpoint at {answer.url} (status {answer.status_code}); it usually ends in /xapi."
    return f"{answer.url} failed with status {answer.status_code}: {_message(answer)}"
