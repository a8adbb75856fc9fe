"""SQUAREM: squared extrapolation of a fixed-point map (Varadhan & Roland 2008, scheme S3), kept uphill."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from adaptive.calibration.responses import Floats

Step = Callable[[Floats], tuple[Floats, float]]

SLACK = 1e-8  # what single precision leaves of a log likelihood
LONGEST_LEAP = 2.0


@dataclass(frozen=True, slots=True)
class Ascent:
    """`point` reached, `objective` at each accepted point, map evaluations, and whether the last step was small."""

    point: Floats
    objective: tuple[float, ...]
    evaluations: int
    converged: bool


def climb(step: Step, point: Floats, tolerance: float, limit: int) -> Ascent:
    """Iterates `step`, which returns the next point and the objective at the point it was given.

    A step from an extrapolated point whose objective fell is thrown away, so the objective never falls.
    Stops when coordinates move by at most `tolerance` in the root mean square, or after `limit` evaluations.
    """
    first, value = step(point)
    trace, evaluations = [value], 1
    while evaluations < limit:
        if _length(first - point) <= tolerance:
            return Ascent(first, tuple(trace), evaluations, True)
        second, value = step(first)
        trace.append(value)
        if _length(second - first) <= tolerance:
            return Ascent(second, tuple(trace), evaluations + 1, True)
        leap = _extrapolate(point, first, second)
        landed, height = step(leap)
        evaluations += 2
        if not height >= value - SLACK * abs(value):
            leap = second
            landed, height = step(second)
            evaluations += 1
        point, first = leap, landed
        trace.append(height)
    return Ascent(first, tuple(trace), evaluations, False)


def _length(move: Floats) -> float:
    return float(np.sqrt(np.mean(move**2))) if move.size else 0.0


def _extrapolate(start: Floats, first: Floats, second: Floats) -> Floats:
    move, bend = first - start, second - 2 * first + start
    curve = float(np.linalg.norm(bend))
    length = -float(np.linalg.norm(move)) / curve if curve > 0 else -1.0
    length = min(length, -1.0)
    leap = start - 2 * length * move + length**2 * bend
    return second + np.clip(leap - second, -LONGEST_LEAP, LONGEST_LEAP)
