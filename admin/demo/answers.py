"""Responses that simulated learners give: the key, or a plausible mistake. Pure; `rng` is an argument."""

from random import Random

from adaptive.catalogue.document import Activity

MISTYPED = {"record": "row", "$F$1": "$F1", "mode": "median", "FALSE": "TRUE", "&": "+"}


def right_answer(activity: Activity) -> str:
    """The key as a response: no pattern flags, the middle of a range."""
    pattern = activity.key[0].rpartition("}")[2]
    if activity.interaction == "numeric" and "[:]" in pattern:
        low, high = map(float, pattern.split("[:]"))
        return _number((low + high) / 2)
    return pattern


def wrong_answer(activity: Activity, rng: Random) -> str:
    """A response that is not the key: another choice, a slip of the numbers, two places exchanged."""
    right = right_answer(activity)
    match activity.interaction:
        case "choice" if "[,]" in right:
            first, *kept = right.split("[,]")
            others = [choice for choice in activity.choices if choice not in (first, *kept)]
            return "[,]".join(sorted((*kept, rng.choice(others))))
        case "choice":
            return rng.choice([choice for choice in activity.choices if choice != right])
        case "true-false":
            return "false" if right == "true" else "true"
        case "numeric":
            return _number(float(right) * rng.choice((0.1, 0.5, 1.1, 2.0, 10.0)))
        case "sequencing" | "matching":
            return _two_exchanged(right.split("[,]"), activity.interaction == "matching", rng)
        case _:
            return MISTYPED.get(right, "SUM")


def _two_exchanged(parts: list[str], pairs: bool, rng: Random) -> str:
    first, second = sorted(rng.sample(range(len(parts)), 2))
    if pairs:
        (a, _, x), (b, _, y) = parts[first].partition("[.]"), parts[second].partition("[.]")
        parts[first], parts[second] = f"{a}[.]{y}", f"{b}[.]{x}"
    else:
        parts[first], parts[second] = parts[second], parts[first]
    return "[,]".join(parts)


def _number(value: float) -> str:
    return f"{round(value, 4):g}" if abs(value) < 100_000 else str(round(value))
