"""The addresses of the adaptive service under /adaptive."""

from collections.abc import Sequence

from starlette.routing import BaseRoute

from adaptive.api import learners
from adaptive.api.calls import Handler, route
from lrs.context import Context

READ, WRITE = "adaptive/read", "adaptive/write"

ADDRESSES: Sequence[tuple[str, str, str, Handler]] = (
    ("GET", "/adaptive/recommendations", READ, learners.recommend),
    ("POST", "/adaptive/recommendations/batch", READ, learners.recommend_batch),
    ("GET", "/adaptive/profile", READ, learners.profile),
    ("GET", "/adaptive/decisions/{decision}", READ, learners.decision),
)


def routes(context: Context) -> Sequence[BaseRoute]:
    return [route(context, method, path, scope, handler) for method, path, scope, handler in ADDRESSES]
