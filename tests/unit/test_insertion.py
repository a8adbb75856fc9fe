"""INSERTs of several authors become one statement."""

from lrs.insertion import joined


def test_parameters_are_numbered_on_and_every_insert_is_a_part() -> None:
    sql = joined(("INSERT INTO a SELECT $1, $2, $1;\n", "INSERT INTO b SELECT $1"), (2, 1))
    assert sql == "WITH part_0 AS (INSERT INTO a SELECT $1, $2, $1), part_1 AS (INSERT INTO b SELECT $3) SELECT"


def test_more_than_nine_parameters_keep_their_places() -> None:
    eleven = "INSERT INTO a SELECT " + ", ".join(f"${number}" for number in range(1, 12))
    assert joined((eleven, eleven), (11, 11)).endswith("$20, $21, $22) SELECT")
