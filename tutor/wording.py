"""Numbers in words, and where they stand on a line; the same on every page. Pure."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from adaptive.profiles import HistoryEntry, SkillStanding
from adaptive.reasons import signed as signed
from adaptive.words import Word

STATES = {"unknown": "unknown", "learning": "learning", "mastered": "mastered", "review": "needs review"}
_CHANCES = ((0.4, "a stretch"), (0.6, "challenging"), (0.8, "within reach"), (0.95, "comfortable"), (2.0, "easy"))
_BANDS = (
    (-1.5, "l1", "▼▼", "far below target"),
    (-0.5, "l2", "▼", "below target"),
    (0.5, "l3", "●", "near target"),
    (1.5, "l4", "▲", "above target"),
    (float("inf"), "l5", "▲▲", "well above target"),
)
_DECIDED = {
    "pin": ("pinned", "put first"),
    "assign": ("assigned", "assigned to you"),
    "ban": ("banned", "left out of your offers"),
    "lock": ("locked", "not open to you yet"),
}
SPAN, WIDTH = 3.0, 160.0


@dataclass(frozen=True, slots=True)
class Band:
    """Where a level lies against its target: style, sign and words say the same."""

    style: str
    sign: str
    words: str


UNKNOWN = Band("unknown", "?", "unknown")


def chance(probability: float) -> str:
    """How a success probability feels, in a word or two."""
    return next(words for limit, words in _CHANCES if probability < limit)


def percent(share: float) -> str:
    """`71 %`; what is not certain never reads 0 or 100."""
    rounded = round(100 * share)
    return f"{min(max(rounded, 1), 99) if 0 < share < 1 else rounded}\u00a0%"


def gap(skill: SkillStanding) -> str:
    """How a self-assessment compares with the estimate, in words; empty where there is none."""
    if skill.self_assessment is None:
        return ""
    if skill.level is None:
        return "nothing to compare with yet"
    difference = skill.self_assessment - skill.level
    if abs(difference) < 0.05:
        return "the same as the estimate"
    return f"{abs(difference):.1f} {'above' if difference > 0 else 'below'} the estimate"


def decided(word: Word, *, told: bool = False) -> str:
    """A trainer's decision about an activity: a word for the trainer, a few for the learner who is told of it."""
    short, whole = _DECIDED[word.action]
    return f"{whole if told else short}, done" if word.done else whole if told else short


def band(level: float | None, target: float) -> Band:
    """The band of a level (logits); None is unknown."""
    if level is None:
        return UNKNOWN
    return next(Band(style, sign, words) for limit, style, sign, words in _BANDS if level - target < limit)


@dataclass(frozen=True, slots=True)
class Range:
    """An interval on a line of WIDTH units: its ends, its dot, and the middle of the scale."""

    low: float
    dot: float
    high: float
    zero: float = WIDTH / 2


def _place(level: float) -> float:
    inside = min(max(level, -SPAN), SPAN)
    return round((inside + SPAN) / (2 * SPAN) * (WIDTH - 16) + 8, 1)


def range_of(skill: SkillStanding) -> Range | None:
    """Where a profile's skill is drawn; None where nothing is known."""
    if skill.level is None or skill.interval is None:
        return None
    low, high = skill.interval
    return Range(_place(low), _place(skill.level), _place(high))


def minutes(length: float) -> str:
    """`6 min`, `under a minute`, `1 h 20 min`."""
    whole = round(length)
    if whole < 1:
        return "under a minute"
    hours, rest = divmod(whole, 60)
    return " ".join(part for part in (f"{hours} h" if hours else "", f"{rest} min" if rest else "") if part)


def host(address: str) -> str:
    """Whose address it is, for people."""
    return urlsplit(address).netloc or address


def choices(count: int) -> str:
    """`Three choices`."""
    return (
        "One choice" if count == 1 else f"{('Two', 'Three', 'Four')[count - 2] if 2 <= count <= 4 else count} choices"
    )


def outcome(entry: HistoryEntry) -> str:
    """What came of an entry of a history, in words."""
    if entry.voided:
        return "voided"
    if entry.score is None:
        return entry.verb
    if entry.score >= 1:
        return "right"
    return "not right" if entry.score <= 0 else f"{percent(entry.score)} right"


@dataclass(frozen=True, slots=True)
class Known:
    """A skill of a profile as a line of a table; level and interval are None where nothing is known."""

    name: str
    state: str
    level: str | None
    interval: tuple[str, str] | None
    range: Range | None
    evidence: int
    target: str
    band: Band


def known(skill: SkillStanding) -> Known:
    """A skill's standing in words and places."""
    low_high = None if skill.interval is None else (signed(skill.interval[0]), signed(skill.interval[1]))
    return Known(
        name=skill.name,
        state=STATES[skill.state],
        level=None if skill.level is None else signed(skill.level),
        interval=low_high,
        range=range_of(skill),
        evidence=skill.evidence,
        target=signed(skill.target),
        band=band(skill.level, skill.target),
    )
