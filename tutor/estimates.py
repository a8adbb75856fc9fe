"""What the tutor needs of the engine: the chance of success on one activity, and what it rests on."""

from datetime import datetime

from adaptive.catalogue import Activity, Catalogue
from adaptive.engine import predict
from adaptive.folding import catch_up
from adaptive.heads import FOLLOWER
from adaptive.standing import standing
from lrs.observers import AnyConnection
from tutor.ladder import Estimate


async def estimate_of(
    connection: AnyConnection, store_id: int, agent_id: int, catalogue: Catalogue, activity: Activity, now: datetime
) -> Estimate:
    """The engine's own prediction, caught up first: run it in a transaction that may write."""
    learner_id = await catch_up(connection, store_id, agent_id)
    who = await standing(connection, store_id, learner_id, catalogue, now)
    held = await FOLLOWER.current(connection, store_id)
    skill = next((name for skill_id in activity.skills if (name := catalogue.skill_name(skill_id))), "")
    evidence = sum(who.learner.level(skill_id).evidence for skill_id in activity.skills)
    if not evidence:
        return Estimate(skill=skill)
    chance = predict(
        held.parameters, who.progress.state, activity.id, activity.skills, now.timestamp(), activity.guessing
    )
    return Estimate(chance.probability, evidence, skill)
