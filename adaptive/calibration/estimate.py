"""From responses to calibrated items: difficulty, discrimination, guessing, and how well each is known."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from adaptive.calibration import quadrature
from adaptive.calibration.acceleration import Ascent, climb
from adaptive.calibration.correction import posterior_means
from adaptive.calibration.graded import LOCATION, LOG_SLOPE, Graded
from adaptive.calibration.marginal import Estimation
from adaptive.calibration.priors import Priors
from adaptive.calibration.responses import Floats, Responses
from adaptive.calibration.uncertainty import covariances
from lrs.errors import BadRequest

MODELS = ("1pl", "2pl", "3pl", "grm")
PRETEST = 30.0
WARM_UP, LEARNING = 5, range(2, 5)
TYPICAL = 1.5  # mean squared slope up to which the nodes need not be denser
TELLING = 1.0  # a learner's answers then tell as much of ability as the population does


@dataclass(frozen=True, slots=True)
class Calibration:
    """Items on the scale of a standard normal population; arrays lead with items.

    `rows` and `covariance` are in the parameters of `graded` (log a, b, log-gaps, logit c); `mode` is where the
    log posterior peaks, `rows` the posterior mean. `pretest` marks items with fewer than PRETEST answers.
    """

    model: Graded
    estimation: Estimation
    rows: Floats
    mode: Floats
    covariance: Floats
    answers: Floats
    priors: Priors
    ascent: Ascent

    @property
    def a(self) -> Floats:
        """Discrimination per standard deviation of ability, > 0."""
        return np.exp(self.rows[:, LOG_SLOPE])

    @property
    def b(self) -> Floats:
        """Difficulty: the mean of an item's thresholds, in standard deviations of ability."""
        return self.rows[:, LOCATION]

    @property
    def c(self) -> Floats:
        """Guessing probability."""
        return self.model.guess(self.rows)

    @property
    def a_se(self) -> Floats:
        return self.a * self.log_a_se

    @property
    def log_a_se(self) -> Floats:
        return np.sqrt(self.covariance[:, LOG_SLOPE, LOG_SLOPE])

    @property
    def b_se(self) -> Floats:
        return np.sqrt(self.covariance[:, LOCATION, LOCATION])

    @property
    def thresholds(self) -> Floats:
        """(items, width − 1), NaN beyond an item's own."""
        return self.model.thresholds(self.rows)

    @property
    def threshold_se(self) -> Floats:
        """(items, width − 1) by the delta method, NaN beyond an item's own."""
        slopes = self.model.threshold_slopes(self.rows)
        variance = np.einsum("jtp,jpr,jtr->jt", slopes, self.covariance, slopes)
        return np.where(np.isnan(self.thresholds), np.nan, np.sqrt(variance))

    @property
    def pretest(self) -> NDArray[np.bool_]:
        return self.answers < PRETEST

    @property
    def converged(self) -> bool:
        return self.ascent.converged


def calibrate(
    responses: Responses,
    model: str = "2pl",
    *,
    priors: Priors | None = None,
    expected_difficulty: Floats | None = None,
    floor: Floats | None = None,
    tolerance: float = 2e-4,
    limit: int = 200,
) -> Calibration:
    """Marginal maximum a posteriori estimates with standard errors.

    `model` is 1pl (one slope for all), 2pl, 3pl (guessing estimated too) or grm (as 2pl, for items of any number of
    categories; the others ask for two). `floor` (items,) is a known guessing probability; `expected_difficulty`
    (items,) shifts an item's prior, as an author's label does. Never raises for odd answers: an item everyone gets
    right, or that nobody met, has the finite estimate its prior allows and a wide standard error.
    """
    form = _form(responses, model, floor)
    offsets = np.zeros(responses.items) if expected_difficulty is None else np.asarray(expected_difficulty, float)
    if offsets.shape != (responses.items,) or not np.isfinite(offsets).all():
        raise BadRequest(f"Expected difficulties are {responses.items} finite numbers, one an item.")
    estimation, priors, start = _warm_up(responses, form, priors or Priors(), offsets, shared=model == "1pl")
    ascent = climb(estimation.step, start.ravel(), tolerance, limit)
    mode = ascent.point.reshape(start.shape)
    expected = estimation.expect(mode)
    covariance = covariances(estimation, mode, expected)
    rows = mode if estimation.shared else posterior_means(estimation, mode, expected)
    return Calibration(form, estimation, rows, mode, covariance, responses.answers, priors, ascent)


def _form(responses: Responses, model: str, floor: Floats | None) -> Graded:
    if model not in MODELS:
        raise BadRequest(f"There is no model {model!r}; use one of {', '.join(MODELS)}.")
    if model != "grm" and responses.width > 2:
        raise BadRequest(f"The {model} reads right and wrong alone; use grm for items of more categories.")
    known = np.zeros(responses.items) if floor is None else np.asarray(floor, float)
    if known.shape != (responses.items,) or not ((known >= 0) & (known < 1)).all():
        raise BadRequest(f"Guessing floors are {responses.items} probabilities below 1, one an item.")
    return Graded(responses.categories, np.where(responses.categories == 2, known, 0.0), guessing=model == "3pl")


def _warm_up(
    responses: Responses, form: Graded, priors: Priors, offsets: Floats, *, shared: bool
) -> tuple[Estimation, Priors, Floats]:
    """A few expanded EM steps from the mean scores, learning the priors between them.

    Answers too few or too alike to tell learners apart cannot tell steep items from a wide population: what they
    would teach of slopes runs away, so the priors then stay as given.
    """
    blocks = responses.blocks()

    def problem(belief: Priors, steepness: float = 1.0) -> Estimation:
        nodes = quadrature.for_length(responses.longest, steepness)
        mean, precision = belief.rows(form, offsets)
        if shared:
            precision[:, LOG_SLOPE] /= max(responses.items, 1)
        return Estimation(blocks, form, nodes, mean, precision, shared)

    estimation = problem(priors)
    share = _shares(responses)
    rows = _start(responses, share, estimation.mean)
    known = responses.answers >= PRETEST
    learning = priors.learnt and _information(responses, share) >= TELLING
    for round_ in range(WARM_UP):
        rows, variance = estimation.expanded_step(rows)
        if learning and round_ in LEARNING:
            priors = priors.learn(rows[known], variance[known], offsets[known], slopes=not shared)
            estimation = problem(priors)
    if learning:
        priors = priors.widened()
    steepness = float(np.mean(np.exp(2 * rows[:, LOG_SLOPE]))) if len(rows) else 1.0
    return problem(priors, max(1.0, steepness / TYPICAL)), priors, rows


def _start(responses: Responses, share: Floats, mean: Floats) -> Floats:
    """Prior means, with difficulties from the items' mean scores."""
    rows = mean.copy()
    rows[:, LOCATION] = np.where(responses.answers > 0, -1.2 * np.log(share / (1 - share)), mean[:, LOCATION])
    return rows


def _information(responses: Responses, share: Floats) -> float:
    """What a learner's answers tell of ability on average, about: Σ p (1 − p), the information at slopes of 1."""
    return float((responses.answers * share * (1 - share)).sum()) / max(responses.learners, 1)


def _shares(responses: Responses) -> Floats:
    """Mean scores of the items (items,) as shares of the highest, with a right and a wrong answer more."""
    counts = np.asarray(responses.table.sum(0), float).reshape(responses.items, -1)
    return np.asarray((counts @ np.arange(responses.width) / (responses.categories - 1) + 1) / (counts.sum(1) + 2))
