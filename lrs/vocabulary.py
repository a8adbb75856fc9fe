"""What statements teach: the definitions of activities, the display of verbs, the names of agents.

Most statements teach nothing new. What this process has seen committed is remembered, so that the hot path neither
reads nor locks the rows that all writers share; the rest is written sorted by id.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from lrs.facts import Fact
from lrs.observers import AnyConnection, Insertion
from lrs.queries import queries_beside
from lrs.rows import Draft
from lrs.validation.known import ACTIVITY, ACTOR, VERB

REMEMBERED_MOST = 100_000
RELEARNT_SECONDS = 60.0
"""A variant seen before is looked at again after this long, so that a definition that went back does come back."""
NEVER = float("-inf")

News = dict[int, list[Fact]]
"""Facts by store."""
queries = queries_beside(__file__)
MERGE_ACTIVITIES: str = queries.merge_activities.sql
MERGE_VERBS: str = queries.merge_verbs.sql
MERGE_AGENTS: str = queries.merge_agents.sql
_encode = msgspec.json.encode
_decode = msgspec.json.decode


class Vocabulary:
    """What one process knows to be committed; `insertions` write the rest of what drafts tell."""

    def __init__(self) -> None:
        self._known: dict[int, dict[int, float]] = {}
        """When each fact was written last, by store and by the fact's hash: 64 bits, with a secret of the process."""

    def news(self, drafts: Iterable[Draft]) -> News:
        """The facts in these drafts that may be new to their stores, each once."""
        latest = time.monotonic() - RELEARNT_SECONDS
        news: dict[int, dict[Fact, None]] = {}
        for draft in drafts:
            known = self._known.setdefault(draft.store_id, {})
            for told in draft.told:
                if told.known_to is known and told.known_at >= latest:
                    continue
                told.known_at = min([known.get(hash(fact), NEVER) for fact in told.facts], default=latest)
                told.known_to = known
                if told.known_at < latest:
                    facts = told.facts if draft.defines else map(_undefined, told.facts)
                    for fact in facts:
                        if known.get(hash(fact), NEVER) < latest:
                            news.setdefault(draft.store_id, {})[fact] = None
        return {store_id: list(facts) for store_id, facts in news.items()}

    def insertions(self, news: News) -> list[Insertion]:
        """INSERTs of facts, for a transaction; call `remember` once it has committed."""
        found: list[Insertion | None] = []
        for store_id, facts in sorted(news.items()):
            kinds: dict[str, list[Fact]] = {ACTIVITY: [], VERB: [], ACTOR: []}
            for fact in facts:
                kinds[fact[0]].append(fact[1:])
            found += [
                _merging(MERGE_ACTIVITIES, store_id, kinds[ACTIVITY], merge_definition),
                _merging(MERGE_VERBS, store_id, kinds[VERB], dict.__or__),
                _of_agents(store_id, kinds[ACTOR]),
            ]
        return [insertion for insertion in found if insertion is not None]

    def remember(self, news: News) -> None:
        """These facts are committed."""
        now = time.monotonic()
        for store_id, facts in news.items():
            known = self._known.setdefault(store_id, {})
            if len(known) > REMEMBERED_MOST:
                known.clear()
            known.update(dict.fromkeys(map(hash, facts), now))


def _undefined(fact: Fact) -> Fact:
    """What may be taken of a fact from who may not define activities and verbs."""
    return fact if fact[0] == ACTOR else (*fact[:3], b"{}")


def _merging(
    sql: str, store_id: int, told: Sequence[Fact], merge: Callable[[dict[str, Any], dict[str, Any]], dict[str, Any]]
) -> Insertion | None:
    """An INSERT of ids, IRIs and JSON; what is told twice of one id is merged."""
    if not told:
        return None
    found: dict[int, tuple[str, bytes]] = {}
    for key, iri, text in told:
        if key in found and found[key][1] != text:
            text = _encode(merge(_decode(found[key][1]), _decode(text)))
        found[key] = (iri, text)
    ids = sorted(found)
    return Insertion(sql, (store_id, ids, [found[key][0] for key in ids], [json_text(found[key][1]) for key in ids]))


def _of_agents(store_id: int, told: Sequence[Fact]) -> Insertion | None:
    """An INSERT of agents and groups, each with the name told last."""
    if not told:
        return None
    latest = {fact[0]: fact for fact in told if fact[2] is None}
    latest |= {fact[0]: fact for fact in told if fact[2] is not None}
    ids = sorted(latest)
    rows = [latest[key] for key in ids]
    identities = [json_text(row[1]) for row in rows]
    names = [None if row[2] is None else row[2].replace("\x00", "") for row in rows]
    return Insertion(MERGE_AGENTS, (store_id, ids, identities, names, [row[3] for row in rows]))


def merge_definition(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """A definition that knows both: maps of languages and extensions joined, all else as told last (Data 2.4.4.1)."""
    joined = {
        name: {**old[name], **new[name]}
        for name in ("name", "description", "extensions")
        if isinstance(old.get(name), dict) and isinstance(new.get(name), dict)
    }
    return {**old, **new, **joined}


def json_text(text: bytes) -> str:
    """JSON as Postgres takes it for jsonb, which knows no NUL character."""
    return (_encode(_without_nul(_decode(text))) if b"\\u0000" in text else text).decode()


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
