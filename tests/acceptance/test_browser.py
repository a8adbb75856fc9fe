"""A real browser at the real server: by keyboard alone, without JavaScript, in both colour schemes, on a phone."""

import csv
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from adaptive.playing import address
from admin.demo.course import load_course
from tests.server import ADMIN_EMAIL, ADMIN_PASSWORD, Server

AXE = "axe-core@4.14.1"
CHROMIUM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None
)
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking",
    "--disable-component-update",
]  # fmt: skip
PASSWORD = "correct horse battery"
COURSE = load_course()
ITEMS = {a["interaction"]: a for a in COURSE["activities"] if "interaction" in a}
READING = next(a for a in COURSE["activities"] if a["format"] == "reading")
LEARNER_PAGES = [
    "/learn/", "/learn/skills", "/learn/record", "/learn/wishes", address(READING["id"]),
    *(address(a["id"]) for a in ITEMS.values()),
]  # fmt: skip
DESK_PAGES = [
    "/admin/",
    "/admin/everyone",
    "/admin/statements",
    "/admin/accounts",
    "/admin/credentials",
    "/admin/groups",
    "/admin/nowhere",
]

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs a browser: install chromium")


@pytest.fixture(scope="module")
def furnished(server: Server) -> Server:
    """The server with the course, a learner who has answered once, and a cohort."""
    with server.client() as client:
        assert client.put("/adaptive/catalogue/collection", json=COURSE).status_code == 200
        agent = {"name": "Ada Learner", "mbox": "mailto:ada@example.org"}
        item = ITEMS["choice"]
        statement = {
            "actor": agent,
            "verb": {"id": "http://adlnet.gov/expapi/verbs/answered"},
            "object": {"id": item["id"], "definition": {"name": {"en": item["name"]}}},
            "result": {"success": True},
        }
        assert client.post("/xapi/statements", json=statement).status_code == 200
        made = client.post("/adaptive/cohorts", json={"name": "Spring"})
        assert made.status_code in (200, 201), made.text
        members = client.post(f"/adaptive/cohorts/{made.json()['id']}/members", json={"agents": [agent]})
        assert members.status_code in (200, 204), members.text
        group = {"name": "Readers", "purpose": "Read together", "agents": [agent]}
        assert client.post("/adaptive/peer-groups", json=group).status_code == 201
    return server


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        expect.set_options(timeout=20_000)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


Opener = Callable[..., BrowserContext]


@pytest.fixture
def opened(browser: Browser, furnished: Server) -> Iterator[Opener]:
    """Opens browser contexts at the server and closes them."""
    contexts: list[BrowserContext] = []

    def opener(**options: Any) -> BrowserContext:
        context = browser.new_context(base_url=furnished.address, **options)
        context.set_default_timeout(20_000)
        contexts.append(context)
        return context

    yield opener
    for context in contexts:
        context.close()


def sign_in(context: BrowserContext, email: str, password: str) -> Page:
    page = context.new_page()
    page.goto("/sign-in")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    return page


@pytest.fixture(scope="module")
def learner(furnished: Server, browser: Browser) -> str:
    """The learner's address, whose account an operator has made on the page for it."""
    context = browser.new_context(base_url=furnished.address)
    page = sign_in(context, ADMIN_EMAIL, ADMIN_PASSWORD)
    page.get_by_role("link", name="Accounts").click()
    form = page.locator("form[action^='/admin/accounts/create']")
    form.get_by_label("Name").fill("Ada Learner")
    form.get_by_label("Email").fill("ada@example.org")
    form.get_by_label("First password").fill(PASSWORD)
    form.get_by_role("button", name="Create the account").click()
    expect(page.get_by_role("rowheader", name="Ada Learner")).to_be_visible()
    context.close()
    return "ada@example.org"


def tab_to(page: Page, name: str, *, most: int = 60) -> None:
    """Press Tab until the element with this accessible text or name has the focus."""
    for _ in range(most):
        page.keyboard.press("Tab")
        focused = page.locator(":focus")
        if focused.count() and name in (focused.get_attribute("name"), *focused.inner_text().strip().split("\n")):
            return
    raise AssertionError(f"Tab never reached {name!r}")


def test_a_learner_answers_by_keyboard_alone_without_javascript(opened: Opener, learner: str) -> None:
    page = opened(java_script_enabled=False).new_page()
    page.goto("/learn/")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Skip to content")
    page.keyboard.press("Enter")
    tab_to(page, "email")
    page.keyboard.type(learner)
    tab_to(page, "password")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("What would you like to do next?")
    offers = page.get_by_role("main").inner_text()
    tab_to(page, "Open", most=20)
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="← What next")).to_be_visible()
    page.goto(address(ITEMS["true-false"]["id"]))
    tab_to(page, "answer")
    page.keyboard.press("Space" if ITEMS["true-false"]["key"] == ["true"] else "ArrowDown")
    tab_to(page, "Answer")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Right")
    tab_to(page, "See what fits next")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("What would you like to do next?")
    assert page.get_by_role("main").inner_text() != offers
    tab_to(page, "Sign out")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")


def test_every_kind_of_question_can_be_answered(opened: Opener, learner: str) -> None:
    page = sign_in(opened(), learner, PASSWORD)
    for kind, item in ITEMS.items():
        page.goto(address(item["id"]))
        parts = item["key"][0].split("[,]")
        match kind:
            case "choice" | "true-false":
                for part in parts:
                    page.locator(f"input[name=answer][value='{part}']").check()
            case "sequencing":
                for n, choice in enumerate(item["choices"]):
                    page.locator(f"#place-{n}").select_option(str(parts.index(choice) + 1))
            case "matching":
                pairs = dict(part.split("[.]") for part in parts)
                for n, source in enumerate(item["source"]):
                    page.locator(f"#match-{n}").select_option(pairs[source])
            case _:
                page.locator("#answer").fill(item["key"][0].rpartition("}")[2].split("[:]")[0])
        page.get_by_role("button", name="Answer").click()
        expect(page.get_by_role("status")).to_contain_text("Right")
        expect(page.get_by_role("main")).to_contain_text(item["explanation"])


def test_help_quotes_the_course_on_the_page(opened: Opener, learner: str) -> None:
    page = sign_in(opened(), learner, PASSWORD)
    page.goto(address(ITEMS["numeric"]["id"]))
    for label in ("Help me", "More help"):
        page.get_by_role("button", name=label).click()
    quote = page.locator("blockquote").first.inner_text().strip("“”")
    assert any(quote in activity.get("text", "") for activity in COURSE["activities"])


def test_a_trainer_follows_a_cohort_to_a_statement_and_takes_the_file(opened: Opener, learner: str) -> None:
    page = sign_in(opened(), ADMIN_EMAIL, ADMIN_PASSWORD)
    page.get_by_role("link", name="Spring").click()
    expect(page.get_by_role("rowheader", name="Ada Learner")).to_be_visible()
    known = page.locator("td", has_text=re.compile("±")).count()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download as CSV").click()
    with Path(download.value.path()).open(encoding="utf-8-sig", newline="") as file:
        [row] = csv.DictReader(file)
    assert sum(bool(value) for name, value in row.items() if name.endswith(": ±")) == known > 0
    page.get_by_role("link", name="Ada Learner").click()
    page.get_by_role("link", name=re.compile(f"statement of {re.escape(ITEMS['choice']['name'])}")).first.click()
    expect(page.get_by_role("region", name="The statement as JSON")).to_contain_text(ITEMS["choice"]["id"])


def decide(page: Page, where: str, activity: str, action: str, note: str) -> None:
    """Decide about an activity on a cohort's or a learner's page."""
    page.goto(where)
    page.get_by_text("Decide about an activity").click()
    page.get_by_label("Activity its name").fill(activity)
    page.get_by_role("radio", name=re.compile(f"^{action}")).check()
    page.get_by_label("Note", exact=False).fill(note)
    page.get_by_role("button", name="Decide").click()
    expect(page.get_by_role("status")).to_contain_text("obeys it")


def test_what_a_trainer_decides_and_agrees_reaches_the_learner(opened: Opener, learner: str) -> None:
    """By forms alone, without JavaScript: each word is obeyed and shown by the learner's very next page."""
    theirs = sign_in(opened(java_script_enabled=False), learner, PASSWORD)
    theirs.goto("/learn/wishes")
    theirs.locator("#self-skill").select_option(COURSE["skills"][0]["id"])
    theirs.locator("#self-level").fill("1.2")
    theirs.locator("form[aria-labelledby=rate-title]").get_by_role("button", name="Save").click()
    theirs.goto("/learn/")
    first = theirs.locator(".card-title").first.inner_text()
    page = sign_in(opened(java_script_enabled=False), ADMIN_EMAIL, ADMIN_PASSWORD)
    page.get_by_role("link", name="Spring").click()
    cohort = page.url
    page.get_by_role("link", name="Ada Learner").click()
    person = page.url
    decide(page, person, ITEMS["sequencing"]["name"], "Pin", "for Friday")
    theirs.reload()
    expect(theirs.locator(".card").first).to_contain_text(ITEMS["sequencing"]["name"])
    expect(theirs.locator(".card").first).to_contain_text("Your trainer put this first")
    expect(theirs.locator(".card").first).to_contain_text("for Friday")
    decide(page, cohort, first, "Ban", "out of date")
    theirs.reload()
    assert first not in theirs.locator(".card-title").all_inner_texts()
    expect(theirs.locator(".words")).to_contain_text(f"{first}: left out of your offers – out of date")
    page.goto(person)
    page.get_by_role("button", name="I agree with +1.2").click()
    page.get_by_text("Note a talk").click()
    page.get_by_label("What the talk came to").fill("We looked at one chart together.")
    page.get_by_label("Agreed next step").fill("Draw one")
    page.get_by_role("button", name="Note the talk").click()
    expect(page.get_by_role("status")).to_contain_text("Noted")
    page.goto(cohort)
    page.get_by_text("Form a peer group").click()
    page.locator("#group-name").fill("Chart readers")
    page.get_by_label("Ada Learner").check()
    page.get_by_role("button", name="Form the group").click()
    expect(page.get_by_role("link", name="Chart readers")).to_be_visible()
    theirs.reload()
    for said in ("We looked at one chart together.", "Next step: Draw one", "agrees with your +1.2", "Chart readers"):
        expect(theirs.get_by_role("main")).to_contain_text(said)


@pytest.fixture(scope="session")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The source of axe-core, the accessibility checker."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("needs npm to fetch axe-core")
    folder = tmp_path_factory.mktemp("axe")
    command = [npm, "install", "--prefix", str(folder), "--ignore-scripts", "--no-audit", "--no-fund", "--silent", AXE]
    subprocess.run(command, check=True, timeout=120, stdin=subprocess.DEVNULL)
    return (folder / "node_modules/axe-core/axe.min.js").read_text()


RUN = """async () => {
  const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
  const found = await axe.run(document, {runOnly: {type: 'tag', values: tags}});
  const told = n => n.target.join(' ') + ' ' + n.failureSummary;
  return found.violations.map(v => v.id + ': ' + v.nodes.map(told).join(' | '));
}"""


def check(page: Page, path: str, axe: str) -> None:
    """No violation of WCAG 2.2 A and AA that axe can find, and no sideways scrolling of the page."""
    page.goto(path)
    page.evaluate(axe)
    assert page.evaluate(RUN) == [], path
    over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert over <= 0, f"{path} is {over} px too wide"


def test_the_checker_finds_what_is_wrong(browser: Browser, axe: str) -> None:
    page = browser.new_page()
    page.set_content("<p style='color: #bbb; background: #fff'>pale</p><input>")
    page.evaluate(axe)
    found = " ".join(page.evaluate(RUN))
    page.close()
    assert "color-contrast" in found
    assert "label" in found


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (320, "dark")])
def test_pages_are_accessible_and_fit(
    opened: Opener, furnished: Server, learner: str, axe: str, width: int, scheme: str
) -> None:
    context = opened(viewport={"width": width, "height": 800}, color_scheme=scheme, reduced_motion="reduce")
    page = context.new_page()
    check(page, "/sign-in", axe)
    link = furnished.run("accounts", "reset-password", learner).stdout.splitlines()[0]
    check(page, link.removeprefix(furnished.address), axe)
    page = sign_in(context, learner, PASSWORD)
    for path in LEARNER_PAGES:
        check(page, path, axe)
    page.get_by_role("button", name="I don’t know yet").click()
    assert page.evaluate(f"{axe};({RUN})()") == []
    context.clear_cookies()
    page = sign_in(context, ADMIN_EMAIL, ADMIN_PASSWORD)
    cohort = page.get_by_role("link", name="Spring").get_attribute("href")
    assert cohort is not None
    page.goto(cohort)
    person = page.get_by_role("link", name="Ada Learner").get_attribute("href")
    for path in (*DESK_PAGES, cohort, str(person)):
        check(page, path, axe)
    page.goto("/admin/groups")
    check(page, str(page.get_by_role("link", name="Readers", exact=True).get_attribute("href")), axe)
    for path in (cohort, str(person)):
        page.goto(path)
        for fold in page.locator("main details > summary").all():
            fold.click()
        assert page.evaluate(f"{axe};({RUN})()") == [], path
        page.get_by_label("Activity its name").fill("no such thing")
        page.get_by_role("radio", name=re.compile("^Pin")).check()
        page.get_by_role("button", name="Decide").click()
        expect(page.get_by_role("alert")).to_contain_text("There is no activity")
        assert page.evaluate(f"{axe};({RUN})()") == [], path
