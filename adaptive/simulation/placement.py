"""Placement measured on simulated examinees: length, error, exposure and time."""

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np
from scipy.special import expit

from adaptive.selection.exposure import SPAN, after, opened, sit
from adaptive.selection.placement import NONE, Bank, Rule

RULE = Rule(error=0.3, items=100)


@dataclass(frozen=True, slots=True)
class PlacementRow:
    """items: mean test length; rmse: of the ability, logits; max_exposure: the largest share of examinees per item."""

    items: float
    rmse: float
    max_exposure: float
    microseconds_per_item: float


def measure(
    examinees: int = 200,
    cap: float | None = None,
    seed: int = 7,
    items: int = 300,
    progress: Callable[[], Any] = lambda: None,
) -> PlacementRow:
    """a = exp(.3 N), b ~ U(−3, 3), θ ~ N(0, 1), then the luck (examinees, items), all drawn in this order from `seed`.

    With a cap, the bank is a new one: it opens at its opening prices and learns from these examinees, as the service's
    does (`adaptive.exposures` keeps the same state between tests), and its cap is promised over these examinees.
    """
    rng = np.random.default_rng(seed)
    a, b = np.exp(0.3 * rng.standard_normal(items)), rng.uniform(-3, 3, items)
    theta = rng.standard_normal(examinees)
    right = rng.random((examinees, items)) < expit(a * (theta[:, None] - b))
    bank = Bank(a, b)
    exposure = None if cap is None else opened(bank, RULE, cap, min(examinees, SPAN))
    uses, abilities = np.zeros(items), np.zeros(examinees)
    began = perf_counter()
    for number in range(examinees):
        tariff, closed = (None, NONE) if exposure is None else (exposure.tariff(bank, RULE), exposure.closed())
        session = sit(bank, RULE, right[number], tariff, closed)
        exposure = exposure and after(exposure, session.given)
        uses[list(session.given)] += 1
        abilities[number] = session.ability
        progress()
    spent = perf_counter() - began
    return PlacementRow(
        items=float(uses.sum() / examinees),
        rmse=float(np.sqrt(np.mean(np.square(abilities - theta)))),
        max_exposure=float(uses.max() / examinees),
        microseconds_per_item=float(1e6 * spent / uses.sum()),
    )
