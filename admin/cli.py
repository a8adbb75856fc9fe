"""The command line: a table of commands, each loaded when it is called, and failures as one sentence."""

import os
import sys
from importlib import import_module

import click

from lrs.errors import ProximalError

COMMANDS = {
    "serve": ("admin.commands.serve", "Run the store: Postgres, web processes and the engine worker."),
    "demo": ("admin.commands.demo", "Run a demonstration with a course, people and records."),
    "migrate": ("admin.commands.migrate", "Bring the database to this release's schema."),
    "doctor": ("admin.commands.doctor", "Say what is wrong with this installation and what to do."),
    "credentials": ("admin.commands.credentials", "List, make and revoke credentials."),
    "accounts": ("admin.commands.accounts", "List and make people's accounts, and have a password set anew."),
    "forget": ("admin.commands.forget", "Delete all that a store keeps of a person."),
    "bench": ("admin.commands.bench", "Measure this machine against its own Postgres."),
    "evaluate": ("admin.commands.evaluate", "Say how well the engine predicts the responses of a log."),
    "calibrate": ("admin.commands.calibrate", "Calibrate item parameters from responses."),
    "simulate": ("admin.commands.simulate", "Measure placement and the choice of activities on simulated people."),
    "import": ("admin.commands.importing", "Send a file of statements to a store."),
    "export": ("admin.commands.exporting", "Write a store's statements to a file."),
    "replay": ("admin.commands.replay", "Send a response log to a store as statements."),
}
INTERRUPTED = 130


class Commands(click.Group):
    """Commands by name; listing them loads none of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(COMMANDS[cmd_name][0]).command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in COMMANDS.items()])


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="proximal", prog_name="proximal")
def proximal() -> None:
    """An xAPI learning record store that decides what each learner should do next."""


def main() -> None:
    """Run the command line. Exit codes: 0 done, 1 failed, 2 called wrongly, 130 interrupted."""
    try:
        outcome = proximal.main(prog_name="proximal", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except ProximalError as error:
        _fail(error.message)
    except (KeyboardInterrupt, click.Abort):
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
    except Exception as error:
        if os.environ.get("PROXIMAL_DEBUG"):
            raise
        _fail(
            f"Something went wrong that should not have ({type(error).__name__}: {error}); "
            "PROXIMAL_DEBUG=1 shows where."
        )
    sys.exit(outcome if isinstance(outcome, int) else 0)


def _fail(sentence: str) -> None:
    click.echo(f"Error: {sentence}", err=True)
    sys.exit(1)


if __name__ == "__main__":
    main()
