"""The demonstration's organisation in the database: the LMS's credential, people, the published course, a cohort."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from adaptive.catalogue import import_document
from admin.demo.keys import Keys, address_of
from lrs import accounts, credentials
from lrs.accounts import FIRST_STORE, NewAccount
from lrs.observers import AnyConnection

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


def learner_agent() -> dict[str, Any]:
    """The agent that the demonstration's learner acts as."""
    return {"objectType": "Agent", "name": PEOPLE["learner"], "mbox": f"mailto:{address_of('learner')}"}
