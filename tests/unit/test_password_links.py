"""One-time links: they open one account, once, for a day."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from lrs.accounts import Account
from lrs.password_links import LIFETIME, expiry, link_from, token

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ANN = Account(1, 7, "ann@example.org", "Ann", ("learner",), {}, 3)
HASH = "$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ$aGFzaA"


def test_a_link_opens_its_account_until_the_password_changes() -> None:
    made = token(ANN, HASH, NOW)
    link = link_from(made)
    assert link is not None
    assert (link.store_id, link.account_id) == (1, 7)
    assert expiry(made) == NOW + LIFETIME
    assert link.opens(ANN, HASH, NOW)
    assert link.opens(ANN, HASH, NOW + LIFETIME - timedelta(seconds=1))
    assert not link.opens(ANN, HASH, NOW + LIFETIME)
    assert not link.opens(ANN, HASH + "x", NOW)
    assert not link.opens(replace(ANN, disabled=NOW), HASH, NOW)
    assert not link.opens(replace(ANN, id=8), HASH, NOW)
    assert not link.opens(replace(ANN, store_id=2), HASH, NOW)
    assert "argon" not in made


def test_a_link_cannot_be_stretched() -> None:
    store, account, expires, signature = token(ANN, HASH, NOW).split(".")
    longer = link_from(f"{store}.{account}.{int(expires) + 1}.{signature}")
    assert longer is not None
    assert not longer.opens(ANN, HASH, NOW)


SIGNED = "a" * 64


@pytest.mark.parametrize(
    "text", ["", "1.7", "1.7.9." + "g" * 64, f"1.7.9.{SIGNED[1:]}", f"-1.7.9.{SIGNED}", f"１.7.9.{SIGNED}"]
)
def test_what_is_no_link(text: str) -> None:
    assert link_from(text) is None
