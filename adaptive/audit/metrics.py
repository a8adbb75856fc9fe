"""The running scores for machines that watch: `proximal_engine_…` on /metrics, of the last WINDOW days."""

from datetime import date, datetime, timedelta

from prometheus_client import Gauge

from adaptive.audit.scores import Summary

WINDOW = 7


def _gauge(name: str, help_text: str) -> Gauge:
    return Gauge(f"proximal_engine_{name}", help_text, ["store"], multiprocess_mode="mostrecent")


PREDICTIONS = _gauge("predictions", "Predictions scored in the last seven days.")
AUC = _gauge("auc", "Area under the ROC curve of those predictions.")
LOG_LOSS = _gauge("log_loss", "Their mean log loss in nats.")
CHALLENGER_LOG_LOSS = _gauge("challenger_log_loss", "That of the challenger on the same answers.")
RMSE = _gauge("rmse", "Their root mean squared error.")
CALIBRATION_ERROR = _gauge("calibration_error", "Expected calibration error over 20 bins.")


def since(now: datetime) -> date:
    """The first day of the window."""
    return now.date() - timedelta(days=WINDOW - 1)


def show(store_id: int, found: Summary | None) -> None:
    """Set the gauges of a store."""
    if found is None:
        return
    store = str(store_id)
    PREDICTIONS.labels(store).set(found.count)
    LOG_LOSS.labels(store).set(found.log_loss)
    CHALLENGER_LOG_LOSS.labels(store).set(found.challenger_log_loss)
    RMSE.labels(store).set(found.rmse)
    CALIBRATION_ERROR.labels(store).set(found.calibration_error)
    if found.auc is not None:
        AUC.labels(store).set(found.auc)
