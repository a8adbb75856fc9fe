"""How soon an answer shows in the learner's next recommendation, while other statements keep coming."""

import json
import sys
import threading
import time
from typing import Any
from urllib.parse import quote

from tqdm import tqdm

from admin.bench.client import Outcome, Target, drive
from admin.bench.stage import CROWD, database, server
from admin.bench.statements import Crowd, statement, text
from lrs.settings import Settings

ROUNDS = 300
TRAFFIC = 200
"""Statements a second of other learners, sent ten at a time."""
TOGETHER = 10


async def measure(settings: Settings, stored: int) -> dict[str, Any]:
    """Milliseconds from sending an answer to holding the recommendation that knows it."""
    async with database(settings, stored) as dsn:
        with server(dsn, settings) as serving:
            stop = threading.Event()
            sent: list[int] = []
            other = threading.Thread(target=_traffic, args=(serving.target, stop, sent))
            other.start()
            try:
                begun = time.perf_counter()
                loop, parts = _rounds(serving.target)
                seconds = time.perf_counter() - begun
            finally:
                stop.set()
                other.join()
    return {
        "stored": stored,
        "rounds": ROUNDS,
        "other_statements_per_second": round(sum(sent) / seconds, 1),
        "loop": {"p50_ms": _percentile(loop, 0.5), "p99_ms": _percentile(loop, 0.99)},
        **{
            name: {"p50_ms": round(part.percentile(0.5), 2), "p99_ms": round(part.percentile(0.99), 2)}
            for name, part in parts.items()
        },
    }


def _rounds(target: Target) -> tuple[list[float], dict[str, Outcome]]:
    """One learner after another answers a question and asks what is next; each decision must be a new one that has
    counted the answer."""
    crowd = Crowd(CROWD.learners, CROWD.courses, salt=7, day=400)
    loop: list[float] = []
    parts = {"post": Outcome(), "recommend": Outcome()}
    for number in tqdm(_answers(crowd, ROUNDS + 20), desc="adaptive", unit="answer", file=sys.stderr):
        agent = quote(json.dumps(statement(crowd, number)["actor"]), safe="")
        post = target.request("POST", "/xapi/statements", text(crowd, number))
        ask = target.request("GET", f"/adaptive/recommendations?agent={agent}&limit=3")
        posted = drive(target, [[post]], 30.0).require(200)
        asked = drive(target, [[ask]], 30.0).require(200)
        loop.append(1000 * (posted.latencies[0] + asked.latencies[0]))
        parts["post"].latencies.extend(posted.latencies)
        parts["recommend"].latencies.extend(asked.latencies)
    del loop[:20]
    for part in parts.values():
        del part.latencies[:20]
    return loop, parts


def _answers(crowd: Crowd, count: int) -> list[int]:
    """Numbers of statements that answer a question."""
    found: list[int] = []
    number = 0
    while len(found) < count:
        if statement(crowd, number)["verb"]["id"].endswith("answered"):
            found.append(number)
        number += 1
    return found


def _traffic(target: Target, stop: threading.Event, sent: list[int]) -> None:
    crowd, number = Crowd(CROWD.learners, CROWD.courses, salt=8, day=400), 0
    due = time.perf_counter()
    while not stop.is_set():
        body = b"[" + b",".join(text(crowd, number + step) for step in range(TOGETHER)) + b"]"
        drive(target, [[target.request("POST", "/xapi/statements", body)]], 30.0).require(200)
        sent.append(TOGETHER)
        number += TOGETHER
        due += TOGETHER / TRAFFIC
        stop.wait(max(0.0, due - time.perf_counter()))


def _percentile(values: list[float], share: float) -> float:
    return round(sorted(values)[int(share * (len(values) - 1))], 2)


def table(found: dict[str, Any]) -> str:
    """The measurements for a reader."""
    lines = [f"{found['stored']:,} statements stored, {found['other_statements_per_second']} others arriving a second"]
    for name, words in (
        ("loop", "answer sent → recommendation held"),
        ("post", "  storing the answer"),
        ("recommend", "  folding it and recommending"),
    ):
        lines.append(f"{words:36} p50 {found[name]['p50_ms']:8.2f} ms   p99 {found[name]['p99_ms']:8.2f} ms")
    return "\n".join(lines)
