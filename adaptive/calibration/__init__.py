"""Item calibration: marginal estimation of item response models from sparse answers, pure numpy and scipy."""

from adaptive.calibration.estimate import MODELS, Calibration, calibrate
from adaptive.calibration.priors import Belief, Priors
from adaptive.calibration.responses import Responses, from_matrix, from_triples

__all__ = ["MODELS", "Belief", "Calibration", "Priors", "Responses", "calibrate", "from_matrix", "from_triples"]
