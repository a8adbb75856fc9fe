"""The routes of the record store."""

from collections.abc import Sequence

from starlette.routing import BaseRoute, Mount

from lrs.context import Context
from lrs.resources.interface import Interface


def routes(context: Context) -> Sequence[BaseRoute]:
    """The xAPI under /xapi."""
    return [Mount("/xapi", app=Interface(context))]
