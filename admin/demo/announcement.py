"""What the demonstration prints: where to look, how to sign in, and one command that shows it adapt. Pure."""

import json
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from admin.demo.keys import Keys, address_of

PAGES = {"learner": "/learn/", "trainer": "/admin/", "operator": "/admin/accounts"}


def announcement(server: str, keys: Keys, *, learners: int, statements: int, offers: Sequence[str], curl: str) -> str:
    """The whole text. `server` is the address without a path, `offers` the lines of the first recommendations."""
    lms = ("LMS", f"{server}/xapi", f"key {keys.lms_key}", f"secret {keys.lms_secret}")
    people = [(role, server + page, address_of(role), keys.password(role)) for role, page in PAGES.items()]
    return "\n".join(
        (
            f"Proximal's demonstration runs at {server}/",
            "",
            *columns([*people, lms]),
            "",
            f"{learners} simulated learners, {statements:,} statements received over HTTP, every answer folded.",
            "Lou Learner may choose from:",
            *(f"  {offer}" for offer in offers),
            "",
            "Answer the first question for Lou, as an LMS would, and see what is recommended next, and why:",
            "",
            curl,
            "",
        )
    )


def columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows of words as lines, one word below the other."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  " + "  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]


def offer_line(recommendation: Mapping[str, Any]) -> str:
    """One recommendation in a line: name, format, chance, and the weightiest reason."""
    activity, chance = recommendation["activity"], recommendation["success_probability"]
    reasons = " ".join(reason["text"] for reason in recommendation["reasons"][:1])
    percent = "" if chance is None else f", {chance:.0%}"
    return f"{activity['name']} ({activity['format']}{percent}): {reasons}"


def curl_to_try(server: str, keys: Keys, agent: Mapping[str, Any], activity: str) -> str:
    """One shell command: a right answer to `activity` goes in, the new recommendations come out."""
    statement = {
        "actor": agent,
        "verb": {"id": "http://adlnet.gov/expapi/verbs/answered", "display": {"en": "answered"}},
        "object": {"id": activity},
        "result": {"success": True, "score": {"scaled": 1}},
    }
    login = shlex.quote(f"{keys.lms_key}:{keys.lms_secret}")
    return " \\\n  ".join(
        (
            f"curl -fsS -o /dev/null -u {login} {server}/xapi/statements",
            "-H 'X-Experience-API-Version: 2.0.0' -H 'Content-Type: application/json'",
            f"-d {shlex.quote(json.dumps(statement))} &&",
            f"curl -fsS -u {login} -G {server}/adaptive/recommendations",
            f"--data-urlencode {shlex.quote('agent=' + json.dumps(agent))} | python3 -m json.tool",
        )
    )
