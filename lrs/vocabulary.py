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

from lrs.facts import Fact
from lrs.observers import AnyConnection
from lrs.rows import Draft
from lrs.validation.known import ACTIVITY, ACTOR, VERB

REMEMBERED_MOST = 100_000
RELEARNT_SECONDS = 60.0
"""A variant seen before is looked at again after this long, so that a definition that went back does come back."""

News = dict[int, list[Fact]]
"""Facts by store."""
queries = aiosql.from_path(Path(__file__).with_suffix(".sql"), "asyncpg", mandatory_parameters=False)
_encode = msgspec.json.encode
_decode = msgspec.json.decode


class Vocabulary:
    """What one process knows to be committed; `learn` writes the rest of what drafts tell."""

    def __init__(self) -> None:
        self._known: dict[int, dict[int, float]] = {}
        """When each fact was written last, by store and by the fact's hash: 64 bits, with a secret of the process."""

    def news(self, drafts: Iterable[Draft]) -> News:
        """The facts in these drafts that may be new to their stores, each once."""
        latest = time.monotonic() - RELEARNT_SECONDS
        news: dict[int, dict[Fact, None]] = {}
        for draft in drafts:
            known = self._known.setdefault(draft.store_id, {})
            for fact in draft.facts:
                if known.get(hash(fact), 0.0) < latest:
                    told = fact if draft.defines or fact[0] == ACTOR else (*fact[:3], b"{}")
                    if known.get(hash(told), 0.0) < latest:
                        news.setdefault(draft.store_id, {})[told] = None
        return {store_id: list(facts) for store_id, facts in news.items()}

    async def learn(self, connection: AnyConnection, news: News) -> None:
        """Write facts in this transaction; call `remember` once it has committed."""
        for store_id, facts in sorted(news.items()):
            await _learn_activities(connection, store_id, [fact[1:] for fact in facts if fact[0] == ACTIVITY])
            await _learn_verbs(connection, store_id, [fact[1:] for fact in facts if fact[0] == VERB])
            await _learn_agents(connection, store_id, [fact[1:] for fact in facts if fact[0] == ACTOR])

    def remember(self, news: News) -> None:
        """These facts are committed."""
        now = time.monotonic()
        for store_id, facts in news.items():
            known = self._known.setdefault(store_id, {})
            if len(known) > REMEMBERED_MOST:
                known.clear()
            known.update(dict.fromkeys(map(hash, facts), now))


async def _learn_activities(connection: AnyConnection, store_id: int, told: Sequence[Fact]) -> None:
    merged: dict[int, tuple[str, dict[str, Any]]] = {}
    for key, iri, definition in told:
        known = merged.setdefault(key, (iri, {}))
        merged[key] = (known[0], merge_definition(known[1], _decode(definition)))
    if not merged:
        return
    there = await definitions(connection, store_id, merged)
    changed = {
        key: definition
        for key, (_, definition) in merged.items()
        if key in there and merge_definition(there[key], definition) != there[key]
    }
    changed |= await _insert_activities(connection, store_id, {k: v for k, v in merged.items() if k not in there})
    if changed:
        await _update_activities(connection, store_id, changed)


async def _insert_activities(
    connection: AnyConnection, store_id: int, told: Mapping[int, tuple[str, dict[str, Any]]]
) -> dict[int, dict[str, Any]]:
    """Insert activities; the definitions of those that another transaction has inserted meanwhile."""
    ids = sorted(told)
    if not ids:
        return {}
    rows = queries.insert_activities(
        connection,
        store_id=store_id,
        ids=ids,
        iris=[told[key][0] for key in ids],
        definitions=[json_text(told[key][1]) for key in ids],
    )
    inserted = {row["id"] async for row in rows}
    return {key: told[key][1] for key in ids if key not in inserted and told[key][1]}


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


async def _learn_verbs(connection: AnyConnection, store_id: int, told: Sequence[Fact]) -> None:
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


async def _learn_agents(connection: AnyConnection, store_id: int, told: Sequence[Fact]) -> None:
    latest = {fact[0]: fact for fact in told if fact[2] is None}
    latest |= {fact[0]: fact for fact in told if fact[2] is not None}
    if latest:
        rows = [latest[key] for key in sorted(latest)]
        await queries.merge_agents(
            connection,
            store_id=store_id,
            ids=[row[0] for row in rows],
            identities=[json_text(_decode(row[1])) for row in rows],
            names=[None if row[2] is None else row[2].replace("\x00", "") for row in rows],
            groups=[row[3] for row in rows],
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
