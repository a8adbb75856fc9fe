"""What the tutor needs of the engine: the chance of success on one activity, and what it rests on."""

from pathlib import Path

import aiosql
from scipy.special import expit

from adaptive.catalogue import Activity, Catalogue
from lrs.observers import AnyConnection
from tutor.ladder import Estimate

_QUERIES = aiosql.from_path(Path(__file__).with_suffix(".sql"), "asyncpg")


async def estimate_of(
    connection: AnyConnection, store_id: int, learner_id: int, catalogue: Catalogue, activity: Activity
) -> Estimate:
    """The mean level on the activity's skills against the author's difficulty (0 where none is given)."""
    levels = _QUERIES.levels(connection, store_id=store_id, learner_id=learner_id, skill_ids=list(activity.skills))
    rows = [row async for row in levels]
    skill = next((name for skill_id in activity.skills if (name := catalogue.skill_name(skill_id))), "")
    evidence = sum(row["evidence"] for row in rows)
    if not evidence:
        return Estimate(skill=skill)
    level = sum(row["mean"] for row in rows) / len(rows) - (activity.difficulty or 0.0)
    return Estimate(activity.guessing + (1 - activity.guessing) * float(expit(level)), evidence, skill)
