"""The training desk against real Postgres: who sees what, and files that equal the screen."""

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping
from html import unescape
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import httpx
import pytest

from adaptive import cohorts
from adaptive.catalogue import Catalogue
from lrs import accounts, intake
from lrs.context import Context
from lrs.writing import Submission, Writer
from tests.integration.browsing import (
    CHOICE,
    COURSE,
    PASSWORD,
    account,
    answer,
    browser,
    course,
    quick_hashes,
    stored,
    token,
)
from tutor.player import player_credential
from tutor.statements import VERSION

__all__ = ["course", "quick_hashes"]


@pytest.fixture
async def cohort(course: Context) -> int:
    """A cohort of store 1 with one learner who answered and one who did not; its id."""
    ada, bob = await account(course, "Ada", "learner"), await account(course, "=Bob", "learner")
    await account(course, "Tom", "trainer")
    await account(course, "Olga", "operator")
    await account(course, "Eve", "operator", store_id=2)
    cohort_id = await course.database.write(
        lambda connection: cohorts.create(connection, 1, "Spring", cohorts.Plan(), Catalogue(), course.clock())
    )
    agents = [ada.agent, bob.agent]
    await course.database.write(lambda connection: cohorts.join(connection, 1, cohort_id, agents, course.clock()))
    async with browser(course, "Ada") as client:
        await answer(client, CHOICE.id, answer=CHOICE.key[0])
        await client.get("/learn/")
    return cohort_id


async def store(context: Context, statements: Iterable[Mapping[str, Any]]) -> None:
    """Have statements stored, as if Tom's player had sent them."""
    async with context.database.read() as connection:
        [tom] = [a for a in await accounts.of_store(connection, 1) if a.name == "Tom"]
    texts = [json.dumps(each).encode() for each in statements]
    drafts, _ = intake.read(texts, VERSION, player_credential(tom), uuid4)
    await Writer(context).write(Submission(drafts))


def cells(page: str) -> list[list[str]]:
    """The texts of the body of a page's table."""
    body = re.sub(r'<span aria-hidden="true">[^<]*</span>|<span class="hidden">[^<]*</span>', "", page)
    rows = re.findall(r"<tr>(.*?)</tr>", body[body.index("<tbody>") : body.index("</tbody>")], re.DOTALL)
    return [
        [unescape(re.sub(r"<[^>]+>", " ", c)).strip() for c in re.findall(r"<t[hd].*?</t[hd]>", r, re.S)] for r in rows
    ]


async def test_the_file_equals_the_screen(course: Context, cohort: int) -> None:
    async with browser(course, "Tom") as client:
        page = (await client.get(f"/admin/cohorts/{cohort}")).text
        link = re.search(r'href="(/admin/cohorts/\d+\.csv[^"]*)"', page)
        assert link
        download = await client.get(unescape(link[1]))
    assert download.headers["content-disposition"] == 'attachment; filename="skills-spring.csv"'
    assert download.headers["content-type"] == "text/csv; charset=utf-8"
    header, *rows = csv.reader(io.StringIO(download.text.removeprefix("\ufeff")))
    screen = cells(page)
    assert [row[0].removeprefix("'") for row in rows] == [row[0] for row in screen] == ["=Bob", "Ada"]
    assert rows[0][0] == "'=Bob"
    assert len(header) == 1 + 3 * 14
    for line, row in zip(screen, rows, strict=True):
        for n, shown in enumerate(line[1:]):
            level, half, answers = row[1 + 3 * n : 4 + 3 * n]
            if shown == "":
                assert (level, half, answers) == ("unknown", "", "0")
            else:
                told, certainty = shown.replace("−", "-").split("±")
                assert (float(told), float(certainty), int(answers)) == (float(level), float(half), 1)
    assert sum(shown != "" for line in screen for shown in line[1:]) == len(CHOICE.skills)


async def test_a_trainer_follows_a_level_to_its_statement(course: Context, cohort: int) -> None:
    async with browser(course, "Tom") as client:
        page = (await client.get(f"/admin/cohorts/{cohort}")).text
        [_, learner] = re.findall(r'href="(/admin/learners/-?\d+)"', page)
        history = unescape((await client.get(learner)).text)
        assert CHOICE.name in history
        link = re.search(r'href="(/admin/statements/[0-9a-f-]+)"', history)
        assert link
        statement = unescape((await client.get(link[1])).text)
        assert "Ada answered" in statement
        assert '"interactionType": "choice"' in statement
        download = await client.get(f"{learner}.csv")
    [row] = csv.DictReader(io.StringIO(download.text.removeprefix("\ufeff")))
    assert (row["Activity"], row["Result"], row["Score"], row["Counted"]) == (CHOICE.name, "right", "1.0", "yes")


async def test_how_sure_and_how_right_is_shown_to_learner_and_trainer(course: Context, cohort: int) -> None:
    async with browser(course, "Ada") as client:
        assert "How sure, and how right" not in (await client.get("/learn/skills")).text
        wrong = next(choice for choice in CHOICE.choices if choice not in CHOICE.key)
        await answer(client, CHOICE.id, answer=wrong, confidence="0.9")
        own = (await client.get("/learn/skills")).text
    async with browser(course, "Tom") as client:
        page = (await client.get(f"/admin/cohorts/{cohort}")).text
        [_, whose] = re.findall(r'href="(/admin/learners/-?\d+)"', page)
        theirs = (await client.get(whose)).text
    for page in (own, theirs):
        assert cells(page[page.index("How sure, and how right") :])[0][1:] == ["0", "1", "0", "0"]


async def test_another_store_sees_nothing_of_it(course: Context, cohort: int) -> None:
    [statement] = await stored(course)
    async with course.database.read() as connection:
        [learner] = [a.learner_id for a in await accounts.of_store(connection, 1) if a.name == "Ada"]
    async with browser(course, "Eve") as client:
        for path in (
            f"cohorts/{cohort}", f"cohorts/{cohort}.csv", f"learners/{learner}", f"learners/{learner}.csv",
            f"statements/{statement['id']}",
        ):  # fmt: skip
            assert (await client.get(f"/admin/{path}")).status_code == 404, path
        for path in ("", "everyone", "statements", "accounts", "credentials"):
            page = await client.get(f"/admin/{path}")
            assert page.status_code == 200
            assert "Ada" not in page.text
        assert len((await client.get("/admin/everyone.csv")).text.strip().splitlines()) == 1


async def test_trainers_do_not_open_what_operators_may(course: Context, cohort: int) -> None:
    async with browser(course, "Tom") as client:
        for path in ("credentials", "accounts"):
            assert (await client.get(f"/admin/{path}")).status_code == 403
        form = {"form_token": token(client), "name": "x", "scope": "all"}
        assert (await client.post("/admin/credentials/create", data=form)).status_code == 403


async def test_a_secret_is_shown_once_works_and_can_be_revoked(course: Context, cohort: int) -> None:
    async with browser(course, "Olga") as client:
        form = {"form_token": token(client), "name": "LMS <b>", "scope": ["adaptive/read", "tutor"]}
        made = await client.post("/admin/credentials/create", data=form)
        assert made.headers["cache-control"] == "no-store"
        key, secret = (unescape(each) for each in re.findall(r"<dd><code>([^<]+)</code></dd>", made.text)[:2])
        assert "LMS &lt;b&gt;" in made.text
        assert secret not in (await client.get("/admin/credentials")).text
        agent = {"agent": '{"mbox": "mailto:ada@example.org"}'}
        asked = await client.get("/adaptive/profile", params=agent, auth=httpx.BasicAuth(key, secret))
        assert asked.status_code == 200
        await client.post("/admin/credentials/revoke", data={"form_token": token(client), "key": key})
        assert "revoked" in (await client.get("/admin/credentials")).text
        again = await client.post("/admin/credentials/revoke", data={"form_token": token(client), "key": key})
        assert again.status_code == 404
        nameless = await client.post("/admin/credentials/create", data={**form, "name": " "})
        assert nameless.status_code == 400
        assert re.findall(r'name="scope" value="([^"]+)" checked', nameless.text) == form["scope"]
        without = {"form_token": token(client), "name": "Simulator", "repair": "1"}
        refused = await client.post("/admin/credentials/create", data=without)
        assert refused.status_code == 400
        assert "A credential needs at least one scope." in refused.text
        assert 'value="Simulator"' in refused.text
        assert 'name="repair" value="1" checked' in refused.text


async def test_operators_see_what_each_system_sent_and_what_of_it_was_refused_or_mended(
    course: Context, cohort: int
) -> None:
    async with browser(course, "Olga") as client:
        form = {"form_token": token(client), "name": "Old LMS", "scope": "statements/write", "repair": "1"}
        made = await client.post("/admin/credentials/create", data=form)
        key, secret = (unescape(each) for each in re.findall(r"<dd><code>([^<]+)</code></dd>", made.text)[:2])
        assert "none yet" in made.text
        broken = {
            "actor": {"mbox": "mailto:ann@example.org"},
            "verb": {"id": "https://v.example/did", "display": {"en_US": "did"}},
            "object": {"id": "not an <iri>"},
        }
        sender: dict[str, Any] = {
            "auth": httpx.BasicAuth(key, secret),
            "headers": {"X-Experience-API-Version": "1.0.3"},
        }
        for _ in range(2):
            assert (await client.post("/xapi/statements", json=broken, **sender)).status_code == 400
        mended = await client.post("/xapi/statements", json={**broken, "object": {"id": "act:1"}}, **sender)
        assert mended.status_code == 200
        page = (await client.get("/admin/credentials")).text
        assert ["2", "Statement 0, object.id: must be an absolute IRI.  statement-invalid"] in [
            row[2:] for row in cells(page[page.index("<h2>Refused") :])
        ]
        assert f'href="/admin/statements/{mended.json()[0]}"' in page
        assert "verb.display" in page[page.index("<h2>Mended") :]
        [row] = [row for row in cells(page) if row[1] == key]
        assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d", row[4])


async def test_operators_make_and_close_accounts_of_their_own_store(course: Context, cohort: int) -> None:
    async with browser(course, "Olga") as client:
        form = {"form_token": token(client), "name": "Nina", "email": "nina@example.org", "role": ["learner"]}
        assert (await client.post("/admin/accounts/create", data={**form, "password": "short"})).status_code == 400
        assert (await client.post("/admin/accounts/create", data={**form, "password": PASSWORD})).is_redirect
        assert (await client.post("/admin/accounts/create", data={**form, "password": PASSWORD})).status_code == 409
        again = await client.post("/admin/accounts/create", data={**form, "role": ["author"], "password": PASSWORD})
        assert "nina@example.org has an account already." in again.text
        assert re.findall(r'name="role" value="([a-z]+)" checked', again.text) == ["author"]
        assert 'value="Nina"' in again.text
        assert PASSWORD not in again.text
        long = await client.post("/admin/accounts/create", data={**form, "name": "N" * 201, "password": PASSWORD})
        assert long.status_code == 400
        async with course.database.read() as connection:
            everybody = {a.name: a for a in await accounts.of_store(connection, 1)}
            foreign = await accounts.of_store(connection, 2)
        change = {"form_token": token(client), "account": str(everybody["Nina"].id), "action": "close"}
        async with browser(course, "Nina") as nina:
            assert (await nina.get("/learn/")).status_code == 200
            assert (await client.post("/admin/accounts/change", data=change)).is_redirect
            assert (await nina.get("/learn/")).status_code == 303
        own = {**change, "account": str(everybody["Olga"].id)}
        assert (await client.post("/admin/accounts/change", data=own)).status_code == 400
        other = {**change, "account": str(foreign[0].id)}
        assert (await client.post("/admin/accounts/change", data=other)).status_code == 404
        assert (await client.post("/admin/accounts/change", data={**change, "account": "x"})).status_code == 404


async def test_the_explorer_filters(course: Context, cohort: int) -> None:
    async with browser(course, "Tom") as client:

        async def found(**filters: str) -> int:
            page = await client.get("/admin/statements", params=filters)
            return page.text.count('href="/admin/statements/')

        assert await found() == 1
        assert await found(agent="ada@example.org", verb="answered", activity=CHOICE.id) == 1
        assert await found(agent="bob@example.org") == 0
        assert await found(verb="http://adlnet.gov/expapi/verbs/passed") == 0
        assert await found(until="2001-01-01") == 0
        [statement] = await stored(course)
        day = statement["stored"][:10]
        assert await found(since=day, until=day) == 1
        assert (await client.get("/admin/statements", params={"since": f"{day}T10:00+02:00"})).status_code == 400
        assert (await client.get("/admin/statements", params={"since": "yesterday"})).status_code == 400


async def test_the_explorer_tells_the_name_that_other_statements_gave(course: Context, cohort: int) -> None:
    ada = {"mbox": "mailto:ada@example.org"}
    verb, thing = {"id": "http://adlnet.gov/expapi/verbs/experienced"}, {"id": "https://x.example/page"}
    nameless = {"id": str(uuid4()), "actor": ada, "verb": verb, "object": thing}
    stranger = {**nameless, "id": str(uuid4()), "actor": {"mbox": "mailto:zoe@example.org", "name": "Zoe"}}
    await store(course, [nameless, stranger])
    async with browser(course, "Tom") as client:
        page = unescape((await client.get("/admin/statements")).text)
        assert [line[1] for line in cells(page)] == ["Zoe", "Ada", "Ada"]
        own = unescape((await client.get(f"/admin/statements/{nameless['id']}")).text)
        assert "<h1>Ada experienced" in own
        [link] = re.findall(r'href="(/admin/learners/[^"]+)"', own)
        assert (await client.get(link)).status_code == 200
        assert "/admin/learners/" not in (await client.get(f"/admin/statements/{stranger['id']}")).text


async def test_a_history_is_whole_where_many_answers_have_one_timestamp(course: Context, cohort: int) -> None:
    verb, thing = {"id": "http://adlnet.gov/expapi/verbs/answered"}, {"id": CHOICE.id}
    at, result = "2026-03-02T09:00:00.000Z", {"success": True}
    actor = {"mbox": "mailto:=bob@example.org"}
    quiz = [
        {"id": str(uuid4()), "actor": actor, "verb": verb, "object": thing, "result": result, "timestamp": at}
        for _ in range(60)
    ]
    await store(course, quiz)
    async with browser(course, "Tom") as client:
        page = (await client.get(f"/admin/cohorts/{cohort}")).text
        [address, _] = re.findall(r'href="(/admin/learners/-?\d+)"', page)
        first = unescape((await client.get(address)).text)
        further = re.search(r'href="([^"]+)">Earlier', first)
        assert further
        second = unescape((await client.get(further[1])).text)
    told = [re.findall(r'href="/admin/statements/([0-9a-f-]+)"', each) for each in (first, second)]
    assert [len(each) for each in told] == [50, 10]
    assert {*told[0], *told[1]} == {each["id"] for each in quiz}


WRONG = (
    ("/learn/nowhere", 404),
    ("/admin/nowhere", 404),
    ("/admin/cohorts/999999", 404),
    ("/admin/cohorts/99999999999999999999", 404),
    ("/admin/learners/x", 404),
    ("/admin/learners/99999999999999999999", 404),
    ("/admin/everyone?page=0", 400),
    ("/admin/everyone?skills=x", 400),
    ("/admin/statements/00000000-0000-0000-0000-000000000000", 404),
    ("/learn/record?before=soon", 400),
    ("/learn/record?before=2026-01-01", 400),
    ("/learn/record?before=2026-01-01T00:00:00Z&statement=x", 400),
    ("/learn/activity", 404),
    ("/learn/activity?id=javascript:alert(1)", 404),
)


async def test_everyone_is_called_everyone_where_nobody_is_shown(course: Context, quick_hashes: None) -> None:
    await account(course, "Tom", "trainer")
    async with browser(course, "Tom") as client:
        assert "Nobody has answered anything yet." in (await client.get("/admin/everyone")).text
    await account(course, "Ada", "learner")
    async with browser(course, "Ada") as client:
        await answer(client, CHOICE.id, answer=CHOICE.key[0])
        await client.get("/learn/")
    async with browser(course, "Tom") as client:
        assert "There are no learners on this page." in (await client.get("/admin/everyone?page=99")).text


async def test_wrong_addresses_get_a_page(course: Context, cohort: int) -> None:
    async with browser(course, "Olga") as client:
        for path, status in WRONG:
            answered = await client.get(path)
            assert answered.status_code == status, path
            assert answered.headers["content-type"] == "text/html; charset=utf-8", path
        assert (await client.get("/learn/answer")).status_code == 303


async def test_content_is_escaped_wherever_it_comes_from(course: Context, cohort: int) -> None:
    nasty = "<script>alert(1)</script>"
    statement = {
        "actor": {"mbox": "mailto:eve@example.org", "name": nasty},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/answered", "display": {"en": nasty}},
        "object": {"id": f"https://x.test/{quote(nasty)}", "definition": {"name": {"en": nasty}}},
        "result": {"success": True},
    }
    await store(course, [statement])
    async with browser(course, "Tom") as client:
        page = (await client.get("/admin/statements")).text
        [link, _] = re.findall(r'href="(/admin/statements/[0-9a-f-]+)"', page)
        for each in (page, (await client.get(link)).text, (await client.get("/admin/everyone")).text):
            assert "<script" not in each
        assert "&lt;script&gt;" in page


async def test_a_trainer_makes_a_cohort_and_fills_it(course: Context, cohort: int) -> None:
    async with browser(course, "Tom") as client:
        form = {"form_token": token(client), "name": "Autumn"}
        made = await client.post("/admin/cohorts", data={**form, "role": COURSE.roles[0].id})
        where = made.headers["location"]
        people = {"form_token": token(client), "people": "ada@example.org\n new@example.org,"}
        assert (await client.post(f"{where}/members", data=people)).headers["location"] == where
        assert [row[0] for row in cells((await client.get(where)).text)] == ["Ada", "new@example.org"]
        for bad in ("", "ada@example.org nonsense"):
            refused = await client.post(f"{where}/members", data={**people, "people": bad})
            assert refused.status_code == 400
        assert (await client.post("/admin/cohorts", data=form)).status_code == 409
        assert (await client.post("/admin/cohorts", data={**form, "name": " "})).status_code == 400
        assert (await client.post("/admin/cohorts", data={**form, "name": "X", "role": "x:y"})).status_code == 400
    async with browser(course, "Eve") as client:
        people = {"form_token": token(client), "people": "eve@example.org"}
        assert (await client.post(f"{where}/members", data=people)).status_code == 404


async def test_an_author_sees_the_catalogue_and_nobodys_levels(course: Context, cohort: int) -> None:
    await account(course, "Ines", "author")
    async with browser(course, "Ines") as client:
        assert (await client.get("/admin/")).headers["location"] == "/admin/catalogue"
        page = unescape((await client.get("/admin/catalogue")).text)
        assert all(skill.name in page for skill in COURSE.skills)
        assert all(activity.name in page for activity in COURSE.activities)
        for path in ("everyone", f"cohorts/{cohort}", "statements", "accounts"):
            assert (await client.get(f"/admin/{path}")).status_code == 403
    async with browser(course, "Eve") as client:
        assert "Nothing is published yet" in (await client.get("/admin/catalogue")).text


async def test_a_cohorts_targets_are_its_roles(course: Context, cohort: int) -> None:
    role = next(role for role in COURSE.roles if role.name == "Data steward")
    async with browser(course, "Tom") as client:
        form = {"form_token": token(client), "name": "Stewards", "role": role.id}
        where = (await client.post("/admin/cohorts", data=form)).headers["location"]
        await client.post(f"{where}/members", data={"form_token": token(client), "people": "ada@example.org"})
        page = (await client.get(where)).text
    header = [
        unescape(each) for each in re.findall(r'<th scope="col">([^<]+)<span class="note">target \+([0-9.]+)', page)[0]
    ]
    skill = next(skill for skill in COURSE.skills if skill.name == header[0])
    assert float(header[1]) == role.targets[skill.id] != skill.target
