"""Furnish a running server with the demonstration: the organisation in the database, everything else over HTTP."""

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import httpx

from adaptive.catalogue.document import Collection, collection_from
from adaptive.waiting import waiting
from admin.composition import open_context
from admin.demo.announcement import announcement, curl_to_try, offer_line
from admin.demo.cohort import NAMES, first_steps, simulate
from admin.demo.course import load_course
from admin.demo.keys import Keys
from admin.demo.organisation import PEOPLE, establish, learner_agent
from admin.transfer.delivery import Refuse, Report, deliver
from admin.transfer.endpoint import Endpoint
from admin.transfer.files import batches_of, count_lines, read_statements
from admin.transfer.journal import Journal
from admin.transfer.sender import Batch
from lrs.context import Context
from lrs.errors import OperatorError
from lrs.observers import AnyConnection
from lrs.postgres import database_url
from lrs.settings import Settings

RECORD = "cohort.jsonl"
BATCH, FLIGHTS = 50, 4
PAUSE = 0.2
LOOKS = 1500


async def furnish(settings: Settings, server: str, keys: Keys) -> str:
    """Whatever is missing is made; what there is stays. Returns the text to print."""
    document = load_course()
    endpoint = Endpoint(f"{server}/xapi", keys.lms_key, keys.lms_secret)
    async with database_url(settings) as dsn, open_context(settings, dsn, size=2) as context:

        async def work(connection: AnyConnection) -> None:
            await establish(connection, keys, document, datetime.now(UTC))

        await context.database.write(work)
        endpoint.remember(settings.data_dir)
        report = await _send_record(settings.data_dir, endpoint, collection_from(document), keys)
        await _folded(context)
    offers = await _recommendations(server, keys)
    return announcement(
        server,
        keys,
        learners=len(NAMES),
        statements=report.accepted + report.sent_before,
        offers=[offer_line(offer) for offer in offers],
        curl=curl_to_try(server, keys, learner_agent(), _question_among(offers, document)),
    )


async def _send_record(data_dir: Path, endpoint: Endpoint, course: Collection, keys: Keys) -> Report:
    """Send the simulated weeks as an LMS would; a second time nothing is left to send."""
    path = data_dir / RECORD
    if not path.exists():
        _write_record(path, course, keys)
    journal = Journal.open(data_dir, path, "demonstration", BATCH)

    def source(refuse: Refuse) -> Iterator[Batch]:
        return batches_of(read_statements(path, refuse), BATCH)

    report = await deliver(endpoint, source, total=count_lines(path), journal=journal, flights=FLIGHTS)
    if report.refused:
        raise OperatorError(f"The server refused statements of the demonstration: {report.refusals[0]}")
    return report


def _write_record(path: Path, course: Collection, keys: Keys) -> None:
    began = keys.beginning
    record = simulate(course, began) + first_steps(course, PEOPLE["learner"], learner_agent(), began)
    fresh = path.with_suffix(".new")
    fresh.write_text("".join(json.dumps(each) + "\n" for each in record), encoding="utf-8")
    fresh.replace(path)


async def _folded(context: Context) -> None:
    """Wait until the engine has folded all that was sent."""
    click.echo("Folding what they answered …", err=True)
    for _ in range(LOOKS):
        if not await _is_waiting(context):
            return
        await asyncio.sleep(PAUSE)
    raise OperatorError("The engine worker does not fold what was sent. Run: proximal doctor")


async def _is_waiting(context: Context) -> bool:
    async with context.database.read() as connection:
        portion, _ = await waiting(connection, context.clock())
        return any(portion.values())


async def _recommendations(server: str, keys: Keys) -> list[dict[str, Any]]:
    query = {"agent": json.dumps(learner_agent())}
    async with httpx.AsyncClient(base_url=server, auth=(keys.lms_key, keys.lms_secret), timeout=30.0) as client:
        answer = await client.get("/adaptive/recommendations", params=query)
    if answer.status_code != httpx.codes.OK:
        raise OperatorError(f"The server has no recommendation for the learner: {answer.text[:300]}")
    found: list[dict[str, Any]] = answer.json()["recommendations"]
    return found


def _question_among(offers: list[dict[str, Any]], course: dict[str, Any]) -> str:
    """The first question offered; where there is none, the course's first on a skill that is."""
    questions: dict[str, dict[str, Any]] = {
        activity["id"]: activity for activity in course["activities"] if "key" in activity
    }
    skills = {skill for offer in offers for skill in offer["skills"]}
    offered: list[str] = [offer["activity"]["id"] for offer in offers if offer["activity"]["id"] in questions]
    related = [each for each, question in questions.items() if skills.intersection(question["skills"])]
    return [*offered, *related, *questions][0]
