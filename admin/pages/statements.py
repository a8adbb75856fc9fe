"""The statement explorer: what is in the record, with names beside identifiers, and one statement whole."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from starlette.responses import Response

from adaptive.cohorts import display_name
from admin.reports import skills
from lrs import search, statements
from lrs.agents import key_of
from lrs.errors import NotFound
from lrs.terms import term_id
from lrs.visits import Visit

PAGE = 25
FIELDS = ("agent", "verb", "activity", "since", "until")


@dataclass(frozen=True, slots=True)
class Shown:
    """One statement in a line of the explorer."""

    id: str
    when: str
    actor: str
    actor_id: str
    verb: str
    thing: str
    thing_id: str
    outcome: str


async def explore(visit: Visit) -> Response:
    """The newest statements that meet the filters."""
    given = {name: visit.request.query_params.get(name, "").strip() for name in FIELDS}
    query, message = _query(visit, given)
    page, parsed, names = search.Page([], [], None), [], {}
    if not message:
        async with visit.context.database.read() as connection:
            page = await search.find(connection, query)
            parsed = [json.loads(text) for text in page.texts]
            names = await skills.names(connection, query.store_id, [_actor(each) for each in parsed])
    onward = None
    if page.more is not None:
        onward = "/admin/statements?" + urlencode({**{k: v for k, v in given.items() if v}, "position": page.more})
    return visit.page(
        "statements.html",
        status=400 if message else 200,
        given=given,
        message=message,
        rows=[shown(each, names.get(_actor(each))) for each in parsed],
        onward=onward,
    )


def _query(visit: Visit, given: Mapping[str, str]) -> tuple[search.Query, str]:
    """The query of a form, and what is wrong with it."""
    position = visit.request.query_params.get("position", "")
    query = search.Query(
        store_id=visit.account.store_id,
        agent=term_id(_agent_key(given["agent"])) if given["agent"] else None,
        verb=term_id(_verb(given["verb"])) if given["verb"] else None,
        activity=term_id(given["activity"]) if given["activity"] else None,
        after=int(position) if position.isascii() and position.isdigit() and len(position) < 19 else None,
        limit=PAGE,
    )
    try:
        since, until = _start(given["since"]), _start(given["until"], 1)
    except (ValueError, OverflowError):
        return query, "Write dates as 2026-03-31."
    return replace(query, since=since, until=until), ""


def _start(text: str, later: int = 0) -> datetime | None:
    """The moment in which a day begins in UTC, or one so many days later."""
    if not text:
        return None
    return datetime.combine(date.fromisoformat(text) + timedelta(later), time(), UTC)


def _agent_key(text: str) -> str:
    """A typed person: an email address, `home|name` of an account, or a whole identity such as `openid:…`."""
    if text.startswith(("mbox:", "mbox_sha1sum:", "openid:", "account:")):
        return text
    if "|" in text:
        return f"account:{text}"
    return f"mbox:mailto:{text.removeprefix('mailto:')}"


def _verb(text: str) -> str:
    return text if ":" in text else f"http://adlnet.gov/expapi/verbs/{text}"


def _actor(statement: Mapping[str, Any]) -> int | None:
    """The key of who acts; None of a group without an identifier."""
    key = key_of(statement["actor"])
    return term_id(key) if key else None


def shown(statement: Mapping[str, Any], names: Sequence[str] | None = None) -> Shown:
    """A statement in words. An actor it does not name is called by `names`, and what has no name by its identifier."""
    actor, verb, thing = statement["actor"], statement["verb"], statement["object"]
    key = key_of(actor) or ""
    return Shown(
        id=statement["id"],
        when=statement["timestamp"][:19].replace("T", " "),
        actor=actor.get("name") or display_name(actor, names) or "a group",
        actor_id=key,
        verb=_text(verb.get("display")) or verb["id"].rstrip("/").rsplit("/", 1)[-1],
        thing=_thing(thing),
        thing_id=thing.get("id") or "",
        outcome=_outcome(statement.get("result") or {}),
    )


def _thing(thing: Mapping[str, Any]) -> str:
    kind = thing.get("objectType", "Activity")
    if kind == "Activity":
        definition = thing.get("definition") or {}
        return _text(definition.get("name")) or _text(definition.get("description")) or str(thing["id"])
    if kind in ("Agent", "Group"):
        return display_name(thing) or "a group"
    return "another statement"


def _outcome(result: Mapping[str, Any]) -> str:
    scaled = (result.get("score") or {}).get("scaled")
    success = result.get("success")
    words = "" if success is None else "right" if success else "not right"
    telling = scaled is not None and (success is None or scaled not in (0, 1))
    return " · ".join(part for part in (words, f"{scaled:g}" if telling else "") if part)


def _text(texts: Mapping[str, str] | None) -> str:
    english = [text for tag, text in (texts or {}).items() if tag.lower().startswith("en")]
    return next(iter([*english, *(texts or {}).values()]), "")


async def one(visit: Visit) -> Response:
    """One statement of this store, as it was sent and stored."""
    statement_id: UUID = visit.request.path_params["statement"]
    store_id = visit.account.store_id
    async with visit.context.database.read() as connection:
        found = await statements.by_id(connection, store_id, statement_id)
        if found is None:
            raise NotFound("This store has no such statement.")
        parsed = json.loads(found.text)
        actor = _actor(parsed)
        names = await skills.names(connection, store_id, [actor])
        learner = None if actor is None else await skills.learner(connection, store_id, actor)
    pretty = json.dumps(parsed, indent=2, ensure_ascii=False)
    row = shown(parsed, names.get(actor))
    return visit.page("statement.html", row=row, text=pretty, voided=found.voided, learner=learner)
