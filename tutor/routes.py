"""The tutor's addresses: its API, and the learner's pages."""

from collections.abc import Awaitable, Callable, Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from lrs.context import Context
from tutor import api


def _bound(
    context: Context, handler: Callable[[Context, Request], Awaitable[Response]]
) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        return await handler(context, request)

    return endpoint


def routes(context: Context) -> Sequence[BaseRoute]:
    return [Route("/tutor/prompts", _bound(context, api.prompts), methods=["POST"])]
