"""Reasons in words: one sentence for each code, written from the stored facts alone, now or later. Pure.

Every fact a sentence names is in `facts`; changing the fact changes the sentence.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from adaptive.engine.explanation import because, what_if
from adaptive.engine.prediction import Counterfactual, Prediction, Term

Facts = Mapping[str, Any]


def sentence(code: str, facts: Facts) -> str:
    """The reason for a person to read. An unknown code (a later release's) is told as such."""
    write = _SENTENCES.get(code)
    return write(facts) if write else f"Chosen for the reason “{code}”."


def signed(level: float) -> str:
    """`+0.4`, `−1.2`, `0.0`, with a true minus."""
    text = f"{level:+.1f}"
    return "0.0" if text in ("+0.0", "-0.0") else text.replace("-", "−")


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _day(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%-d %b %Y}"


def _last_day(deadline: float) -> str:
    """The last whole day before a deadline, which is the end of a day."""
    return _day(deadline - 1)


def _skill(facts: Facts) -> str:
    return str(facts.get("skill_name") or facts["skill"])


def _by(facts: Facts) -> str:
    return f" by {_last_day(facts['due'])}" if "due" in facts else ""


def _stands(facts: Facts) -> str:
    """Where the learner is, or is taken to be: a record from before the fact `answers` does not tell which."""
    start = "you are" if facts.get("answers", 1) else "with no answer on it yet, you are put"
    return f"{start} at level {signed(facts['level'])}"


def _distance(facts: Facts) -> str:
    return f"{abs(facts['gap']):.1f} {'below' if facts['gap'] >= 0 else 'above'}"


def _joined(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _pinned(facts: Facts) -> str:
    note = f": {facts['note']}" if facts.get("note") else "."
    return f"Your trainer put this first on {_day(facts['since'])}{note}"


def _assigned(facts: Facts) -> str:
    due = f", due {_last_day(facts['due'])}" if "due" in facts else ""
    note = f": {facts['note']}" if facts.get("note") else "."
    return f"Your trainer assigned this on {_day(facts['since'])}{due}{note}"


def _path(facts: Facts) -> str:
    due = f", due {_last_day(facts['due'])}" if "due" in facts else ""
    return f"It is the next required step of your path “{facts['path']}” ({facts['done']} of {facts['of']} done{due})."


def _elective(facts: Facts) -> str:
    due = f", due {_last_day(facts['due'])}" if "due" in facts else ""
    return (
        f"Your path “{facts['path']}” lets you choose {facts['choose']} in {facts['elective']} "
        f"({facts['done']} done{due}); this is one of them."
    )


def _review(facts: Facts) -> str:
    return (
        f"You last practised {_skill(facts)} a while ago: the chance that you still recall it has fallen to "
        f"{_percent(facts['recall'])}, below {_percent(facts['threshold'])}."
    )


def _check(facts: Facts) -> str:
    return (
        f"You said you know {_skill(facts)} already; this checks it (so far {_percent(facts['mastery'])} sure "
        "that you master it)."
    )


def _self_assessment(facts: Facts) -> str:
    side = "above" if facts["rated"] >= facts["target"] else "below"
    return (
        f"You put yourself at {signed(facts['rated'])} in {_skill(facts)}, {side} {signed(facts['target'])} where "
        f"mastery begins; this checks it (so far {_percent(facts['mastery'])} sure that you master it)."
    )


def _sure_but_wrong(facts: Facts) -> str:
    return (
        f"You were {_percent(facts['confidence'])} sure of your last answer on {_skill(facts)}, and it was not right: "
        "this goes back to it."
    )


def _right_but_unsure(facts: Facts) -> str:
    return (
        f"Your last answer on {_skill(facts)} was right, though you were only {_percent(facts['confidence'])} sure: "
        "this makes it firm."
    )


def _goal(facts: Facts) -> str:
    named = facts.get("source_name", "")
    whose = {"role": f"Your role {named} asks for", "path": f"Your path “{named}” asks for electives in"}
    start = whose.get(str(facts.get("source", "goal")), "Your goal is")
    return (
        f"{start} {_skill(facts)} at level {signed(facts['target'])}{_by(facts)}; {_stands(facts)}, "
        f"{_distance(facts)} it, and {_percent(facts['mastery'])} certain to have reached it."
    )


def _near(facts: Facts) -> str:
    return (
        f"You are near mastery of {_skill(facts)}: {_stands(facts)}, {_distance(facts)} "
        f"{signed(facts['target'])} where mastery begins, and {_percent(facts['mastery'])} certain to be there."
    )


def _progress(facts: Facts) -> str:
    return (
        f"It builds {_skill(facts)}: {_stands(facts)}, {_distance(facts)} "
        f"{signed(facts['target'])} where mastery begins (now {_percent(facts['mastery'])} certain)."
    )


def _prerequisite(facts: Facts) -> str:
    goals = facts.get("goals", ())
    names = [f"{name} (your goal)" if name in goals else str(name) for name in facts.get("of_names") or facts["of"]]
    more = facts["count"] - len(names)
    others = f" and {more} more" if more > 0 else ""
    return f"{_skill(facts)} opens the way to {_joined(names)}{others}."


def _measure(facts: Facts) -> str:
    return (
        f"It tells most about where you stand in {_skill(facts)} (about {signed(facts['level'])}, "
        f"give or take {facts['error']:.1f})."
    )


def _zone(facts: Facts) -> str:
    chance, zone = facts["probability"], facts["zone"]
    kind = "a good challenge" if abs(chance - zone) <= 0.12 else "rather easy" if chance > zone else "rather hard"
    return f"You have a {_percent(chance)} chance to succeed at it: {kind} for you (the aim is {_percent(zone)})."


def _forecast(facts: Facts) -> str:
    terms = tuple(Term(str(name), float(value)) for name, value in facts["terms"].items())
    change = Counterfactual(facts["probability"], facts["if_right"], facts["if_wrong"])
    return f"{because(Prediction(facts['probability'], 0.0, 0.0, terms))} {what_if(change)}"


def _explore(facts: Facts) -> str:
    return f"It may suit you better than the usual choice, and we would like to find out (bonus {facts['bonus']:.2f})."


def _format(facts: Facts) -> str:
    return f"It is in a format you prefer: {facts['format']}."


def _time(facts: Facts) -> str:
    return f"It takes {facts['minutes']:.0f} of the {facts['left']:.0f} minutes you have left this week."


def _priority(facts: Facts) -> str:
    return f"Its author marked it as core (priority {facts['priority']:.2f})."


def _off(facts: Facts) -> str:
    place = f"number {facts['place'] + 1} in the author's order"
    if facts.get("by") == "cohort":
        return f"Your cohort takes everything in turn; this is {place}."
    return f"You switched adaptivity off, so this is {place}."


_SENTENCES: Mapping[str, Callable[[Facts], str]] = {
    "pinned": _pinned,
    "assigned": _assigned,
    "path": _path,
    "elective": _elective,
    "review-due": _review,
    "check": _check,
    "self-assessment": _self_assessment,
    "sure-but-wrong": _sure_but_wrong,
    "right-but-unsure": _right_but_unsure,
    "goal-gap": _goal,
    "near-mastery": _near,
    "progress": _progress,
    "prerequisite-of": _prerequisite,
    "measure": _measure,
    "zone": _zone,
    "forecast": _forecast,
    "explore": _explore,
    "format": _format,
    "time-budget": _time,
    "priority": _priority,
    "adaptivity-off": _off,
}


def codes() -> frozenset[str]:
    """The codes there are sentences for."""
    return frozenset(_SENTENCES)
