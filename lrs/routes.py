"""The routes of the record store."""

from collections.abc import Sequence

from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Receive, Scope, Send

from lrs.context import Context
from lrs.resources.interface import Interface


class Below(BaseRoute):
    """All that is below a path, for one application: as Starlette's `Mount`, without a pattern to match."""

    def __init__(self, path: str, app: ASGIApp) -> None:
        self._path = path
        self._app = app

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        root = scope.get("root_path", "")
        if scope["type"] != "http" or not scope["path"].startswith(f"{root}{self._path}/"):
            return Match.NONE, {}
        return Match.FULL, {"root_path": root + self._path}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)


def routes(context: Context) -> Sequence[BaseRoute]:
    """The xAPI under /xapi."""
    return [Below("/xapi", Interface(context))]
