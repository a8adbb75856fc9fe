"""A file of statements from beginning to end: resumed, shown on a progress bar, summed up."""

import itertools
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, NoReturn

import httpx
from tqdm import tqdm

from admin.transfer.endpoint import Endpoint
from admin.transfer.files import NEW
from admin.transfer.journal import Journal
from admin.transfer.sender import Batch, Refusal, Sender, send_all
from lrs.errors import OperatorError

REFUSALS_KEPT = 100
Refuse = Callable[[Refusal], None]
Source = Callable[[Refuse], Iterator[Batch]]


@dataclass(slots=True)
class Report:
    """What became of a file. `sent_before` statements were left out because an earlier run had sent them."""

    accepted: int = 0
    sent_before: int = 0
    refused: int = 0
    seconds: float = 0.0
    refusals: list[Refusal] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Statements a second."""
        return self.accepted / self.seconds if self.seconds else 0.0

    def as_json(self) -> dict[str, Any]:
        return {
            "accepted": self.accepted,
            "sent_before": self.sent_before,
            "refused": self.refused,
            "seconds": round(self.seconds, 3),
            "statements_per_second": round(self.rate, 1),
            "refusals": [{"line": r.line, "path": r.path, "message": r.message} for r in self.refusals],
        }

    def __str__(self) -> str:
        before = f", {self.sent_before:,} sent before" if self.sent_before else ""
        speed = f" in {self.seconds:.1f} s ({self.rate:,.0f} a second)"
        return f"{self.accepted:,} statements accepted{speed}, {self.refused:,} refused{before}"


@dataclass(slots=True)
class Watch:
    """What a delivery shows as it goes, and keeps for its report."""

    bar: "tqdm[NoReturn]"
    report: Report

    def accept(self, count: int) -> None:
        self.bar.set_postfix_str("", refresh=False)
        self.bar.update(count)

    def wait(self, trouble: str) -> None:
        self.bar.set_postfix_str(f"waiting: {trouble[:60]}")

    def refuse(self, refusal: Refusal) -> None:
        self.report.refused += 1
        if len(self.report.refusals) < REFUSALS_KEPT:
            self.report.refusals.append(refusal)
        self.bar.update(1)
        tqdm.write(f"refused: {refusal}", file=sys.stderr)


async def deliver(endpoint: Endpoint, source: Source, *, total: int, journal: Journal, flights: int = 1) -> Report:
    """Send what `source` yields and has not been sent before. OperatorError says how much was accepted till then.

    One flight keeps the order of the file, so that of different statements with one id the first is the one accepted.
    """
    report, started = Report(), time.perf_counter()
    with tqdm(total=total, unit=" statements", file=sys.stderr, disable=None, dynamic_ncols=True) as bar:
        async with endpoint.client(connections=flights) as client:
            await _answers(client)
            if journal.through and not await _holds(client, journal.last):
                journal.forget()
            await _send(client, source, journal, Watch(bar, report), flights)
    report.seconds = time.perf_counter() - started
    if report.refused:
        journal.forget()
    return report


async def _send(client: httpx.AsyncClient, source: Source, journal: Journal, watch: Watch, flights: int) -> None:
    """Everything after what the journal knows to be done."""
    batches, report = source(watch.refuse), watch.report
    report.sent_before = sum(len(batch.entries) for batch in itertools.islice(batches, journal.through))
    watch.bar.update(report.sent_before)
    sender = Sender(client, watch.refuse, on_accepted=watch.accept, on_wait=watch.wait)
    try:
        await send_all(sender, batches, flights=flights, done=lambda batch: journal.done(batch.number, batch.last))
    except OperatorError as error:
        so_far = f"{sender.tally.accepted:,} statements were accepted; run the command again to go on."
        raise OperatorError(f"{error.message} {so_far}") from error
    report.accepted = sender.tally.accepted


async def _answers(client: httpx.AsyncClient) -> None:
    """Before the first statement a server that does not answer is a mistake, not an accident to wait for."""
    try:
        answer = await client.get("about")
    except httpx.TransportError as error:
        raise OperatorError(f"{client.base_url} does not answer ({error}): is the server running there?") from error
    if answer.status_code == httpx.codes.NOT_FOUND:
        raise OperatorError(f"There is no xAPI endpoint at {client.base_url}; its address usually ends in /xapi.")


async def _holds(client: httpx.AsyncClient, statement_id: str) -> bool:
    """Whether the endpoint has the statement: a store that was emptied must get everything again."""
    headers = {"X-Experience-API-Version": NEW}
    with suppress(httpx.TransportError):
        answer = await client.get("statements", params={"statementId": statement_id}, headers=headers)
        return answer.status_code == httpx.codes.OK
    return False
