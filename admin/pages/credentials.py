"""API credentials: made, named, and revoked by operators; a secret is shown once. What each sends, and what of it was
refused or mended, stands beside them."""

from starlette.responses import Response

from lrs import credentials, repairs, statements
from lrs.agents import agent_key
from lrs.errors import NotFound
from lrs.terms import term_id
from lrs.visits import Visit, see_other

MENDED_MOST = 50


async def show(visit: Visit) -> Response:
    """All credentials of the store, with what came by them."""
    return await _page(visit)


async def _page(visit: Visit, **made: str) -> Response:
    store_id = visit.account.store_id
    async with visit.context.database.read() as connection:
        rows = await credentials.list_all(connection, store_id)
        terms = {row.key: term_id(agent_key(row.authority)) for row in rows}
        latest = await statements.last_heard(connection, store_id, terms.values())
        refused = await repairs.refusals(connection, store_id)
        mended = await repairs.latest(connection, store_id, MENDED_MOST)
    heard = {key: latest[term] for key, term in terms.items() if term in latest}
    return visit.page(
        "credentials.html",
        rows=rows,
        heard=heard,
        turned_away=refused,
        mended=mended,
        scopes=credentials.SCOPES,
        made=made or None,
    )


async def create(visit: Visit) -> Response:
    """Make one; the answer is the only page that ever shows its secret."""
    name = visit.field("name").strip()
    scopes = [str(scope) for scope in visit.form.getlist("scope")]
    credential, secret = await visit.context.database.write(
        lambda connection: credentials.create(
            connection, visit.account.store_id, name, scopes, repair=bool(visit.field("repair"))
        )
    )
    return await _page(visit, key=credential.key, secret=secret, name=name)


async def revoke(visit: Visit) -> Response:
    """Close one for good."""
    key = visit.field("key")
    if not await visit.context.database.write(
        lambda connection: credentials.revoke(connection, visit.account.store_id, key)
    ):
        raise NotFound("This store has no open credential of that key.")
    return see_other("/admin/credentials")
