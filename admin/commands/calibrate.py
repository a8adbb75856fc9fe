"""`proximal calibrate`: item parameters from responses; `--recipe` measures the calibration on known truth."""

import asyncio
import json
import os
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click
from tqdm import tqdm

from admin.commands.credentials import store_option
from lrs.database import Database
from lrs.migrations import require_current
from lrs.postgres import database_url
from lrs.settings import settings_from

if TYPE_CHECKING:
    from adaptive.nightly import Outcome

HELD = "Nights publish nothing until you run: proximal calibrate"
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


@click.command("calibrate")
@click.option("--roll-back", is_flag=True, help="Undo the last that was published; nights then publish nothing.")
@store_option
@click.option("--recipe", is_flag=True, help="Calibrate simulated answers instead, on one thread, beside the truth.")
@click.option("--seeds", default=3, show_default=True, type=click.IntRange(1), help="Simulations a row of the recipe.")
@click.option("--json", "as_json", is_flag=True, help="The outcome as one line of JSON.")
def command(roll_back: bool, store: int, recipe: bool, seeds: int, as_json: bool) -> None:
    """Calibrate a store now, as the worker does every night: its answers are learnt again, its items estimated.

    What was learnt becomes the next version of the parameters if it predicts held-out learners better. After a
    roll-back nights publish nothing; running this by hand lets them again.
    """
    if recipe and roll_back:
        raise click.UsageError("Choose one of --recipe and --roll-back.")
    if recipe:
        _recipe(seeds, as_json)
    elif roll_back:
        version = asyncio.run(_roll_back(store))
        click.echo(
            json.dumps({"version": version}) if as_json else f"Rolled back; version {version} is current. {HELD}"
        )
    else:
        outcome = asyncio.run(_calibrate(store))
        click.echo(json.dumps(asdict(outcome)) if as_json else sentence(outcome))


def sentence(outcome: "Outcome") -> str:
    """What a calibration came to, for a reader."""
    read = f"{outcome.answers:,} answers of {outcome.learners:,} learners"
    if outcome.outcome == "too little":
        return f"{outcome.reason} Nothing was changed."
    items = f"{outcome.items:,} items from {read}; {outcome.misfits} do not fit, {outcome.drifted} have drifted."
    found = f"{outcome.champion_loss:.4f} as learnt so far, {outcome.challenger_loss:.4f} learnt again"
    judged = f"Log loss on held-out learners: {found}; gain {outcome.gain:.5f} ± {outcome.gain_se:.5f}."
    if outcome.version is not None:
        told = f"Version {outcome.version} is current. Undo: proximal calibrate --roll-back"
    elif outcome.outcome == "held":
        told = "Better, but learning is frozen: the parameters stay as they are."
    else:
        told = "No gain beyond chance: the parameters stay as they are."
    return f"{items}\n{judged}\n{told}"


async def _calibrate(store: int) -> "Outcome":
    from adaptive.nightly import STEPS, calibrate_store

    with tqdm(total=len(STEPS), file=sys.stderr, disable=None, bar_format="{desc}: {n}/{total} {elapsed}") as bar:

        def told(step: str) -> None:
            bar.set_description_str(step)
            bar.update()

        async with database_url(settings_from()) as dsn:
            database = await _open(dsn)
            try:
                return await calibrate_store(database, store, lambda: datetime.now(UTC), told)
            finally:
                await database.close()


async def _roll_back(store: int) -> int:
    from adaptive.nightly import undo

    async with database_url(settings_from()) as dsn:
        database = await _open(dsn)
        try:
            return await undo(database, store)
        finally:
            await database.close()


async def _open(dsn: str) -> Database:
    database = await Database.open(dsn, size=3)
    async with database.read() as connection:
        await require_current(connection)
    return database


def _recipe(seeds: int, as_json: bool) -> None:
    for name in THREADS:
        os.environ.setdefault(name, "1")
    from admin.bench.calibration import recipe_rows, table

    rows = recipe_rows(seeds)
    click.echo(json.dumps({"rows": rows}) if as_json else table(rows))
