"""The activity profile resource (xAPI Communication 2.7; 2.0: 4.1.6.6)."""

from lrs.documents import ACTIVITY_PROFILE, Owner
from lrs.resources import parameters
from lrs.resources.call import Call
from lrs.resources.document import Resource
from lrs.terms import term_id as term


def _owner(call: Call) -> Owner:
    activity = term(parameters.iri(call.parameters["activityId"], "activityId"))
    return Owner(call.credential.store_id, ACTIVITY_PROFILE, activity=activity)


METHODS = Resource(
    owned_by=("activityId",),
    optional=(),
    name="profileId",
    scope="profile",
    owner=_owner,
).methods()
