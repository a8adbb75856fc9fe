"""The addresses of the adaptive service under /adaptive."""

from collections.abc import Sequence

from starlette.routing import BaseRoute

from adaptive.api import authors, learners, trainers, will
from adaptive.api.calls import Handler, route
from lrs.context import Context

READ, WRITE = "adaptive/read", "adaptive/write"

ADDRESSES: Sequence[tuple[str, str, str, Handler]] = (
    ("GET", "/adaptive/recommendations", READ, learners.recommend),
    ("POST", "/adaptive/recommendations/batch", READ, learners.recommend_batch),
    ("GET", "/adaptive/profile", READ, learners.profile),
    ("GET", "/adaptive/decisions/{decision}", READ, learners.decision),
    ("GET", "/adaptive/goals", READ, will.goals),
    ("PUT", "/adaptive/goals", WRITE, will.set_goal),
    ("DELETE", "/adaptive/goals", WRITE, will.drop_goal),
    ("GET", "/adaptive/preferences", READ, will.preferences),
    ("PUT", "/adaptive/preferences", WRITE, will.set_preferences),
    ("GET", "/adaptive/self-assessments", READ, will.self_assessments),
    ("PUT", "/adaptive/self-assessments", WRITE, will.assess),
    ("GET", "/adaptive/feedback", READ, will.feedback),
    ("POST", "/adaptive/feedback", WRITE, will.give_feedback),
    ("GET", "/adaptive/cohorts", READ, trainers.cohort_list),
    ("POST", "/adaptive/cohorts", WRITE, trainers.create_cohort),
    ("PUT", "/adaptive/cohorts/{cohort}", WRITE, trainers.change_cohort),
    ("DELETE", "/adaptive/cohorts/{cohort}", WRITE, trainers.remove_cohort),
    ("GET", "/adaptive/cohorts/{cohort}/members", READ, trainers.members),
    ("POST", "/adaptive/cohorts/{cohort}/members", WRITE, trainers.add_members),
    ("DELETE", "/adaptive/cohorts/{cohort}/members", WRITE, trainers.remove_member),
    ("GET", "/adaptive/cohorts/{cohort}/levels", READ, trainers.levels),
    ("GET", "/adaptive/overrides", READ, trainers.override_list),
    ("POST", "/adaptive/overrides", WRITE, trainers.add_override),
    ("DELETE", "/adaptive/overrides/{override}", WRITE, trainers.remove_override),
    ("GET", "/adaptive/catalogue", READ, authors.overview),
    ("GET", "/adaptive/catalogue/collection", READ, authors.collection),
    ("PUT", "/adaptive/catalogue/collection", WRITE, authors.publish),
    ("DELETE", "/adaptive/catalogue/collection", WRITE, authors.withdraw),
    ("GET", "/adaptive/catalogue/history", READ, authors.history),
    ("POST", "/adaptive/catalogue/undo", WRITE, authors.undo),
    ("GET", "/adaptive/catalogue/drafts", READ, authors.draft_list),
)


def routes(context: Context) -> Sequence[BaseRoute]:
    """One route an address, so that another method there is told as such."""
    return [
        route(context, path, {method: (scope, handler) for method, p, scope, handler in ADDRESSES if p == path})
        for path in dict.fromkeys(path for _, path, _, _ in ADDRESSES)
    ]
