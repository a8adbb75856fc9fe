"""The agents resource (xAPI Communication 2.4): the person behind an agent, as far as the store knows."""

from typing import Any

import msgspec

from lrs import vocabulary
from lrs.agents import agent_key, identity
from lrs.resources import parameters
from lrs.resources.call import Answer, Call
from lrs.terms import term_id as term


async def get(call: Call) -> Answer:
    """A Person object: each property a list, since a person may have several."""
    call.credential.require("statements/read/mine", "profile/read")
    agent = parameters.agent(call.only(("agent",), ("agent",))["agent"])
    async with call.context.database.lend() as connection:
        names = await vocabulary.names(connection, call.credential.store_id, term(agent_key(agent)))
    if "name" in agent and agent["name"] not in names:
        names.append(agent["name"])
    person: dict[str, Any] = {"objectType": "Person"}
    if names:
        person["name"] = names
    person |= {name: [value] for name, value in identity(agent).items()}
    return Answer(body=msgspec.json.encode(person))


METHODS = {"GET": get}
