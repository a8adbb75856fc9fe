"""The activities resource (xAPI Communication 2.5): an activity with all that is known of its definition."""

from typing import Any

import msgspec

from lrs import vocabulary
from lrs.resources import parameters
from lrs.resources.call import Answer, Call
from lrs.terms import term_id as term


async def get(call: Call) -> Answer:
    """The activity; one the store has not heard of has its id alone."""
    call.credential.require("statements/read/mine", "profile/read", "state/read")
    iri = parameters.iri(call.only(("activityId",), ("activityId",))["activityId"], "activityId")
    async with call.context.database.lend() as connection:
        definition = await vocabulary.activity(connection, call.credential.store_id, term(iri))
    activity: dict[str, Any] = {"objectType": "Activity", "id": iri}
    if definition:
        activity["definition"] = definition
    return Answer(body=msgspec.json.encode(activity))


METHODS = {"GET": get}
