"""The shape of a collection (a course or a framework of skills) as authors write it and integrators exchange it.

docs/authors.md shows a whole one. Identifiers are absolute IRIs; what is not given has the default below.
"""

from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Literal, TypeAlias, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from adaptive.catalogue.keys import Parts, key_faults
from lrs.errors import BadRequest, Fault

Format: TypeAlias = Literal["video", "reading", "interactive", "quiz", "practice", "external"]
Interaction: TypeAlias = Literal[
    "choice", "true-false", "numeric", "fill-in", "sequencing", "matching", "long-fill-in", "other"
]
Priority: TypeAlias = Literal["core", "pass", "excel"]
Label: TypeAlias = Literal["easy", "medium", "hard"]
MOST_DAYS = 36_500
FORMATS: tuple[str, ...] = ("video", "reading", "interactive", "quiz", "practice", "external")


class CatalogueInvalid(BadRequest):
    code = "catalogue-invalid"


def _absolute(iri: str) -> str:
    scheme, colon, rest = iri.partition(":")
    if not colon or not rest or not scheme[:1].isalpha() or any(c.isspace() for c in iri):
        raise ValueError("must be an absolute IRI such as https://example.org/skills/mixing")
    return iri


Iri: TypeAlias = Annotated[str, AfterValidator(_absolute)]
Text: TypeAlias = Annotated[str, Field(min_length=1)]


def _difficulty(given: Any) -> Any:
    """One sentence for both kinds, where pydantic would tell a fault of each."""
    try:
        usable = given in get_args(Label) or -10 <= float(given) <= 10
    except (TypeError, ValueError):
        usable = False
    if not usable:
        raise ValueError("must be easy, medium, hard, or a number from -10 to 10")
    return given


Difficulty: TypeAlias = Annotated[Label | Annotated[float, Field(ge=-10, le=10)], BeforeValidator(_difficulty)]
WORDS = {
    "extra_forbidden": "is no field here; see docs/authors.md for those there are",
    "missing": "is missing",
    "model_type": "must be a JSON object",
}
"""A kind of fault that pydantic finds → how authors are told of it."""


class Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Skill(Entry):
    """`target` is the level (logits, the scale of profiles) from which the skill counts as mastered."""

    id: Iri
    name: Text
    description: str = ""
    parent: Iri | None = None
    prerequisites: list[Iri] = []
    target: Annotated[float, Field(ge=-10, le=10)] = 0.8


class Activity(Entry):
    """What can be recommended: something to read, watch or do, or one question (with an `interaction` and a `key`).

    `launch` is where it opens; without it the built-in player shows `text` or the question. `part_of` names the
    activity that holds this one, which is then what is recommended. Keys are xAPI's correctResponsesPattern.
    """

    id: Iri
    name: Text
    description: str = ""
    format: Format = "practice"
    minutes: Annotated[float, Field(gt=0, le=10_000)] | None = None
    language: str | None = None
    launch: Iri | None = None
    part_of: Iri | None = None
    priority: Priority = "pass"
    skills: list[Iri] = []
    difficulty: Difficulty | None = None
    text: str = ""
    interaction: Interaction | None = None
    prompt: str = ""
    choices: dict[Text, str] = {}
    source: dict[Text, str] = {}
    target: dict[Text, str] = {}
    feedback: dict[Text, str] = {}
    unit: str = ""
    key: list[Text] = []
    hints: list[Text] = []
    explanation: str = ""


class Role(Entry):
    """`targets` maps skills to the level the role asks for."""

    id: Iri
    name: Text
    targets: dict[Iri, Annotated[float, Field(ge=-10, le=10)]]


class Electives(Entry):
    """At least `choose` of two or more activities that teach one skill."""

    skill: Iri
    activities: Annotated[list[Iri], Field(min_length=2)]
    choose: Annotated[int, Field(ge=1)] = 1


class Path(Entry):
    """`due_days` counts from joining, `recertify_days` from completion."""

    id: Iri
    name: Text
    required: list[Iri] = []
    electives: list[Electives] = []
    due_days: Annotated[int, Field(gt=0)] | None = None
    recertify_days: Annotated[int, Field(gt=0)] | None = None


class Collection(Entry):
    id: Iri
    name: Text
    description: str = ""
    language: str = "en"
    skills: list[Skill] = []
    activities: list[Activity] = []
    roles: list[Role] = []
    paths: list[Path] = []


def collection_from(document: Any) -> Collection:
    """Read a JSON document; CatalogueInvalid lists every fault with its path (`activities[3].items[0].key`)."""
    try:
        collection = Collection.model_validate(document)
    except ValidationError as error:
        told = [(e["loc"], WORDS.get(e["type"]) or str(e["msg"]).removeprefix("Value error, ")) for e in error.errors()]
        refuse([Fault(path_text(location), message) for location, message in told])
    refuse(list(_inner_faults(collection)))
    return collection


def refuse(faults: Sequence[Fault]) -> None:
    """CatalogueInvalid if there are any faults."""
    if faults:
        first = f"{faults[0].path}: {faults[0].message}" if faults[0].path else faults[0].message
        others = "1 more fault is" if len(faults) == 2 else f"{len(faults) - 1} more faults are"
        more = f" ({others} listed)" if len(faults) > 1 else ""
        raise CatalogueInvalid(f"The collection cannot be used: {first}{more}", faults=faults)


def unstorable(value: Any, at: tuple[int | str, ...] = ()) -> Iterable[Fault]:
    """Every text in JSON that holds NUL, which Postgres cannot keep."""
    if isinstance(value, str):
        if "\x00" in value:
            yield Fault(path_text(at), "holds a character that no text has (NUL)")
        return
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, part in parts:
        yield from unstorable(part, (*at, name))
        if isinstance(name, str):
            yield from unstorable(name, at)


def path_text(location: Iterable[int | str]) -> str:
    """A JSON path such as `activities[3].key`."""
    path = ""
    for part in location:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else str(part)
    return path


def _inner_faults(collection: Collection) -> Iterable[Fault]:
    """Doubled ids, texts that cannot be kept, unusable questions and paths that lead nowhere."""
    yield from unstorable(collection.model_dump(exclude_defaults=True))
    for name in ("skills", "activities", "roles", "paths"):
        yield from _doubled(name, [entry.id for entry in getattr(collection, name)])
    for number, activity in enumerate(collection.activities):
        if activity.interaction is None:
            continue
        if not activity.prompt:
            yield Fault(f"activities[{number}].prompt", "a question needs a prompt")
        parts = Parts(tuple(activity.choices), tuple(activity.source), tuple(activity.target))
        for message in key_faults(activity.interaction, activity.key, parts):
            yield Fault(f"activities[{number}].key", message)
    for number, path in enumerate(collection.paths):
        yield from _path_faults(f"paths[{number}]", path)


def _path_faults(at: str, path: Path) -> Iterable[Fault]:
    if not path.required and not path.electives:
        yield Fault(at, "a path needs required activities or electives; this one leaves nothing to do")
    for name in ("due_days", "recertify_days"):
        if (getattr(path, name) or 0) > MOST_DAYS:
            yield Fault(f"{at}.{name}", f"at most {MOST_DAYS:,} days")
    for number, group in enumerate(path.electives):
        distinct = len(set(group.activities))
        if distinct < len(group.activities):
            yield Fault(f"{at}.electives[{number}].activities", "an activity is named twice; a choice needs two")
        elif group.choose > distinct:
            yield Fault(f"{at}.electives[{number}].choose", f"there are only {distinct} to choose from")


def _doubled(name: str, ids: Sequence[str]) -> Iterable[Fault]:
    first: dict[str, int] = {}
    for number, iri in enumerate(ids):
        if iri in first:
            yield Fault(f"{name}[{number}].id", f"{iri} is already used by {name}[{first[iri]}]; ids must differ")
        first.setdefault(iri, number)
