"""The state resource (xAPI Communication 2.3; 2.0: 4.1.6.2)."""

from lrs.documents import STATE, Owner
from lrs.resources import parameters
from lrs.resources.call import Call
from lrs.resources.document import Resource
from lrs.terms import term_id as term


def _owner(call: Call) -> Owner:
    activity = term(parameters.iri(call.parameters["activityId"], "activityId"))
    return Owner(call.credential.store_id, STATE, activity, parameters.agent_term(call.parameters["agent"]))


METHODS = Resource(
    owned_by=("activityId", "agent"),
    optional=("registration",),
    name="stateId",
    scope="state",
    owner=_owner,
    is_state=True,
).methods()
