"""For machines that watch: alive, ready, and the counts."""

import json
from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from lrs.context import Context
from lrs.errors import NotFound, OperatorError, Unavailable
from lrs.metrics import Measure, exposition, measured
from lrs.migrations import require_current
from lrs.schema import schema_folder
from lrs.statements import count_unread

UNREAD = Measure("proximal_unread_statements", "Statements stored whose evidence could not be read.", count_unread)


def routes(context: Context, measures: Sequence[Measure] = ()) -> Sequence[BaseRoute]:
    async def alive(request: Request) -> Response:
        """This process answers; says nothing of the database."""
        return JSONResponse({"status": "alive"})

    async def ready(request: Request) -> Response:
        """The database answers and has this release's schema; 503 otherwise."""
        try:
            async with context.database.read() as connection:
                await require_current(connection)
        except OperatorError as error:
            raise Unavailable(error.message, headers={"Retry-After": "5"}) from error
        return JSONResponse({"status": "ready"})

    async def metrics(request: Request) -> Response:
        counts = exposition() + await measured(context.database, (UNREAD, *measures))
        return Response(counts, headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"})

    async def openapi(request: Request) -> Response:
        path = schema_folder() / "openapi.json"
        if not path.exists():
            raise NotFound("This installation carries no OpenAPI document.")
        return JSONResponse(json.loads(path.read_text()))

    return [
        Route("/healthz", alive),
        Route("/readyz", ready),
        Route("/metrics", metrics),
        Route("/openapi.json", openapi),
    ]
