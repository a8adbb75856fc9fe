"""Off-policy evaluation from a log of decisions: one JSON object a line.

A line is a decision as it is kept (`draws`, each with `activities`, `scores`, `probabilities` and, to re-weigh,
`components`), together with `chosen`, the activity the learner took up, and `reward`, what came of it, 0 to 1.
A line without `chosen` or `reward` is skipped: nothing came of it yet.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from adaptive.selection import offpolicy
from adaptive.selection.offpolicy import Logged, reweighed
from lrs.errors import BadRequest


class LogInvalid(BadRequest):
    """A log of decisions cannot be read."""

    code = "log-invalid"


def read(lines: Iterable[str]) -> Iterator[Logged]:
    """The draws that were taken up; raises LogInvalid with the number of the line at fault."""
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            decision = json.loads(line)
            if decision.get("chosen") is None or decision.get("reward") is None:
                continue
            yield _taken(decision)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise LogInvalid(
                f"Line {number} of the log is not a decision with draws, chosen and reward ({error!r})."
            ) from error


def taken_up(decisions: Iterable[Mapping[str, Any]]) -> Iterator[Logged]:
    """The draws of decisions that something came of, as the store keeps them (adaptive.outcomes)."""
    for number, decision in enumerate(decisions, start=1):
        try:
            yield _taken(decision)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise LogInvalid(f"Decision {number} has no usable draws ({error!r}).") from error


def evaluate(log: Iterable[Logged], factors: Mapping[str, float], temperature: float) -> dict[str, dict[str, Any]]:
    """Rows logged, ips, snips and doubly_robust, each with value and error; `log` has the draws and their worth."""
    draws = list(log)
    known = {name for draw in draws for name in draw.components}
    if draws and (unknown := [name for name in factors if name not in known]):
        raise LogInvalid(f"The log has no component {unknown[0]}; it has {', '.join(sorted(known)) or 'none'}.")
    try:
        targets = [reweighed(draw, factors, temperature) for draw in draws]
        found = offpolicy.evaluate(draws, targets)
    except ValueError as error:
        raise LogInvalid(str(error)) from error
    rows = {name: asdict(getattr(found, name)) for name in ("logged", "ips", "snips", "doubly_robust")}
    return rows | {"log": {"value": found.draws, "error": found.effective}}


def _taken(decision: Mapping[str, Any]) -> Logged:
    chosen = decision["chosen"]
    draw = next((draw for draw in decision["draws"] if chosen in draw["activities"]), None)
    if draw is None:
        raise ValueError("chosen is in none of the draws")
    scores = np.array(draw["scores"], float)
    components = {name: np.array(part, float) for name, part in draw.get("components", {}).items()}
    probabilities = np.array(draw["probabilities"], float)
    if any(len(part) != len(scores) for part in (probabilities, *components.values())):
        raise ValueError("scores, probabilities and components differ in length")
    place = draw["activities"].index(chosen)
    return Logged(scores, probabilities, place, float(decision["reward"]), components)
