"""The whole product as one ASGI application."""

from collections.abc import Sequence

from starlette.routing import BaseRoute, Router
from starlette.types import ASGIApp, Receive, Scope, Send

import adaptive.routes
import admin.routes
import lrs.routes
import tutor.routes
from adaptive.audit.metrics import MEASURES
from adaptive.waiting import backlog
from lrs import health
from lrs.context import Context
from lrs.html import static_routes
from lrs.http import BodyLimit, Failures, Requests
from lrs.metrics import Measure

BACKLOG = Measure("proximal_evidence_waiting", "Rows of evidence that are not folded yet.", backlog)


def routes(context: Context) -> Sequence[BaseRoute]:
    """The routes of every package; the record's, which are asked for most, are looked at first."""
    return [
        *lrs.routes.routes(context),
        *health.routes(context, (BACKLOG, *MEASURES)),
        *static_routes(),
        *adaptive.routes.routes(context),
        *tutor.routes.routes(context),
        *admin.routes.routes(context),
    ]


def build(context: Context) -> ASGIApp:
    """The application around a context that its caller opens and closes."""
    router = Router(routes(context), redirect_slashes=True)

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        scope["app"] = application
        await router(scope, receive, send)

    return Requests(Failures(BodyLimit(application, context.settings.body_limit)))
