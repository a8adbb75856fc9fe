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
ITEMS = [activity for activity in ACTIVITIES if "key" in activity]
PASSAGES = [activity for activity in ACTIVITIES if "text" in activity]
NAMES = r"\b(?:North|Northern Supplies|Harbour Foods|Spain|Leeds|Jan|Dec|May|June|March|Site [AB]|[Bb]ranch [AB])\b"

each_item = pytest.mark.parametrize("item", ITEMS, ids=lambda item: item["id"].rsplit("/", 1)[-1])


def words_of(text: str) -> str:
    """Lower-case words alone, without numbers and names: what must differ between two items."""
    return " ".join(re.findall(r"[a-z]+", re.sub(NAMES, " ", text).lower()))


def key_texts(item: dict[str, Any]) -> list[str]:
    """What a hint would have to say to give the answer away."""
    patterns = [re.sub(r"^\{[^}]*\}", "", pattern) for pattern in item["key"]]
    match item["interaction"]:
        case "choice":
            return [item["choices"][choice] for choice in patterns[0].split("[,]")]
        case "sequencing":
            return [" ".join(item["choices"][choice] for choice in patterns[0].split("[,]"))]
        case "matching":
            pairs = [pair.split("[.]") for pair in patterns[0].split("[,]")]
            return [f"{item['source'][source]} {item['target'][target]}" for source, target in pairs]
        case "numeric":
            return [patterns[0], *patterns[0].split("[:]"), str(middle_of(patterns[0]))]
        case _:
            return patterns


def shown_with(item: dict[str, Any]) -> list[str]:
    return [text for part in ("choices", "source", "target") for text in item.get(part, {}).values()]


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
    assert {item["interaction"] for item in ITEMS} >= {
        "choice", "true-false", "numeric", "fill-in", "sequencing", "matching",
    }  # fmt: skip
    assert {activity["format"] for activity in ACTIVITIES} == {"reading", "video", "quiz", "practice", "interactive"}


def test_ids_are_unique_and_absolute() -> None:
    ids = [entry["id"] for entry in (COURSE, *COURSE["skills"], *ACTIVITIES, *COURSE["roles"], *COURSE["paths"])]
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
    assert {"reading", "video"} <= {activity["format"] for activity in taught}
    assert sum("key" in activity for activity in taught) >= 5
    assert len({activity["difficulty"] for activity in taught if "key" in activity}) == 3


def test_the_path_names_activities_that_exist_and_leaves_a_choice_for_every_skill() -> None:
    known = {activity["id"]: activity for activity in ACTIVITIES}
    (path,) = COURSE["paths"]
    assert set(path["required"]) <= set(known)
    assert [electives["skill"] for electives in path["electives"]] == list(SKILLS)
    for electives in path["electives"]:
        formats = {known[activity]["format"] for activity in electives["activities"]}
        assert len(formats) == len(electives["activities"]) >= 2
    assert all(set(role["targets"]) <= set(SKILLS) for role in COURSE["roles"])


@pytest.mark.parametrize("passage", PASSAGES, ids=lambda passage: passage["name"])
def test_a_passage_is_short_and_whole(passage: dict[str, Any]) -> None:
    assert 100 <= len(passage["text"].split()) <= 250
    assert passage["text"].rstrip()[-1] in ".?!"


@each_item
def test_the_key_fits_the_interaction(item: dict[str, Any]) -> None:
    pattern = item["key"][0]
    match item["interaction"]:
        case "choice":
            assert set(pattern.split("[,]")) < set(item["choices"])
        case "sequencing":
            assert sorted(pattern.split("[,]")) == sorted(item["choices"])
            assert pattern.split("[,]") != list(item["choices"])
        case "matching":
            pairs = [pair.split("[.]") for pair in pattern.split("[,]")]
            assert [source for source, _ in pairs] == list(item["source"])
            assert sorted(target for _, target in pairs) == sorted(item["target"])
        case "true-false":
            assert pattern in {"true", "false"}
        case "numeric":
            assert [float(number) for number in pattern.split("[:]")] == sorted(map(float, pattern.split("[:]")))
        case "fill-in":
            assert all(re.fullmatch(r"\{case_matters=(true|false)\}\S.*", each) for each in item["key"])
        case other:
            pytest.fail(f"{other} is not used for scoring")
    assert set(item["skills"]) <= set(SKILLS)


@each_item
def test_every_wrong_choice_of_a_single_answer_is_explained(item: dict[str, Any]) -> None:
    wrong = set(item.get("choices", {})) - set(item["key"][0].split("[,]"))
    if item["interaction"] == "choice":
        assert set(item["feedback"]) == wrong
    assert item["explanation"].endswith((".", "?"))


@each_item
def test_no_hint_contains_the_key(item: dict[str, Any]) -> None:
    assert len(set(item["hints"])) == 3
    for hint in item["hints"]:
        for key in key_texts(item):
            assert plain(key) not in plain(hint), (hint, key)


def test_a_hint_with_the_key_would_be_noticed() -> None:
    item = next(item for item in ITEMS if item["interaction"] == "numeric")
    assert any(plain(key) in plain(f"It is {middle_of(item['key'][0])}, of course.") for key in key_texts(item))


def test_the_longest_choice_is_not_usually_the_right_one() -> None:
    single = [item for item in ITEMS if item["interaction"] == "choice" and "[,]" not in item["key"][0]]
    longest = sum(max(item["choices"].values(), key=len) == key_texts(item)[0] for item in single)
    assert longest <= len(single) / 2


def test_no_two_items_are_alike_but_for_numbers_or_names() -> None:
    texts = {item["id"]: words_of(" ".join((item["prompt"], *shown_with(item)))) for item in ITEMS}
    for (one, text), (other, other_text) in combinations(texts.items(), 2):
        matcher = SequenceMatcher(None, text, other_text, autojunk=False)
        alike = matcher.real_quick_ratio() > 0.7 and matcher.quick_ratio() > 0.7 and matcher.ratio() > 0.7
        assert not alike, (one, other)
