"""`proximal evaluate`: how well the engine predicts the responses of a log, one response ahead."""

import json
from collections.abc import Iterable, Sequence
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from tqdm import tqdm

if TYPE_CHECKING:
    from adaptive.evaluation import Report, Score
    from adaptive.logs import Log

LOG = click.Path(path_type=Path)


@click.command("evaluate")
@click.option("--train", type=LOG, help="Log of the learners to learn items and skills from; none for an empty store.")
@click.option("--test", type=LOG, required=True, help="Log of the learners to predict.")
@click.option(
    "--live", is_flag=True, help="Learn items and skills from the test responses too, each after it is scored."
)
@click.option(
    "--two-pass",
    is_flag=True,
    help="Learn the training log twice over, at half the weight, as nights do.",
)
@click.option("--json", "as_json", is_flag=True, help="One line of JSON.")
def command(train: Path | None, test: Path, live: bool, two_pass: bool, as_json: bool) -> None:
    """Run the production engine over response logs and print how good its predictions were.

    A log is tab separated (user_id item_id timestamp correct skills), plain or gzip, skills joined by ~.
    """
    from adaptive.evaluation import evaluate
    from adaptive.logs import read

    if two_pass and train is None:
        raise click.UsageError("--two-pass needs --train.")
    training, tested = None if train is None else read(train), read(test)
    if training is not None:
        _warn_of_known(training, tested)
    report = evaluate(training, tested, live=live, two_pass=two_pass, progress=_progress)
    click.echo(json.dumps(report.as_json()) if as_json else table(report))


def table(report: "Report") -> str:
    """The report for a reader."""
    score = report.score
    lines = [
        f"{score.responses:,} responses of {report.learners:,} learners after learning {report.train_responses:,}",
        f"AUC                 {_auc(score.auc)}  {_interval(report)}",
        f"accuracy            {score.accuracy:.4f}",
        f"log loss            {score.log_loss:.4f}",
        f"RMSE                {score.rmse:.4f}",
        f"calibration error   {score.ece:.4f}  ({score.ece_floor:.4f} is to be expected of exact probabilities)",
        f"per response        {report.microseconds_per_response:.1f} µs median, {report.microseconds_p99:.1f} µs p99",
        f"responses a second  {report.responses_per_second:,.0f} (of processor time)",
        "",
        "response of a learner  responses     AUC  log loss  calibration error (to be expected)",
    ]
    lines.extend(_line(f"{part.first}–{part.last or ''}", part.score) for part in report.slices)
    return "\n".join(lines)


def _line(name: str, score: "Score") -> str:
    ece = f"{score.ece:.4f} ({score.ece_floor:.4f})"
    return f"{name:<21}  {score.responses:>9,}  {_auc(score.auc):<6}    {score.log_loss:.4f}  {ece}"


def _auc(auc: float) -> str:
    """A dash where all answers are alike."""
    return "–" if isnan(auc) else f"{auc:.4f}"


def _interval(report: "Report") -> str:
    low, high = report.auc_interval
    if isnan(report.score.auc):
        return "(not defined: all answers are right, or all wrong)"
    if isnan(low):
        return "(no interval: it takes two learners)"
    return f"(95 % of resampled learners: {low:.4f} to {high:.4f})"


def _warn_of_known(training: "Log", tested: "Log") -> None:
    """Predictions of learners who were learnt from are better than those of new ones."""
    known = {row.user for row in training.rows} & {row.user for row in tested.rows}
    if known:
        click.echo(f"Warning: {len(known):,} learners are in both logs; the figures flatter.", err=True)


def _progress(stream: Sequence[Any], title: str) -> Iterable[Any]:
    return tqdm(stream, desc=title, unit=" responses", unit_scale=True, mininterval=0.5)
