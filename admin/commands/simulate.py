"""`proximal simulate`: placement and the choice of what to learn next, measured on simulated people."""

import asyncio
import json
import os
import sys
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click
from tqdm import tqdm

from lrs.accounts import FIRST_STORE
from lrs.database import Database
from lrs.migrations import require_current
from lrs.postgres import database_url
from lrs.settings import settings_from

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
LOG = timedelta(days=90)
as_json = click.option("--json", "as_json", is_flag=True, help="One line of JSON on standard output.")


def off_policy_options(function: Callable[..., None]) -> Callable[..., None]:
    """The options of an evaluation from logged decisions."""
    options = (
        click.option(
            "--off-policy",
            metavar="FILE|store",
            help="Evaluate a changed policy from a log of decisions (JSON lines), or the store's of the last 90 days.",
        ),
        click.option("--temperature", default=0.15, show_default=True, type=click.FloatRange(0, min_open=True)),
        click.option(
            "--weight", "weights", multiple=True, metavar="COMPONENT=FACTOR", help="Off-policy: re-weigh, repeatable."
        ),
    )
    for option in options:
        function = option(function)
    return function


@click.group("simulate", invoke_without_command=True)
@off_policy_options
@as_json
@click.pass_context
def command(
    context: click.Context, off_policy: str | None, temperature: float, weights: tuple[str, ...], as_json: bool
) -> None:
    """Measure the production selection code on simulated people, or a changed policy on logged decisions."""
    for name in THREADS:
        os.environ.setdefault(name, "1")
    if context.invoked_subcommand is not None:
        return
    if off_policy is None:
        raise click.UsageError("Choose placement or policy, or give --off-policy FILE.")
    _print(_off_policy(off_policy, temperature, weights), as_json)


@command.command("placement")
@click.option("--seed", default=7, show_default=True, help="Seed of the item bank and the examinees.")
@click.option("--items", default=300, show_default=True, type=click.IntRange(1), help="Items in the bank.")
@click.option("--learners", default=200, show_default=True, type=click.IntRange(1), help="Examinees without a cap.")
@click.option("--capped-learners", default=5000, show_default=True, type=click.IntRange(1), help="Examinees with it.")
@click.option("--cap", default=0.25, show_default=True, type=click.FloatRange(0, 1, min_open=True))
@as_json
def placement(seed: int, items: int, learners: int, capped_learners: int, cap: float, as_json: bool) -> None:
    """Adaptive tests to a standard error of .3, without and with exposure control."""
    from adaptive.simulation.placement import measure

    with tqdm(total=learners + capped_learners, unit="test", file=sys.stderr, disable=None) as bar:
        rows = {
            "free": asdict(measure(learners, None, seed, items, bar.update)),
            "capped": asdict(measure(capped_learners, cap, seed, items, bar.update)),
        }
    _print(rows, as_json)


@command.command("policy")
@click.option("--seed", default=5, show_default=True, help="Seed of the world: its items and prerequisites.")
@click.option("--skills", default=40, show_default=True, type=click.IntRange(6))
@click.option("--items-per-skill", default=25, show_default=True, type=click.IntRange(1))
@click.option("--learners", default=200, show_default=True, type=click.IntRange(1))
@click.option(
    "--policy", "wanted", multiple=True, help="Measure only these, beside the fixed order and the oracle; repeatable."
)
@off_policy_options
@as_json
def policy(
    seed: int,
    skills: int,
    items_per_skill: int,
    learners: int,
    wanted: tuple[str, ...],
    off_policy: str | None,
    temperature: float,
    weights: tuple[str, ...],
    as_json: bool,
) -> None:
    """Skills mastered after 100, 200 and 400 items, and the gap closed from the fixed order to the oracle."""
    if off_policy is not None:
        rows = _off_policy(off_policy, temperature, weights)
    else:
        rows = _policies(seed, skills, items_per_skill, learners, wanted)
    _print(rows, as_json)


def _policies(
    seed: int, skills: int, items_per_skill: int, learners: int, wanted: tuple[str, ...]
) -> dict[str, dict[str, Any]]:
    from adaptive.simulation.compare import POLICIES, compare
    from adaptive.simulation.world import World

    if unknown := set(wanted) - set(POLICIES):
        raise click.UsageError(f"No policy {', '.join(sorted(unknown))}; there are {', '.join(POLICIES)}.")
    names = [name for name in POLICIES if not wanted or name in (*wanted, "fixed", "oracle")]
    with tqdm(total=len(names) * learners, unit="learner", file=sys.stderr, disable=None) as bar:
        return compare(World(skills, items_per_skill, seed), range(learners), names, bar.update)


def _off_policy(path: str, temperature: float, weights: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    from adaptive.simulation.logged import evaluate

    try:
        factors = {name: float(factor) for name, factor in (text.split("=", 1) for text in weights)}
    except ValueError:
        raise click.UsageError("Write --weight as COMPONENT=FACTOR, for example --weight format=0.") from None
    return evaluate(_logged(path), factors, temperature)


def _logged(path: str) -> list[Any]:
    from adaptive.simulation.logged import read, taken_up

    if path == "store":
        return list(taken_up(asyncio.run(_decisions())))
    if not Path(path).is_file():
        raise click.UsageError(f"There is no log {path}; give a file of decisions, or `store` for the store's own.")
    with Path(path).open(encoding="utf-8") as lines:
        return list(read(tqdm(lines, unit="decision", file=sys.stderr, disable=None)))


async def _decisions() -> list[dict[str, Any]]:
    from adaptive.outcomes import rewarded

    now = datetime.now(UTC)
    async with database_url(settings_from()) as dsn:
        database = await Database.open(dsn, size=1)
        try:
            async with database.read() as connection:
                await require_current(connection)
                return await rewarded(connection, FIRST_STORE, now - LOG, now)
        finally:
            await database.close()


def _print(rows: dict[str, dict[str, Any]], as_json: bool) -> None:
    click.echo(json.dumps(rows) if as_json else _table(rows))


def _table(rows: dict[str, dict[str, Any]]) -> str:
    names = list(next(iter(rows.values())))
    lines = [f"{'':12s}" + "".join(f"{name:>24s}" for name in names)]
    for label, row in rows.items():
        lines.append(f"{label:12s}" + "".join(f"{_cell(row[name]):>24s}" for name in names))
    return "\n".join(lines)


def _cell(value: Any) -> str:
    if isinstance(value, dict):
        return " ".join(_cell(part) for part in value.values())
    return f"{value:.3f}" if isinstance(value, float) else "–" if value is None else str(value)
