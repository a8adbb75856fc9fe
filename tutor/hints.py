"""Prompts given, so that the next climbs the ladder and the answer says how many helped it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from adaptive.folding import agents_of, learner_of
from lrs.observers import AnyConnection
from lrs.queries import queries_beside
from lrs.terms import term_id
from tutor.ladder import Prompt

_QUERIES = queries_beside(__file__)


async def keep(
    connection: AnyConnection,
    store_id: int,
    learner_id: int,
    activity: str,
    prompt: Prompt,
    *,
    question: str,
    now: datetime,
) -> None:
    """Remember that the learner was given the prompt on the activity."""
    await _QUERIES.insert_hint(
        connection,
        store_id=store_id,
        learner_id=learner_id,
        activity_id=term_id(activity),
        given=now,
        level=prompt.level,
        strategy=prompt.strategy,
        model=prompt.model,
        prompt=prompt.text.replace("\x00", ""),
        question=question.replace("\x00", ""),
        reason=prompt.reason,
        citations=[asdict(citation) for citation in prompt.citations],
    )


async def still_open(
    connection: AnyConnection, store_id: int, agent_id: int, activity: str
) -> Sequence[Mapping[str, Any]]:
    """Prompts since the learner's last answer, whichever of their agents was given them or answered, the oldest first:
    level, strategy, model, prompt, question, reason, citations, given."""
    learner = await learner_of(connection, store_id, agent_id)
    agents = (await agents_of(connection, store_id, [learner]))[learner]
    rows = _QUERIES.open_hints(connection, store_id=store_id, agent_ids=agents, activity_id=term_id(activity))
    return [dict(row) async for row in rows]


def helpful(prompts: Sequence[Mapping[str, Any]]) -> int:
    """How many of the prompts helped: one that found nothing in the course did not."""
    return sum(prompt["strategy"] != "no-match" for prompt in prompts)


async def erase(connection: AnyConnection, store_id: int, agent_ids: Sequence[int]) -> int:
    """Forget the prompts of a person, who is all these agents; how many."""
    return int(await _QUERIES.erase_hints(connection, store_id=store_id, agent_ids=list(agent_ids)))
