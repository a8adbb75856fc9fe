"""What statements teach: the definitions of activities, the display of verbs, the names of agents.

Most statements teach nothing new. What this process has seen committed is remembered, so that the hot path neither
reads nor locks the rows that all writers share; the rest is written sorted by id.
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import aiosql
import msgspec

from lrs.observers import AnyConnection
from lrs.rows import Draft

REMEMBERED_MOST = 300_000
RELEARNT_SECONDS = 60.0
"""A variant seen before is looked at again after this long, so that a definition that went back does come back."""

Lesson = tuple[Any, ...]
queries = aiosql.from_path(Path(__file__).with_suffix(".sql"), "asyncpg", mandatory_parameters=False)
_encode = msgspec.json.encode
_decode = msgspec.json.decode


class Vocabulary:
    """What one process knows to be committed; `learn` writes the rest of what drafts tell."""

    def __init__(self) -> None:
        self._known: dict[Lesson, float] = {}

    def news(self, drafts: Iterable[Draft]) -> list[Lesson]:
        """The lessons of these drafts that may be new: kind, store, id and what is told, each once."""
        now = time.monotonic()
        known = self._known
        news: dict[Lesson, None] = {}
        for draft in drafts:
            store_id = draft.store_id
            for lesson in _lessons(draft, store_id):
                seen = known.get(lesson)
                if seen is None or now - seen > RELEARNT_SECONDS:
                    news[lesson] = None
        return list(news)

    async def learn(self, connection: AnyConnection, news: Sequence[Lesson]) -> None:
        """Write lessons in this transaction; call `remember` once it has committed."""
        for store_id in sorted({lesson[1] for lesson in news}):
            told = [lesson for lesson in news if lesson[1] == store_id]
            await _learn_activities(connection, store_id, [lesson[2:] for lesson in told if lesson[0] == "activity"])
            await _learn_verbs(connection, store_id, [lesson[2:] for lesson in told if lesson[0] == "verb"])
            await _learn_agents(connection, store_id, [lesson[2:] for lesson in told if lesson[0] == "agent"])

    def remember(self, news: Iterable[Lesson]) -> None:
        """These lessons are committed."""
        if len(self._known) > REMEMBERED_MOST:
            self._known.clear()
        self._known.update(dict.fromkeys(news, time.monotonic()))


def _lessons(draft: Draft, store_id: int) -> Iterable[Lesson]:
    for key, iri, definition in draft.activities:
        yield ("activity", store_id, key, iri, definition if draft.defines else b"{}")
    for key, iri, display in draft.verbs:
        yield ("verb", store_id, key, iri, display if draft.defines else b"{}")
    for key, identity, name, is_group in draft.agents:
        yield ("agent", store_id, key, name, is_group, _encode(identity))


async def _learn_activities(connection: AnyConnection, store_id: int, told: Sequence[Lesson]) -> None:
    merged: dict[int, tuple[str, dict[str, Any]]] = {}
    for key, iri, definition in told:
        known = merged.setdefault(key, (iri, {}))
        merged[key] = (known[0], merge_definition(known[1], _decode(definition)))
    if not merged:
        return
    ids = sorted(merged)
    inserted = {
        row["id"]
        async for row in queries.insert_activities(
            connection,
            store_id=store_id,
            ids=ids,
            iris=[merged[key][0] for key in ids],
            definitions=[json_text(merged[key][1]) for key in ids],
        )
    }
    rest = [key for key in ids if key not in inserted and merged[key][1]]
    if rest:
        await _update_activities(connection, store_id, {key: merged[key][1] for key in rest})


async def _update_activities(connection: AnyConnection, store_id: int, told: Mapping[int, dict[str, Any]]) -> None:
    changed: dict[int, str] = {}
    async for row in queries.lock_activities(connection, store_id=store_id, ids=sorted(told)):
        text = json_text(merge_definition(row["definition"], told[row["id"]]))
        if _decode(text) != row["definition"]:
            changed[row["id"]] = text
    if changed:
        await queries.update_activities(
            connection, store_id=store_id, ids=list(changed), definitions=list(changed.values())
        )


async def _learn_verbs(connection: AnyConnection, store_id: int, told: Sequence[Lesson]) -> None:
    merged: dict[int, tuple[str, dict[str, str]]] = {}
    for key, iri, display in told:
        known = merged.get(key, (iri, {}))
        merged[key] = (iri, known[1] | _decode(display))
    if merged:
        ids = sorted(merged)
        await queries.merge_verbs(
            connection,
            store_id=store_id,
            ids=ids,
            iris=[merged[key][0] for key in ids],
            displays=[json_text(merged[key][1]) for key in ids],
        )


async def _learn_agents(connection: AnyConnection, store_id: int, told: Sequence[Lesson]) -> None:
    latest: dict[int, Lesson] = {row[0]: row[1:] for row in told if row[1] is None}
    latest |= {row[0]: row[1:] for row in told if row[1] is not None}
    if latest:
        ids = sorted(latest)
        await queries.merge_agents(
            connection,
            store_id=store_id,
            ids=ids,
            identities=[latest[key][2].decode() for key in ids],
            names=[None if latest[key][0] is None else latest[key][0].replace("\x00", "") for key in ids],
            groups=[latest[key][1] for key in ids],
        )


def merge_definition(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """A definition that knows both: maps of languages and extensions joined, all else as told last (Data 2.4.4.1)."""
    joined = {
        name: {**old[name], **new[name]}
        for name in ("name", "description", "extensions")
        if isinstance(old.get(name), dict) and isinstance(new.get(name), dict)
    }
    return {**old, **new, **joined}


def json_text(value: Any) -> str:
    """JSON that Postgres takes as jsonb, which knows no NUL character."""
    text = _encode(value).decode()
    return _encode(_without_nul(value)).decode() if "\\u0000" in text else text


def _without_nul(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\x00", "")
    if isinstance(value, dict):
        return {_without_nul(key): _without_nul(each) for key, each in value.items()}
    return [_without_nul(each) for each in value] if isinstance(value, list) else value


async def activity(connection: AnyConnection, store_id: int, key: int) -> dict[str, Any] | None:
    """The definition known of an activity, None where no statement told of it."""
    row = await queries.activity(connection, store_id=store_id, id=key)
    return row["definition"] if row else None


async def definitions(connection: AnyConnection, store_id: int, keys: Iterable[int]) -> dict[int, dict[str, Any]]:
    """The definitions known of these activities."""
    rows = queries.activities(connection, store_id=store_id, ids=sorted(keys))
    return {row["id"]: row["definition"] async for row in rows}


async def displays(connection: AnyConnection, store_id: int, keys: Iterable[int]) -> dict[int, dict[str, str]]:
    """The display known of these verbs."""
    return {row["id"]: row["display"] async for row in queries.verbs(connection, store_id=store_id, ids=sorted(keys))}


async def names(connection: AnyConnection, store_id: int, key: int) -> list[str]:
    """The names that an agent has been given, the newest last."""
    row = await queries.agent(connection, store_id=store_id, id=key)
    return list(row["names"]) if row else []
