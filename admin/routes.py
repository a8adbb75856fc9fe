"""The training desk's addresses, and signing in, which leads there and to the learner's pages."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from adaptive.playing import address
from admin.pages import (
    accounts,
    catalogue,
    cohorts,
    credentials,
    engine,
    groups,
    identities,
    learners,
    statements,
    words,
)
from lrs import sign_in
from lrs.context import Context
from lrs.errors import NotFound
from lrs.html import Pages, plural
from lrs.visits import Handler, Visit, guarded, see_other
from tutor import wording


def pages() -> Pages:
    """The desk's templates, with the words they use."""
    made = Pages("admin", "tutor")
    made.environment.globals.update(
        percent=wording.percent,
        signed=wording.signed,
        outcome=wording.outcome,
        address=address,
        gap=wording.gap,
        decided=wording.decided,
    )
    made.environment.filters.update(plural=plural, known=wording.known)
    return made


async def _nothing(visit: Visit) -> Response:
    raise NotFound(f"There is no page at {visit.request.url.path}.")


async def _desk(visit: Visit) -> Response:
    return await cohorts.overview(visit) if visit.account.has("trainer") else see_other("/admin/catalogue")


async def _front(_: Request) -> Response:
    return RedirectResponse("/sign-in", 303)


def routes(context: Context) -> Sequence[BaseRoute]:
    """`/admin/…` for trainers, and within it what only operators may; `/sign-in` and `/sign-out`."""
    templates = pages()

    def page(path: str, handler: Handler, role: str = "trainer", *methods: str) -> Route:
        allowed = ("author", "trainer") if role == "author" else (role,)
        return Route(path, guarded(context, templates, handler, *allowed), methods=list(methods or ("GET",)))

    return [
        Route("/", _front),
        *sign_in.routes(context),
        page("/admin/", _desk, "author"),
        page("/admin/catalogue", catalogue.show, "author"),
        page("/admin/cohorts", cohorts.create, "trainer", "POST"),
        page("/admin/cohorts/{cohort:int}/members", cohorts.add, "trainer", "POST"),
        page("/admin/cohorts/{cohort:int}/words", words.to_cohort, "trainer", "POST"),
        page("/admin/cohorts/{cohort:int}/groups", groups.form_in_cohort, "trainer", "POST"),
        page("/admin/everyone", cohorts.show),
        page("/admin/everyone.csv", cohorts.download),
        page("/admin/cohorts/{cohort:int}", cohorts.show),
        page("/admin/cohorts/{cohort:int}.csv", cohorts.download),
        page("/admin/learners/{learner}.csv", learners.download),
        page("/admin/learners/{learner}", learners.show),
        page("/admin/learners/{learner}/words", words.to_learner, "trainer", "POST"),
        page("/admin/learners/{learner}/talks", words.talk, "trainer", "POST"),
        page("/admin/learners/{learner}/agreements", words.agree, "trainer", "POST"),
        page("/admin/learners/{learner}/groups", groups.of_learner, "trainer", "POST"),
        page("/admin/learners/{learner}/identities", identities.change, "operator", "POST"),
        page("/admin/groups", groups.overview),
        page("/admin/groups/form", groups.form, "trainer", "POST"),
        page("/admin/groups/{group:int}", groups.show),
        page("/admin/groups/{group:int}/change", groups.change, "trainer", "POST"),
        page("/admin/groups/{group:int}/members", groups.members, "trainer", "POST"),
        page("/admin/groups/{group:int}/dissolve", groups.dissolve, "trainer", "POST"),
        page("/admin/statements", statements.explore),
        page("/admin/statements/{statement:uuid}", statements.one),
        page("/admin/engine", engine.show, "operator"),
        page("/admin/engine/items.csv", engine.download, "operator"),
        page("/admin/credentials", credentials.show, "operator"),
        page("/admin/credentials/create", credentials.create, "operator", "POST"),
        page("/admin/credentials/revoke", credentials.revoke, "operator", "POST"),
        page("/admin/accounts", accounts.show, "operator"),
        page("/admin/accounts/create", accounts.create, "operator", "POST"),
        page("/admin/accounts/change", accounts.change, "operator", "POST"),
        page("/admin/{rest:path}", _nothing, "author"),
    ]
