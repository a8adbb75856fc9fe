"""Every kind of search that the API can produce, with values drawn as the filled statements were. Pure."""

import itertools
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from admin.bench.stage import CROWD
from admin.bench.statements import ADL, QUESTIONS, SITE, UNITS
from lrs.accounts import FIRST_STORE
from lrs.agents import agent_key
from lrs.search import Query
from lrs.terms import term_id

PAGE = 50
VERBS = ("answered", "experienced", "completed")


@dataclass(frozen=True, slots=True)
class Filled:
    """What a drawing needs to know of a filled database: its authority, some registrations, when it begins and ends."""

    authority: int
    registrations: tuple[UUID, ...]
    first: datetime
    last: datetime

    def moment(self, share: float) -> datetime:
        """Where a share of the statements has been stored."""
        span: timedelta = self.last - self.first
        return self.first + share * span


Draw = Callable[[random.Random, Filled], dict[str, Any]]


def agent(rng: random.Random) -> dict[str, Any]:
    return {"account": {"homePage": SITE, "name": f"learner-{rng.randrange(CROWD.learners):06d}"}}


def course(rng: random.Random) -> str:
    return f"{SITE}/courses/{rng.randrange(CROWD.courses)}"


def question(rng: random.Random) -> str:
    return f"{course(rng)}/units/{rng.randrange(UNITS)}/questions/{rng.randrange(QUESTIONS)}"


def verb(rng: random.Random) -> str:
    return f"{ADL}/verbs/{rng.choice(VERBS)}"


FILTERS: dict[str, Draw] = {
    "agent": lambda rng, _: {"agent": term_id(agent_key(agent(rng)))},
    "related agent": lambda rng, _: {"agent": term_id(agent_key(agent(rng))), "related_agents": True},
    "authority as agent": lambda _, filled: {"agent": filled.authority, "related_agents": True},
    "verb": lambda rng, _: {"verb": term_id(verb(rng))},
    "unknown verb": lambda _, __: {"verb": term_id(json.dumps("never used"))},
    "activity": lambda rng, _: {"activity": term_id(question(rng))},
    "related activity": lambda rng, _: {"activity": term_id(course(rng)), "related_activities": True},
    "registration": lambda rng, filled: {"registration": rng.choice(filled.registrations)},
    "own authority": lambda _, filled: {"authority": filled.authority},
    "strange authority": lambda _, __: {"authority": term_id("stored nothing")},
    "since": lambda rng, filled: {"since": filled.moment(rng.random() / 2)},
    "until": lambda rng, filled: {"until": filled.moment(1 - rng.random() / 2)},
}


def searches() -> Iterator[tuple[str, tuple[str, ...]]]:
    """No filter, each filter, each pair that can be asked for together: a name, and names of FILTERS."""
    yield "all", ()
    for one in FILTERS:
        yield one, (one,)
    for one, other in itertools.combinations(FILTERS, 2):
        if not set(_what(one)) & set(_what(other)):
            yield f"{one} + {other}", (one, other)


def _what(name: str) -> tuple[str, ...]:
    known = ("agent", "verb", "activity", "authority")
    return ("agent",) if name == "authority as agent" else tuple(one for one in known if one in name) or (name,)


def drawn(names: tuple[str, ...], rng: random.Random, filled: Filled, *, ascending: bool = False) -> Query:
    """One search by these filters, a page long."""
    values = {name: value for each in names for name, value in FILTERS[each](rng, filled).items()}
    return Query(FIRST_STORE, ascending=ascending, limit=PAGE, **values)
