"""What trainers do on the desk's pages: the learner sees it, the next recommendation obeys it, and nothing is lost of a
form that cannot be carried out."""

import re
from html import unescape

import httpx
import pytest

from adaptive import cohorts, wishes
from adaptive.catalogue import Catalogue
from lrs.context import Context
from tests.integration.browsing import COURSE, READING, account, browser, course, quick_hashes, token
from tests.integration.learners import agent_id, answer
from tests.integration.service import client_of
from tests.integration.test_desk_pages import cells

__all__ = ["course", "quick_hashes"]

SKILL = COURSE.skills[0]


@pytest.fixture
async def desk(course: Context) -> tuple[str, str]:
    """Ada in a cohort, and a trainer; the addresses of the cohort's and of Ada's page."""
    ada, ben = await account(course, "Ada", "learner"), await account(course, "Ben", "learner")
    await account(course, "Tom", "trainer")
    await account(course, "Eve", "operator", store_id=2)
    cohort = await course.database.write(
        lambda connection: cohorts.create(connection, 1, "Spring", cohorts.Plan(), Catalogue(), course.clock())
    )
    agents = [ada.agent, ben.agent]
    await course.database.write(lambda connection: cohorts.join(connection, 1, cohort, agents, course.clock()))
    return f"/admin/cohorts/{cohort}", f"/admin/learners/{ada.learner_id}"


async def send(client: httpx.AsyncClient, path: str, **fields: str | list[str]) -> httpx.Response:
    return await client.post(path, data={"form_token": token(client), **fields})


async def offered(client: httpx.AsyncClient) -> list[str]:
    """Names of what a learner is offered, in order."""
    page = (await client.get("/learn/")).text
    return [unescape(each) for each in re.findall(r'class="card-title">([^<]+)<', page)]


async def told(client: httpx.AsyncClient) -> str:
    """All that a learner's first page says."""
    page = re.sub("<[^>]+>", " ", (await client.get("/learn/")).text)
    return " ".join(unescape(page).split())


@pytest.mark.parametrize("whose", [0, 1])
async def test_a_pin_comes_first_and_can_be_taken_back(course: Context, desk: tuple[str, str], whose: int) -> None:
    async with browser(course, "Tom") as client, browser(course, "Ada") as ada, browser(course, "Ben") as ben:
        before = await offered(ada)
        wanted = next(a for a in COURSE.activities if a.name not in before and a.minutes)
        made = await send(client, f"{desk[whose]}/words", activity=wanted.name, action="pin", note="for Friday")
        page = await client.get(made.headers["location"])
        assert "recommendation obeys it" in page.text
        assert (await offered(ada))[0] == wanted.name
        assert f"{wanted.name} : put first – for Friday Tom" in await told(ada)
        assert "Your trainer put this first" in await told(ada)
        assert ((await offered(ben))[0] == wanted.name) is (whose == 0)
        undo = re.search(r'name="undo" value="(\d+)"', page.text)
        assert undo
        assert (await send(client, f"{desk[whose]}/words", undo=undo[1])).status_code == 303
        assert (await send(client, f"{desk[whose]}/words", undo=undo[1])).status_code == 404
        assert "put first" not in await told(ada)
        assert wanted.name not in (await offered(ada))[:1]


@pytest.mark.parametrize(("action", "words"), [("ban", "left out of your offers"), ("lock", "not open to you yet")])
async def test_what_is_taken_away_is_gone_and_said(
    course: Context, desk: tuple[str, str], action: str, words: str
) -> None:
    async with browser(course, "Tom") as client, browser(course, "Ada") as ada:
        first = (await offered(ada))[0]
        assert (await send(client, f"{desk[1]}/words", activity=first, action=action)).is_redirect
        assert first not in await offered(ada)
        assert f"{first} : {words} Tom" in await told(ada)
        assert (await send(client, f"{desk[1]}/words", activity=first, action="assign", due="2099-12-31")).is_redirect
        assert (await offered(ada))[0] == first
        assert words not in await told(ada)
        assert f"{first} : assigned to you by 31 Dec 2099" in await told(ada)


REFUSED: list[tuple[dict[str, str], str]] = [
    ({"activity": "No such thing", "action": "pin"}, "There is no activity “No such thing” here"),
    ({"activity": "e", "action": "pin"}, "Write more of the name"),
    ({"activity": "", "action": "pin"}, "Name an activity"),
    ({"activity": READING.id, "action": "praise"}, "Choose whether to pin"),
    ({"activity": READING.id, "action": "pin", "due": "2001-01-01"}, "is past"),
    ({"activity": READING.id, "action": "pin", "due": "soon"}, "The day is a date"),
    ({"activity": READING.id, "action": "pin", "note": "kept" + "x" * 1000}, "That is too long"),
    ({"undo": "x"}, "not as this page made it"),
]


async def test_a_refused_decision_keeps_what_was_filled_in(course: Context, desk: tuple[str, str]) -> None:
    async with browser(course, "Tom") as client:
        for where in desk:
            for fields, said in REFUSED:
                refused = await send(client, f"{where}/words", **{"note": "kept", **fields})
                page = unescape(refused.text)
                assert refused.status_code == 400
                assert said in page[page.index('role="alert"') :]
                assert "kept" in page
                assert f'value="{fields.get("activity", "")}"' in page
            assert 'name="undo"' not in (await client.get(where)).text


async def test_a_talk_is_read_by_the_learner_and_its_step_assigned(course: Context, desk: tuple[str, str]) -> None:
    where = f"{desk[1]}/talks"
    async with browser(course, "Tom") as client, browser(course, "Ada") as ada:
        talk = {"note": "Went <well>.", "next_step": "Read up", "activity": READING.name, "due": "2099-12-31"}
        refused = await send(client, where, **{**talk, "note": " "})
        assert refused.status_code == 400
        assert 'value="Read up"' in refused.text
        assert "Write what the talk came to" in refused.text
        assert (await send(client, where, **talk)).is_redirect
        assert "Went &lt;well&gt;." in (await client.get(desk[1])).text
        page = unescape(re.sub("<[^>]+>", " ", (await ada.get("/learn/")).text))
        said = f"Tom Went <well>. Next step: Read up · {READING.name} by 31 Dec 2099"
        assert said in " ".join(page.split())
        assert (await offered(ada))[0] == READING.name


async def test_a_trainer_agrees_with_what_is_shown_and_nothing_else(course: Context, desk: tuple[str, str]) -> None:
    learner = int(desk[1].rsplit("/", 1)[-1])

    async def rate(level: float) -> None:
        await course.database.write(
            lambda c: wishes.assess(c, 1, learner, skill=SKILL.id, level=level, now=course.clock())
        )

    await rate(1.2)
    async with browser(course, "Tom") as client, browser(course, "Ada") as ada:
        assert 'name="level" value="1.2"' in (await client.get(desk[1])).text
        await rate(2.0)
        stale = await send(client, f"{desk[1]}/agreements", skill=SKILL.id, level="1.2")
        assert stale.status_code == 404
        assert "no self-assessment" in stale.text
        assert "agrees with your" not in await told(ada)
        assert (await send(client, f"{desk[1]}/agreements", skill=SKILL.id, level="2.0")).is_redirect
        assert (await send(client, f"{desk[1]}/agreements", skill=SKILL.id, level="x")).status_code == 400
        assert f"{SKILL.name}: Tom agrees with your +2.0" in await told(ada)


async def test_a_peer_group_is_formed_changed_and_dissolved(course: Context, desk: tuple[str, str]) -> None:
    async with browser(course, "Tom") as client, browser(course, "Ada") as ada:
        page = (await client.get(desk[0])).text
        both = re.findall(r'name="learner" value="(-?\d+)"', page)
        nobody = await send(client, f"{desk[0]}/groups", name="Tasters", purpose="Taste")
        assert (nobody.status_code, 'value="Tasters"' in nobody.text) == (400, True)
        assert (await send(client, f"{desk[0]}/groups", name="Tasters", purpose="Taste", learner=both)).is_redirect
        again = await send(client, f"{desk[0]}/groups", name="Tasters", learner=both[:1])
        assert again.status_code == 409
        assert again.text.count("checked") == 1
        assert "Tasters : Taste with Ben; formed by Tom" in await told(ada)
        overview = (await client.get("/admin/groups")).text
        group = re.findall(r'href="(/admin/groups/\d+)"', overview)[0]
        await send(client, f"{group}/members", people="new@example.org\nhttps://lms.test|u7")
        assert {row[0] for row in cells((await client.get(group)).text)} == {"Ada", "Ben", "new@example.org", "u7"}
        wrong = await send(client, f"{group}/members", people="new@example.org nonsense")
        assert wrong.status_code == 400
        assert "nonsense</textarea>" in wrong.text
        await send(client, f"{group}/members", leave=both[1])
        assert (await send(client, f"{group}/change", name="Testers", purpose="")).is_redirect
        assert (await send(client, f"{group}/change", name=" ", purpose="")).status_code == 400
        assert "Testers with" in await told(ada)
        assert (await send(client, "/admin/groups/form", name="Testers", people="")).status_code == 409
        assert (await send(client, "/admin/groups/form", name="Others", people="ben@example.org")).is_redirect
        other = re.search(r'value="(\d+)">Others', (await client.get(desk[1])).text)
        assert other
        assert (await send(client, f"{desk[1]}/groups", group=other[1])).is_redirect
        assert "Others with ben@example.org" in await told(ada)
        assert (await send(client, f"{desk[1]}/groups", leave=other[1])).is_redirect
        assert (await send(client, f"{desk[1]}/groups", leave=other[1])).status_code == 404
        assert (await send(client, f"{desk[1]}/groups")).status_code == 400
        assert (await send(client, f"{group}/change", name="Others", purpose="")).status_code == 409
        assert (await send(client, f"{group}/dissolve")).is_redirect
        assert (await client.get(group)).status_code == 404
        assert "Peer groups" not in await told(ada)


async def test_other_stores_and_learners_change_nothing(course: Context, desk: tuple[str, str]) -> None:
    word = {"activity": READING.name, "action": "ban"}
    async with browser(course, "Tom") as tom:
        made = await send(tom, "/admin/groups/form", name="Tasters", people="ada@example.org")
        assert made.is_redirect
        assert (await tom.post(f"{desk[1]}/words", data=word)).status_code == 403
        for learner in ("77", "x"):
            assert (await send(tom, f"/admin/learners/{learner}/words", **word)).status_code == 404
        group = re.findall(r'href="(/admin/groups/\d+)"', (await tom.get("/admin/groups")).text)[0]
    for name, status in (("Eve", 404), ("Ada", 403)):
        async with browser(course, name) as client:
            for where in (*(f"{each}/words" for each in desk), f"{desk[1]}/talks", f"{desk[0]}/groups"):
                fields = {**word, "note": "x", "name": "x", "learner": "1"}
                assert (await send(client, where, **fields)).status_code == status, where
            for path in (f"{desk[1]}/agreements", f"{desk[1]}/groups", f"{group}/members", f"{group}/change"):
                fields = {"skill": SKILL.id, "level": "1", "group": "1", "people": "eve@example.org", "name": "x"}
                assert (await send(client, path, **fields)).status_code == status, path
            assert (await send(client, f"{group}/dissolve")).status_code == status
            if name == "Ada":
                said = await told(client)
                assert "Decided by" not in said
                assert "Tasters" in said


async def test_operators_make_two_addresses_one_person(course: Context, desk: tuple[str, str]) -> None:
    await account(course, "Olga", "operator")
    async with browser(course, "Tom") as tom, browser(course, "Olga") as olga, browser(course, "Ben") as ben:
        both = re.findall(r'href="(/admin/learners/-?\d+)"', (await tom.get(desk[0])).text)
        [other] = [path for path in both if path != desk[1]]
        await send(tom, f"{other}/words", activity=READING.name, action="pin", note="for Ben")
        assert (await send(tom, f"{desk[1]}/identities", people="ben@example.org")).status_code == 403
        for wrong in ("", "nonsense", "ben@example.org cid@example.org"):
            assert (await send(olga, f"{desk[1]}/identities", people=wrong)).status_code == 400
        assert (await send(olga, f"{desk[1]}/identities", people="ben@example.org")).is_redirect
        again = await send(olga, f"{desk[1]}/identities", people="ben@example.org")
        assert "one person already" in again.text
        assert (await tom.get(other)).headers["location"] == desk[1]
        page = (await tom.get(desk[1])).text
        assert "mbox:mailto:ben@example.org" in page
        assert "for Ben" in page
        assert "for Ben" in await told(ben)
        part = re.search(r'name="part" value="(-?\d+)"', (await olga.get(desk[1])).text)
        assert part
        assert (await send(olga, f"{desk[1]}/identities", part=part[1])).is_redirect
        assert "for Ben" not in (await tom.get(desk[1])).text
        assert "for Ben" in (await tom.get(other)).text


async def test_without_a_catalogue_what_was_discovered_can_be_named(context: Context, quick_hashes: None) -> None:
    """An LMS that publishes nothing: its activities are known by the names that its statements tell."""
    await account(context, "Tom", "trainer")
    async with client_of(context) as lms:
        named = answer("ann", "one", right=True)
        named["object"]["definition"] = {"name": {"en": "Set the grinder"}}
        await lms.send(named, answer("ann", "two", right=True))
        await lms.get("/adaptive/profile", "ann")
        async with browser(context, "Tom") as tom:
            where = f"/admin/learners/{agent_id('ann')}"
            page = (await tom.get(where)).text
            assert '<option value="Set the grinder">' in page
            assert '<option value="urn:item:two">' in page
            assert (await send(tom, f"{where}/words", activity="grinder", action="pin")).is_redirect
        assert (await lms.recommended("ann"))[0]["activity"]["id"] == "urn:item:one"
