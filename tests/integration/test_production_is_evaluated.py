"""The engine that runs is the one evaluated: a log sent over HTTP gives the predictions of `evaluate --live`."""

from random import Random

from adaptive.engine import Parameters
from adaptive.evaluation import run
from adaptive.logs import Log, Row
from adaptive.replay import statement_of
from adaptive.worker import Worker
from lrs.context import Context
from tests.integration.service import client_of


def log_of(count: int, *, clock: bool) -> Log:
    rng = Random(5)
    rows = []
    for n in range(count):
        item = rng.randrange(9)
        skills = (f"s{item % 3}", f"t{item % 2}")[: 1 + item % 2]
        seconds = 1 + n * 977 if clock else 0
        correct = rng.choice([0.0, 1.0, 1.0, 0.25])
        rows.append(Row(f"u{rng.randrange(4)}", f"i{item}", seconds, correct, skills))
    return Log(rows, clock)


async def predictions(context: Context, log: Log) -> list[float]:
    """What production predicted, one response at a time, a version published after each."""
    worker = Worker(context.database)
    async with client_of(context) as client:
        for index in range(len(log.rows)):
            await client.send(statement_of(log, index))
            assert await worker.fold_waiting() == 1
            assert await worker.learn_waiting() == 1
    async with context.database.read() as connection:
        rows = await connection.fetch("SELECT prediction FROM evidence ORDER BY timestamp")
        assert await connection.fetchval("SELECT version FROM parameter_heads") == len(log.rows)
    return [row["prediction"] for row in rows]


async def test_without_a_clock(context: Context) -> None:
    log = log_of(40, clock=False)
    expected = run(Parameters(), log, range(len(log.rows)), share=1.0)
    assert await predictions(context, log) == expected.probabilities.tolist()


async def test_with_a_clock(context: Context) -> None:
    log = log_of(40, clock=True)
    expected = run(Parameters(), log, range(len(log.rows)), share=1.0)
    assert await predictions(context, log) == expected.probabilities.tolist()
