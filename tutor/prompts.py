"""The next prompt for a learner and an activity: what is known is read, then somebody writes, then it is kept.

Between reading and keeping no transaction is open, because a language model may take its time.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from adaptive.catalogue import Activity, Catalogue, current
from lrs.agents import agent_key
from lrs.context import Context
from lrs.errors import NotFound
from lrs.observers import AnyConnection
from lrs.terms import term_id
from tutor import hints, ladder
from tutor.discovered import discovered
from tutor.estimates import estimate_of
from tutor.exercises import exercise_from
from tutor.instructions import prompt_from
from tutor.ladder import Prompt, Task
from tutor.language_model import NoReply, ask
from tutor.passages import Passage, passages_of

LONGEST_QUESTION = 1000


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks for help on what; `question` is empty where they only want a hint."""

    store_id: int
    agent: Mapping[str, Any]
    activity: str
    question: str = ""

    @property
    def learner_id(self) -> int:
        return term_id(agent_key(self.agent))


async def next_prompt(context: Context, asking: Asking) -> Prompt:
    """The prompt, kept. NotFound when the catalogue does not have the activity."""
    now = context.clock()
    task = await context.database.write(lambda connection: _task(connection, asking, now))
    made = await _written(context, task)
    await context.database.write(
        lambda connection: hints.keep(
            connection,
            asking.store_id,
            asking.learner_id,
            asking.activity,
            made,
            question=asking.question,
            now=context.clock(),
        )
    )
    return made


async def _written(context: Context, task: Task) -> Prompt:
    """By the language model where there is one and its words may stand, else by the built-in ladder."""
    built_in = ladder.prompt(task)
    if context.settings.llm_base_url is None or not task.guarded:
        return built_in
    try:
        reply = await ask(context.settings, task)
    except NoReply as why:
        return _fallen_back(task, built_in, str(why))
    made = prompt_from(task, reply, context.settings.llm_model or "default")
    return made or _fallen_back(task, built_in, "the language model's words gave too much away")


def _fallen_back(task: Task, built_in: Prompt, why: str) -> Prompt:
    told = f"{built_in.reason} The built-in tutor wrote this, because {why}."
    return replace(built_in, reason=ladder.first_safe((told, built_in.reason), task.exercises))


async def _task(connection: AnyConnection, asking: Asking, now: datetime) -> Task:
    catalogue = await current(connection, asking.store_id)
    activity = catalogue.activities.get(term_id(asking.activity))
    if activity is None:
        activity = await discovered(connection, asking.store_id, asking.activity)
    if activity is None:
        raise NotFound(f"Neither the catalogue nor any statement knows the activity {asking.activity}.")
    parts = [catalogue.activities[part] for part in activity.parts]
    exercises = [exercise_from(part.entry) for part in (activity, *parts)]
    given = await hints.still_open(connection, asking.store_id, asking.learner_id, asking.activity)
    return Task(
        title=activity.entry.name,
        exercises=tuple(exercise for exercise in exercises if exercise is not None),
        passages=_passages(catalogue, activity, wide=bool(asking.question.strip())),
        estimate=await estimate_of(connection, asking.store_id, asking.learner_id, catalogue, activity, now),
        given=hints.helpful(given),
        question=asking.question.strip(),
        guarded=activity.entry.interaction is None or any(exercises),
    )


def _passages(catalogue: Catalogue, activity: Activity, *, wide: bool) -> list[Passage]:
    """Texts that teach the activity's skills, its own first; the whole course for a question, or lacking those."""
    course = [other for other in catalogue.activities.values() if other.collection == activity.collection]
    near = [other for other in course if not set(activity.skills).isdisjoint(other.skills)]
    for chosen in (course if wide else near, course):
        found = [
            passage
            for entry in {other.id: other.entry for other in (activity, *chosen)}.values()
            for passage in passages_of(entry.id, entry.name, entry.text)
        ]
        if found:
            return found
    return []
