"""Password hashes at their real cost."""

import pytest

from lrs import passwords


async def test_only_the_password_matches_its_hash() -> None:
    digest = await passwords.hashed("correct horse battery")
    assert digest.startswith("$argon2id$v=19$")
    memory, passes, _ = (int(part.split("=")[1]) for part in digest.split("$")[3].split(","))
    assert memory >= 19_456
    assert passes >= 2
    assert await passwords.matches(digest, "correct horse battery")
    assert not await passwords.matches(digest, "correct horse batterz")
    assert not await passwords.matches(None, "nobody has this password")
    assert not await passwords.matches("not a hash", "correct horse battery")


@pytest.mark.parametrize(
    ("password", "fine"), [("x" * 9, False), ("x" * 10, True), ("ä" * 200, True), ("x" * 201, False)]
)
def test_length_is_what_counts(password: str, fine: bool) -> None:
    assert (passwords.fault(password) is None) == fine
