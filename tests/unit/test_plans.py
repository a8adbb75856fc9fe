"""A plan that must not be is told: the tables it reads whole, the rows it sorts or throws away."""

from typing import Any

import pytest

from admin.bench.plans import plan_of
from admin.bench.searches import FILTERS, searches


def _node(kind: str, rows: int, more: dict[str, Any]) -> dict[str, Any]:
    said = {"Shared Hit Blocks": 5, "Shared Read Blocks": 2, "Actual Rows": rows, "Actual Loops": 1}
    return {"Node Type": kind, **said, **more}


def _plan(*nodes: dict[str, Any]) -> dict[str, Any]:
    return {"Execution Time": 0.5, "Plan": _node("Limit", 50, {"Plans": list(nodes)})}


def test_a_walk_along_an_index_is_no_fault() -> None:
    found = plan_of(_plan(_node("Index Scan", 50, {"Index Name": "statements_actor"})))
    assert (found.fault, found.buffers, found.scans) == ("", 7, ("Index Scan statements_actor",))


@pytest.mark.parametrize(
    ("node", "fault"),
    [
        (_node("Seq Scan", 50, {"Relation Name": "statements"}), "from end to end"),
        (_node("Sort", 51, {"Plans": [_node("Index Scan", 900, {"Index Name": "statements_actor"})]}), "sorts 900"),
        (_node("Index Scan", 50, {"Index Name": "statements_verb", "Rows Removed by Filter": 9_000}), "throws 9000"),
    ],
)
def test_what_grows_with_the_store_is_a_fault(node: dict[str, Any], fault: str) -> None:
    assert fault in plan_of(_plan(node)).fault


def test_each_filter_and_each_pair_that_goes_together_is_searched_for() -> None:
    asked = [names for _, names in searches()]
    assert {name for names in asked for name in names} == set(FILTERS)
    assert ("agent", "related agent") not in asked
    assert ("agent", "activity") in asked
    assert len(asked) == len(set(asked)) > 70
