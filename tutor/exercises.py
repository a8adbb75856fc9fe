"""An item as the player and the tutor see it: the question, what can be chosen, and the key apart from both.

Interaction types and response patterns: xAPI 1.0.3 part 2, section 2.4.4.1 and appendix C.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from adaptive.catalogue.document import Activity
from adaptive.playing import PLAYED

_PREFIX = re.compile(r"^\{(case_matters|order_matters|lang)=([^}]*)\}")


@dataclass(frozen=True, slots=True)
class Option:
    """Something to choose, order or match."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Pattern:
    """One right response: its parts, and whether case and order count. Absent parts of a range are empty."""

    parts: tuple[str, ...]
    case_matters: bool = False
    order_matters: bool = True


@dataclass(frozen=True, slots=True)
class Exercise:
    """`patterns` is the key: it is for marking and for the guard, never for a page or a model.

    `hints` are the author's, from the vaguest to the most telling; `remarks` say of wrong options what is wrong.
    """

    id: str
    kind: str
    question: str
    options: tuple[Option, ...]
    targets: tuple[Option, ...]
    patterns: tuple[Pattern, ...]
    unit: str = ""
    hints: tuple[str, ...] = ()
    explanation: str = ""
    remarks: Mapping[str, str] = field(default_factory=dict)

    @property
    def several(self) -> bool:
        """Whether more than one option is to be chosen."""
        return any(len(pattern.parts) > 1 for pattern in self.patterns)

    def text_of(self, option_id: str) -> str:
        return next((o.text for o in (*self.options, *self.targets) if o.id == option_id), option_id)


def pattern_from(kind: str, text: str) -> Pattern:
    """Reads one right response as xAPI's correctResponsesPattern writes it."""
    flags: dict[str, str] = {}
    while match := _PREFIX.match(text):
        flags[match[1]] = match[2]
        text = text[match.end() :]
    whole = kind == "true-false" or (kind == "numeric" and "[:]" not in text)
    parts = (text,) if whole else tuple(text.split("[:]" if kind == "numeric" else "[,]"))
    order_matters = flags.get("order_matters", "true") == "true" and kind != "choice"
    return Pattern(tuple(part.strip() for part in parts), flags.get("case_matters") == "true", order_matters)


def _options(texts: Mapping[str, str] | None) -> tuple[Option, ...]:
    return tuple(Option(name, text) for name, text in (texts or {}).items())


def _choosable(activity: Activity) -> tuple[Option, ...]:
    if activity.interaction == "true-false":
        return (Option("true", "True"), Option("false", "False"))
    return _options(activity.source if activity.interaction == "matching" else activity.choices)


def exercise_from(activity: Activity) -> Exercise | None:
    """The exercise of a catalogue activity; None unless it is a question that the player can put and mark."""
    kind = activity.interaction or ""
    if kind not in PLAYED or not activity.key:
        return None
    return Exercise(
        id=activity.id,
        kind=kind,
        question=activity.prompt,
        options=_choosable(activity),
        targets=_options(activity.target) if kind == "matching" else (),
        patterns=tuple(pattern_from(kind, text) for text in activity.key),
        unit=activity.unit,
        hints=tuple(activity.hints),
        explanation=activity.explanation,
        remarks={name: text for name, text in activity.feedback.items() if text},
    )
