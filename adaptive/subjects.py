"""Whom a request is about: an xAPI agent given as JSON."""

import json
import re
from collections.abc import Mapping
from typing import Any

from lrs.agents import agent_key
from lrs.errors import BadRequest, Fault
from lrs.terms import term_id
from lrs.validation import parts

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class AgentInvalid(BadRequest):
    code = "agent-invalid"


def agent_from(text: str | None) -> dict[str, Any]:
    """The agent in a query parameter; AgentInvalid with the JSON path of what is wrong."""
    if text is None:
        raise AgentInvalid("Say whom it is about: agent={…}, an xAPI agent as JSON.", [Fault("agent", "is missing")])
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise AgentInvalid("The agent parameter is no JSON.", [Fault("agent", "is no JSON")]) from error
    return checked_agent(value)


def checked_agent(value: Any, path: str = "agent") -> dict[str, Any]:
    """The value, if it is one person's agent."""
    found = parts.agent(value) if isinstance(value, dict) else [("", "must be an object")]
    if found:
        faults = [Fault(f"{path}.{where}" if where else path, message) for where, message in found]
        raise AgentInvalid(f"The agent cannot be used: {faults[0].path} {faults[0].message}.", faults)
    agent: dict[str, Any] = value
    if not _storable(agent):
        fault = Fault(path, "holds a character that no text has (NUL, or half of a surrogate pair)")
        raise AgentInvalid(f"The agent cannot be used: {fault.path} {fault.message}.", [fault])
    return agent


def _storable(value: Any) -> bool:
    """Whether all texts in JSON can be kept."""
    if isinstance(value, dict):
        return all(_storable(name) and _storable(part) for name, part in value.items())
    if isinstance(value, list):
        return all(_storable(part) for part in value)
    return not isinstance(value, str) or _UNSTORABLE.search(value) is None


def agent_id_of(agent: Mapping[str, Any]) -> int:
    """The agent's key in the tables."""
    return term_id(agent_key(agent))
