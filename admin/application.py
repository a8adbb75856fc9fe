"""The whole product as one ASGI application."""

from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec

from starlette.routing import BaseRoute, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from lrs.context import Context
from lrs.health import routes as health_routes
from lrs.html import static_routes
from lrs.http import BodyLimit, Failures, Requests

PACKAGES = ("lrs", "adaptive", "tutor", "admin")


def routes(context: Context) -> Sequence[BaseRoute]:
    """The routes of every package, the record's first."""
    found = [*health_routes(context), *static_routes()]
    for package in PACKAGES:
        if find_spec(f"{package}.routes"):
            found += import_module(f"{package}.routes").routes(context)
    return found


def build(context: Context) -> ASGIApp:
    """The application around a context that its caller opens and closes."""
    router = Router(routes(context), redirect_slashes=True)

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        scope["app"] = application
        await router(scope, receive, send)

    return Requests(Failures(BodyLimit(application, context.settings.body_limit)))
