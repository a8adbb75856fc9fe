"""The demonstration's organisation in the database: the LMS's credential, people, the published course, a cohort."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from adaptive import cohorts
from adaptive.catalogue import current, import_document
from admin.demo.cohort import NAMES, simulated_agent
from admin.demo.keys import Keys, address_of
from lrs import accounts, credentials
from lrs.accounts import FIRST_STORE, NewAccount
from lrs.observers import AnyConnection

COHORT = "Report authors (simulated)"
PEOPLE = {
    "learner": "Lou Learner",
    "trainer": "Toni Trainer",
    "author": "Andrea Author",
    "operator": "Oli Operator",
}


async def establish(connection: AnyConnection, keys: Keys, course: Mapping[str, Any], now: datetime) -> None:
    """All of it, in the caller's transaction; what is there already stays as it is."""
    await credentials.ensure(connection, FIRST_STORE, keys.lms_key, keys.lms_secret, name="Demonstration LMS")
    for role, name in PEOPLE.items():
        if await accounts.by_email(connection, address_of(role)) is None:
            new = NewAccount(FIRST_STORE, address_of(role), name, [role], keys.password(role))
            await accounts.create(connection, new, now=now)
    await import_document(connection, FIRST_STORE, course, author=PEOPLE["author"], note="the demonstration's course")
    await _gather(connection, course, now)


async def _gather(connection: AnyConnection, course: Mapping[str, Any], now: datetime) -> None:
    """The cohort with everybody in it, working towards the course's first role on its path."""
    if any(cohort["name"] == COHORT for cohort in await cohorts.of_store(connection, FIRST_STORE)):
        return
    catalogue = await current(connection, FIRST_STORE)
    plan = cohorts.Plan(role=course["roles"][0]["id"], path=course["paths"][0]["id"])
    cohort = await cohorts.create(connection, FIRST_STORE, COHORT, plan, catalogue, now)
    agents = [*map(simulated_agent, NAMES), learner_agent()]
    await cohorts.join(connection, FIRST_STORE, cohort, agents, now)


def learner_agent() -> dict[str, Any]:
    """The agent that the demonstration's learner acts as."""
    return {"objectType": "Agent", "name": PEOPLE["learner"], "mbox": f"mailto:{address_of('learner')}"}
