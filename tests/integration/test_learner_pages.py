"""The learner's pages against real Postgres: what an answer does, and that they see only themself."""

import json
import re
from html import unescape

from adaptive import coaching, cohorts, outbox, peers, wishes
from adaptive.coaching import Talk
from adaptive.playing import address
from lrs.context import Context
from lrs.observers import AnyConnection
from lrs.terms import term_id
from lrs.writing import Writer
from tests.integration.browsing import (
    CHOICE,
    COURSE,
    READING,
    SEQUENCE,
    account,
    answer,
    browser,
    course,
    hidden,
    quick_hashes,
    stored,
    token,
)
from tutor.exercises import exercise_from
from tutor.guard import leaks

__all__ = ["course", "quick_hashes"]


async def test_an_answer_goes_into_the_record_and_changes_what_is_next(course: Context) -> None:
    ada = await account(course, "Ada", "learner")
    async with browser(course, "Ada") as client:
        before = (await client.get("/learn/")).text
        assert "0 of 14 skills met so far" in before
        verdict = await answer(client, CHOICE.id, answer=CHOICE.key[0], confidence="0.9")
        after = (await client.get("/learn/")).text
    assert "Right" in verdict.text
    assert CHOICE.explanation in unescape(verdict.text)
    assert "1 of 14 skills met so far" in after
    assert re.findall("<li>It builds.*?</li>", after) != re.findall("<li>It builds.*?</li>", before)
    [statement] = await stored(course)
    assert statement["actor"] == ada.agent
    assert statement["verb"]["id"] == "http://adlnet.gov/expapi/verbs/answered"
    assert statement["result"]["success"] is True
    assert statement["result"]["extensions"] == {"https://proximal.example/xapi/extensions/confidence": 0.9}
    assert statement["object"]["definition"]["interactionType"] == "choice"
    assert "correctResponsesPattern" not in json.dumps(statement)


async def test_an_attempt_counts_once(course: Context) -> None:
    await account(course, "Ada", "learner")
    async with browser(course, "Ada") as client:
        page = (await client.get(address(CHOICE.id))).text
        fields = {name: hidden(page, name) for name in ("form_token", "activity", "attempt", "opened")}
        wrong = next(choice for choice in CHOICE.choices if choice != CHOICE.key[0])
        for _ in range(2):
            repeated = await client.post("/learn/answer", data={**fields, "answer": wrong})
    assert "in your record already" in repeated.text
    assert len(await stored(course)) == 1


async def test_an_incomplete_answer_is_asked_for_again_and_keeps_what_was_given(course: Context) -> None:
    await account(course, "Ada", "learner")
    async with browser(course, "Ada") as client:
        refused = await answer(client, SEQUENCE.id, **{"place-0": "2"})
    assert refused.status_code == 400
    assert "Give every line its place" in refused.text
    assert '<option value="2" selected>' in refused.text
    assert await stored(course) == []


async def test_not_knowing_is_an_answer(course: Context) -> None:
    await account(course, "Ada", "learner")
    async with browser(course, "Ada") as client:
        assert "Noted" in (await answer(client, CHOICE.id, skip="1")).text
    [statement] = await stored(course)
    assert (statement["result"]["success"], statement["result"]["response"]) == (False, "")


async def test_a_reading_is_done_by_saying_so(course: Context) -> None:
    await account(course, "Ada", "learner")
    async with browser(course, "Ada") as client:
        page = (await client.get(address(READING.id))).text
        assert READING.text.split("\n\n")[0] in unescape(page)
        fields = {name: hidden(page, name) for name in ("form_token", "activity", "attempt", "opened")}
        assert (await client.post("/learn/finish", data=fields)).status_code == 303
        assert READING.name in unescape((await client.get("/learn/record")).text)
    assert [s["verb"]["display"]["en"] for s in await stored(course)] == ["completed"]


async def test_help_is_counted_and_starts_anew_after_an_answer(course: Context) -> None:
    await account(course, "Ada", "learner")
    exercise = exercise_from(CHOICE)
    assert exercise is not None
    async with browser(course, "Ada") as client:
        for question in ("", "Where do I read about this?"):
            form = {"form_token": token(client), "activity": CHOICE.id, "question": question}
            asked = await client.post("/learn/help", data=form)
            assert asked.headers["location"] == f"{address(CHOICE.id)}#help"
        page = (await client.get(address(CHOICE.id))).text
        assert page.count('class="prompt"') == 2
        said = unescape(re.sub("<[^>]+>", " ", page[page.index('class="prompt"') : page.index("Ask the tutor")]))
        assert not leaks(said, exercise)
        await answer(client, CHOICE.id, answer=CHOICE.key[0])
        assert 'class="prompt"' not in (await client.get(address(CHOICE.id))).text
    [statement] = await stored(course)
    assert statement["result"]["extensions"] == {"https://proximal.example/xapi/extensions/hints": 2}


async def test_the_last_hint_is_given_once_and_finding_nothing_is_no_help(course: Context) -> None:
    await account(course, "Ada", "learner")
    async with browser(course, "Ada") as client:

        async def ask(question: str) -> str:
            form = {"form_token": token(client), "activity": CHOICE.id, "question": question}
            return (await client.post("/learn/help", data=form, follow_redirects=True)).text

        assert "matches your question" in unescape(await ask("Xylophone?"))
        for count in (2, 3, 4, 4):
            page = await ask("")
            assert page.count('class="prompt"') == count
        assert "you have all the hints now" in page
        await answer(client, CHOICE.id, answer=CHOICE.key[0])
    [statement] = await stored(course)
    assert statement["result"]["extensions"] == {"https://proximal.example/xapi/extensions/hints": 3}


async def test_no_page_shows_a_key_before_the_answer(course: Context) -> None:
    await account(course, "Ada", "learner")
    async with browser(course, "Ada") as client:
        for activity in COURSE.activities:
            if activity.key:
                page = unescape((await client.get(address(activity.id))).text)
                assert activity.explanation not in page
                assert "correctResponsesPattern" not in page
                assert not any(remark in page for remark in activity.feedback.values() if remark)
                assert activity.key[0] not in page or activity.interaction in ("choice", "true-false", "numeric")


async def test_put_off_is_obeyed_by_the_next_offer(course: Context) -> None:
    await account(course, "Ada", "learner")
    async with browser(course, "Ada") as client:
        page = (await client.get("/learn/")).text
        offered = [unescape(each) for each in re.findall(r'name="activity" value="([^"]*)"', page)]
        assert 2 <= len(offered) <= 4
        for activity in offered:
            form = {"form_token": token(client), "activity": activity, "answer": "postponed"}
            assert (
                await client.post("/learn/feedback", data={**form, "decision": hidden(page, "decision")})
            ).is_redirect
        after = unescape((await client.get("/learn/")).text)
        assert not any(f'value="{activity}"' in after for activity in offered)
        bad = await client.post("/learn/feedback", data={**form, "decision": "none"})
        assert bad.status_code == 400
        unknown = {**form, "decision": hidden(page, "decision"), "activity": "https://x.test/none"}
        assert (await client.post("/learn/feedback", data=unknown)).status_code == 404


async def test_what_a_trainer_put_first_cannot_be_put_off_and_says_so(course: Context) -> None:
    ada = await account(course, "Ada", "learner")

    async def pin(connection: AnyConnection) -> None:
        now, who = course.clock(), ada.learner_id
        await cohorts.override(connection, 1, READING.id, "pin", author="Tom", now=now, learner_id=who)

    await course.database.write(pin)
    async with browser(course, "Ada") as client:
        cards = (await client.get("/learn/")).text.split('<li class="card">')[1:]
    assert ["It stays here until it is done." in card for card in cards] == [True, *[False] * (len(cards) - 1)]
    assert ["Not for me" in card for card in cards] == [False, *[True] * (len(cards) - 1)]


async def test_nobody_succeeds_at_a_reading(course: Context) -> None:
    await account(course, "Ada", "learner")
    async with browser(course, "Ada") as client:
        assert "chance of success" in (await client.get("/learn/")).text
        form = {"form_token": token(client), "wish": "preferences", "formats": "reading", "only_formats": "1"}
        await client.post("/learn/wishes", data={**form, "adaptive": "1"})
        page = (await client.get("/learn/")).text
    assert "reading ·" in page
    assert "It builds" in page
    assert "chance" not in page


async def test_a_goal_is_named_where_something_else_comes_first(course: Context) -> None:
    await account(course, "Ada", "learner")
    skill = next(s for s in COURSE.skills if s.prerequisites)
    async with browser(course, "Ada") as client:
        form = {"form_token": token(client), "wish": "goal", "skill": skill.id, "level": "1"}
        await client.post("/learn/wishes", data=form)
        assert f"opens the way to {skill.name} (your goal)" in unescape((await client.get("/learn/")).text)


async def test_a_page_of_a_store_without_courses_speaks_to_learners(course: Context) -> None:
    await account(course, "Bo", "learner", store_id=2)
    async with browser(course, "Bo") as client:
        page = (await client.get("/learn/")).text
        assert (await client.get("/learn/answer")).headers["location"] == "/learn/"
    assert "as soon as there is a course for you" in page
    assert "statements" not in page


async def test_offers_shown_and_taken_up_are_told_to_the_record(course: Context) -> None:
    await account(course, "Ada", "learner")
    async with browser(course, "Ada") as client:
        page = (await client.get("/learn/")).text
        offered = [unescape(each) for each in re.findall(r'name="activity" value="([^"]*)"', page)]
        form = {"form_token": token(client), "activity": offered[0], "decision": hidden(page, "decision")}
        opened = await client.post("/learn/feedback", data={**form, "answer": "accepted"})
        assert opened.headers["location"] == address(offered[0])
    await outbox.deliver(course, Writer(course))
    told = [(s["verb"]["id"].rsplit("/", 1)[-1], s["object"]["id"]) for s in await stored(course)]
    assert sorted(told) == sorted([("accepted", offered[0]), *(("offered", each) for each in offered)])


async def test_a_learner_sees_only_themself(course: Context) -> None:
    ada, bob = await account(course, "Ada", "learner"), await account(course, "Bob", "learner")
    async with browser(course, "Ada") as client:
        await answer(client, CHOICE.id, answer=CHOICE.key[0])
        assert CHOICE.name in unescape((await client.get("/learn/record")).text)
        for page in (
            "",
            "everyone",
            "everyone.csv",
            f"learners/{bob.learner_id}",
            "statements",
            "credentials",
            "accounts",
        ):
            assert (await client.get(f"/admin/{page}")).status_code == 403
    async with browser(course, "Bob") as client:
        assert CHOICE.name not in unescape((await client.get("/learn/record")).text)
        assert "0 of 14 skills met" in (await client.get("/learn/")).text
    assert ada.learner_id != bob.learner_id


async def test_an_activity_of_an_lms_opens_with_the_way_to_it(course: Context) -> None:
    await account(course, "Ada", "learner")
    iri = "https://lms.test/items/1"
    definition = {"name": {"en": "Wet floor"}, "interactionType": "true-false", "correctResponsesPattern": ["true"]}
    await course.database.write(
        lambda connection: connection.execute(
            "INSERT INTO activities (store_id, id, iri, definition) VALUES (1, $1, $2, $3)",
            term_id(iri),
            iri,
            definition,
        )
    )
    async with browser(course, "Ada") as client:
        page = (await client.get(address(iri))).text
        assert f'href="{iri}"' in page
        assert "Wet floor" in page
        form = {"form_token": token(client), "activity": iri, "answer": "true"}
        assert (await client.post("/learn/answer", data=form)).status_code == 400


async def test_wishes_are_kept_shown_and_obeyed(course: Context) -> None:
    await account(course, "Ada", "learner")
    skill = COURSE.skills[0]
    async with browser(course, "Ada") as client:

        async def wish(name: str, **fields: object) -> str:
            form = {"form_token": token(client), "wish": name, **fields}
            return unescape((await client.post("/learn/wishes", data=form, follow_redirects=True)).text)

        page = await wish("goal", skill=skill.id, level="1.5", due="2099-12-31")
        assert "Your goal is set" in page
        assert "31 Dec 2099" in page
        assert f"Your goal is {skill.name} at level +1.5" in unescape((await client.get("/learn/")).text)
        assert "is past" in await wish("goal", skill=skill.id, level="1.5", due="2001-01-01")
        refused = await wish("goal", skill=skill.id, level="high")
        assert "a number from −10 to 10" in refused
        assert 'value="high"' in refused
        assert "You have set no goal" in await wish("drop", skill=skill.id)
        page = await wish("preferences", formats=["reading", "video"], weekly_minutes="90", language="en")
        assert re.findall(r'value="(\w+)" checked', page) == ["video", "reading"]
        assert 'value="90"' in page
        page = await wish("preferences", weekly_minutes="many", formats=["quiz"], language="de")
        assert "whole number" in page
        assert re.findall(r'value="(\w+)" checked', page) == ["quiz"]
        assert 'value="many"' in page
        assert "nothing to compare with yet" in await wish("assess", skill=skill.id, level="-0.5")
        assert (await client.post("/learn/wishes", data={"wish": "goal"})).status_code == 403


async def test_what_others_do_with_a_learner_is_on_their_page(course: Context) -> None:
    ada, bob = await account(course, "Ada", "learner"), await account(course, "Bob", "learner")
    skill, now = COURSE.skills[0], course.clock()
    talk = Talk("Went <well>.", "Read this", READING.id)

    async def train(connection: AnyConnection) -> None:
        await coaching.note_talk(connection, 1, ada.learner_id, talk, author="Tom", now=now)
        await wishes.assess(connection, 1, ada.learner_id, skill=skill.id, level=1.0, now=now)
        await wishes.validate_assessment(connection, 1, ada.learner_id, skill=skill.id, author="Tom", now=now)
        group = await peers.form(connection, 1, "Cleaners", purpose="Meet on Fridays", author="Tom", now=now)
        await peers.join(connection, 1, group, [ada.agent, bob.agent], now)

    await course.database.write(train)
    async with browser(course, "Ada") as client:
        page = (await client.get("/learn/")).text
    assert "Went &lt;well&gt;." in page
    assert f'<a href="{address(READING.id)}">' in page
    assert "Tom agrees with your +1.0" in page
    assert "Meet on Fridays" in page
    assert "with Bob" in page
    async with browser(course, "Bob") as client:
        page = (await client.get("/learn/")).text
    assert "with Ada" in page
    assert "Went" not in page
