"""The activity player: open, answer, be told at once; what happens goes into the record like anybody's statements."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from starlette.responses import Response

from adaptive.catalogue import Activity, Catalogue, current
from adaptive.playing import address
from lrs import intake
from lrs.accounts import Account
from lrs.credentials import Credential, default_authority
from lrs.errors import BadRequest, Conflict, NotFound
from lrs.terms import term_id
from lrs.visits import Visit, see_other
from lrs.writing import Submission, Writer
from tutor import hints, statements
from tutor.discovered import discovered
from tutor.exercises import Exercise, exercise_from
from tutor.ladder import RUNGS
from tutor.marking import Mark, mark, response_of
from tutor.prompts import Asking, next_prompt
from tutor.statements import Sitting

CONFIDENCES = (("0.3", "Guessing"), ("0.6", "Fairly sure"), ("0.9", "Sure"))
MISSING = {
    "choice": "Choose an answer first.",
    "true-false": "Choose an answer first.",
    "sequencing": "Give every line its place, each place once.",
    "matching": "Match every line first.",
}


@dataclass(frozen=True, slots=True)
class Opened:
    """An activity that a visitor opened, with the catalogue it is in."""

    catalogue: Catalogue
    activity: Activity
    exercise: Exercise | None
    hints: Sequence[Mapping[str, Any]]


async def opened(visit: Visit, activity_id: str) -> Opened:
    """The activity and the open hints on it; only a published one can be answered here, because only its key is known
    to be right. NotFound where neither the catalogue nor a statement knows it."""
    async with visit.context.database.read() as connection:
        catalogue = await current(connection, visit.account.store_id)
        published = catalogue.activities.get(term_id(activity_id))
        activity = published or await discovered(connection, visit.account.store_id, activity_id)
        if activity is None:
            raise NotFound("Your courses have no such activity; it may have been withdrawn.")
        given = await hints.still_open(connection, visit.account.store_id, visit.account.learner_id, activity_id)
    return Opened(catalogue, activity, exercise_from(activity.entry) if published else None, given)


async def show(visit: Visit) -> Response:
    """The page of an activity."""
    return _page(visit, await opened(visit, visit.request.query_params.get("id", "")), {})


def _page(visit: Visit, now: Opened, given: Mapping[str, Sequence[str]], message: str = "") -> Response:
    entry = now.activity.entry
    sent = visit.form if given else {}
    cited = [{**c, "href": address(c["activity"])} for hint in now.hints for c in hint["citations"]]
    return visit.page(
        "activity.html",
        status=400 if message else 200,
        activity=entry,
        skill=next((name for s in now.activity.skills if (name := now.catalogue.skill_name(s))), ""),
        paragraphs=[part.strip() for part in entry.text.split("\n\n") if part.strip()],
        parts=[_link(now.catalogue.activities[part]) for part in now.activity.parts],
        exercise=now.exercise,
        launch=entry.launch if (entry.launch or "").startswith(("https://", "http://")) else None,
        given=_Given(given),
        attempt=sent.get("attempt") or str(uuid4()),
        opened=sent.get("opened") or visit.context.clock().isoformat(),
        confidences=CONFIDENCES,
        message=message,
        prompts=now.hints,
        hints_left=_hints_left(now),
        links={citation["activity"]: citation["href"] for citation in cited},
    )


class _Given(dict[str, Sequence[str]]):
    """What was filled in before; nothing where it was not."""

    def __missing__(self, name: str) -> Sequence[str]:
        return ()

    def __getattr__(self, name: str) -> Sequence[str]:
        return self[name]


def _link(activity: Activity) -> dict[str, str]:
    return {"name": activity.entry.name, "href": address(activity.entry.id)}


async def answer(visit: Visit, *, writer: Writer) -> Response:
    """Mark an answer, put it in the record, and show what came of it."""
    now = await opened(visit, visit.field("activity"))
    if now.exercise is None:
        raise BadRequest("This activity has no question to answer.")
    fields = {name: [str(value) for value in visit.form.getlist(name)] for name in visit.form}
    response = "" if visit.field("skip") else response_of(now.exercise, fields)
    if response is None:
        return _page(visit, now, fields, MISSING.get(now.exercise.kind, "Write your answer first."))
    made = mark(now.exercise, response) if response else Mark("", 0.0, False)
    statement = statements.answered(now.activity, now.exercise, made, _sitting(visit, hints.helpful(now.hints)))
    repeated = not await _recorded(visit, writer, statement)
    return _verdict(visit, now.activity, now.exercise, made, repeated=repeated)


async def finish(visit: Visit, *, writer: Writer) -> Response:
    """Note that a reading or video is done."""
    now = await opened(visit, visit.field("activity"))
    await _recorded(visit, writer, statements.completed(now.activity, _sitting(visit, 0)))
    return see_other("/learn/")


async def help_with(visit: Visit) -> Response:
    """Ask the tutor, then show the activity with what it said."""
    activity = visit.field("activity")
    question = visit.field("question").strip()[:1000]
    if question or _hints_left(await opened(visit, activity)):
        await next_prompt(visit.context, Asking(visit.account.store_id, visit.account.agent, activity, question))
    return see_other(f"{address(activity)}#help")


def _hints_left(now: Opened) -> bool:
    """Whether the ladder has a rung above those given: the last one again would tell nothing new, but count."""
    return hints.helpful(now.hints) < len(RUNGS)


def _sitting(visit: Visit, helped: int) -> Sitting:
    now = visit.context.clock()
    try:
        attempt = UUID(visit.field("attempt"))
        since = (now - datetime.fromisoformat(visit.field("opened"))).total_seconds()
    except (ValueError, TypeError) as error:
        raise BadRequest("The form is not as this page made it. Open the activity again.") from error
    confidence = {value: float(value) for value, _ in CONFIDENCES}.get(visit.field("confidence"))
    return Sitting(visit.account.agent, attempt, since, now, helped, confidence)


async def _recorded(visit: Visit, writer: Writer, statement: dict[str, Any]) -> bool:
    """Store a statement by the way of every statement; False when this attempt was stored before."""
    text = json.dumps(statement, ensure_ascii=False).encode()
    drafts, _ = intake.read([text], statements.VERSION, player_credential(visit.account), uuid4)
    try:
        await writer.write(Submission(drafts))
    except Conflict:
        return False
    return True


def player_credential(account: Account) -> Credential:
    """Whom statements of the player are stored under: the player itself, in the account's store."""
    authority = default_authority(account.store_id, "player", "Proximal player")
    return Credential(0, account.store_id, "player", "Proximal player", frozenset({"all"}), authority)


def _verdict(visit: Visit, activity: Activity, exercise: Exercise, made: Mark, *, repeated: bool) -> Response:
    chosen = made.response.split("[,]")
    title = "Right" if made.success else "Partly right" if made.score else "Not yet" if made.response else "Noted"
    return visit.page(
        "answered.html",
        activity=activity.entry,
        exercise=exercise,
        mark=made,
        verdict=title,
        repeated=repeated,
        remarks=[exercise.remarks[part] for part in chosen if part in exercise.remarks],
        given=in_words(exercise, made.response),
        right=in_words(exercise, "[,]".join(exercise.patterns[0].parts)),
    )


def in_words(exercise: Exercise, response: str) -> list[str]:
    """A response as a person reads it, a line for each part."""
    if not response:
        return []
    if exercise.kind == "numeric":
        return [" to ".join(response.split("[,]")) + (f" {exercise.unit}" if exercise.unit else "")]
    lines = []
    for part in response.split("[,]"):
        source, arrow, target = part.partition("[.]")
        lines.append(exercise.text_of(source) + (f" → {exercise.text_of(target)}" if arrow else ""))
    return lines
