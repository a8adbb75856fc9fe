"""The one writer of the shared parameters: learns from folded evidence in fold order and publishes the next version."""

from adaptive import catalogue as catalogues
from adaptive.catalogue import Catalogue
from adaptive.engine import Parameters, learn
from adaptive.engine.priors import ITEM_VARIANCE
from adaptive.lessons import FORGETFUL, Remembered
from adaptive.versions import Follower, is_frozen, labelled, publish, set_labelled, take_lessons, write_lock
from lrs.observers import AnyConnection

MOST_LESSONS = 20_000


async def learn_next(
    connection: AnyConnection,
    store_id: int,
    follower: Follower,
    most: int = MOST_LESSONS,
    remembered: Remembered = FORGETFUL,
) -> int:
    """Learn up to `most` lessons and publish them as one version, all in the caller's transaction; how many.

    0 where another process is at it, learning is frozen, or there is nothing new. `follower` is the writer's own; it
    must forget the store if the transaction does not commit.
    """
    if not await write_lock(connection, store_id) or await is_frozen(connection, store_id):
        return 0
    catalogue = await catalogues.current(connection, store_id)
    relabel = catalogue.version != await labelled(connection, store_id)
    lessons = await take_lessons(connection, store_id, most, remembered)
    if not lessons and not relabel:
        return 0
    held = await follower.current(connection, store_id)
    if relabel:
        take_labels(held.parameters, catalogue)
        await set_labelled(connection, store_id, catalogue.version)
    for response, trace in lessons:
        learn(held.parameters, trace, response)
    origin = "online" if lessons else "label"
    await publish(connection, store_id, held, origin=origin, responses=len(lessons))
    return len(lessons)


def take_labels(parameters: Parameters, catalogue: Catalogue) -> None:
    """An author's label places an item nobody has answered; a skill borrows from its parent."""
    for activity in catalogue.activities.values():
        known = parameters.items.get(activity.id)
        if activity.difficulty is not None and (known is None or known.responses == 0):
            parameters.set_item(activity.id, -activity.difficulty, ITEM_VARIANCE)
    for skill in catalogue.skills.values():
        if skill.parent is not None:
            parameters.set_parent(skill.id, skill.parent)
