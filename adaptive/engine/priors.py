"""The engine's one set of defaults, chosen by log loss on held-out train learners.

Units: abilities, easiness and weights are logits; rates are per response; variances are logits squared.
"""

SLOW_VARIANCE = 1.41
SLOW_DRIFT = 0.0014
FORM_VARIANCE = 0.56
FORM_RETENTION = 0.89

SKILL_VARIANCE = 0.215
SKILL_RETENTION = 0.970
SKILL_FORM_VARIANCE = 0.007
SKILL_FORM_RETENTION = 0.30

ITEM_VARIANCE = 1.03
DISCRIMINATION_VARIANCE = 0.17
DISCRIMINATION_FLOOR = 0.2
SKILL_EASINESS_VARIANCE = 0.64
BIAS_VARIANCE = 1.0

BIAS_VARIANCE_FLOOR = 1e-4
HISTORY_VARIANCE_FLOOR = 1e-4
OUTCOMES_VARIANCE = 0.095
STREAK_VARIANCE = 0.016
PAIR_VARIANCES = (0.64, 0.32, 0.06)

REST_STEPS = 1.0
REST_SCALE = 3600.0
"""A pause of t seconds ages a learner by 1 + REST_STEPS·log(1 + t/REST_SCALE) responses."""

PROBIT_SCALE = 0.3927
"""π/8: σ(m/√(1 + π/8·S)) is the mean of σ under N(m, S) (MacKay 1992)."""

REMEMBERED_ITEMS = 1024
"""Items a learner's state remembers the last outcome of; the oldest is forgotten first."""

PARENT_SHARE = 0.5
"""How much of a learner's deviation on a parent skill a new skill starts with."""
