"""One-time links with which a person sets a password of their own, when they have none or have forgotten it. Pure.

A link is signed with the password's present hash, so it works once and nothing has to be kept: the new password, or any
other made meanwhile, makes it void. It tells nothing about the hash.
"""

import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from lrs.accounts import Account

LIFETIME = timedelta(hours=24)
_TOKEN = re.compile(r"([0-9]{1,9})\.([0-9]{1,18})\.([0-9]{1,11})\.([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Link:
    """What a token says, not yet whether it is true."""

    store_id: int
    account_id: int
    expires: int
    signature: str

    def opens(self, account: Account, password_hash: str, now: datetime) -> bool:
        """Whether the account's password may be set by this link now; never that of a closed account."""
        right = hmac.compare_digest(self.signature, _signature(account, password_hash, self.expires))
        return right and account.disabled is None and now.timestamp() < self.expires


def token(account: Account, password_hash: str, now: datetime) -> str:
    """The token of a link that works for a day."""
    expires = int((now + LIFETIME).timestamp())
    return f"{account.store_id}.{account.id}.{expires}.{_signature(account, password_hash, expires)}"


def link_from(text: str) -> Link | None:
    """The link in an address; None where it is none."""
    found = _TOKEN.fullmatch(text)
    return found and Link(int(found[1]), int(found[2]), int(found[3]), found[4])


def expiry(text: str) -> datetime:
    """When a token that `token` made ends."""
    return datetime.fromtimestamp(int(text.split(".")[2]), UTC)


def _signature(account: Account, password_hash: str, expires: int) -> str:
    said = f"password-link {account.store_id}.{account.id}.{expires}"
    return hmac.new(password_hash.encode(), said.encode(), sha256).hexdigest()
