"""The demonstration's course keeps the promises that a good course makes."""

import re
from difflib import SequenceMatcher
from graphlib import TopologicalSorter
from itertools import combinations
from typing import Any

import pytest

from admin.demo.course import load_course

COURSE = load_course()
SKILLS = {skill["id"]: skill for skill in COURSE["skills"]}
ACTIVITIES: list[dict[str, Any]] = COURSE["activities"]
ITEMS = [
    {"skills": activity["skills"], "format": activity["format"], **item}
    for activity in ACTIVITIES
    for item in activity.get("items", [])
]
PASSAGES = [passage for activity in ACTIVITIES for passage in activity.get("passages", [])]
NAMES = r"\b(?:North|Northern Supplies|Harbour Foods|Spain|Leeds|Jan|Dec|May|June|March|Site [AB]|[Bb]ranch [AB])\b"

each_item = pytest.mark.parametrize("item", ITEMS, ids=lambda item: item["id"].rsplit("/", 1)[-1])


def words_of(text: str) -> str:
    """Lower-case words alone, without numbers and names: what must differ between two items."""
    return " ".join(re.findall(r"[a-z]+", re.sub(NAMES, " ", text).lower()))


def texts_of(item: dict[str, Any], part: str) -> dict[str, str]:
    return {choice["id"]: choice["text"] for choice in item.get(part, [])}


def key_texts(item: dict[str, Any]) -> list[str]:
    """What a hint would have to say to give the answer away."""
    key, choices, targets = item["key"], texts_of(item, "choices"), texts_of(item, "targets")
    match item["kind"]:
        case "choice":
            return [choices[choice] for choice in key]
        case "sequencing":
            return [" ".join(choices[choice] for choice in key)]
        case "matching":
            return [f"{choices[source]} {targets[target]}" for source, target in (pair.split("[.]") for pair in key)]
        case "numeric":
            return [key[0], *key[0].split("[:]"), str(middle_of(key[0]))]
        case _:
            return list(key)


def shown_with(item: dict[str, Any]) -> list[str]:
    return [*texts_of(item, "choices").values(), *texts_of(item, "targets").values()]


def middle_of(pattern: str) -> float | int:
    numbers = [float(number) for number in pattern.split("[:]")]
    middle = round(sum(numbers) / len(numbers), 6)
    return int(middle) if middle == int(middle) else middle


def plain(text: str) -> str:
    words = re.findall(r"[\w.$#&/%]+", text.lower().replace(",", ""))
    return f" {' '.join(word.rstrip('.') for word in words)} "


def test_size_and_kinds() -> None:
    assert 10 <= len(SKILLS) <= 14
    assert len(ITEMS) >= 80
    assert len(PASSAGES) >= 14
    assert {item["kind"] for item in ITEMS} >= {
        "choice", "true-false", "numeric", "fill-in", "sequencing", "matching",
    }  # fmt: skip
    assert {activity["format"] for activity in ACTIVITIES} == {"reading", "video", "quiz", "practice", "interactive"}


def test_ids_are_unique_and_absolute() -> None:
    ids = [
        entry["id"] for entry in (COURSE, *COURSE["skills"], *ACTIVITIES, *ITEMS, *COURSE["roles"], *COURSE["paths"])
    ]
    assert len(ids) == len(set(ids))
    assert all(re.fullmatch(r"https://[a-z.]+/[a-z0-9/-]+", each) for each in ids)


def test_prerequisites_form_a_graph_without_cycles() -> None:
    graph = {skill["id"]: skill["prerequisites"] for skill in COURSE["skills"]}
    assert set().union(*graph.values()) <= set(SKILLS)
    assert len(list(TopologicalSorter(graph).static_order())) == len(SKILLS)
    assert all(0 < skill["target"] <= 1 for skill in COURSE["skills"])


@pytest.mark.parametrize("skill", SKILLS)
def test_every_skill_can_be_learnt_and_practised_in_several_formats(skill: str) -> None:
    taught = [activity for activity in ACTIVITIES if skill in activity["skills"]]
    asked = [item for item in ITEMS if skill in item["skills"]]
    assert {"reading", "video", "quiz", "practice"} <= {activity["format"] for activity in taught}
    assert len(asked) >= 5
    assert {item["difficulty"] for item in asked} == {"easy", "medium", "hard"}


def test_the_path_names_activities_that_exist_and_leaves_a_choice_for_every_skill() -> None:
    known = {activity["id"]: activity for activity in ACTIVITIES}
    (path,) = COURSE["paths"]
    assert set(path["required"]) <= set(known)
    assert [electives["skill"] for electives in path["electives"]] == list(SKILLS)
    for electives in path["electives"]:
        formats = {known[activity]["format"] for activity in electives["activities"]}
        assert len(formats) == len(electives["activities"]) >= 2
    assert all(set(role["targets"]) <= set(SKILLS) for role in COURSE["roles"])


@pytest.mark.parametrize("passage", PASSAGES, ids=lambda passage: passage["id"])
def test_a_passage_is_short_and_whole(passage: dict[str, Any]) -> None:
    assert 100 <= len(passage["text"].split()) <= 250
    assert passage["text"].rstrip()[-1] in ".?!"


@each_item
def test_the_key_fits_its_kind(item: dict[str, Any]) -> None:
    key, choices, targets = item["key"], list(texts_of(item, "choices")), list(texts_of(item, "targets"))
    match item["kind"]:
        case "choice":
            assert set(key) < set(choices)
        case "sequencing":
            assert sorted(key) == sorted(choices)
            assert key != choices
        case "matching":
            pairs = [pair.split("[.]") for pair in key]
            assert [source for source, _ in pairs] == choices
            assert sorted(target for _, target in pairs) == sorted(targets)
            assert [target for _, target in pairs] != targets
        case "true-false":
            assert key in (["true"], ["false"])
        case "numeric":
            assert [float(number) for number in key[0].split("[:]")] == sorted(map(float, key[0].split("[:]")))
        case "fill-in":
            assert all(answer.strip() == answer != "" for answer in key)
        case other:
            pytest.fail(f"{other} cannot be marked")
    assert set(item["skills"]) <= set(SKILLS)


@each_item
def test_every_wrong_choice_is_explained_and_no_right_one(item: dict[str, Any]) -> None:
    if item["kind"] == "choice":
        explained = {choice["id"] for choice in item["choices"] if choice.get("feedback")}
        assert explained == set(texts_of(item, "choices")) - set(item["key"])
    assert item["explanation"].endswith((".", "?"))


@each_item
def test_no_hint_contains_the_key(item: dict[str, Any]) -> None:
    assert len(set(item["hints"])) == 3
    for hint in item["hints"]:
        for key in key_texts(item):
            assert plain(key) not in plain(hint), (hint, key)


def test_a_hint_with_the_key_would_be_noticed() -> None:
    item = next(item for item in ITEMS if item["kind"] == "numeric")
    assert any(plain(key) in plain(f"It is {middle_of(item['key'][0])}, of course.") for key in key_texts(item))


def test_the_longest_choice_is_not_usually_the_right_one() -> None:
    single = [item for item in ITEMS if item["kind"] == "choice" and len(item["key"]) == 1]
    longest = sum(max(texts_of(item, "choices").values(), key=len) == key_texts(item)[0] for item in single)
    assert longest <= len(single) / 2


def test_no_two_items_are_alike_but_for_numbers_or_names() -> None:
    texts = {item["id"]: words_of(" ".join((item["prompt"], *shown_with(item)))) for item in ITEMS}
    for (one, text), (other, other_text) in combinations(texts.items(), 2):
        matcher = SequenceMatcher(None, text, other_text, autojunk=False)
        alike = matcher.real_quick_ratio() > 0.7 and matcher.quick_ratio() > 0.7 and matcher.ratio() > 0.7
        assert not alike, (one, other)
