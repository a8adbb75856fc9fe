"""Accounts of people: operators create them, set a new password, close and reopen them."""

import re

from starlette.responses import Response

from admin.pages.forms import FRESH, Refused, carry_out
from lrs import accounts, sessions
from lrs.accounts import ROLES, Account, NewAccount
from lrs.errors import BadRequest, NotFound
from lrs.observers import AnyConnection
from lrs.visits import Visit, see_other


async def show(visit: Visit) -> Response:
    """Everybody of the store."""
    return await page(visit, FRESH)


async def page(visit: Visit, refused: Refused) -> Response:
    async with visit.context.database.read() as connection:
        rows = await accounts.of_store(connection, visit.account.store_id)
    chosen = refused.chosen if refused.form else ("learner",)
    return visit.page("accounts.html", status=refused.status, rows=rows, roles=ROLES, chosen=chosen, refused=refused)


async def create(visit: Visit) -> Response:
    """A new account in the operator's store."""
    roles = [str(role) for role in visit.form.getlist("role")]
    new = NewAccount(visit.account.store_id, visit.field("email"), visit.field("name"), roles, visit.field("password"))

    async def work(connection: AnyConnection) -> None:
        await accounts.create(connection, new, now=visit.context.clock())

    return await carry_out(visit, "account", work, page, "/admin/accounts")


async def change(visit: Visit) -> Response:
    """Set a password, close, or reopen; each ends the account's sessions."""
    action, now = visit.field("action"), visit.context.clock()
    given = visit.field("account")
    if not re.fullmatch(r"\d{1,18}", given):
        raise NotFound("There is no such account.")
    if int(given) == visit.account.id and action == "close":
        raise BadRequest("You cannot close the account you are signed in with.")

    async def work(connection: AnyConnection) -> None:
        account = await accounts.one(connection, visit.account.store_id, int(given))
        await _carry_out(connection, visit, account, action)
        if action != "reopen":
            await sessions.sign_out_everywhere(connection, account)

    async def _carry_out(connection: AnyConnection, visit: Visit, account: Account, action: str) -> None:
        if action == "password":
            await accounts.set_password(connection, account, visit.field("password"))
        elif action in ("close", "reopen"):
            await accounts.set_disabled(connection, account, now if action == "close" else None)
        else:
            raise BadRequest("An account can get a password, be closed, or be reopened.")

    await visit.context.database.write(work)
    return see_other("/admin/accounts")
