"""The built-in tutor: a ladder of three prompts, fitted to the learner's estimate, grounded in the course's passages.

Each rung tells more: a nudge to recall, a hint, a step to work from (contingent tutoring: Wood and Wood, 1996).
Nothing is said that the guard refuses.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from tutor.exercises import Exercise
from tutor.guard import leaks
from tutor.passages import Passage, ranked
from tutor.words import sentences, terms

RUNGS = ("nudge", "hint", "scaffold")
SURE, UNSURE = 0.7, 0.45
BUILT_IN = "built-in"
_PASSAGES = 4

_OPENINGS = {
    "sure": "You have what this takes, so try to recall it first.",
    "unsure": "Take this one in small steps.",
    "even": "",
}
_PLAIN = {
    1: (
        "Say in your own words what is being asked, and what you know about it already.",
        "Restate the task. What do you remember of this topic?",
        "Look at the task again, slowly.",
    ),
    2: (
        "Compare the possibilities with the rule you would follow at work. Which one does not fit?",
        "Which rule would you follow here, and why that one?",
        "Think of a similar case that you have met.",
    ),
    3: (
        "Work from a small example: change one thing, see what happens, then come back to this task.",
        "Try it on paper with an example of your own.",
        "Go step by step and check each.",
    ),
}
_LAST_RESORT = ("Take your time.", "Try again.", "…")


@dataclass(frozen=True, slots=True)
class Estimate:
    """What the engine believes: chance of success (None when unknown), answers behind it, the skill's name."""

    probability: float | None = None
    evidence: int = 0
    skill: str = ""

    @property
    def confidence(self) -> str:
        if self.probability is None or self.evidence == 0:
            return "even"
        return "sure" if self.probability >= SURE else "unsure" if self.probability < UNSURE else "even"


@dataclass(frozen=True, slots=True)
class Citation:
    """A sentence of the course, word for word, and the activity it stands in."""

    activity: str
    title: str
    quote: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """What the tutor says next. `level` is the rung, 1 to 3; `model` says who wrote it."""

    text: str
    strategy: str
    level: int
    reason: str
    citations: tuple[Citation, ...] = ()
    model: str = BUILT_IN


@dataclass(frozen=True, slots=True)
class Task:
    """What a prompt is asked for: a title, the exercises whose keys must stay untold (the first is the one at hand;
    none for a reading), passages to ground it in, the estimate, how many prompts were given already, and the
    learner's own question (empty when there is none). Not `guarded` is a question whose key nobody told us: a model,
    whose words could not be checked, is not asked."""

    title: str
    exercises: tuple[Exercise, ...]
    passages: Sequence[Passage]
    estimate: Estimate
    given: int = 0
    question: str = ""
    guarded: bool = True

    @property
    def level(self) -> int:
        return min(self.given + 1, len(RUNGS))

    @property
    def query(self) -> str:
        asked = self.exercises[0].question if self.exercises else self.title
        return self.question or f"{asked} {self.estimate.skill}"


def safe(text: str, exercises: Iterable[Exercise]) -> bool:
    """Whether the text leaves every key untold."""
    return not any(leaks(text, exercise) for exercise in exercises)


def first_safe(texts: Iterable[str], exercises: Iterable[Exercise]) -> str:
    """The first text that gives no key away."""
    guarded = tuple(exercises)
    return next((text for text in (*texts, *_LAST_RESORT) if text and safe(text, guarded)), "…")


def quotes(task: Task, *, limit: int = 1) -> tuple[Citation, ...]:
    """The sentences of the best passages that bear on the task most and do not tell the key."""
    asked = set(terms(task.query))
    least = max(1, math.ceil(len(asked) / 3)) if task.question else 1
    candidates = [
        replace(passage, text=sentence)
        for passage, _ in ranked(task.query, task.passages, limit=_PASSAGES)
        for sentence in sentences(passage.text)
        if 20 <= len(sentence) <= 400 and not sentence.startswith("#")
    ]
    fitting = (
        Citation(found.activity, found.title, found.text)
        for found, _ in ranked(task.query, candidates, limit=len(candidates))
        if len(asked & set(terms(f"{found.title} {found.text}"))) >= least
        and safe(f"{found.title}. {found.text}", task.exercises)
    )
    return tuple(citation for citation, _ in zip(fitting, range(limit), strict=False))


def prompt(task: Task) -> Prompt:
    """The next prompt of the ladder, or an answer to the learner's question from the course's own words."""
    made = _answer(task) if task.question.strip() else _rung(task)
    whole = " ".join([made.text, *(citation.quote for citation in made.citations)])
    if safe(whole, task.exercises):
        return made
    return replace(made, text=first_safe(_PLAIN[task.level], task.exercises), citations=())


def _rung(task: Task) -> Prompt:
    level, exercises = task.level, task.exercises
    authored = exercises[0].hints[level - 1 : level] if exercises else ()
    help_wanted = level > 1 or task.estimate.confidence == "unsure" or not authored
    cited = quotes(task, limit=max(1, level - 1)) if help_wanted else ()
    body = first_safe((*authored, *(_PLAIN[level] if exercises else _reflection(task))), exercises)
    parts = [_OPENINGS[task.estimate.confidence] if level == 1 else "", body]
    if cited:
        parts.append(f"Look again at “{cited[0].title}”.")
    text = " ".join(part for part in parts if part)
    return Prompt(first_safe((text, body), exercises), RUNGS[level - 1], level, reason(task, bool(cited)), cited)


def _reflection(task: Task) -> tuple[str, ...]:
    return {
        1: (f"Before you go on: what would you like to be able to do after “{task.title}”?",),
        2: (f"Which sentence of “{task.title}” would you show a colleague, and why?",),
        3: (f"Describe a case from your own work to which “{task.title}” applies.",),
    }[task.level]


def _answer(task: Task) -> Prompt:
    cited = quotes(task, limit=2)
    if not cited:
        text = "Nothing in the course's texts matches your question. Ask it in other words, or ask your trainer."
        text = first_safe((text, "The course has no passage on that. Ask your trainer."), task.exercises)
        return Prompt(text, "no-match", task.level, reason(task, False))
    titles = " and ".join(dict.fromkeys(f"“{citation.title}”" for citation in cited))
    text = f"The course says something on this in {titles}. Read it, then say what it means for your task."
    return Prompt(first_safe((text,), task.exercises), "passage", task.level, reason(task, True), cited)


def reason(task: Task, grounded: bool) -> str:
    """Why this prompt, in a sentence that does not tell the key either."""
    estimate = task.estimate
    on = f" on {estimate.skill}" if estimate.skill else ""
    if estimate.probability is None or estimate.evidence == 0:
        known = f"Nothing is known yet of your answers{on}"
    else:
        percent = round(100 * estimate.probability)
        answers = f"{estimate.evidence} answer{'' if estimate.evidence == 1 else 's'}"
        known = f"Your chance here is put at {percent} % after {answers}{on}"
    source = "the course has a passage on it" if grounded else "no passage of the course was quoted"
    place = ("first", "second", "third")[task.level - 1]
    full = f"{known}; this is the {place} prompt on this activity, and {source}."
    return first_safe((full, f"{known}.", "Fitted to your answers so far."), task.exercises)
