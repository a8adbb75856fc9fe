"""Signing in with a browser, against real Postgres: what opens a session, what ends it, and what a forger meets."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import escape
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from argon2 import PasswordHasher
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from lrs import accounts, password_links, passwords, sessions, sign_in
from lrs.accounts import NewAccount
from lrs.context import Context
from lrs.errors import BadRequest, Conflict
from lrs.html import Pages, static_routes
from lrs.settings import Settings
from lrs.visits import Visit, guarded

PASSWORD = "correct horse battery"
NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
ADA = NewAccount(1, "Ada@Example.org ", "Ada", ["learner"], PASSWORD)


class Clock:
    """Time that a test moves."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture(autouse=True)
def _quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same algorithm at a cost that lets the tests be many."""
    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def timed(context: Context, clock: Clock) -> Context:
    timed = replace(context, clock=clock)
    await timed.database.write(lambda connection: accounts.create(connection, ADA, now=NOW))
    return timed


@pytest.fixture
async def browser(timed: Context) -> AsyncIterator[httpx.AsyncClient]:
    async def private(visit: Visit) -> Response:
        return Response(f"{visit.account.name} sent {visit.field('word', 'nothing')}")

    pages = Pages("lrs")
    app = Starlette(
        routes=[
            *sign_in.routes(timed),
            *static_routes(),
            Route("/learn/", guarded(timed, pages, private, "learner"), methods=["GET", "POST"]),
            Route("/admin/", guarded(timed, pages, private, "trainer"), methods=["GET", "POST"]),
        ]
    )
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://store.test") as client:
        yield client


def form_token(page: str) -> str:
    found = re.search(r'name="form_token" value="([0-9a-f]{64})"', page)
    assert found
    return found[1]


async def enter(browser: httpx.AsyncClient, email: str = "ada@example.org", password: str = PASSWORD) -> httpx.Response:
    token = form_token((await browser.get("/sign-in", params={"next": "/learn/"})).text)
    form = {"form_token": token, "email": email, "password": password, "next": "/learn/"}
    return await browser.post("/sign-in", data=form)


async def test_a_page_leads_to_sign_in_and_back(browser: httpx.AsyncClient) -> None:
    asked = await browser.get("/learn/")
    assert (asked.status_code, asked.headers["location"]) == (303, "/sign-in?next=/learn/")
    entered = await enter(browser)
    assert (entered.status_code, entered.headers["location"]) == (303, "/learn/")
    cookie = entered.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert (await browser.get("/learn/")).text == "Ada sent nothing"


@pytest.mark.parametrize(
    ("page", "back"),
    [
        ("/learn/?id=https%3A%2F%2Fa.test%2Fb%3Fc&d", "/learn/?id=https%3A%2F%2Fa.test%2Fb%3Fc&d"),
        ("https://evil.test/", ""),
        ("http://[", ""),
    ],
)
async def test_who_is_signed_out_halfway_comes_back_to_the_page(
    browser: httpx.AsyncClient, page: str, back: str
) -> None:
    if back:
        asked = await browser.get(page)
        assert parse_qs(urlsplit(asked.headers["location"]).query)["next"] == [back]
    referer = f"http://store.test{page}" if back else page
    sent = await browser.post("/learn/", data={"word": "lost"}, headers={"referer": referer})
    assert sent.status_code == 303
    door = await browser.get(sent.headers["location"])
    assert "what you just sent was not kept" in door.text
    form = {"form_token": form_token(door.text), "email": "ada@example.org", "password": PASSWORD, "next": back}
    assert f'name="next" value="{escape(back)}"' in door.text
    assert (await browser.post("/sign-in", data=form)).headers["location"] == (back or "/sign-in")


async def test_signing_in_in_two_tabs_ends_in_both(browser: httpx.AsyncClient) -> None:
    stale = form_token((await browser.get("/sign-in")).text)
    await enter(browser)
    form = {"form_token": stale, "email": "ada@example.org", "password": PASSWORD, "next": ""}
    second = await browser.post("/sign-in", data=form)
    assert (second.status_code, second.headers["location"]) == (303, "/learn/")


async def test_the_cookie_is_secure_over_tls(timed: Context) -> None:
    transport = httpx.ASGITransport(Starlette(routes=[*sign_in.routes(timed)]))
    async with httpx.AsyncClient(transport=transport, base_url="https://store.test") as client:
        assert "; secure" in (await client.get("/sign-in")).headers["set-cookie"].lower()


async def test_the_database_holds_neither_password_nor_cookie(browser: httpx.AsyncClient, timed: Context) -> None:
    await enter(browser)
    async with timed.database.read() as connection:
        kept = await connection.fetchval("SELECT password_hash FROM accounts")
        digests = await connection.fetch("SELECT token_hash FROM sessions")
    assert kept.startswith("$argon2id$")
    assert PASSWORD not in kept
    assert [row["token_hash"] for row in digests] == [sessions.token_hash(browser.cookies[sessions.COOKIE])]


async def test_signing_in_changes_the_cookie(browser: httpx.AsyncClient) -> None:
    await browser.get("/sign-in")
    before = browser.cookies[sessions.COOKIE]
    await enter(browser)
    assert browser.cookies[sessions.COOKIE] != before


@pytest.mark.parametrize(("email", "password"), [("ada@example.org", "wrong password"), ("eve@example.org", PASSWORD)])
async def test_a_wrong_pair_says_the_same_for_everyone(browser: httpx.AsyncClient, email: str, password: str) -> None:
    refused = await enter(browser, email, password)
    assert refused.status_code == 401
    assert "Email and password do not match." in refused.text
    assert (await browser.get("/learn/")).status_code == 303


async def test_signing_out_ends_the_session_itself(browser: httpx.AsyncClient) -> None:
    await enter(browser)
    cookie = browser.cookies[sessions.COOKIE]
    await browser.post("/sign-out", data={"form_token": sessions.form_token(cookie)})
    browser.cookies.set(sessions.COOKIE, cookie)
    assert (await browser.get("/learn/")).status_code == 303


async def test_a_session_ends_by_itself(browser: httpx.AsyncClient, clock: Clock) -> None:
    await enter(browser)
    clock.now += sessions.LIFETIME - timedelta(seconds=1)
    assert (await browser.get("/learn/")).status_code == 200
    clock.now += timedelta(seconds=1)
    assert (await browser.get("/learn/")).status_code == 303


async def test_a_closed_account_is_out_at_once(browser: httpx.AsyncClient, timed: Context) -> None:
    await enter(browser)
    async with timed.database.read() as connection:
        [account] = await accounts.of_store(connection, 1)
    await timed.database.write(lambda connection: accounts.set_disabled(connection, account, NOW))
    assert (await browser.get("/learn/")).status_code == 303
    assert (await enter(browser)).status_code == 401


async def test_roles_are_asked_on_every_page(browser: httpx.AsyncClient) -> None:
    await enter(browser)
    refused = await browser.get("/admin/")
    assert refused.status_code == 403
    assert "Your account does not open this page" in refused.text


@pytest.mark.parametrize(
    ("token", "headers"),
    [
        ("", {}),
        ("0" * 64, {}),
        (None, {"origin": "https://evil.test"}),
        (None, {"sec-fetch-site": "cross-site"}),
        (None, {"sec-fetch-site": "same-site", "origin": "http://other.store.test"}),
    ],
)
async def test_forged_forms_are_refused(browser: httpx.AsyncClient, token: str | None, headers: dict[str, str]) -> None:
    await enter(browser)
    right = sessions.form_token(browser.cookies[sessions.COOKIE])
    form = {"form_token": right if token is None else token, "word": "forged"}
    refused = await browser.post("/learn/", data=form, headers=headers)
    assert refused.status_code == 403
    assert "out of date" in refused.text
    assert "Not for this account" not in refused.text
    honest = await browser.post("/learn/", data={"form_token": right, "word": "honest"}, headers={})
    assert honest.text == "Ada sent honest"


async def test_a_sign_in_form_of_another_site_is_refused(browser: httpx.AsyncClient) -> None:
    assert (await browser.post("/sign-in", data={"email": "ada@example.org", "password": PASSWORD})).status_code == 403


@pytest.mark.parametrize("target", ["https://evil.test/", "//evil.test/learn/", "/learn\\evil", "/xapi/statements"])
async def test_sign_in_leads_only_to_our_pages(browser: httpx.AsyncClient, target: str) -> None:
    token = form_token((await browser.get("/sign-in")).text)
    form = {"form_token": token, "email": "ada@example.org", "password": PASSWORD, "next": target}
    assert (await browser.post("/sign-in", data=form)).headers["location"] == "/sign-in"


async def test_guessing_meets_a_brake_that_time_loosens(browser: httpx.AsyncClient, clock: Clock) -> None:
    for _ in range(sessions.LIMITS["pair"]):
        assert (await enter(browser, password="guess guess")).status_code == 401
    braked = await enter(browser)
    assert braked.status_code == 429
    assert braked.headers["retry-after"] == "900"
    clock.now += sessions.WINDOW
    assert (await enter(browser)).status_code == 303


async def test_success_forgets_earlier_slips(browser: httpx.AsyncClient) -> None:
    for _ in range(2):
        for _ in range(sessions.LIMITS["pair"] - 1):
            assert (await enter(browser, password="guess guess")).status_code == 401
        assert (await enter(browser)).status_code == 303
        await browser.post("/sign-out", data={"form_token": sessions.form_token(browser.cookies[sessions.COOKIE])})


async def test_a_large_form_is_refused(browser: httpx.AsyncClient) -> None:
    await enter(browser)
    token = sessions.form_token(browser.cookies[sessions.COOKIE])
    refused = await browser.post("/learn/", data={"form_token": token, "word": "x" * 300_000})
    assert refused.status_code == 413


async def test_a_form_without_sense_is_refused(browser: httpx.AsyncClient) -> None:
    assert (await enter(browser, email="\x00@example.org")).status_code == 400
    await enter(browser)
    kind = {"content-type": "multipart/form-data; boundary=x"}
    assert (await browser.post("/learn/", content=b"--x\r\nnonsense", headers=kind)).status_code in (400, 403)


@pytest.mark.parametrize(
    ("new", "sentence"),
    [
        (replace(ADA, email="nobody"), "not an email address"),
        (replace(ADA, email="a@b", name=" "), "needs a name"),
        (replace(ADA, email="a@b", roles=["queen"]), "Roles are"),
        (replace(ADA, email="a@b", roles=[]), "Roles are"),
        (replace(ADA, email="a@b", password="short"), "at least 10"),
    ],
)
async def test_accounts_that_cannot_be(timed: Context, new: NewAccount, sentence: str) -> None:
    with pytest.raises(BadRequest, match=sentence):
        await timed.database.write(lambda connection: accounts.create(connection, new, now=NOW))


async def test_an_address_has_one_account(timed: Context) -> None:
    with pytest.raises(Conflict, match=r"ada@example\.org has an account already"):
        await timed.database.write(
            lambda connection: accounts.create(connection, replace(ADA, email="ADA@example.org"), now=NOW)
        )


async def test_pages_forbid_what_they_do_not_use(browser: httpx.AsyncClient) -> None:
    page = await browser.get("/sign-in")
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy
    assert "script-src" not in policy
    assert page.headers["cache-control"] == "no-store"
    sheet = re.search(r'href="(/static/proximal\.[0-9a-f]+\.css)"', page.text)
    assert sheet
    style = await browser.get(sheet[1])
    assert style.headers["content-type"] == "text/css; charset=utf-8"
    assert "immutable" in style.headers["cache-control"]


async def test_names_are_escaped(browser: httpx.AsyncClient) -> None:
    refused = await enter(browser, email='"><script>alert(1)</script>@example.org')
    assert "<script" not in refused.text
    assert "&lt;script&gt;" in refused.text


async def test_the_first_administrator_is_made_once(timed: Context) -> None:
    settings = Settings(admin_email="root@example.org", admin_password=SecretStr(PASSWORD))
    twice = [
        await timed.database.write(lambda connection: accounts.ensure_administrator(connection, settings, now=NOW))
        for _ in range(2)
    ]
    assert twice[0] == twice[1]
    assert twice[0] is not None
    assert twice[0].has("operator")
    assert await timed.database.write(lambda c: accounts.ensure_administrator(c, Settings(), now=NOW)) is None


async def test_a_link_works_once_for_two_at_a_time(timed: Context, browser: httpx.AsyncClient) -> None:
    found = await timed.database.write(lambda connection: accounts.by_email(connection, "ada@example.org"))
    assert found is not None
    token = password_links.token(*found, NOW)
    chosen = [f"a password of mine, number {n}" for n in range(4)]
    forms = [{"token": token, "password": one, "again": one} for one in chosen]
    pool = timed.database.pool
    async with asyncio.TaskGroup() as tasks, pool.acquire() as holder, holder.transaction():
        await holder.execute("SELECT FROM accounts FOR UPDATE")
        posts = [tasks.create_task(browser.post("/set-password", data=form)) for form in forms]
        while await pool.fetchval(WAITING) < len(forms):
            await asyncio.sleep(0.01)
    answers = [post.result() for post in posts]
    assert sorted(one.status_code for one in answers) == [303, 404, 404, 404]
    entered = []
    for one in chosen:
        browser.cookies.clear()
        entered.append((await enter(browser, password=one)).status_code == 303)
    assert entered == [answer.status_code == 303 for answer in answers]
