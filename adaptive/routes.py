"""The addresses of the adaptive service under /adaptive."""

from collections.abc import Sequence

from starlette.routing import BaseRoute

from adaptive.api import authors, identities, learners, peers, placements, trainers, will
from adaptive.api.calls import Address, route
from adaptive.catalogue import Collection
from lrs.context import Context

READ, WRITE = "adaptive/read", "adaptive/write"
COHORT, MEMBERS = "/adaptive/cohorts/{cohort}", "/adaptive/cohorts/{cohort}/members"
GROUP, PEERS = "/adaptive/peer-groups/{group}", "/adaptive/peer-groups/{group}/members"
COLLECTION = "/adaptive/catalogue/collection"
AGENT = ("agent",)

LEARNER = (
    Address("GET", "/adaptive/recommendations", READ, learners.recommend, "What a learner should do next, and why.",
            ("agent", "limit", "mode", "fresh"), answers="Recommendations", own=True),
    Address("GET", "/adaptive/profile", READ, learners.profile, "Where a learner stands in each skill.",
            AGENT, answers="Profile", own=True),
    Address("GET", "/adaptive/decisions/{decision}", READ, learners.decision, "An earlier decision, explained again.",
            answers="Decision", own=True),
    Address("GET", "/adaptive/paths", READ, learners.paths, "How far a learner is on their paths.",
            AGENT, answers="Paths", own=True),
    Address("GET", "/adaptive/goals", READ, will.goals, "The learner's own goals.", AGENT, answers="Goals", own=True),
    Address("PUT", "/adaptive/goals", WRITE, will.set_goal, "Set or move a goal.", AGENT, will.GoalBody,
            status=204, tells=True, own=True),
    Address("DELETE", "/adaptive/goals", WRITE, will.drop_goal, "Give up a goal.", ("agent", "skill"),
            status=204, own=True),
    Address("GET", "/adaptive/preferences", READ, will.preferences, "Formats, language, time budget, adaptivity.",
            AGENT, answers="PreferencesBody", own=True),
    Address("PUT", "/adaptive/preferences", WRITE, will.set_preferences, "Replace the preferences.",
            AGENT, will.PreferencesBody, status=204, own=True),
    Address("GET", "/adaptive/self-assessments", READ, will.self_assessments, "Where the learner thinks they stand.",
            AGENT, answers="SelfAssessments", own=True),
    Address("PUT", "/adaptive/self-assessments", WRITE, will.assess, "Set a self-assessment, beside the estimate.",
            AGENT, will.AssessmentBody, status=204, own=True),
    Address("GET", "/adaptive/coaching", READ, will.talks, "Coaching talks and the next steps agreed on.",
            AGENT, answers="Talks", own=True),
    Address("GET", "/adaptive/peers", READ, peers.own_peers, "The learner's peer groups, and who is in them.",
            AGENT, answers="Peers", own=True),
    Address("GET", "/adaptive/feedback", READ, will.feedback, "The learner's answers to offers.",
            AGENT, answers="Feedback", own=True),
    Address("POST", "/adaptive/feedback", WRITE, will.give_feedback, "Accept, refuse, put off, or say it is known.",
            AGENT, will.FeedbackBody, status=204, tells=True, own=True),
    Address("POST", "/adaptive/placements", WRITE, placements.start, "Start a placement test, or resume it.",
            AGENT, placements.StartBody, answers="Placement", own=True),
    Address("GET", "/adaptive/placements/{placement}", READ, placements.look, "A placement test as it stands.",
            answers="Placement", own=True),
    Address("POST", "/adaptive/placements/{placement}/answers", WRITE, placements.give_answer,
            "Answer the item that was asked; not to know is an answer.",
            body=placements.AnswerBody, answers="Placement", tells=True, own=True),
)  # fmt: skip

CLASS = (
    Address("POST", "/adaptive/recommendations/batch", READ, learners.recommend_batch, "The next steps of a class.",
            body=learners.Batch, answers="RecommendationsBatch"),
    Address("POST", "/adaptive/tokens", WRITE, learners.issue_token, "A token that sees only one learner.",
            ("agent", "minutes"), answers="Token", status=201),
)  # fmt: skip

TRAINER = (
    Address("GET", "/adaptive/cohorts", READ, trainers.cohort_list, "All cohorts.", answers="Cohorts"),
    Address("POST", "/adaptive/cohorts", WRITE, trainers.create_cohort, "A new cohort.",
            body=trainers.CohortBody, answers="Made", status=201),
    Address("PUT", COHORT, WRITE, trainers.change_cohort, "Replace role, path, policy and due date.",
            body=trainers.PlanBody, status=204),
    Address("DELETE", COHORT, WRITE, trainers.remove_cohort, "Dissolve a cohort.", status=204),
    Address("GET", MEMBERS, READ, trainers.members, "Who belongs to a cohort.", answers="Members"),
    Address("POST", MEMBERS, WRITE, trainers.add_members, "Make agents members.",
            body=trainers.MembersBody, status=204),
    Address("DELETE", MEMBERS, WRITE, trainers.remove_member, "End a membership.", AGENT, status=204),
    Address("GET", COHORT + "/levels", READ, trainers.levels, "Who stands where in which skill.", answers="Levels"),
    Address("GET", COHORT + "/comparison", READ, trainers.comparison, "Two cohorts side by side, with intervals.",
            ("with",), answers="Comparison"),
    Address("POST", "/adaptive/coaching", WRITE, trainers.note_talk, "Note a talk; its activity is assigned.",
            AGENT, trainers.TalkBody, answers="Made", status=201),
    Address("POST", "/adaptive/self-assessments/validation", WRITE, trainers.validate_assessment,
            "Agree with a self-assessment.", AGENT, trainers.ValidationBody, status=204),
    Address("GET", "/adaptive/peer-groups", READ, peers.peer_groups, "All peer groups.", answers="PeerGroups"),
    Address("POST", "/adaptive/peer-groups", WRITE, peers.form_peer_group, "Form a peer group; its members see it.",
            body=peers.PeerGroupBody, answers="Made", status=201),
    Address("PUT", GROUP, WRITE, peers.change_peer_group, "Another name and purpose for a peer group.",
            body=peers.PeerGroupChange, status=204),
    Address("DELETE", GROUP, WRITE, peers.dissolve_peer_group, "Dissolve a peer group.", status=204),
    Address("GET", PEERS, READ, peers.group_members, "Who is in a peer group.", answers="Members"),
    Address("POST", PEERS, WRITE, peers.add_peers, "Add agents to a peer group.",
            body=trainers.MembersBody, status=204),
    Address("DELETE", PEERS, WRITE, peers.remove_peer, "Take a learner out of a peer group.", AGENT, status=204),
    Address("GET", "/adaptive/identities", READ, identities.merged, "The agents that were merged into this one.",
            AGENT, answers="Identities"),
    Address("POST", "/adaptive/identities", WRITE, identities.merge, "Make an agent one person with another.",
            AGENT, identities.SameBody, status=204),
    Address("DELETE", "/adaptive/identities", WRITE, identities.separate, "Part an agent from whom it was merged into.",
            AGENT, status=204),
    Address("GET", "/adaptive/overrides", READ, trainers.override_list, "What trainers decided.", answers="Overrides"),
    Address("POST", "/adaptive/overrides", WRITE, trainers.add_override, "Pin, ban, lock or assign an activity.",
            body=trainers.OverrideBody, answers="Made", status=201),
    Address("DELETE", "/adaptive/overrides/{override}", WRITE, trainers.remove_override, "Take a decision back.",
            status=204),
)  # fmt: skip

AUTHOR = (
    Address("GET", "/adaptive/catalogue", READ, authors.overview, "The catalogue's version and collections.",
            answers="CatalogueOverview"),
    Address("GET", COLLECTION, READ, authors.collection, "One collection, as JSON or CSV.",
            ("id", "format"), answers="Collection"),
    Address("PUT", COLLECTION, WRITE, authors.publish, "Publish a collection: JSON, CSV, CASE, xAPI Profile.",
            ("format", "id", "name"), Collection, answers="Version"),
    Address("DELETE", COLLECTION, WRITE, authors.withdraw, "Withdraw a collection.", ("id",), answers="Version"),
    Address("GET", "/adaptive/catalogue/history", READ, authors.history, "Versions, the newest first.",
            ("limit",), answers="CatalogueHistory"),
    Address("POST", "/adaptive/catalogue/undo", WRITE, authors.undo, "Undo what a version did.",
            body=authors.UndoBody, answers="Version"),
    Address("GET", "/adaptive/catalogue/drafts", READ, authors.draft_list, "Activities met in statements only.",
            ("limit",), answers="Drafts"),
)  # fmt: skip

ADDRESSES: tuple[Address, ...] = (*LEARNER, *CLASS, *TRAINER, *AUTHOR)


def routes(context: Context) -> Sequence[BaseRoute]:
    """One route a path, so that another method there is told as such."""
    paths = dict.fromkeys(address.path for address in ADDRESSES)
    return [route(context, [address for address in ADDRESSES if address.path == path]) for path in paths]
