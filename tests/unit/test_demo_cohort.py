"""Simulated learners: their answers are marked as meant, their statements are evidence, one seed gives the same."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest

from adaptive.catalogue.document import Activity, collection_from
from adaptive.evidence import Kind, evidence_from
from admin.demo.answers import right_answer, wrong_answer
from admin.demo.cohort import WEEKS, simulate
from admin.demo.course import load_course
from lrs.observers import Arrival
from lrs.reading import told
from lrs.terms import term_id
from tutor.exercises import exercise_from
from tutor.marking import mark

COURSE = collection_from(load_course())
QUESTIONS = [activity for activity in COURSE.activities if activity.key]
NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def statements() -> list[dict[str, Any]]:
    return simulate(COURSE, NOW)


@pytest.mark.parametrize("activity", QUESTIONS, ids=lambda activity: activity.id.rsplit("/", 1)[-1])
def test_answers_are_marked_as_they_are_meant(activity: Activity) -> None:
    exercise = exercise_from(activity)
    assert exercise is not None
    assert mark(exercise, right_answer(activity)).success
    for seed in range(5):
        assert not mark(exercise, wrong_answer(activity, Random(seed))).success


def test_the_same_seed_gives_the_same_statements_and_another_does_not(statements: list[dict[str, Any]]) -> None:
    assert simulate(COURSE, NOW) == statements
    assert simulate(COURSE, NOW, seed=2) != statements


def test_everybody_is_declared_as_simulated_and_works_within_the_weeks(statements: list[dict[str, Any]]) -> None:
    times = [datetime.fromisoformat(each["timestamp"]) for each in statements]
    assert times == sorted(times)
    assert NOW - timedelta(weeks=WEEKS) < times[0] < times[-1] < NOW
    assert all(each["actor"]["name"].endswith("(simulated)") for each in statements)
    assert len({each["id"] for each in statements}) == len(statements)
    assert len({each["actor"]["name"] for each in statements}) == 24


def test_the_cohort_differs_in_success_and_some_stopped(statements: list[dict[str, Any]]) -> None:
    scores, last = defaultdict[str, list[float]](list), dict[str, datetime]()
    for each in statements:
        last[each["actor"]["name"]] = datetime.fromisoformat(each["timestamp"])
        if "score" in each["result"]:
            scores[each["actor"]["name"]].append(each["result"]["score"]["scaled"])
    means = sorted(sum(values) / len(values) for values in scores.values())
    assert means[0] < 0.6 < 0.75 < means[-1]
    assert sum(NOW - when > timedelta(days=7) for when in last.values()) >= 3
    assert any("extensions" in each["result"] for each in statements)


def test_every_answer_is_evidence_of_its_skills(statements: list[dict[str, Any]]) -> None:
    skills = {activity.id: tuple(map(term_id, activity.skills)) for activity in COURSE.activities}
    for each in statements[::7]:
        when = datetime.fromisoformat(each["timestamp"])
        evidence = evidence_from(Arrival(1, UUID(each["id"]), when, 0, when, told(each)))
        assert evidence is not None
        assert evidence.skill_ids == skills[each["object"]["id"]]
        assert evidence.kind == (Kind.ITEM if "response" in each["result"] else Kind.ENCOUNTER)
        assert evidence.seconds is not None
