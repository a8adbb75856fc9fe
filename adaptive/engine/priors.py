"""The engine's one set of defaults, chosen by log loss on held-out train learners.

Abilities, easiness and weights are logits, variances logits squared, retentions per step; a step is one response, or
REST_STEPS·log(1 + t/REST_SECONDS) of them for t seconds without one.
"""

SLOW_VARIANCE = 1.41
SLOW_DRIFT = 0.0001
FORM_VARIANCE = 0.3
FORM_RETENTION = 0.97

SKILL_VARIANCE = 0.42
SKILL_RETENTION = 0.988
PARENT_SHARE = 0.5
"""How much of a learner's deviation on a parent skill a new skill starts with."""

REST_STEPS = 25.0
SKILL_REST_STEPS = 1.0
REST_SECONDS = 3600.0
LONGEST_REST = 1e10

ITEM_VARIANCE = 1.0
ITEM_STEEPNESS_VARIANCE = 0.08
SKILL_EASINESS_VARIANCE = 0.64
SKILL_STEEPNESS_VARIANCE = 0.04
DISCRIMINATION_FLOOR = 0.2

BIAS_VARIANCE = 1.0
OUTCOMES_VARIANCE = 0.015
PRACTICE_VARIANCE = 0.15
COUNT_VARIANCE = 0.03
PAUSE_VARIANCE = 0.08
SHARPNESS_VARIANCE = 0.005
SHARPNESS_LEAST = 0.2
MOST_LOGIT = 5.0
"""Of the running recalibration; no logit beyond this teaches it."""

WEIGHT_VARIANCE_FLOOR = 1e-4
"""Of weights that are nearly always on: a filter that takes them for independent shrinks them too fast."""

SKILL_AFTER_SET_VARIANCE = 0.25
SET_AFTER_SET_VARIANCE = 0.16
EARLIER_SET_VARIANCES = (0.08, 0.06, 0.06, 0.05)
"""Of what came two, three, four and five responses ago."""
SET_PAUSE_VARIANCE = 0.2
SET_STREAK_VARIANCE = 0.05
ITEM_AFTER_ITEM_VARIANCE = 0.48

PROBIT_SCALE = 0.3927
"""π/8: σ(m/√(1 + π/8·S)) is nearly the mean of σ under N(m, S) (MacKay 1992)."""
