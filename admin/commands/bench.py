"""`proximal bench`: what this machine does, as ratios to its own Postgres."""

import asyncio
import json
import signal
from collections.abc import Awaitable, Callable
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from types import FrameType
from typing import Any

import click

from lrs.errors import OperatorError
from lrs.settings import Settings, settings_from

FOLDER = Path(".proximal-bench")


@click.group("bench")
def command() -> None:
    """Measure this machine on a database of the bench's own, kept in ./.proximal-bench or PROXIMAL_DATA_DIR."""


def _settings(workers: int) -> Settings:
    given = settings_from()
    folder = FOLDER if given.data_dir == Settings().data_dir else given.data_dir
    return given.model_copy(update={"data_dir": folder, "web_workers": workers})


def _tell(measured: Awaitable[dict[str, Any]], table: Callable[[dict[str, Any]], str], as_json: bool) -> None:
    import asyncpg

    async def main() -> dict[str, Any]:
        try:
            return await measured
        except (asyncpg.PostgresError, BrokenProcessPool) as error:
            raise OperatorError(
                f"The bench's database failed ({str(error).strip()}): is the disk full? Its Postgres's log says more."
            ) from error

    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _interrupt)
    found = asyncio.run(main())
    click.echo(json.dumps(found) if as_json else table(found))


def _interrupt(number: int, frame: FrameType | None) -> None:
    """Stop at once: asyncio's own handler waits for the next `await`, and a load client has none for seconds."""
    raise KeyboardInterrupt


def _sizes(text: str) -> list[int]:
    try:
        sizes = [int(each) for each in text.split(",")]
    except ValueError:
        sizes = []
    if len(sizes) < 2 or sizes != sorted(sizes) or sizes[0] < 1_000:
        raise click.BadParameter("two numbers of statements, the smaller first, such as 100000,10000000")
    return sizes


stored_option = click.option(
    "--stored", default=1_000_000, show_default=True, type=click.IntRange(1_000), help="Statements stored before."
)
seconds_option = click.option(
    "--seconds",
    default=8.0,
    show_default=True,
    type=click.FloatRange(0, min_open=True),
    help="Seconds a case is measured.",
)
workers_option = click.option(
    "--web-workers", default=2, show_default=True, type=click.IntRange(1, 64), help="Web processes."
)
json_option = click.option("--json", "as_json", is_flag=True, help="One line of JSON on standard output.")


@command.command()
@stored_option
@seconds_option
@workers_option
@json_option
def ingest(stored: int, seconds: float, web_workers: int, as_json: bool) -> None:
    """Statements stored a second, single and in batches, against COPY and one-row INSERTs."""
    from admin.bench import ingest

    _tell(ingest.measure(_settings(web_workers), stored, seconds), ingest.table, as_json)


@command.command()
@stored_option
@seconds_option
@workers_option
@click.option("--explain", is_flag=True, help="The plan of each search instead: its ways, buffers and faults.")
@click.option("--growth", metavar="SIZES", help="The cost of a page in stores of two sizes instead: 100000,10000000.")
@json_option
def query(stored: int, seconds: float, web_workers: int, explain: bool, growth: str | None, as_json: bool) -> None:
    """Pages of 50 by each filter and each pair of filters, warm and at first touch, shallow and deep."""
    from admin.bench import plans, query

    if explain and growth:
        raise click.UsageError("--explain and --growth are two measurements: ask for one at a time.")
    if explain:
        _tell(plans.explain(_settings(web_workers), stored), plans.plans_table, as_json)
        return
    if growth:
        _tell(plans.growth(_settings(web_workers), _sizes(growth)), plans.growth_table, as_json)
        return
    _tell(query.measure(_settings(web_workers), stored, seconds), query.table, as_json)


@command.command()
@click.option("--stored", default=100_000, show_default=True, type=click.IntRange(1_000), help="As for ingest.")
@workers_option
@json_option
def adaptive(stored: int, web_workers: int, as_json: bool) -> None:
    """From an answer to the recommendation that knows it, while other statements arrive."""
    from admin.bench import adaptive

    _tell(adaptive.measure(_settings(web_workers), stored), adaptive.table, as_json)
