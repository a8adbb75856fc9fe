"""What Postgres does for each kind of search: the plans, executed; and how a page's cost grows with the store.

A plan is at fault where it reads a table from end to end, sorts more than a page of each walk, or examines so many rows
that its cost must grow with the store.
"""

import json
import random
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from typing import Any

from tqdm import tqdm

from admin.bench.searches import PAGE, Filled, drawn, searches
from admin.bench.stage import credential, read_only
from lrs import search
from lrs.accounts import FIRST_STORE
from lrs.agents import agent_key
from lrs.database import connect
from lrs.observers import AnyConnection
from lrs.search import Query
from lrs.settings import Settings
from lrs.statements import stored_at
from lrs.terms import term_id

DEEP = 50
DRAWN = 3
REMOVED_MOST = 2_500
WALKS = 3
"""A page is the first rows of at most so many ordered walks (lrs.search)."""
SEED = 2
ROUNDS = 201
EXPLAIN = "EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) "


@dataclass(frozen=True, slots=True)
class Plan:
    """What one execution did: milliseconds, pages of 8 KB looked at, rows thrown away, rows sorted, by which ways."""

    milliseconds: float
    buffers: int
    removed: int
    sorted: int
    scans: tuple[str, ...]

    @property
    def fault(self) -> str:
        """Why this must not be, or nothing."""
        if any(scan.startswith("Seq Scan") for scan in self.scans):
            return "reads a table from end to end"
        if self.sorted > WALKS * (PAGE + 1):
            return f"sorts {self.sorted} rows"
        return f"throws {self.removed} rows away" if self.removed > REMOVED_MOST else ""


def plan_of(answer: dict[str, Any]) -> Plan:
    """The plan in an answer of EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON)."""
    nodes = list(_nodes(answer["Plan"]))
    return Plan(
        milliseconds=answer["Execution Time"],
        buffers=answer["Plan"]["Shared Hit Blocks"] + answer["Plan"]["Shared Read Blocks"],
        removed=sum(round(node.get("Rows Removed by Filter", 0) * node["Actual Loops"]) for node in nodes),
        sorted=max((_rows_in(node) for node in nodes if node["Node Type"].endswith("Sort")), default=0),
        scans=tuple(dict.fromkeys(_scan(node) for node in nodes if "Scan" in node["Node Type"])),
    )


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for each in node.get("Plans", ()):
        yield from _nodes(each)


def _rows_in(node: dict[str, Any]) -> int:
    return sum(round(each["Actual Rows"] * each["Actual Loops"]) for each in node["Plans"])


def _scan(node: dict[str, Any]) -> str:
    through = f" {node['Index Name']}" if "Index Name" in node else f" {node.get('Relation Name', '')}"
    return f"{node['Node Type']}{through}"


async def explain(settings: Settings, stored: int) -> dict[str, Any]:
    """Of every search, in both directions, the first page and the fiftieth: the worst plan of some draws."""
    async with read_only(settings, stored) as (dsn,):
        connection = await connect(dsn)
        try:
            filled = await filled_with(dsn, connection)
            rows = []
            for name, names in tqdm(list(searches()), desc="explain", unit="search", file=sys.stderr):
                for ascending in (False, True):
                    rng = random.Random(SEED)  # noqa: S311 - no secret
                    queries = [drawn(names, rng, filled, ascending=ascending) for _ in range(DRAWN)]
                    rows += await _explained(connection, f"{name}{', ascending' if ascending else ''}", queries)
        finally:
            await connection.close()
    return {"stored": stored, "plans": rows, "faults": sum(bool(row["fault"]) for row in rows)}


async def _explained(connection: AnyConnection, name: str, queries: Sequence[Query]) -> list[dict[str, Any]]:
    pages = {1: queries, DEEP: [deep for query in queries if (deep := await _deep(connection, query)) is not None]}
    rows = []
    for page, asked in pages.items():
        plans = [plan for query in asked for plan in await plans_of(connection, query)]
        if plans:
            worst = max(plans, key=lambda plan: (bool(plan.fault), plan.buffers))
            rows.append(
                {
                    "search": name,
                    "page": page,
                    "ms": round(statistics.median(plan.milliseconds for plan in plans), 3),
                    "buffers": worst.buffers,
                    "removed": worst.removed,
                    "sorted": worst.sorted,
                    "scans": list(worst.scans),
                    "fault": worst.fault,
                }
            )
    return rows


async def _deep(connection: AnyConnection, query: Query) -> Query | None:
    """The same search from its fiftieth page on; None where it has fewer."""
    before = await search.find(connection, replace(query, limit=PAGE * (DEEP - 1)))
    return None if before.more is None else replace(query, after=before.more)


async def plans_of(connection: AnyConnection, query: Query) -> list[Plan]:
    """How a page is found: as planned for its values, and as planned for any where the server may do that."""
    driver = await search.driver_of(connection, query)
    sql, values = search.page_sql(query, driver)
    custom = plan_of(json.loads(await connection.fetchval(EXPLAIN + sql, *values))[0])
    if search.planned_for_values(query):
        return [custom]
    await connection.execute("SET plan_cache_mode = force_generic_plan")
    try:
        given = ", ".join(literal(value) for value in values)
        await connection.execute(f"PREPARE explained AS {sql}")
        generic = plan_of(json.loads(await connection.fetchval(f"{EXPLAIN} EXECUTE explained({given})"))[0])
        await connection.execute("DEALLOCATE explained")
    finally:
        await connection.execute("RESET plan_cache_mode")
    return [custom, generic]


def literal(value: Any) -> str:
    """A parameter as SQL: a number, or a UUID."""
    return str(value) if isinstance(value, int) else f"'{value}'"


async def filled_with(dsn: str, connection: AnyConnection) -> Filled:
    """What searches are drawn from."""
    ends = await connection.fetchrow(
        "SELECT min(position), max(position) FROM statements WHERE store_id = $1", FIRST_STORE
    )
    assert ends is not None
    rows = await connection.fetch(
        "SELECT registration FROM statements WHERE store_id = $1 AND position >= $2 ORDER BY position LIMIT 200",
        FIRST_STORE,
        (ends[0] + ends[1]) // 2,
    )
    authority = term_id(agent_key((await credential(dsn)).authority))
    return Filled(authority, tuple(row["registration"] for row in rows), stored_at(ends[0]), stored_at(ends[1]))


async def growth(settings: Settings, sizes: Sequence[int]) -> dict[str, Any]:
    """What a full page costs in the larger store by what it costs in the smaller, medians of rounds in turn."""
    async with read_only(settings, *sizes) as dsns, AsyncExitStack() as stack:
        connections = []
        for dsn in dsns:
            connections.append(await connect(dsn))
            stack.push_async_callback(connections[-1].close)
        filled = [await filled_with(dsn, each) for dsn, each in zip(dsns, connections, strict=True)]
        rows = {}
        for name, names in tqdm(list(searches()), desc="growth", unit="search", file=sys.stderr):
            costs = await _costs(connections, filled, names)
            if costs is not None:
                rows[name] = costs
    ratios = sorted(row["page_ratio"] for row in rows.values())
    return {
        "sizes": list(sizes),
        "searches": rows,
        "median_ratio": statistics.median(ratios),
        "worst_ratio": ratios[-1],
    }


async def _costs(
    connections: Sequence[AnyConnection], filled: Sequence[Filled], names: tuple[str, ...]
) -> dict[str, float] | None:
    """Milliseconds of the query in Postgres and of the page as its caller has it; None where no page is full."""
    rngs = [random.Random(SEED) for _ in connections]  # noqa: S311 - no secret
    executed: list[list[float]] = [[] for _ in connections]
    paged: list[list[float]] = [[] for _ in connections]
    for _ in range(ROUNDS):
        for at, connection in enumerate(connections):
            query = drawn(names, rngs[at], filled[at])
            if len((await search.find(connection, query)).texts) < PAGE:
                return None
            executed[at].append((await plans_of(connection, query))[-1].milliseconds)
            begun = time.perf_counter()
            await search.find(connection, query)
            paged[at].append(1000 * (time.perf_counter() - begun))
    first, last = (statistics.median(each) for each in (executed[0], executed[-1]))
    small, large = (statistics.median(each) for each in (paged[0], paged[-1]))
    return {
        "postgres_ms": round(last, 3),
        "postgres_ratio": round(last / first, 3),
        "page_ms": round(large, 3),
        "page_ratio": round(large / small, 3),
    }


def plans_table(found: dict[str, Any]) -> str:
    """The plans for a reader."""
    lines = [
        f"{found['stored']:,} statements stored, pages of {PAGE}; the worst of {DRAWN} draws and both ways to plan",
        f"{'search':48}{'page':>5}{'ms':>9}{'buffers':>9}{'removed':>9}{'sorted':>8}  ways",
    ]
    for row in found["plans"]:
        ways = ", ".join(scan.rsplit(" ", 1)[-1] for scan in row["scans"])
        fault = f"  FAULT: {row['fault']}" if row["fault"] else ""
        lines.append(
            f"{row['search']:48}{row['page']:5}{row['ms']:9.3f}{row['buffers']:9,}{row['removed']:9,}"
            f"{row['sorted']:8,}  {ways}{fault}"
        )
    return "\n".join([*lines, f"{len(found['plans'])} plans, {found['faults']} at fault"])


def growth_table(found: dict[str, Any]) -> str:
    """The growth for a reader."""
    small, *_, large = found["sizes"]
    lines = [
        f"full pages of {PAGE}, {large:,} statements stored by {small:,}",
        f"{'search':48}{'in Postgres ms':>15}{'ratio':>8}{'page ms':>10}{'ratio':>8}",
    ]
    for name, row in found["searches"].items():
        lines.append(
            f"{name:48}{row['postgres_ms']:15.3f}{row['postgres_ratio']:8.2f}{row['page_ms']:10.3f}"
            f"{row['page_ratio']:8.2f}"
        )
    return "\n".join([*lines, f"median {found['median_ratio']:.2f}, worst {found['worst_ratio']:.2f}"])
