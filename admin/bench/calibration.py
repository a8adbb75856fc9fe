"""The recipe of simulated calibrations, run and timed: errors, coverage of the intervals, seconds, memory."""

import resource
import sys
import time
from typing import Any

import numpy as np
from tqdm import tqdm

from adaptive.calibration import calibrate
from adaptive.calibration.recipe import ANCHORS, DESIGNS, Design, draw, judge


def recipe_rows(seeds: int) -> list[dict[str, Any]]:
    """One row a design, means over the seeds; the largest design runs on seed 0 alone."""
    runs = [(design, seed) for design in DESIGNS for seed in range(1 if design.listed else seeds)]
    scores: dict[Design, list[dict[str, float]]] = {}
    _measure(DESIGNS[0], 0)
    for design, seed in tqdm(runs, desc="calibrating", unit="run", file=sys.stderr, disable=None):
        scores.setdefault(design, []).append(_measure(design, seed))
    return [_row(design, found) for design, found in scores.items()]


def _measure(design: Design, seed: int) -> dict[str, float]:
    """Errors, coverage and time of one simulation; the time runs from listed answers to standard errors."""
    drawn = draw(design, np.random.default_rng(seed))
    wall, cpu = time.perf_counter(), time.process_time()
    found = calibrate(drawn.responses())
    seconds, cpu_seconds = time.perf_counter() - wall, time.process_time() - cpu
    score = judge(found, drawn)
    return {
        "b_rmse": score.b_rmse,
        "a_rmse": score.a_rmse,
        "b_coverage": score.b_coverage,
        "a_coverage": score.a_coverage,
        "seconds": seconds,
        "cpu_seconds": cpu_seconds,
        "converged": float(score.converged),
    }


def _row(design: Design, found: list[dict[str, float]]) -> dict[str, Any]:
    means = {name: round(sum(one[name] for one in found) / len(found), 4) for name in found[0]}
    return {
        "learners": design.learners,
        "items": design.items,
        "each": design.each or design.items,
        "seeds": len(found),
        **means,
        "peak_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "anchors": [
            {"name": anchor.name, "b_rmse": anchor.b, "a_rmse": anchor.a, "seconds": anchor.seconds}
            for anchor in ANCHORS.get(design, ())
        ],
    }


def table(rows: list[dict[str, Any]]) -> str:
    """The rows for a reader, each followed by its anchors."""
    lines = [f"{'':34}{'b RMSE':>8}{'a RMSE':>8}{'seconds':>9}{'cpu s':>8}{'b in 95%':>10}{'a in 95%':>10}{'MiB':>7}"]
    for row in rows:
        name = f"{row['learners']:,} × {row['items']:,}, {row['each']} each"
        lines.append(
            f"{name:34}{row['b_rmse']:8.4f}{row['a_rmse']:8.4f}{row['seconds']:9.3f}{row['cpu_seconds']:8.3f}"
            f"{row['b_coverage']:10.1%}{row['a_coverage']:10.1%}{row['peak_mib']:7,}"
        )
        lines += [
            f"{'  ' + anchor['name']:34}{anchor['b_rmse']:8.4f}{anchor['a_rmse']:8.4f}{anchor['seconds']:9.3f}"
            for anchor in row["anchors"]
        ]
    return "\n".join(lines)
