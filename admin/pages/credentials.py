"""API credentials: made, named, and revoked by operators; a secret is shown once. What each sends, and what of it was
refused or mended, stands beside them."""

from starlette.responses import Response

from admin.pages.forms import FRESH, Refused, carry_out
from lrs import credentials, repairs, statements
from lrs.agents import agent_key
from lrs.errors import NotFound
from lrs.observers import AnyConnection
from lrs.terms import term_id
from lrs.visits import Visit, see_other

MENDED_MOST = 50


async def show(visit: Visit) -> Response:
    """All credentials of the store, with what came by them."""
    return await page(visit, FRESH)


async def page(visit: Visit, refused: Refused, **made: str) -> Response:
    store_id = visit.account.store_id
    async with visit.context.database.read() as connection:
        rows = await credentials.list_all(connection, store_id)
        terms = {row.key: term_id(agent_key(row.authority)) for row in rows}
        latest = await statements.last_heard(connection, store_id, terms.values())
        turned_away = await repairs.refusals(connection, store_id)
        mended = await repairs.latest(connection, store_id, MENDED_MOST)
    heard = {key: latest[term] for key, term in terms.items() if term in latest}
    return visit.page(
        "credentials.html",
        status=refused.status,
        rows=rows,
        heard=heard,
        turned_away=turned_away,
        mended=mended,
        scopes=credentials.SCOPES,
        made=made or None,
        refused=refused,
    )


async def create(visit: Visit) -> Response:
    """Make one; the answer is the only page that ever shows its secret."""
    name, repair = visit.field("name").strip(), bool(visit.field("repair"))
    scopes = [str(scope) for scope in visit.form.getlist("scope")]
    made: dict[str, str] = {}

    async def work(connection: AnyConnection) -> None:
        credential, secret = await credentials.create(connection, visit.account.store_id, name, scopes, repair=repair)
        made.update(key=credential.key, secret=secret, name=name)

    answered = await carry_out(visit, "credential", work, page, "/admin/credentials")
    return await page(visit, FRESH, **made) if made else answered


async def revoke(visit: Visit) -> Response:
    """Close one for good."""
    key = visit.field("key")
    if not await visit.context.database.write(
        lambda connection: credentials.revoke(connection, visit.account.store_id, key)
    ):
        raise NotFound("This store has no open credential of that key.")
    return see_other("/admin/credentials")
