"""`proximal import`: a file of statements into an endpoint."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import click

from admin.transfer.delivery import Refuse, deliver
from admin.transfer.endpoint import endpoint_from
from admin.transfer.files import batches_of, count_lines, read_statements
from admin.transfer.journal import Journal
from admin.transfer.options import batch_option, conclude, endpoint_options, json_option
from admin.transfer.sender import Batch
from lrs.settings import settings_from


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@endpoint_options
@batch_option
@json_option
def command(file: Path, endpoint: str | None, key: str | None, secret: str | None, batch: int, as_json: bool) -> None:
    """Send the statements of FILE, one JSON object a line, plain or gzip, to the store.

    A statement that is refused is reported with its line, path and reason; the others go in all the same. Importing
    again is harmless, and goes on where an interrupted import ended. Exits with 1 if any statement was refused.
    """
    settings = settings_from()
    target = endpoint_from(settings, endpoint, key, secret)
    total = count_lines(file)
    journal = Journal.open(settings.data_dir, file, "import", target.url, batch)

    def source(refuse: Refuse) -> Iterator[Batch]:
        return batches_of(read_statements(file, refuse), batch)

    conclude(asyncio.run(deliver(target, source, total=total, journal=journal)), as_json)
