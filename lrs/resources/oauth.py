"""OAuth 2.0 client credentials (RFC 6749 section 4.4): a credential's key and secret for a short-lived bearer token."""

import msgspec

from lrs import credentials
from lrs.authentication import basic_pair
from lrs.credentials import SCOPES, Credential
from lrs.errors import BadRequest, Unauthorized
from lrs.resources.call import Answer, Call
from lrs.resources.forms import form_of

SECONDS = 3600
UNCACHED = {"Cache-Control": "no-store", "Pragma": "no-cache"}


async def post(call: Call) -> Answer:
    """Give a token with the asked scopes, or with all that the credential has. Errors have the shape of section 5.2."""
    try:
        form = form_of(await call.body())
    except BadRequest as error:
        return _refused("invalid_request", error.message)
    if form.get("grant_type") != "client_credentials":
        return _refused("unsupported_grant_type", "grant_type must be client_credentials.")
    client = await _client(call, form)
    if client is None:
        return _refused("invalid_client", "No open credential has that key and secret.", 401)
    asked = form.get("scope", "").split() or sorted(client.scopes)
    if wrong := [scope for scope in asked if scope not in SCOPES or not client.allows(scope)]:
        return _refused("invalid_scope", f"The credential has no scope {wrong[0][:100]}.")
    token = await call.context.database.write(
        lambda connection: credentials.issue_token(connection, client, asked, SECONDS)
    )
    granted = {"access_token": token, "token_type": "Bearer", "expires_in": SECONDS, "scope": " ".join(asked)}
    return Answer(body=msgspec.json.encode(granted), headers=dict(UNCACHED))


async def _client(call: Call, form: dict[str, str]) -> Credential | None:
    header = call.headers.get("authorization", "")
    if header[:6].lower() == "basic ":
        try:
            key, secret = basic_pair(header[6:])
        except Unauthorized:
            return None
    else:
        key, secret = form.get("client_id", ""), form.get("client_secret", "")
    if "\x00" in key:
        return None
    async with call.context.database.lend() as connection:
        return await credentials.by_secret(connection, key, secret)


def _refused(code: str, message: str, status: int = 400) -> Answer:
    headers = dict(UNCACHED) | ({"WWW-Authenticate": 'Basic realm="xAPI"'} if status == 401 else {})
    body = msgspec.json.encode({"error": code, "error_description": message})
    return Answer(status, body, headers=headers)


METHODS = {"POST": post}
