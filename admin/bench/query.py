"""How fast pages of 50 are answered, by each filter and each pair of filters, warm and at the first touch."""

import itertools
import json
import random
import statistics
import sys
import urllib.request
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from tqdm import tqdm

from admin.bench import export
from admin.bench.client import Outcome, Target, drive
from admin.bench.cold import cool
from admin.bench.stage import CROWD, read_only, server
from admin.bench.statements import ADL, SITE, START
from lrs.settings import Settings

PAGE = 50
ASKED = 40
"""Different requests a shape; each is asked several times."""
DEEP = 50
EXPORTED = 1_000_000
SEED = 1


@dataclass(frozen=True, slots=True)
class Shape:
    """Filters of a page by name, and the parameters beside them."""

    name: str
    filters: tuple[str, ...]
    flags: dict[str, str] = field(default_factory=dict)


FILTERS = ("agent", "verb", "activity", "registration", "since", "until", "ascending")
RELATED = (
    Shape("related agents", ("agent",), {"related_agents": "true"}),
    Shape("related activities", ("course",), {"related_activities": "true"}),
    Shape("related agents + verb", ("agent", "verb"), {"related_agents": "true"}),
    Shape("related activities + verb", ("course", "verb"), {"related_activities": "true"}),
    Shape("related activities + agent", ("course", "agent"), {"related_activities": "true"}),
)


def shapes() -> Iterator[Shape]:
    """No filter, each filter, each pair, and those with related_*."""
    yield Shape("all", ())
    for one in FILTERS:
        yield Shape(one, (one,))
    for one, other in itertools.combinations(FILTERS, 2):
        yield Shape(f"{one} + {other}", (one, other))
    yield from RELATED


def parameters(shape: Shape, rng: random.Random, registrations: list[str]) -> dict[str, str]:
    """One request of a shape: its query parameters, drawn as the filled statements were."""
    course, unit, question = rng.randrange(CROWD.courses), rng.randrange(12), rng.randrange(20)
    account = {"homePage": SITE, "name": f"learner-{rng.randrange(CROWD.learners):06d}"}
    values = {
        "agent": ("agent", json.dumps({"account": account})),
        "verb": ("verb", f"{ADL}/verbs/{rng.choice(('answered', 'experienced', 'completed'))}"),
        "activity": ("activity", f"{SITE}/courses/{course}/units/{unit}/questions/{question}"),
        "course": ("activity", f"{SITE}/courses/{course}"),
        "registration": ("registration", rng.choice(registrations)),
        "since": ("since", START.isoformat()),
        "until": ("until", "2100-01-01T00:00:00Z"),
        "ascending": ("ascending", "true"),
    }
    return {"limit": str(PAGE), **shape.flags, **dict(values[name] for name in shape.filters)}


async def measure(settings: Settings, stored: int, seconds: float) -> dict[str, Any]:
    """Every shape over one connection, cold and warm; all over sixteen; deep pages; the whole store from end to end."""
    rng = random.Random(SEED)  # noqa: S311 - no secret
    async with read_only(settings, stored):
        pass
    cold = cool(settings)
    async with read_only(settings, stored) as (dsn,):
        with server(dsn, settings, worker=False) as serving:
            target = serving.target
            registrations = _registrations(target)
            asked = {shape.name: _paths(shape, rng, registrations) for shape in shapes()}
            firsts = {name: _first(target, paths) for name, paths in asked.items()}
            rows = {}
            for name, paths in tqdm(asked.items(), desc="query", unit="shape", file=sys.stderr):
                rows[name] = _row(target, paths, seconds / len(asked)) | {"first_ms": firsts[name]}
            filled = [path for name, paths in asked.items() if rows[name]["filled"] for path in paths]
            many = _many(target, filled, seconds)
            deep = _depth(target)
            memory = round(serving.peak_memory() / 2**20)
            exported = export.measure(serving, min(stored, EXPORTED))
    worst = {filled: max(_p99s(rows, filled=filled), default=0.0) for filled in (True, False)}
    return {
        "stored": stored,
        "shapes": rows,
        "one_connection": {"p50_ms": _middle(rows), "worst_p99_ms": worst[True], "sparse_worst_p99_ms": worst[False]},
        "first": {
            "cold": cold,
            "p50_ms": round(statistics.median(firsts.values()), 2),
            "worst_ms": max(firsts.values()),
        },
        "sixteen_connections": many,
        "depth": deep,
        "memory_mib": memory,
        "export": exported,
    }


def _p99s(rows: dict[str, dict[str, Any]], *, filled: bool) -> list[float]:
    return [float(row["p99_ms"]) for row in rows.values() if row["filled"] is filled]


def _first(target: Target, paths: list[str]) -> float:
    return _times(drive(target, [_gets(target, paths[:1])], 60.0).require(200))["p50_ms"]


def _middle(rows: dict[str, dict[str, Any]]) -> float:
    filled = sorted(row["p50_ms"] for row in rows.values() if row["filled"])
    return float(filled[len(filled) // 2])


def _paths(shape: Shape, rng: random.Random, registrations: list[str]) -> list[str]:
    drawn = (parameters(shape, rng, registrations) for _ in range(ASKED))
    return [f"/xapi/statements?{urlencode(each, quote_via=quote)}" for each in drawn]


def _row(target: Target, paths: list[str], seconds: float) -> dict[str, Any]:
    """Warm; a shape is filled where its first page is full."""
    lengths = [len(_get(target, path)["statements"]) for path in paths[:8]]
    drive(target, [_gets(target, paths)], 60.0).require(200)
    warm = drive(target, [_gets(target, itertools.islice(itertools.cycle(paths), 5_000))], max(seconds, 0.5))
    return {
        "filled": sorted(lengths)[len(lengths) // 2] == PAGE,
        **_times(warm.require(200)),
    }


def _many(target: Target, paths: list[str], seconds: float) -> dict[str, Any]:
    mixed = list(paths)
    random.Random(SEED).shuffle(mixed)  # noqa: S311 - no secret
    requests = [_gets(target, itertools.islice(itertools.cycle(mixed[at:] + mixed[:at]), 20_000)) for at in range(16)]
    outcome = drive(target, requests, seconds).require(200)
    return {
        "requests_per_second": round(outcome.rate, 1),
        **_times(outcome),
        "client_cpu_share": round(outcome.cpu_seconds / outcome.seconds, 3),
    }


def _depth(target: Target) -> dict[str, Any]:
    """A first page and the fiftieth, by a filter with many pages."""
    verb = quote(f"{ADL}/verbs/answered", safe="")
    first = page = f"/xapi/statements?verb={verb}&limit={PAGE}"
    for _ in range(DEEP - 1):
        page = str(_get(target, page)["more"]) or page
    times = {}
    for name, path in (("first", first), ("fiftieth", page)):
        drive(target, [_gets(target, [path] * 20)], 5.0)
        times[f"{name}_p50_ms"] = _times(drive(target, [_gets(target, [path] * 300)], 5.0).require(200))["p50_ms"]
    return times | {"ratio": round(times["fiftieth_p50_ms"] / times["first_p50_ms"], 3)}


def _times(outcome: Outcome) -> dict[str, float]:
    return {"p50_ms": round(outcome.percentile(0.5), 2), "p99_ms": round(outcome.percentile(0.99), 2)}


def _gets(target: Target, paths: Iterable[str]) -> list[bytes]:
    return [target.request("GET", path) for path in paths]


def _registrations(target: Target) -> list[str]:
    found = _get(target, "/xapi/statements?limit=200")["statements"]
    return [one["context"]["registration"] for one in found]


def _get(target: Target, path: str) -> dict[str, Any]:
    request = urllib.request.Request(f"http://{target.host}:{target.port}{path}", headers=target.headers())
    with urllib.request.urlopen(request) as answer:  # noqa: S310 - the server under test
        found: dict[str, Any] = json.load(answer)
    return found


def table(found: dict[str, Any]) -> str:
    """The measurements for a reader."""
    lines = [
        f"{found['stored']:,} statements stored, pages of {PAGE}, one connection",
        f"{'filters':28}{'p50 ms':>9}{'p99 ms':>9}{'first ms':>10}  full page",
    ]
    for name, row in found["shapes"].items():
        full = "yes" if row["filled"] else "no"
        lines.append(f"{name:28}{row['p50_ms']:9.2f}{row['p99_ms']:9.2f}{row['first_ms']:10.2f}  {full}")
    one, many, deep = found["one_connection"], found["sixteen_connections"], found["depth"]
    first, exported = found["first"], found["export"]
    cold = ", nothing cached" if first["cold"] else ""
    lines += [
        f"full pages: p50 {one['p50_ms']} ms, worst p99 {one['worst_p99_ms']} ms",
        f"pages not full: worst p99 {one['sparse_worst_p99_ms']} ms",
        f"first request of a shape{cold}: p50 {first['p50_ms']} ms, worst {first['worst_ms']} ms",
        f"16 connections: {many['requests_per_second']:,.0f}/s, p50 {many['p50_ms']} ms, p99 {many['p99_ms']} ms",
        f"page 50 / page 1: {deep['ratio']} ({deep['fiftieth_p50_ms']} / {deep['first_p50_ms']} ms)",
        f"web process: at most {found['memory_mib']} MiB, and {exported['memory_mib']} MiB in an export",
        f"export: {exported['statements']:,} statements, {exported['statements_per_second']:,.0f}/s",
    ]
    return "\n".join(lines)
