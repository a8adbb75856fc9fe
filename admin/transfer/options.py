"""The options that every command talking to an endpoint has."""

import json
from collections.abc import Callable
from typing import Any, TypeVar

import click

from admin.transfer.delivery import Report

Command = TypeVar("Command", bound=Callable[..., Any])


def endpoint_options(command: Command) -> Command:
    """--endpoint, --key and --secret; without them the settings' own server and credential are used."""
    for option in (
        click.option("--secret", help="Secret of the Basic credential."),
        click.option("--key", help="Key of the Basic credential."),
        click.option("--endpoint", metavar="URL", help="xAPI endpoint, such as http://127.0.0.1:8080/xapi."),
    ):
        command = option(command)
    return command


def batch_option(command: Command) -> Command:
    return click.option(
        "--batch", type=click.IntRange(1, 1000), default=50, show_default=True, help="Statements in a request."
    )(command)


def json_option(command: Command) -> Command:
    return click.option("--json", "as_json", is_flag=True, help="The summary as one line of JSON.")(command)


def conclude(report: Report, as_json: bool) -> None:
    """Print the summary; exit with 1 if anything was refused."""
    click.echo(json.dumps(report.as_json()) if as_json else str(report))
    if report.refused:
        raise click.exceptions.Exit(1)
