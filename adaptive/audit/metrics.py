"""The running scores for machines that watch, over all stores: `proximal_engine_…` on /metrics."""

from collections.abc import Awaitable, Callable
from math import nan

from adaptive.audit.auditing import everywhere, recent_alarms
from adaptive.audit.scores import Summary
from lrs.metrics import Measure
from lrs.observers import AnyConnection


def _scored(name: str, told: str, pick: Callable[[Summary], float | None]) -> Measure:
    """NaN where nothing has been scored, or the number does not exist."""

    async def value(connection: AnyConnection) -> float:
        found = await everywhere(connection)
        number = pick(found) if found is not None else None
        return nan if number is None else number

    return Measure(f"proximal_engine_{name}", told, value)


async def _predictions(connection: AnyConnection) -> float:
    found = await everywhere(connection)
    return 0.0 if found is None else float(found.count)


def _counted(name: str, told: str, value: Callable[[AnyConnection], Awaitable[float]]) -> Measure:
    return Measure(f"proximal_engine_{name}", told, value)


MEASURES = (
    _counted("predictions", "Predictions scored in the last seven days.", _predictions),
    _scored("auc", "Area under the ROC curve of those predictions.", lambda found: found.auc),
    _scored("log_loss", "Their mean log loss in nats.", lambda found: found.log_loss),
    _scored("challenger_log_loss", "The challenger's on the same answers.", lambda found: found.challenger_log_loss),
    _scored("rmse", "Their root mean squared error.", lambda found: found.rmse),
    _scored("calibration_error", "Their expected calibration error.", lambda found: found.calibration_error),
    _counted("alarms", "Alarms of drift raised in the last seven days.", recent_alarms),
)
