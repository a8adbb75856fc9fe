"""The HTML kit: templates that escape by default, one small style sheet, and headers that forbid what we do not use."""

from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

STATIC = Path(__file__).parent / "static"
KINDS = {".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; media-src 'self' https:; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}


@cache
def _assets() -> dict[str, tuple[str, bytes]]:
    """Served name (with a digest of the content, so that it may be cached for ever) → media type and content."""
    named = {}
    for file in sorted(STATIC.iterdir()):
        if file.suffix in KINDS:
            content = file.read_bytes()
            named[f"{file.stem}.{sha256(content).hexdigest()[:10]}{file.suffix}"] = (KINDS[file.suffix], content)
    return named


def asset(name: str) -> str:
    """The address of a file of lrs/static."""
    stem, suffix = Path(name).stem, Path(name).suffix
    return next(f"/static/{served}" for served in _assets() if served.startswith(stem) and served.endswith(suffix))


async def _static(request: Request) -> Response:
    found = _assets().get(request.path_params["name"])
    if found is None:
        return Response("Not found", 404, media_type="text/plain")
    headers = {"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}
    return Response(found[1], headers=headers, media_type=found[0])


def static_routes() -> list[BaseRoute]:
    return [Route("/static/{name}", _static)]


def plural(count: int, one: str, many: str | None = None) -> str:
    """`1 answer`, `2 answers`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


class Pages:
    """Renders the templates of packages, the first before the others, which extend those of this one."""

    def __init__(self, *packages: str) -> None:
        loaders = [PackageLoader(name) for name in dict.fromkeys((*packages, "lrs"))]
        self.environment = Environment(
            loader=ChoiceLoader(loaders),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.environment.globals["asset"] = asset
        self.environment.filters["plural"] = plural

    def render(
        self, template: str, values: Mapping[str, Any], *, status: int = 200, headers: Mapping[str, str] | None = None
    ) -> HTMLResponse:
        """A page with the kit's headers; a name that the template lacks is an error, never an empty spot."""
        text = self.environment.get_template(template).render(values)
        return HTMLResponse(text, status, {**HEADERS, **(headers or {})})
