"""The pages for signing in and out, and for setting a password by a one-time link; without JavaScript, like all."""

from collections.abc import Sequence
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from lrs import accounts, password_links, passwords, sessions
from lrs.accounts import Account
from lrs.context import Context
from lrs.errors import NotFound, OutOfDate, ProximalError
from lrs.html import Pages
from lrs.observers import AnyConnection
from lrs.sessions import Guess
from lrs.visits import failure, frame, local, read_form, see_other

_PAGES = Pages("lrs")
LOST = "You were no longer signed in, and what you just sent was not kept. Sign in and send it again."


def home(account: Account) -> str:
    """Where somebody starts after signing in."""
    return "/admin/" if account.has("trainer", "author") else "/learn/"


async def _form(context: Context, request: Request) -> Response:
    account = await sessions.signed_in(context, request)
    following = local(request.query_params.get("next", ""), "")
    if account is not None:
        return see_other(following or home(account))
    token = request.cookies.get(sessions.COOKIE) or sessions.new_token()
    values = {**frame(request, None), "form_token": sessions.form_token(token), "following": following}
    message = LOST if "lost" in request.query_params else ""
    response = _PAGES.render("sign_in.html", {**values, "email": "", "message": message})
    sessions.set_cookie(request, response, token)
    return response


async def _enter(context: Context, request: Request) -> Response:
    form = {name: str(value) for name, value in (await read_form(request)).items()}
    following = local(form.get("next", ""), "")
    try:
        sessions.check_form(request, form)
    except OutOfDate:
        if (account := await sessions.signed_in(context, request)) is None:
            raise
        return see_other(following or home(account))
    address = request.client.host if request.client else ""
    try:
        token = await sessions.sign_in(context, Guess(form.get("email", ""), form.get("password", ""), address))
    except ProximalError as error:
        values = {**frame(request, None), "following": following, "email": form.get("email", "")}
        values["message"] = error.message
        return _PAGES.render("sign_in.html", values, status=error.status, headers=error.headers)
    response = see_other(following or "/sign-in")
    sessions.set_cookie(request, response, token)
    return response


async def _password(context: Context, request: Request) -> Response:
    """Set a password by a link. What forged forms are kept out by is the link's token, which nobody else has."""
    form = {name: str(value) for name, value in (await read_form(request)).items()}
    token = form.get("token") or request.query_params.get("token", "")
    async with context.database.read() as connection:
        account = await _opened(connection, token, context.clock())
    message = ""
    if request.method == "POST":
        given = form.get("password", "")
        message = passwords.fault(given) or ("" if given == form.get("again") else "The two are not the same.")
        if not message:
            await context.database.write(lambda connection: _set(connection, token, context.clock(), given))
            return see_other("/sign-in")
    values = {**frame(request, None), "token": token, "email": account.email, "message": message}
    return _PAGES.render("set_password.html", values, status=400 if message else 200)


async def _opened(connection: AnyConnection, token: str, now: datetime) -> Account:
    """Whose password a link sets; NotFound for one that has been used, has expired or never was."""
    link = password_links.link_from(token)
    found = link and await accounts.with_hash(connection, link.store_id, link.account_id)
    if not link or not found or not link.opens(*found, now):
        raise NotFound("This link has been used or has expired. Ask the people who run this store for another.")
    return found[0]


async def _set(connection: AnyConnection, token: str, now: datetime, password: str) -> None:
    """Set the password if the link still opens once nobody else is at the account: it works once for two at a time."""
    if (link := password_links.link_from(token)) is not None:
        await accounts.lock(connection, link.store_id, link.account_id)
    account = await _opened(connection, token, now)
    await accounts.set_password(connection, account, password)
    await sessions.sign_out_everywhere(connection, account)


async def _leave(context: Context, request: Request) -> Response:
    sessions.check_form(request, {name: str(value) for name, value in (await read_form(request)).items()})
    await sessions.sign_out(context, request)
    response = see_other("/sign-in")
    response.delete_cookie(sessions.COOKIE)
    return response


def routes(context: Context) -> Sequence[BaseRoute]:
    """Sign-in, sign-out, and setting a password by a link."""

    async def set_password(request: Request) -> Response:
        try:
            return await _password(context, request)
        except ProximalError as error:
            return failure(request, None, _PAGES, error)

    async def sign_in(request: Request) -> Response:
        try:
            return await (_enter if request.method == "POST" else _form)(context, request)
        except ProximalError as error:
            return failure(request, None, _PAGES, error)

    async def sign_out(request: Request) -> Response:
        try:
            return await _leave(context, request)
        except ProximalError as error:
            return failure(request, None, _PAGES, error)

    return [
        Route("/sign-in", sign_in, methods=["GET", "POST"]),
        Route("/sign-out", sign_out, methods=["POST"]),
        Route("/set-password", set_password, methods=["GET", "POST"]),
    ]
