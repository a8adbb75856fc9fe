"""What is wrong with an installation, in a sentence each, and what to do about it."""

import os
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import httpx

from adaptive.audit.auditing import everywhere, recent_alarms
from adaptive.audit.scores import FAMILIAR, Summary
from adaptive.calibrations import on_hold
from admin.supervisor import address, address_of, listen
from lrs.database import connect
from lrs.errors import OperatorError
from lrs.migrations import pending, require_server
from lrs.postgres import Cluster, database_url
from lrs.postgres.account import require_passage, server_account
from lrs.postgres.binaries import programs_for
from lrs.settings import Settings
from lrs.statements import count_unread

LEAST_FREE = 1024**3
ENOUGH, BETTER, MOST_ERROR = 1000, 0.98, 0.05
CREDENTIAL, ACCOUNT = "proximal credentials create NAME", "proximal accounts create EMAIL --name NAME --role operator"
DURABLE = ("fsync", "synchronous_commit", "full_page_writes")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at; `sentence` says what was found and, where it is wrong, what to do."""

    subject: str
    well: bool
    sentence: str

    def as_json(self) -> dict[str, Any]:
        return {"subject": self.subject, "well": self.well, "sentence": self.sentence}


async def examine(settings: Settings) -> AsyncIterator[Finding]:
    """Look at everything that can be looked at; creates nothing that is not there."""
    if settings.database_url is None:
        folder = _data_folder(settings.data_dir.resolve())
        yield folder
        if folder.well:
            yield _space(settings.data_dir.resolve())
            yield _programs(Cluster(settings.data_dir))
    async for finding in _database(settings):
        yield finding
    yield await _port(settings)
    yield _language_model(settings)


def _data_folder(folder: Path) -> Finding:
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    if not existing.is_dir() or not os.access(existing, os.W_OK | os.X_OK):
        return Finding(
            "data folder", False, f"{existing} cannot be written: choose a data folder with PROXIMAL_DATA_DIR."
        )
    return Finding("data folder", True, f"{folder} can be written.")


def _space(folder: Path) -> Finding:
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(existing).free
    if free < LEAST_FREE:
        return Finding("disk", False, f"Only {free / 1024**2:,.0f} MB are free under {existing}: make room.")
    return Finding("disk", True, f"{free / 1024**3:,.0f} GB are free.")


def _programs(cluster: Cluster) -> Finding:
    try:
        account = server_account(cluster.data)
        existing = next(path for path in (cluster.home, *cluster.home.parents) if path.exists())
        require_passage(existing, account)
        return Finding("Postgres programs", True, f"{programs_for(account)}, run by user {account.name}.")
    except OperatorError as error:
        return Finding("Postgres programs", False, error.message)


async def _database(settings: Settings) -> AsyncIterator[Finding]:
    if settings.database_url is None and not (Cluster(settings.data_dir).data / "PG_VERSION").exists():
        yield Finding("database", True, "There is none yet; `proximal serve` creates it.")
        return
    try:
        async with database_url(settings) as dsn:
            connection = await connect(dsn)
            try:
                async for finding in _of_connection(connection):
                    yield finding
            finally:
                await connection.close()
    except OperatorError as error:
        yield Finding("database", False, error.message)


async def _of_connection(connection: "asyncpg.Connection[asyncpg.Record]") -> AsyncIterator[Finding]:
    require_server(connection)
    yield Finding("database", True, f"Postgres {connection.get_server_version().major} answers.")
    off = [name for name in DURABLE if await connection.fetchval("SELECT current_setting($1)", name) == "off"]
    if off:
        yield Finding("durability", False, f"{off[0]} is off, so a crash loses statements: turn it on in Postgres.")
    else:
        yield Finding("durability", True, "What is answered for is on disk.")
    missing = await pending(connection)
    if missing:
        yield Finding("schema", False, f"The database lacks {missing[0].name}. Run: proximal migrate")
        return
    yield Finding("schema", True, "The schema is this release's.")
    found, familiar = await everywhere(connection), await everywhere(connection, [FAMILIAR])
    yield _engine(found, familiar, await recent_alarms(connection))
    yield _nights(await on_hold(connection))
    if unread := await count_unread(connection):
        yield Finding("evidence", False, f"{unread} statements are stored whose evidence cannot be read: report it.")
    yield await _first(connection, "credential", "credentials", "revoked", CREDENTIAL)
    yield await _first(connection, "account", "accounts", "disabled", ACCOUNT)


def _engine(found: Summary | None, familiar: Summary | None, alarms: float) -> Finding:
    """The engine's own scores of the last seven days.

    Judged are predictions of learners and items it knew by then (`familiar`), where there are enough of them: a cold
    start is not a fault, and no calibration mends what was predicted before there was anything to learn from.
    """
    subject = "engine"
    if found is None:
        return Finding(subject, True, "No prediction has been scored in seven days.")
    told = f"{found.count:,} predictions in seven days, log loss {found.log_loss:.3f}, {alarms:.0f} alarms of drift"
    if familiar is None or familiar.count < ENOUGH:
        known = familiar.count if familiar else 0
        return Finding(subject, True, f"{told}; {known:,} of learners and items it knew by then, too few to judge it.")
    if familiar.challenger_log_loss < BETTER * familiar.log_loss:
        challenger = (
            f"a correction item by item would take {familiar.log_loss:.3f} to {familiar.challenger_log_loss:.3f}"
        )
        return Finding(subject, False, f"{told}; where it knew both {challenger}. Run: proximal calibrate")
    if familiar.calibration_error > MOST_ERROR:
        off = f"off by {familiar.calibration_error:.0%} on average where it knew learner and item"
        return Finding(subject, False, f"{told}; {off}: see /admin/engine and run: proximal calibrate")
    return Finding(subject, True, f"{told}.")


def _nights(held: list[int]) -> Finding:
    """A roll-back holds the nights of its store until a calibration by hand, which is easily forgotten."""
    subject = "nights"
    if not held:
        return Finding(subject, True, "No store is on hold.")
    stores = f"store {held[0]}" if len(held) == 1 else f"stores {', '.join(map(str, held))}"
    sentence = f"Since a roll-back, nights publish nothing for {stores}; to let them again, run: proximal calibrate"
    return Finding(subject, False, f"{sentence} --store {held[0]}")


async def _first(
    connection: "asyncpg.Connection[asyncpg.Record]", subject: str, table: str, closed: str, remedy: str
) -> Finding:
    count = await connection.fetchval(f"SELECT count(*) FROM {table} WHERE {closed} IS NULL")  # noqa: S608 - constants
    if not count:
        return Finding(f"{subject}s", False, f"There is no open {subject}. Run: {remedy}")
    return Finding(f"{subject}s", True, f"{count} open.")


async def _port(settings: Settings) -> Finding:
    subject = "port"
    try:
        with listen(settings) as listener:
            return Finding(subject, True, f"{address_of(listener)} is free.")
    except OperatorError as error:
        here = address(settings.host, settings.port)
        try:
            async with httpx.AsyncClient(trust_env=False, timeout=5) as client:
                answer = await client.get(f"{here}/readyz")
            status = answer.json().get("status")
        except (httpx.HTTPError, ValueError, AttributeError):
            return Finding(subject, False, error.message)
        if status == "ready":
            return Finding(subject, True, f"Proximal answers at {here}.")
        return Finding(subject, False, f"What answers at {here} is not ready: {answer.text[:200]}")


def _language_model(settings: Settings) -> Finding:
    subject = "language model"
    if settings.llm_base_url:
        return Finding(subject, True, f"{settings.llm_model or 'its default model'} at {settings.llm_base_url}.")
    if settings.llm_model or settings.llm_api_key:
        return Finding(subject, False, "It is set up but has no address: set PROXIMAL_LLM_BASE_URL.")
    return Finding(subject, True, "None; the tutor is the built-in one.")
