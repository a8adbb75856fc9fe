"""What is read in C by types is what the tables of rules accept, no more; and what types refuse, the tables judge."""

import copy
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrs import intake, reading
from lrs.errors import BadRequest
from lrs.validation import parts, statement_faults
from lrs.validation.known import Known, Memory
from lrs.validation.shapes import Form, Shape
from lrs.validation.statements import rules_of
from tests.unit.test_statement_properties import WRONG, iris, quick, statements, values
from tests.unit.test_statement_rules import FULL, changed
from tests.unit.test_statement_texts import wrapped

VERSIONS = st.sampled_from(["1.0.3", "2.0.0"])
TYPICAL = {**FULL, "context": wrapped(FULL["context"])}
SHAPES = {name: shape for name, shape in vars(parts).items() if isinstance(shape, Shape) and not shape.apart}
TEXTS = ["", "a", "en", "en-GB", "x-mine", "de_AT", "https://a.example/ä", "mailto:a@b.c", "PT1S", "PT1S\n", "ab" * 20,
         "6690e6c9-3ef0-4ed3-8b37-7f3964730bee", "6690e6c93ef04ed38b377f3964730bee", "true-false", "choice", "Agent",
         "https://a.example/\n", "mailto:a@b.c\n", "en\n", "\ud800", "act:\ud800"]  # fmt: skip
KEYS = sorted({key for shape in SHAPES.values() for key in shape.fields} | {"en", "act:1", "https://a.example/\n"})
anything = st.recursive(
    st.sampled_from([*WRONG, *TEXTS, 10**30, 1.5e300, -0.0]) | iris,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=12,
)


def told(value: Any) -> Any:
    """What was read, as the JSON that it was read from."""
    if isinstance(value, Known):
        return told(value.value)
    if isinstance(value, Form):
        return {name: told(each) for name in value.__struct_fields__ if (each := getattr(value, name)) is not None}
    if isinstance(value, dict):
        return {name: told(each) for name, each in value.items()}
    return [told(each) for each in value] if isinstance(value, list) else value


def broken(statement: dict[str, Any], data: st.DataObject) -> dict[str, Any]:
    """A statement with one value put anywhere in it."""
    statement = copy.deepcopy(statement)
    places: list[tuple[Any, Any]] = []
    waiting: list[Any] = [statement]
    while waiting:
        inner = waiting.pop()
        keys = list(inner) if isinstance(inner, dict) else range(len(inner)) if isinstance(inner, list) else ()
        places += [(inner, key) for key in keys]
        waiting += [inner[key] for key in keys]
    inner, key = data.draw(st.sampled_from(places))
    inner[key] = data.draw(anything.filter(lambda value: "\ud800" not in repr(value) and r"\ud800" not in repr(value)))
    return statement


@quick
@given(st.sampled_from([TYPICAL, FULL]) | statements, VERSIONS, st.data())
def test_reading_finds_the_faults_that_the_tables_find(
    statement: dict[str, Any], version: str, data: st.DataObject
) -> None:
    for each in (statement, broken(statement, data)):
        text = msgspec.json.encode(each)
        for _ in range(3):  # anew, seen before, known
            read, found = reading.read(text, version)
            assert found == statement_faults(msgspec.json.decode(text), version)
            assert found is not None or told(read) == each


@pytest.mark.parametrize("name", SHAPES)
@quick
@given(st.data())
def test_a_type_accepts_nothing_that_the_tables_refuse(name: str, data: st.DataObject) -> None:
    shape = SHAPES[name]
    value = data.draw(anything)
    if shape.fields and isinstance(value, dict):
        value = {key: each for key, each in value.items() if key in shape.fields}
    if shape.accepts(value) and (shape.rest is None or shape.rest(value) is None):
        assert shape.walk(value) is None


@pytest.mark.parametrize("version", ["1.0.3", "2.0.0"])
def test_a_usual_statement_is_read_by_its_type(version: str) -> None:
    msgspec.json.decode(msgspec.json.encode(TYPICAL), type=rules_of(version).form)
    for shape, value in [
        (parts.agent, FULL["actor"]),
        (parts.definition, FULL["object"]["definition"]),
        (parts.result, FULL["result"]),
        (parts.attachment, FULL["attachments"][0]),
    ]:
        assert shape.accepts(value)


@quick
@given(values)
def test_a_value_given_twice_counts_as_the_last_one(first: Any) -> None:
    text = msgspec.json.encode(changed("timestamp", "2026-01-01T00:00:00Z"))
    twice = b'{"timestamp":' + msgspec.json.encode(first) + b',"id":null,' + text[1:]
    read, found = reading.read(twice, "1.0.3")
    assert found is None
    assert read is not None
    assert read.timestamp == "2026-01-01T00:00:00Z"


def test_a_part_is_kept_from_the_second_time_on_and_only_so_many_are() -> None:
    read: list[Any] = []
    memory = Memory("actor", parts.agent.form, parts.actor, read.append, parts=2)
    texts = [msgspec.json.encode({"mbox": f"mailto:{name}@b.example"}) for name in "abcdef"]
    kept = [memory.part(texts[0]) for _ in range(3)]
    assert len(read) == 2
    assert kept[1] is kept[2] is not kept[0]
    for text in texts[1:] * 2:
        memory.part(text)
    assert memory.part(texts[0]) is not kept[2]
    assert memory.part(texts[-1]) is memory.part(texts[-1])
    assert memory.part(b'{"mbox":7}') == {"mbox": 7}


@pytest.mark.parametrize("name", ["actor", "verb", "object"])
def test_what_is_no_utf_8_is_refused_where_a_later_value_hides_it_too(name: str) -> None:
    text = msgspec.json.encode(FULL)
    assert intake.split(text) == ([text], False)
    with pytest.raises(BadRequest, match="is not JSON"):
        intake.split(b'[{"%b":"\xff",%b]' % (name.encode(), text[1:]))
