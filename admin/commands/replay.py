"""`proximal replay`: a response log into an endpoint, as an LMS would send it."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import click
import msgspec

from adaptive.logs import Log, read
from adaptive.replay import statement_of
from admin.transfer.delivery import Refuse, deliver
from admin.transfer.endpoint import endpoint_from
from admin.transfer.files import NEW, batches_of
from admin.transfer.journal import Journal
from admin.transfer.options import batch_option, conclude, endpoint_options, json_option
from admin.transfer.sender import Batch, Entry
from lrs.settings import settings_from

HEADER_LINES = 1
FLIGHTS = 4


@click.command("replay")
@click.argument("file", type=click.Path(path_type=Path))
@endpoint_options
@click.option("--limit", type=click.IntRange(1), help="Only the first so many responses.")
@batch_option
@json_option
def command(
    file: Path,
    endpoint: str | None,
    key: str | None,
    secret: str | None,
    limit: int | None,
    batch: int,
    as_json: bool,
) -> None:
    """Send the response log FILE to the store as xAPI statements, one `answered` statement a response.

    The log is tab separated, plain or gzip: user_id, item_id, timestamp, correct, skills (joined by ~). It is checked
    as a whole before anything is sent. Replaying again is harmless, and goes on where an interrupted replay ended.
    """
    settings = settings_from()
    target = endpoint_from(settings, endpoint, key, secret)
    log = read(file)
    count = min(limit or len(log.rows), len(log.rows))
    for extreme in (min, max):
        statement_of(log, extreme(range(count), key=log.seconds))
    journal = Journal.open(settings.data_dir, file, "replay", target.url, batch, count)

    def source(refuse: Refuse) -> Iterator[Batch]:
        return batches_of(((NEW, entry) for entry in entries_of(log, count)), batch)

    conclude(asyncio.run(deliver(target, source, total=count, journal=journal, flights=FLIGHTS)), as_json)


def entries_of(log: Log, count: int) -> Iterator[Entry]:
    """The first `count` responses as statements, made one at a time."""
    for index in range(count):
        statement = statement_of(log, index)
        yield Entry(index + 1 + HEADER_LINES, statement["id"], msgspec.json.encode(statement))
