"""Policies side by side in one world, with the gap each closes from the fixed order to the oracle."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from adaptive.simulation.policies import AtRandom, Cohort, FixedOrder, Oracle, Production
from adaptive.simulation.world import Policy, Result, SimulatedLearner, World, gap_closed, run


def _learnt() -> Callable[[SimulatedLearner], Policy]:
    cohort = Cohort()
    return lambda _: cohort.policy()


POLICIES: dict[str, Callable[[], Callable[[SimulatedLearner], Policy]]] = {
    "random": lambda: lambda _: AtRandom(),
    "fixed": lambda: lambda _: FixedOrder(),
    "oracle": lambda: Oracle,
    "given": lambda: lambda _: Production(),
    "learnt": _learnt,
}


def compare(
    world: World, learners: Sequence[int], names: Iterable[str], progress: Callable[[], Any] = lambda: None
) -> dict[str, dict[str, Any]]:
    """Rows by policy: mastered and error after each mark, and gap_closed; names must hold fixed and oracle.

    `given` is told the constants of learning; `learnt` starts from weak guesses and learns them from answers.
    """
    results = {name: run(POLICIES[name](), world, learners, progress=progress) for name in names}
    return {name: _row(result, results["fixed"], results["oracle"]) for name, result in results.items()}


def _row(result: Result, fixed: Result, oracle: Result) -> dict[str, Any]:
    return {
        "mastered": _by_mark(result, result.means()),
        "error": _by_mark(result, result.errors()),
        "gap_closed": _by_mark(result, gap_closed(result, fixed, oracle)),
    }


def _by_mark(result: Result, values: Iterable[float]) -> dict[str, float]:
    return {str(mark): round(float(value), 4) for mark, value in zip(result.marks, values, strict=True)}
