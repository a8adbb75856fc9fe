"""The choice: two to four offers of differing formats where they exist, each with its propensity and its reasons.

Places are filled one after the other without replacement (Plackett–Luce): the propensity of an offer is its probability
at its place given the places before, and the draw of each place is kept whole, so that it sums to one on the record.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from adaptive.selection.catalogue import Catalogue
from adaptive.selection.eligibility import HARD, Relaxation, Window, eligible, relaxations
from adaptive.selection.estimates import DECIDED, Skills, skills_of
from adaptive.selection.learner import Learner
from adaptive.selection.reasons import Reason, allowed_by_author, reasons
from adaptive.selection.scoring import Mode, Scores, Taste, score, shortlist

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Request:
    """now: seconds since the epoch; mode: None lets the state of the learner decide; temperature: nats of indifference.

    pool: how many of the best are drawn from; advice: a bandit's bonus per activity id, in nats (explore.py), of which
    the share `safe` of draws takes no notice.
    """

    now: float
    limit: int = 3
    mode: Mode | None = None
    temperature: float = 0.15
    pool: int = 20
    safe: float = 0.8
    advice: Mapping[int, float] = field(default_factory=dict)
    taste: Taste = field(default_factory=Taste)
    window: Window = field(default_factory=Window)


@dataclass(frozen=True, slots=True)
class Drawn:
    """One place: the activities it was drawn from (ids), their scores in nats with the components that sum to them,
    and their probabilities, which sum to 1."""

    activities: tuple[int, ...]
    scores: tuple[float, ...]
    probabilities: tuple[float, ...]
    components: Mapping[str, tuple[float, ...]]


@dataclass(frozen=True, slots=True)
class Offer:
    """success_probability under the learner's present estimate; components in nats sum to the score."""

    activity: int
    skills: tuple[int, ...]
    success_probability: float
    score: float
    components: Mapping[str, float]
    propensity: float
    drawn: Drawn
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """offers is empty only where nothing may be offered: then `relaxations` says which filter to relax for what.

    blocked: how many activities each filter removed.
    """

    mode: Mode
    offers: tuple[Offer, ...]
    blocked: Mapping[str, int]
    relaxations: tuple[Relaxation, ...] = ()


def choose(catalogue: Catalogue, learner: Learner, request: Request, rng: np.random.Generator) -> Choice:
    """Offers at most `limit` activities. Pins and assignments come first; bans and locks are never crossed."""
    found = eligible(catalogue, learner, request.now, request.window)
    hard = [found.blocked[name] for name in HARD if name in found.blocked]
    forced = [row for row in _forced(catalogue, learner) if not any(mask[row] for mask in hard)][: request.limit]
    if not forced and not found.allowed.any():
        return Choice(request.mode or Mode.LEARNING, (), found.counts(), relaxations(catalogue, found))
    skills = skills_of(catalogue, learner, request.taste.growth)
    mode = request.mode or suggest(catalogue, skills, found.allowed, request.taste)
    rows = shortlist(catalogue, learner, skills, found.allowed, mode, request.taste)
    rows = np.union1d(rows, np.array(forced, np.intp)) if forced else rows
    scores = _advised(catalogue, score(catalogue, learner, skills, rows, mode, request.taste), request)
    slate = _Slate(catalogue, skills, scores, request)
    for row in forced:
        slate.take(int(np.searchsorted(rows, row)), np.array([np.searchsorted(rows, row)]))
    slate.free &= found.allowed[rows]
    if learner.wishes.adaptive:
        slate.fill(rng)
    else:
        slate.fill_in_order()
    return Choice(mode, tuple(_offers(slate, learner, mode)), found.counts())


def suggest(catalogue: Catalogue, skills: Skills, allowed: Mask, taste: Taste) -> Mode:
    """Review where nothing allowed is left to learn and something is due; learning otherwise."""
    if not (skills.recall < taste.recall).any():
        return Mode.LEARNING
    unfinished = np.flatnonzero(skills.value.mastery < DECIDED)
    return Mode.LEARNING if any(allowed[catalogue.activities_of[k]].any() for k in unfinished) else Mode.REVIEW


def softmax(nats: Floats) -> Floats:
    """exp(x) / Σ exp(x), safe for large values."""
    raised = np.exp(nats - nats.max())
    return np.asarray(raised / raised.sum())


def _pick(chances: Floats, rng: np.random.Generator) -> int:
    """One of them by its chance; nothing is drawn where there is only one."""
    if len(chances) == 1:
        return 0
    return min(int(np.searchsorted(np.cumsum(chances), rng.random())), len(chances) - 1)


def drawn_again(draws: Sequence[Sequence[float]], rng: np.random.Generator) -> list[int]:
    """Which one each place took, by the chances (m,) of its draw: a decision's generator leads to its offers again."""
    return [_pick(np.array(chances, float), rng) for chances in draws]


class _Slate:
    """Places of the shortlist, taken one by one; `free` (m,) is what may still be drawn."""

    def __init__(self, catalogue: Catalogue, skills: Skills, scores: Scores, request: Request) -> None:
        self.catalogue, self.skills, self.scores, self.request = catalogue, skills, scores, request
        self.free: Mask = np.ones(len(scores.rows), bool)
        self.format = catalogue.format[scores.rows]
        self.taken: list[tuple[int, Drawn]] = []

    @property
    def open(self) -> bool:
        return len(self.taken) < self.request.limit and bool(self.free.any())

    def take(self, place: int, among: NDArray[np.intp], chance: Floats | None = None) -> None:
        ids = tuple(self.catalogue.activities[row].id for row in self.scores.rows[among])
        odds = (1.0,) if chance is None else tuple(chance.tolist())
        parts = {name: tuple(part[among].tolist()) for name, part in self.scores.components.items()}
        self.taken.append((place, Drawn(ids, tuple(self.scores.total[among].tolist()), odds, parts)))
        self.free[place] = False

    def fill(self, rng: np.random.Generator) -> None:
        overdue = (self.skills.recall < self.request.taste.recall).astype(float)
        review = self.catalogue.mean_over_skills(overdue, self.scores.rows) > 0
        while self.open:
            last = len(self.taken) + 1 == self.request.limit > 1
            due = self.free & review
            among = self._best(due if last and due.any() else self._tier())
            chance = self._chances(among)
            self.take(int(among[_pick(chance, rng)]), among, chance)

    def fill_in_order(self) -> None:
        """Adaptivity switched off: the author's order, by priority and then by place in the catalogue."""
        order = np.lexsort((self.scores.rows, -self.catalogue.priority[self.scores.rows]))
        for place in order[self.free[order]]:
            if self.open:
                self.take(int(place), np.array([place]))

    def _tier(self, margin: float = 2.0) -> Mask:
        """Whom the next place is drawn from: the same skill in a new format, else a new format that is nearly as good,
        else the same skill, else whatever is left."""
        if not self.taken:
            return self.free
        places = [place for place, _ in self.taken]
        offered = np.zeros(len(self.catalogue.formats), bool)
        offered[self.format[places]] = True
        new_format = self.free & ~offered[self.format]
        shared = np.zeros(len(self.catalogue.skills))
        shared[self.catalogue.skills_of[self.scores.rows[places[0]]]] = 1
        same_skill = self.free & (self.catalogue.mean_over_skills(shared, self.scores.rows) > 0)
        nearly = new_format & (self.scores.total >= self.scores.total[self.free].max() - margin)
        return next((mask for mask in (new_format & same_skill, nearly, same_skill) if mask.any()), self.free)

    def _best(self, mask: Mask) -> NDArray[np.intp]:
        places = np.flatnonzero(mask)
        order = np.argsort(-self.scores.total[places], kind="stable")
        return np.asarray(places[order[: self.request.pool]])

    def _chances(self, among: NDArray[np.intp]) -> Floats:
        total, temperature = self.scores.total[among], self.request.temperature
        chance = softmax(total / temperature)
        if (explore := self.scores.components.get("explore")) is None:
            return chance
        plain = softmax((total - explore[among]) / temperature)
        return self.request.safe * plain + (1 - self.request.safe) * chance


def _forced(catalogue: Catalogue, learner: Learner) -> Iterator[int]:
    """Pinned, then assigned by due date, each until it has been completed since."""
    overrides = learner.overrides
    by_due = sorted(overrides.assigned, key=lambda i: (overrides.due.get(i, np.inf), overrides.assigned[i]))
    since = {**overrides.assigned, **overrides.pinned}
    for activity in dict.fromkeys([*overrides.pinned, *by_due]):
        seen = learner.seen.get(activity)
        done = seen is not None and seen.completed and seen.last >= since[activity]
        if not done and activity in catalogue.activity_row:
            yield catalogue.activity_row[activity]


def _advised(catalogue: Catalogue, scores: Scores, request: Request) -> Scores:
    if request.mode is not Mode.EXPLORE or not request.advice:
        return scores
    bonus = np.array([request.advice.get(catalogue.activities[row].id, 0.0) for row in scores.rows])
    return replace(scores, total=scores.total + bonus, components={**scores.components, "explore": bonus})


def _offers(slate: _Slate, learner: Learner, mode: Mode) -> Iterator[Offer]:
    catalogue, scores = slate.catalogue, slate.scores
    for place, drawn in slate.taken:
        activity = catalogue.activities[scores.rows[place]]
        why = reasons(catalogue, learner, slate.skills, scores, place, mode, slate.request.taste)
        if not learner.wishes.adaptive:
            trainer = tuple(reason for reason in why if reason.code in ("pinned", "assigned"))
            why = (*trainer, allowed_by_author(int(scores.rows[place])))
        yield Offer(
            activity=activity.id,
            skills=activity.skills,
            success_probability=float(scores.probability[place]),
            score=float(scores.total[place]),
            components={name: float(part[place]) for name, part in scores.components.items()},
            propensity=drawn.probabilities[drawn.activities.index(activity.id)],
            drawn=drawn,
            reasons=why,
        )
