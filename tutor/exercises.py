"""An item as the player and the tutor see it: the question, what can be chosen, and the key apart from both."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from adaptive.catalogue.document import Item

PLAYED = ("choice", "true-false", "fill-in", "numeric", "sequencing", "matching")


@dataclass(frozen=True, slots=True)
class Option:
    """Something to choose, order or match."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Exercise:
    """`key` (as adaptive.catalogue.keys writes it) is for marking and for the guard, never for a page or a model.

    `hints` are the author's, from the vaguest to the most telling; `remarks` say of wrong options what is wrong.
    """

    id: str
    kind: str
    question: str
    options: tuple[Option, ...]
    targets: tuple[Option, ...]
    key: tuple[str, ...]
    hints: tuple[str, ...] = ()
    explanation: str = ""
    remarks: Mapping[str, str] = field(default_factory=dict)

    @property
    def several(self) -> bool:
        """Whether more than one option is to be chosen."""
        return self.kind == "choice" and len(self.key) > 1

    def text_of(self, option_id: str) -> str:
        return next((o.text for o in (*self.options, *self.targets) if o.id == option_id), option_id)


def exercise_from(item: Item) -> Exercise | None:
    """The exercise of a catalogue item; None unless it is a question that the player can put and mark."""
    if item.kind not in PLAYED or not item.key:
        return None
    options = tuple(Option(choice.id, choice.text) for choice in item.choices)
    return Exercise(
        id=item.id,
        kind=item.kind,
        question=item.prompt,
        options=(Option("true", "True"), Option("false", "False")) if item.kind == "true-false" else options,
        targets=tuple(Option(target.id, target.text) for target in item.targets),
        key=tuple(item.key),
        hints=tuple(item.hints),
        explanation=item.explanation,
        remarks={choice.id: choice.feedback for choice in item.choices if choice.feedback},
    )
