"""Browsers of signed-in people against the whole application in this process."""

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from html import unescape
from typing import Any

import httpx
import pytest
from argon2 import PasswordHasher

from adaptive.catalogue import import_document
from adaptive.catalogue.document import collection_from
from adaptive.playing import address
from admin.application import build
from admin.composition import observers
from admin.demo.course import load_course
from lrs import accounts, passwords, sessions, statements
from lrs.accounts import Account, NewAccount
from lrs.context import Context

PASSWORD = "correct horse battery"
COURSE = collection_from(load_course())
CHOICE = next(a for a in COURSE.activities if a.interaction == "choice")
SEQUENCE = next(a for a in COURSE.activities if a.interaction == "sequencing")
READING = next(a for a in COURSE.activities if a.format == "reading")


@pytest.fixture
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """argon2id at a cost that lets the tests be many."""
    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))


@pytest.fixture
async def course(context: Context, quick_hashes: None) -> Context:
    """A store with the course, and a second store with nothing."""
    await context.database.write(lambda connection: import_document(connection, 1, load_course()))
    await context.database.write(
        lambda connection: connection.execute("INSERT INTO stores (id, name) VALUES (2, 'Other')")
    )
    return replace(context, observers=observers())


async def account(context: Context, name: str, *roles: str, store_id: int = 1) -> Account:
    new = NewAccount(store_id, f"{name.lower()}@example.org", name, roles, PASSWORD)
    return await context.database.write(lambda connection: accounts.create(connection, new, now=context.clock()))


@asynccontextmanager
async def browser(context: Context, name: str) -> AsyncIterator[httpx.AsyncClient]:
    """A browser that `name` has signed in with."""
    transport = httpx.ASGITransport(build(context))
    async with httpx.AsyncClient(transport=transport, base_url="http://store.test") as client:
        await client.get("/sign-in")
        form = {"email": f"{name.lower()}@example.org", "password": PASSWORD, "form_token": token(client)}
        assert (await client.post("/sign-in", data=form)).status_code == 303
        yield client


def token(client: httpx.AsyncClient) -> str:
    return sessions.form_token(client.cookies[sessions.COOKIE])


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, f"the page has no field {name}"
    return unescape(found[1])


async def answer(client: httpx.AsyncClient, activity: str, **given: Any) -> httpx.Response:
    page = (await client.get(address(activity))).text
    fields = {name: hidden(page, name) for name in ("form_token", "activity", "attempt", "opened")}
    return await client.post("/learn/answer", data={**fields, **given})


async def stored(context: Context) -> list[dict[str, Any]]:
    """All statements of the first store."""
    async with context.database.read() as connection:
        return [json.loads(each.text) for each in await statements.after(connection, 1)]
