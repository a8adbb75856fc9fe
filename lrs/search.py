"""Filtered pages of statements (xAPI Communication 2.1.3), each found by walking indexes in the order of storing.

A filter is met by a statement's own columns or by its related terms, and these places are disjoint, so a page is the
first rows of a few ordered walks. The most telling filter drives the walks; the others are checked row by row. SQL is
joined from the fixed fragments below, values are always parameters; only the limit stands in the text.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from lrs.observers import AnyConnection
from lrs.payloads import unpack
from lrs.rows import (
    ACTIVITY,
    AGENT,
    PLACES,
    REGISTRATION,
    RELATED_ACTIVITY,
    RELATED_AGENT,
    VERB,
    registration_term,
)
from lrs.statements import microsecond_of

POSITION_MOST = (1 << 63) - 1
PAGE_OCTETS = 16 * 1024 * 1024
"""A page of more ends before its limit, but has a statement at least: statements may be as large as a request."""
PROBED = 1_000
"""How many statements of each of two filters are looked at to see which is the rarer."""

PLANNED_FOR_VALUES = "SET LOCAL plan_cache_mode = force_custom_plan"
"""A store has few authorities: planned for any value, a walk by one that stored little would read the whole store."""


@dataclass(frozen=True, slots=True)
class Query:
    """What a page is asked for; terms as in lrs.rows. `after` is the last position of the page before."""

    store_id: int
    agent: int | None = None
    verb: int | None = None
    activity: int | None = None
    registration: UUID | None = None
    authority: int | None = None
    related_agents: bool = False
    related_activities: bool = False
    since: datetime | None = None
    until: datetime | None = None
    ascending: bool = False
    after: int | None = None
    limit: int = 100


@dataclass(frozen=True, slots=True)
class Page:
    """Statements as JSON in order; `more` is the position to go on from, None at the end."""

    texts: Sequence[bytes]
    positions: Sequence[int]
    more: int | None


@dataclass(slots=True)
class _Parameters:
    values: list[Any]

    def add(self, value: Any, kind: str) -> str:
        self.values.append(value)
        return f"${len(self.values)}::{kind}"


async def find(connection: AnyConnection, query: Query) -> Page:
    """One page of a query; voided statements are not in it."""
    if not planned_for_values(query):
        return await _find(connection, query)
    async with connection.transaction():
        await connection.execute(PLANNED_FOR_VALUES)
        return await _find(connection, query)


def planned_for_values(query: Query) -> bool:
    """Whether a page is planned for the very values it asks for, because it walks authorities."""
    return query.authority is not None or (query.related_agents and query.agent is not None)


async def _find(connection: AnyConnection, query: Query) -> Page:
    driver = await driver_of(connection, query)
    sql, values = page_sql(query, driver)
    rows = await connection.fetch(sql, *values)
    texts: list[bytes] = []
    octets = 0
    for row in rows[: query.limit]:
        text = unpack(row["payload"])
        octets += len(text)
        if octets > PAGE_OCTETS and texts:
            break
        texts.append(text)
    positions = [row["position"] for row in rows[: len(texts)]]
    return Page(texts, positions, positions[-1] if len(rows) > len(texts) else None)


async def driver_of(connection: AnyConnection, query: Query) -> str:
    """The filter that the walks start from: of an agent and an activity the rarer one, and a verb that is rare itself.

    Else a verb is compared on the walk of the other, inside the index.
    """
    if query.registration is not None:
        return "registration"
    if query.agent is not None and query.activity is not None:
        agents, activities = [await _frequency(connection, query, name) for name in ("agent", "activity")]
        return "agent" if agents <= activities else "activity"
    if query.verb is not None and (query.agent is not None or query.activity is not None):
        common, _ = await _frequency(connection, query, "verb")
        if not common:
            return "verb"
    for name in ("agent", "activity", "verb", "authority"):
        if getattr(query, name) is not None:
            return name
    return "position"


async def _frequency(connection: AnyConnection, query: Query, name: str) -> tuple[bool, int]:
    """How common the statements of one filter are, told from the newest `PROBED` of each walk: how many there are where
    none has more, else how far back the densest goes."""
    parameters = _Parameters([query.store_id])
    probes = [
        f"SELECT count(*) AS met, min(position) AS oldest FROM (SELECT {at}.position FROM {table} WHERE {where} "  # noqa: S608
        f"ORDER BY {at}.position DESC LIMIT {PROBED}) newest"
        for table, where in _walks(query, name, parameters, verb=False)
        for at in (table[-1],)
    ]
    row = await connection.fetchrow(
        f"SELECT sum(met)::bigint AS met, max(oldest) FILTER (WHERE met = {PROBED}) AS oldest "  # noqa: S608
        f"FROM ({' UNION ALL '.join(probes)}) probe",
        *parameters.values,
    )
    assert row is not None
    return (False, row["met"]) if row["oldest"] is None else (True, row["oldest"])


def page_sql(query: Query, driver: str) -> tuple[str, list[Any]]:
    """The SQL of a page and its parameters."""
    parameters = _Parameters([query.store_id])
    limit = (
        int(query.limit) + 1
    )  # in the text: a plan for any limit would seem so dear that each page were planned anew
    order = "ASC" if query.ascending else "DESC"
    bounds = " AND ".join(_bounds(query, parameters))
    joint = driver in ("agent", "activity") and query.verb is not None
    rest = [name for name in ("agent", "activity", "verb", "registration", "authority") if name != driver]
    checks = [
        check
        for name in rest
        if getattr(query, name) is not None and not (joint and name == "verb")
        for check in (_check(query, name, parameters),)
    ]
    parts = []
    for table, where in _walks(query, driver, parameters, verb=joint):
        conditions = " AND ".join(["NOT s.voided", where, *([bounds] if bounds else []), *checks])
        source = table if table == "statements s" else f"{table} JOIN statements s USING (store_id, position)"
        at = "s" if table == "statements s" else "r"
        parts.append(
            f"(SELECT {at}.position, s.payload FROM {source} WHERE {conditions.replace('@', at)} "  # noqa: S608
            f"ORDER BY {at}.position {order} LIMIT {limit})"
        )
    if len(parts) == 1:
        return parts[0], parameters.values
    return f"{' UNION ALL '.join(parts)} ORDER BY position {order} LIMIT {limit}", parameters.values


def _bounds(query: Query, parameters: _Parameters) -> Iterator[str]:
    """`since`, `until` and the page before as bounds of the position; @ is the walked table."""
    if query.since is not None:
        yield f"@.position >= {parameters.add(_first_after(query.since), 'bigint')}"
    if query.until is not None:
        yield f"@.position < {parameters.add(_first_after(query.until), 'bigint')}"
    if query.after is not None:
        yield f"@.position {'>' if query.ascending else '<'} {parameters.add(query.after, 'bigint')}"


def _first_after(moment: datetime) -> int:
    """The first position after a moment, within what a position can be."""
    return max(0, min((microsecond_of(moment) + 1) << PLACES, POSITION_MOST))


def _walks(query: Query, driver: str, parameters: _Parameters, *, verb: bool) -> Iterator[tuple[str, str]]:
    """The disjoint places where statements meet the driving filter: a table and what its rows must meet."""
    of_verb = f" AND s.verb = {parameters.add(query.verb, 'bigint')}" if verb else ""
    if driver == "position":
        yield "statements s", "s.store_id = $1"
        return
    value = getattr(query, driver)
    own = parameters.add(value, "uuid" if driver == "registration" else "bigint")
    column = {"agent": "actor"}.get(driver, driver)
    yield "statements s", f"s.store_id = $1 AND s.{column} = {own}{of_verb}"
    if driver == "authority":
        return
    if driver == "agent" and query.related_agents:
        yield "statements s", f"s.store_id = $1 AND s.authority = {own} AND s.actor <> {own}{of_verb}"
    term = parameters.add(registration_term(value), "bigint") if driver == "registration" else own
    which = of_verb.replace("s.verb", "r.verb") if verb else " AND r.main"
    yield "related_terms r", f"r.store_id = $1 AND r.kind = {_kind(query, driver)} AND r.term = {term}{which}"


def _check(query: Query, name: str, parameters: _Parameters) -> str:
    """A condition that a found statement meets a filter which does not drive."""
    value = getattr(query, name)
    own = parameters.add(value, "uuid" if name == "registration" else "bigint")
    column = {"agent": "actor"}.get(name, name)
    if name == "authority":
        return f"s.authority = {own}"
    term = parameters.add(registration_term(value), "bigint") if name == "registration" else own
    broad = f"s.authority = {own} OR " if name == "agent" and query.related_agents else ""
    return (
        f"(s.{column} = {own} OR {broad}EXISTS (SELECT FROM related_terms x WHERE x.store_id = $1 "
        f"AND x.kind = {_kind(query, name)} AND x.term = {term} AND x.position = s.position AND x.main))"
    )


def _kind(query: Query, name: str) -> int:
    return {
        "agent": RELATED_AGENT if query.related_agents else AGENT,
        "activity": RELATED_ACTIVITY if query.related_activities else ACTIVITY,
        "verb": VERB,
        "registration": REGISTRATION,
    }[name]
