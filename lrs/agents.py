"""Who an agent or group is: the one inverse functional identifier, as text that is the same for equal agents."""

from collections.abc import Iterator, Mapping
from typing import Any

IDENTIFIERS = ("account", "mbox", "openid", "mbox_sha1sum")


def agent_key(agent: Mapping[str, Any]) -> str:
    """The canonical text of an identified agent or group (xAPI Data 2.4.2.3), such as `mbox:mailto:ann@example.org`.

    Raises ValueError for one without an identifier: an anonymous group is no one to be found again.
    """
    key = key_of(agent)
    if key is None:
        raise ValueError("an anonymous group has no identifier: name one of its members")
    return key


def key_of(agent: Mapping[str, Any]) -> str | None:
    """As `agent_key`, None for an anonymous group."""
    for name in IDENTIFIERS:
        if name in agent:
            return key_text(name, agent[name])
    return None


def key_text(identifier: str, value: Any) -> str:
    """As `agent_key`, of one identifier and its value."""
    return f"account:{value['homePage']}|{value['name']}" if identifier == "account" else f"{identifier}:{value}"


def identity(agent: Mapping[str, Any]) -> dict[str, Any]:
    """Only the identifier of an agent or group, as `format=ids` shows it: its key and value."""
    return {name: agent[name] for name in IDENTIFIERS if name in agent}


def everyone(agent: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """An agent; or a group and then its members."""
    yield agent
    yield from agent.get("member", ())
