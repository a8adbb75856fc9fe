"""The agent profile resource (xAPI Communication 2.6; 2.0: 4.1.6.5)."""

from lrs.documents import AGENT_PROFILE, Owner
from lrs.resources import parameters
from lrs.resources.call import Call
from lrs.resources.document import Resource


def _owner(call: Call) -> Owner:
    return Owner(call.credential.store_id, AGENT_PROFILE, agent=parameters.agent_term(call.parameters["agent"]))


METHODS = Resource(
    owned_by=("agent",),
    optional=(),
    name="profileId",
    scope="profile",
    owner=_owner,
).methods()
