"""`proximal export`: an endpoint's statements into a file."""

import asyncio
import json
import sys
from collections.abc import Mapping
from io import BufferedIOBase
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urljoin

import click
import httpx
from tqdm import tqdm

from admin.transfer.endpoint import Endpoint, endpoint_from
from admin.transfer.files import NEW, one_line, page_from, written_whole
from admin.transfer.options import endpoint_options, json_option
from lrs.errors import OperatorError
from lrs.settings import settings_from

PAGE = 500
File = BufferedIOBase | BinaryIO


@click.command("export")
@click.option("--output", type=click.Path(path_type=Path), help="File to write; .gz packs it. Else standard output.")
@click.option("--since", metavar="TIME", help="Only statements stored after this ISO 8601 time.")
@click.option("--until", metavar="TIME", help="Only statements stored at or before this ISO 8601 time.")
@click.option("--agent", metavar="JSON", help="Only statements of this agent, as xAPI agent JSON.")
@click.option("--limit", type=click.IntRange(1), help="At most this many statements.")
@endpoint_options
@json_option
def command(
    output: Path | None,
    since: str | None,
    until: str | None,
    agent: str | None,
    limit: int | None,
    endpoint: str | None,
    key: str | None,
    secret: str | None,
    as_json: bool,
) -> None:
    """Write the store's statements, oldest first, one JSON object a line, as they were received."""
    if as_json and output is None:
        raise click.UsageError("--json needs --output: without it, standard output holds the statements.")
    target = endpoint_from(settings_from(), endpoint, key, secret)
    wanted = {"since": since, "until": until, "agent": agent}
    filters = {name: value for name, value in wanted.items() if value is not None}
    if output is None:
        count = asyncio.run(export(target, filters, sys.stdout.buffer, limit))
    else:
        with written_whole(output) as file:
            count = asyncio.run(export(target, filters, file, limit))
    if as_json:
        click.echo(json.dumps({"exported": count}))
    else:
        click.echo(f"{count:,} statements exported", err=True)


async def export(
    endpoint: Endpoint, filters: Mapping[str, str], file: BufferedIOBase | BinaryIO, limit: int | None
) -> int:
    """Follow the pages from the oldest on, one page in memory at a time; returns how many statements were written."""
    count, address = 0, "statements"
    params: dict[str, Any] | None = {**filters, "ascending": "true", "limit": min(limit or PAGE, PAGE)}
    async with endpoint.client() as client:
        with tqdm(unit=" statements", file=sys.stderr, disable=None) as bar:
            while address:
                page = page_from(await _get(client, address, params))
                wanted = page.statements[: None if limit is None else limit - count]
                for statement in wanted:
                    file.write(one_line(bytes(statement)))
                count += len(wanted)
                bar.update(len(wanted))
                done = limit is not None and count >= limit
                address, params = "" if done or not page.more else urljoin(str(client.base_url), page.more), None
    return count


async def _get(client: httpx.AsyncClient, address: str, params: Mapping[str, Any] | None) -> bytes:
    try:
        answer = await client.get(address, params=params, headers={"X-Experience-API-Version": NEW})
    except httpx.TransportError as error:
        raise OperatorError(f"{client.base_url} does not answer ({error}).") from error
    if answer.status_code != httpx.codes.OK:
        raise OperatorError(f"The endpoint refused ({answer.status_code}): {answer.text.strip()[:300]}")
    return answer.content
