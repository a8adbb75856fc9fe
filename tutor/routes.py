"""The tutor's addresses: its API, and the learner's pages."""

from collections.abc import Sequence
from functools import partial

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from adaptive.api.calls import route
from adaptive.playing import address
from lrs.context import Context
from lrs.errors import NotFound
from lrs.html import Pages, plural
from lrs.visits import Handler, Visit, guarded, see_other
from lrs.writing import Writer
from tutor import api, player, portal, will, wording


def pages() -> Pages:
    """The learner's templates, with the words they use."""
    made = Pages("tutor")
    made.environment.globals.update(chance=wording.chance, percent=wording.percent, outcome=wording.outcome)
    made.environment.globals.update(signed=wording.signed, gap=wording.gap, player=address, decided=wording.decided)
    made.environment.filters.update(
        minutes=wording.minutes, host=wording.host, plural=plural, choices_in_words=wording.choices, known=wording.known
    )
    return made


async def _start(visit: Visit) -> Response:
    """What was answered cannot be shown again; where to go on."""
    return see_other("/learn/")


async def _nothing(visit: Visit) -> Response:
    raise NotFound(f"There is no page at {visit.request.url.path}.")


def routes(context: Context) -> Sequence[BaseRoute]:
    """`/tutor/prompts` for programs, `/learn/…` for people."""
    templates, writer = pages(), Writer(context)

    def page(path: str, handler: Handler, *methods: str) -> Route:
        endpoint = guarded(context, templates, handler, "learner", "author", "trainer", "operator")
        return Route(path, endpoint, methods=list(methods or ("GET",)))

    return [
        route(context, api.ADDRESSES),
        page("/learn/", portal.show),
        page("/learn/skills", portal.skills),
        page("/learn/record", portal.record),
        page("/learn/wishes", will.show),
        page("/learn/wishes", will.change, "POST"),
        page("/learn/feedback", portal.feedback, "POST"),
        page("/learn/activity", player.show),
        page("/learn/answer", _start),
        page("/learn/answer", partial(player.answer, writer=writer), "POST"),
        page("/learn/finish", partial(player.finish, writer=writer), "POST"),
        page("/learn/help", player.help_with, "POST"),
        page("/learn/{rest:path}", _nothing),
    ]
