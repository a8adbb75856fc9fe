"""Two cohorts side by side, such as one served by the policy and one in the author's order: what became of each.

Differences come with Welch's 95 % interval; with fewer than two members on a side there is none. Cohorts that were not
formed by chance differ in more than their policy, and no interval says how much.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from math import sqrt
from typing import Any

from scipy.special import stdtrit

from adaptive import cohorts
from adaptive.levels import told
from adaptive.selection.mastery import THRESHOLD
from lrs.observers import AnyConnection
from lrs.queries import queries_beside

_QUERIES = queries_beside(__file__)
MEASURES = ("mastered", "responses", "score")


@dataclass(frozen=True, slots=True)
class Sample:
    """A measure over the members of a cohort: how many have it, its mean, its standard deviation."""

    members: int
    mean: float | None
    sd: float | None


def sample(values: Sequence[float]) -> Sample:
    """The sample's numbers; no mean of nothing, no deviation of one."""
    n = len(values)
    if not n:
        return Sample(0, None, None)
    mean = sum(values) / n
    return Sample(n, mean, sqrt(sum((x - mean) ** 2 for x in values) / (n - 1)) if n > 1 else None)


def difference(one: Sample, other: Sample) -> dict[str, Any]:
    """`one` less `other`, with the 95 % interval (Welch 1947; the degrees of freedom are Satterthwaite's)."""
    if one.mean is None or other.mean is None:
        return {"mean": None, "interval": None}
    gap = one.mean - other.mean
    if one.sd is None or other.sd is None:
        return {"mean": gap, "interval": None}
    parts = (one.sd**2 / one.members, other.sd**2 / other.members)
    variance = sum(parts)
    if variance == 0.0:
        return {"mean": gap, "interval": [gap, gap]}
    freedom = variance**2 / (parts[0] ** 2 / (one.members - 1) + parts[1] ** 2 / (other.members - 1))
    half = float(stdtrit(freedom, 0.975)) * sqrt(variance)
    return {"mean": gap, "interval": [gap - half, gap + half]}


async def compare(connection: AnyConnection, store_id: int, cohort_id: int, other_id: int) -> dict[str, Any]:
    """Both cohorts with skills mastered, answers and mean score a member since joining, and the differences."""
    groups = [await cohorts.one(connection, store_id, each) for each in (cohort_id, other_id)]
    samples = [await _samples(connection, store_id, group["id"]) for group in groups]
    return {
        "cohorts": [
            {
                "id": group["id"],
                "name": group["name"],
                "policy": group["policy"] or "learning",
                **{name: asdict(found[name]) for name in MEASURES},
            }
            for group, found in zip(groups, samples, strict=True)
        ],
        "differences": {name: difference(samples[0][name], samples[1][name]) for name in MEASURES},
    }


async def _samples(connection: AnyConnection, store_id: int, cohort_id: int) -> Mapping[str, Sample]:
    found = _QUERIES.outcomes(connection, store_id=store_id, cohort_id=cohort_id)
    rows = [{"mastered": _mastered(row["skills"]), **row} async for row in found]
    return {name: sample([float(row[name]) for row in rows if row[name] is not None]) for name in MEASURES}


def _mastered(skills: bytes | None) -> int:
    return sum(one.mastery >= THRESHOLD for one in told(skills))
