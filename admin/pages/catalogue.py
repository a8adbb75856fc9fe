"""What is published: skills with what teaches and tests them, versions, and activities that no course has yet."""

from starlette.responses import Response

from adaptive import catalogue as catalogues
from adaptive.catalogue import Activity, Catalogue
from adaptive.drafts import drafts
from adaptive.progress import target_of
from lrs.visits import Visit

MOST_DRAFTS, MOST_VERSIONS = 50, 20


async def show(visit: Visit) -> Response:
    """Skill by skill, then drafts and versions."""
    store_id = visit.account.store_id
    async with visit.context.database.read() as connection:
        catalogue = await catalogues.current(connection, store_id)
        versions = await catalogues.history(connection, store_id, MOST_VERSIONS)
        found = await drafts(connection, store_id, catalogue, MOST_DRAFTS)
    return visit.page(
        "catalogue.html",
        collections=list(catalogue.collections.values()),
        skills=by_skill(catalogue),
        untagged=[activity.entry for activity in catalogue.activities.values() if not activity.skills],
        versions=versions,
        drafts=found,
    )


def by_skill(catalogue: Catalogue) -> list[tuple[str, float, list[Activity]]]:
    """Name, target (logits) and activities of each skill, in the catalogue's order."""
    found: dict[int, list[Activity]] = {skill: [] for skill in catalogue.skills}
    for activity in catalogue.activities.values():
        for skill_id in activity.skills:
            found[skill_id].append(activity)
    return [(s.entry.name, target_of(catalogue, s.id), found[s.id]) for s in catalogue.skills.values()]
