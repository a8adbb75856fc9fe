"""One request of a browser: who visits, their form, and pages for whatever goes wrong."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from lrs import sessions
from lrs.accounts import Account
from lrs.context import Context
from lrs.errors import BadRequest, Forbidden, ProximalError, TooLarge
from lrs.html import Pages

Handler = Callable[["Visit"], Awaitable[Response]]
Endpoint = Callable[[Request], Awaitable[Response]]
LARGEST_FORM = 256 * 1024
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Visit:
    """What a page needs: the request, the person behind it and their form (empty on GET)."""

    context: Context
    request: Request
    account: Account
    form: FormData
    pages: Pages

    def page(self, template: str, *, status: int = 200, **values: Any) -> Response:
        return self.pages.render(template, {**frame(self.request, self.account), **values}, status=status)

    def field(self, name: str, default: str = "") -> str:
        """One form field as text."""
        value = self.form.get(name, default)
        return default if isinstance(value, UploadFile) else value


def frame(request: Request, account: Account | None) -> dict[str, Any]:
    """What the layout itself shows."""
    token = request.cookies.get(sessions.COOKIE, "")
    return {
        "account": account,
        "form_token": sessions.form_token(token) if token else "",
        "path": request.url.path,
    }


def see_other(address: str) -> RedirectResponse:
    """After a form: load this page, so that reloading repeats nothing."""
    return RedirectResponse(address, 303, {"Cache-Control": "no-store"})


def local(address: str, default: str) -> str:
    """An address of our own pages, or the default: a sign-in link must not lead to another site."""
    ours = address.startswith(("/learn/", "/admin/")) and "\\" not in address and address.isprintable()
    return address if ours else default


async def read_form(request: Request) -> FormData:
    """The posted form. TooLarge over 256 KiB, BadRequest when it cannot be read."""
    if request.method in ("GET", "HEAD"):
        return FormData()
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_FORM:
            raise TooLarge(f"A form may have at most {LARGEST_FORM:,} bytes.")
    request._body = body
    try:
        form = await request.form(max_files=0, max_fields=500)
    except Exception as error:
        raise BadRequest("The form cannot be read.") from error
    if any(isinstance(value, str) and "\x00" in value for value in form.values()):
        raise BadRequest("A field of the form holds a character that no text has (NUL).")
    return form


def failure(request: Request, account: Account | None, pages: Pages, error: ProximalError) -> Response:
    """The page for an error: what happened and what to do."""
    values = {**frame(request, account), "error": error.as_json()}
    return pages.render("failure.html", values, status=error.status, headers=error.headers)


def _to_sign_in(request: Request) -> Response:
    """Sign in, then back to the page asked for, or to the one whose form was sent: what it held is not kept."""
    sent = request.method == "POST"
    page = request.headers.get("referer", "") if sent else str(request.url)
    back = local("/" + page.partition("://")[2].partition("/")[2], "")
    return see_other(f"/sign-in?next={quote(back)}{'&lost=1' if sent else ''}")


def guarded(context: Context, pages: Pages, handler: Handler, *roles: str) -> Endpoint:
    """The endpoint of a page for people with one of the roles; forms are checked before the handler sees them."""

    async def endpoint(request: Request) -> Response:
        account: Account | None = None
        try:
            account = await sessions.signed_in(context, request)
            if account is None:
                return _to_sign_in(request)
            if not account.has(*roles):
                raise Forbidden("Your account does not open this page. Ask the people who run this store.")
            form = await read_form(request)
            if request.method == "POST":
                sessions.check_form(request, form)
            return await handler(Visit(context, request, account, form, pages))
        except ProximalError as error:
            return failure(request, account, pages, error)
        except Exception:
            _LOG.exception("%s %s failed", request.method, request.url.path)
            broken = ProximalError("Something went wrong on our side; it is in the log. Nothing you did is lost.")
            return failure(request, account, pages, broken)

    return endpoint
