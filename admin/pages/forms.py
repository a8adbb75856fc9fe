"""A form of the desk: refused on its own page with all that was filled in; and how a trainer names people, days and
activities in it."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from typing import Any

from starlette.responses import Response

from adaptive.activities import described_ids, discovered_activities, discovered_names
from adaptive.catalogue import Catalogue, current
from adaptive.subjects import AgentInvalid, checked_agent
from lrs import formats
from lrs.errors import BadRequest, Conflict, NotFound
from lrs.observers import AnyConnection
from lrs.terms import term_id
from lrs.visits import Visit, see_other

MOST_NAMES = 500
MOST_SEARCHED = 50_000
MANY = ("learner", "role", "scope")
"""Fields in which several values are chosen."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A form that could not be carried out: which, why, and what was filled in (`chosen`: fields with many values)."""

    form: str = ""
    message: str = ""
    status: int = 200
    given: Mapping[str, str] = field(default_factory=dict)
    chosen: Sequence[str] = ()

    def of(self, form: str, name: str) -> str:
        """What was filled in, where it is this form that was refused."""
        return self.given.get(name, "") if self.form == form else ""


FRESH = Refused()
Page = Callable[[Visit, Refused], Awaitable[Response]]
Work = Callable[[AnyConnection], Awaitable[Any]]


async def carry_out(visit: Visit, form: str, work: Work, again: Page, onward: str) -> Response:
    """Do in one transaction what a form asks and lead on; where that cannot be, its page again, which says why."""
    try:
        await visit.context.database.write(work)
    except (BadRequest, Conflict, NotFound) as error:
        given = {name: str(value) for name, value in visit.form.items()}
        chosen = [str(value) for name in MANY for value in visit.form.getlist(name)]
        return await again(visit, Refused(form, error.message, error.status, given, chosen))
    return see_other(onward)


def key(text: str) -> int:
    """A learner's key in an address or a form. NotFound for what is none."""
    if not re.fullmatch(r"-?[0-9]{1,19}", text) or not -(2**63) <= int(text) < 2**63:
        raise NotFound("This store knows no such learner.")
    return int(text)


def number(text: str) -> int:
    """The number of something kept, as a form of ours carries it."""
    if not re.fullmatch(r"[0-9]{1,18}", text):
        raise BadRequest("The form is not as this page made it. Open the page again.")
    return int(text)


def day(visit: Visit, name: str = "due") -> date | None:
    """A day that is still to come, or none."""
    text = visit.field(name).strip()
    try:
        found = date.fromisoformat(text) if text else None
    except ValueError as error:
        raise BadRequest("The day is a date such as 2027-01-31.") from error
    if found is not None and found < visit.context.clock().date():
        raise BadRequest(f"The day {found} is past; choose today or later.")
    return found


def text(visit: Visit, name: str, most: int, asked: str = "") -> str:
    """A field's text; BadRequest where it is too long, or empty although something is `asked` for."""
    found = visit.field(name).strip()
    if asked and not found:
        raise BadRequest(asked)
    if len(found) > most:
        raise BadRequest(f"That is too long: {len(found):,} characters, where {most:,} fit.")
    return found


def people(written: str) -> list[dict[str, Any]]:
    """The agents of a list: email addresses, or `homePage|name` of accounts, one of those a line."""
    found = []
    for line in written.splitlines():
        found += [_account(line)] if "|" in line else [_mailbox(each) for each in re.split(r"[\s,;]+", line) if each]
    return found


def _mailbox(address: str) -> dict[str, Any]:
    if not formats.is_mailto(f"mailto:{address}"):
        raise BadRequest(f"“{address[:100]}” is not an email address. Nobody was added.")
    return {"mbox": f"mailto:{address}"}


def _account(line: str) -> dict[str, Any]:
    home, _, name = line.strip().partition("|")
    try:
        return checked_agent({"account": {"homePage": home.strip(), "name": name.strip()}})
    except AgentInvalid as error:
        raise BadRequest(f"“{line.strip()[:100]}” is no account (home page|name). Nobody was added.") from error


async def suggestions(connection: AnyConnection, store_id: int) -> list[str]:
    """Names of activities to choose from."""
    catalogue = await current(connection, store_id)
    known = _offered(catalogue).values() or await discovered_names(connection, store_id, MOST_NAMES)
    return sorted(set(known), key=str.casefold)[:MOST_NAMES]


async def activity_named(connection: AnyConnection, store_id: int, written: str) -> str:
    """The IRI of the activity that a trainer means: by its IRI, its name, or a part of it that no other name has."""
    wanted = written.strip()
    if not wanted:
        raise BadRequest("Name an activity.")
    catalogue = await current(connection, store_id)
    if term_id(wanted) in catalogue.activities or await described_ids(connection, store_id, [term_id(wanted)]):
        return wanted
    known = await _known(connection, store_id, catalogue)
    low = wanted.casefold()
    found = [iri for iri, name in known.items() if name.casefold() == low]
    found = found or [iri for iri, name in known.items() if low in name.casefold()]
    if not found:
        raise BadRequest(f"There is no activity “{wanted[:100]}” here. Write its name, or its address (IRI).")
    if len(found) > 1:
        raise BadRequest(f"“{wanted[:100]}” may be any of these: {_told(found[:5], known)}. Write more of the name.")
    return found[0]


async def _known(connection: AnyConnection, store_id: int, catalogue: Catalogue) -> dict[str, str]:
    """IRI → name of what can be offered."""
    if catalogue.activities:
        return _offered(catalogue)
    found = (shown for _, _, shown in await discovered_activities(connection, store_id))
    return {shown.iri: shown.name for shown in islice(found, MOST_SEARCHED)}


def _offered(catalogue: Catalogue) -> dict[str, str]:
    return {a.entry.id: a.entry.name for a in catalogue.activities.values() if a.part_of is None}


def _told(iris: Sequence[str], known: Mapping[str, str]) -> str:
    """Names, with the IRI where a name alone does not tell."""
    names = [known[iri] for iri in iris]
    return ", ".join(
        f"{name} ({iri})" if names.count(name) > 1 else name for iri, name in zip(iris, names, strict=True)
    )
