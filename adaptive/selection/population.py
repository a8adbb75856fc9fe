"""What learners have in common: the constants of learning, given or learnt from one learner after the other.

A learner's general level, rate and gate are drawn from the population; a skill lies around the general level, and some
learners know a skill from elsewhere (fewer, the later it comes in the order of teaching). Learning the constants is
empirical Bayes: an online expectation–maximisation step per learner, from what was believed of that learner at the end
(Cappé & Moulines 2009). True levels are never seen.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Gaussian:
    mean: float
    sd: float

    def toward(self, other: "Gaussian", step: float) -> "Gaussian":
        """The moments of the mixture (1 − step) self + step other: mean, and mean of squares, move linearly."""
        mean = (1 - step) * self.mean + step * other.mean
        square = (1 - step) * (self.sd**2 + self.mean**2) + step * (other.sd**2 + other.mean**2)
        return Gaussian(mean, max(square - mean * mean, 1e-6) ** 0.5)


@dataclass(frozen=True, slots=True)
class Population:
    """general: level of a learner (logits); spread: sd of a skill around it; log_rate: of logits per step at best;

    log_gate: of the factor per missing prerequisite; known, fade: a share known · exp(−order / fade) of the learners
    starts a skill `head_start` logits higher; ceiling: the level at which practice teaches nothing more.
    The defaults are weak guesses for learners nobody has met; `learners` counts those met.
    """

    general: Gaussian = Gaussian(-0.6, 0.9)
    spread: float = 0.7
    log_rate: Gaussian = Gaussian(-1.4, 0.6)
    log_gate: Gaussian = Gaussian(-1.2, 0.6)
    known: float = 0.15
    fade: float = 30.0
    head_start: float = 2.5
    ceiling: float = 3.0
    learners: int = 0

    def bounded(self) -> "Population":
        """The nearest constants that are believable of people: no few learners can lead a store astray."""
        return replace(
            self,
            general=_within(self.general, (-4, 4), (0.2, 2)),
            spread=_clip(self.spread, 0.2, 2),
            log_rate=_within(self.log_rate, (-4, 0.4), (0.05, 1)),
            log_gate=_within(self.log_gate, (-4, 0), (0.05, 1)),
            head_start=_clip(self.head_start, 1, 4),
        )

    def known_share(self, order: Floats) -> Floats:
        """(K,) the share of learners who know each skill already, by its place in the order of teaching."""
        return self.known * np.exp(-order / self.fade)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one learner's end belief says of the constants.

    touched (K,) skills with evidence, their order, and known (K,) the probability of a head start; residual and
    head_start: mean square around the general level without, and mean rise with a head start, with their weights.
    """

    general: Gaussian
    log_rate: Gaussian
    log_gate: Gaussian
    order: Floats
    known: Floats
    residual: tuple[float, float]
    head_start: tuple[float, float]


class PopulationLearner:
    """Holds the population's running constants; `learn` takes one learner's evidence, the earliest weighing less later.

    weight: how many learners the first guess counts for.
    """

    def __init__(self, first: Population | None = None, weight: float = 2.0) -> None:
        self.population = first or Population()
        self._weight = weight
        self._known = np.zeros((0, 2))

    def learn(self, evidence: Evidence) -> None:
        """One step towards the learner's evidence."""
        now = self.population
        learners = now.learners + 1
        step = (learners + self._weight) ** -0.8
        known, fade = self._shares(evidence, step)
        residual, weight = evidence.residual
        rise, heads = evidence.head_start
        spread = now.spread**2 + step * (residual - now.spread**2) * min(1.0, weight / 5)
        self.population = replace(
            now,
            general=now.general.toward(evidence.general, step),
            log_rate=now.log_rate.toward(evidence.log_rate, step),
            log_gate=now.log_gate.toward(evidence.log_gate, step),
            spread=spread**0.5,
            head_start=now.head_start + step * (rise - now.head_start) * min(1.0, heads / 2),
            known=known,
            fade=fade,
            learners=learners,
        )

    def _shares(self, evidence: Evidence, step: float) -> tuple[float, float]:
        """The likeliest (known, fade) for the decayed counts of heads and of chances, by place in the order."""
        size = int(evidence.order.max(initial=0)) + 1
        if size > len(self._known):
            self._known = np.vstack([self._known, np.zeros((size - len(self._known), 2))])
        self._known *= 1 - step
        np.add.at(self._known, evidence.order.astype(int), np.stack([evidence.known, np.ones_like(evidence.known)], 1))
        order = np.arange(len(self._known), dtype=float)
        share = SHARES[:, None, None] * np.exp(-order / FADES[:, None])
        heads, chances = self._known.T
        # One head in ten chances at the first guess keeps the fit where nothing has been seen.
        now = self.population
        prior = now.known_share(order)
        heads, chances = heads + 0.2 * prior, chances + 0.2
        fit = np.log(share) @ heads + np.log1p(-share) @ (chances - heads)
        best = np.unravel_index(int(fit.argmax()), fit.shape)
        return float(SHARES[best[0]]), float(FADES[best[1]])


def _clip(x: float, low: float, high: float) -> float:
    return min(max(x, low), high)


def _within(x: Gaussian, mean: tuple[float, float], sd: tuple[float, float]) -> Gaussian:
    return Gaussian(_clip(x.mean, *mean), _clip(x.sd, *sd))


SHARES: Floats = np.linspace(0.02, 0.6, 30)
FADES: Floats = np.geomspace(3, 300, 20)
