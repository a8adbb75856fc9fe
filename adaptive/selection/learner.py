"""What selection knows of one learner: estimates from the engine, history, and the will of learner and trainer."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Level:
    """A skill's level in logits, with its evidence; recall is the predicted chance (0 to 1) that it is still there."""

    mean: float
    sd: float
    evidence: int = 0
    recall: float | None = None
    was_mastered: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """How often an activity was met, when last (seconds since the epoch), and whether it was completed then."""

    count: int
    last: float
    completed: bool = False


@dataclass(frozen=True, slots=True)
class Confident:
    """How sure (0 to 1) the learner was of the newest answer on a skill, if that is sure, and if it was right."""

    confidence: float
    sure: bool
    right: bool


@dataclass(frozen=True, slots=True)
class Target:
    """A level to reach by choice or by role; relevance 1 is a learner's own goal, a role's may weigh less."""

    level: float
    relevance: float = 1.0
    due: float | None = None


@dataclass(frozen=True, slots=True)
class Overrides:
    """The trainer's will, by activity id. pinned and assigned: since when (seconds); due: by when."""

    pinned: Mapping[int, float] = field(default_factory=dict)
    assigned: Mapping[int, float] = field(default_factory=dict)
    due: Mapping[int, float] = field(default_factory=dict)
    banned: frozenset[int] = frozenset()
    locked: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Wishes:
    """The learner's will. formats: preferred, or the only ones if `only_formats`; minutes: the time left this week.

    refused: activity → until when (infinity for good); claimed: skills said to be known, rated: where
    the learner thinks they stand on a skill (logits); both call for a check.
    """

    formats: frozenset[str] = frozenset()
    only_formats: bool = False
    minutes: float | None = None
    language: str | None = None
    refused: Mapping[int, float] = field(default_factory=dict)
    claimed: frozenset[int] = frozenset()
    rated: Mapping[int, float] = field(default_factory=dict)
    adaptive: bool = True


@dataclass(frozen=True, slots=True)
class Learner:
    """ability: mean and sd in logits; levels: skill id → Level; absent skills lie `spread` around the ability.

    worth: skill id → skills gained per step of practice, where a belief that knows how practice teaches is tracked
    (belief.py); a skill without it is valued by its Gaussian level alone. confident: by skill, how sure the
    newest answer was, where it said so.
    """

    ability: tuple[float, float] = (0.0, 1.2)
    levels: Mapping[int, Level] = field(default_factory=dict)
    seen: Mapping[int, Seen] = field(default_factory=dict)
    targets: Mapping[int, Target] = field(default_factory=dict)
    wishes: Wishes = field(default_factory=Wishes)
    overrides: Overrides = field(default_factory=Overrides)
    spread: float = 0.5
    worth: Mapping[int, float] = field(default_factory=dict)
    confident: Mapping[int, Confident] = field(default_factory=dict)

    def level_without_evidence(self) -> Level:
        """What the general ability says of a skill nobody has seen the learner practise."""
        mean, sd = self.ability
        return Level(mean, (sd * sd + self.spread * self.spread) ** 0.5)

    def level(self, skill: int) -> Level:
        """The engine's estimate, or what the general ability says where there is none."""
        return self.levels.get(skill) or self.level_without_evidence()
