"""API credentials: made, named, and revoked by operators; a secret is shown once."""

from starlette.responses import Response

from lrs import credentials
from lrs.errors import NotFound
from lrs.visits import Visit, see_other


async def show(visit: Visit) -> Response:
    """All credentials of the store."""
    return await _page(visit)


async def _page(visit: Visit, **made: str) -> Response:
    async with visit.context.database.read() as connection:
        rows = await credentials.list_all(connection, visit.account.store_id)
    return visit.page("credentials.html", rows=rows, scopes=credentials.SCOPES, made=made or None)


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
