"""The program's entry: the table of commands, each loaded when it is used, and the one place that catches all."""

from __future__ import annotations

import gc
import importlib
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import click

from assay.base.errors import AssayError
from assay.base.version import __version__

# Name, module, what it does: the help is printed from here, so that `assay --help` loads none of them.
COMMANDS: dict[str, tuple[str, str]] = {
    "init": ("assay.cli.init", "Make a new project in a folder."),
    "status": ("assay.cli.status", "Who I am, what needs me, every release, production."),
    "next": ("assay.cli.status", "The one next command for me."),
    "request": ("assay.cli.discovery", "Ask for something; list, show, cancel requests."),
    "assess": ("assay.cli.discovery", "Say of each column: have, derivable or missing."),
    "release": ("assay.cli.releasing", "Open, list, show, cancel releases; sign release orders."),
    "contract": ("assay.cli.contract", "Propose, lint, show, compare, upgrade contracts."),
    "change": ("assay.cli.change", "What changes, its class, and whom it will need."),
    "plan": ("assay.cli.development", "What a build would run, and why."),
    "build": ("assay.cli.development", "Build a product's datasets in dev or QA."),
    "lineage": ("assay.cli.lineage", "From which column what is shown comes, and what it touches."),
    "sql": ("assay.cli.step_sql", "A step's query as DuckDB is given it."),
    "test": ("assay.cli.step_tests", "Unit tests of steps: given rows, expected rows."),
    "cut": ("assay.cli.cuts", "Pin what the sources hold now, to build on it again."),
    "compare": ("assay.cli.compare", "What differs between two environments, releases, files."),
    "query": ("assay.cli.development", "Ask the built datasets of an environment in SQL."),
    "shell": ("assay.cli.shell", "A prompt over an environment: SQL, statement after statement."),
    "freeze": ("assay.cli.shipping", "Freeze the payload of a release from a clean commit."),
    "validate": ("assay.cli.validate", "Check every rule: of a release in QA, or of a contract on files."),
    "samples": ("assay.cli.samples", "Failing rows that validations kept: list, show, erase."),
    "publish": ("assay.cli.validation", "Publish dashboards to QA and check them."),
    "signoff": ("assay.cli.validation", "Accept or reject what waits for you."),
    "delegate": ("assay.cli.delegating", "Name who signs off for you while you are away."),
    "delegations": ("assay.cli.delegating", "Who signs off for whom; end it."),
    "bundle": ("assay.cli.shipping", "Build, inspect, verify the bundle for production."),
    "node": ("assay.cli.node", "The automation node: admit, deploy, run, release, roll back."),
    "monitor": ("assay.cli.releasing", "Runs, durations, rows and freshness in production."),
    "feedback": ("assay.cli.releasing", "Ask for and give feedback; it opens the next request."),
    "process": ("assay.cli.status", "Show the gates: what is asked, of whom, in which order."),
    "completion": ("assay.cli.completion", "Completion of commands and names in a shell."),
    "schema": ("assay.cli.schema", "JSON Schemas of a project's files, for editors."),
    "ledger": ("assay.cli.record", "Verify, show, export, import the ledger."),
    "key": ("assay.cli.record", "Make your key pair; show whose key you hold."),
    "login": ("assay.cli.login", "Let commands act through a portal, with a token of yours."),
    "logout": ("assay.cli.login", "Forget the token for a portal."),
    "portal": ("assay.cli.portal", "Serve the pages for people without a terminal; give accounts."),
    "demo": ("assay.cli.demo", "Play the whole process on real flights."),
}

VARIABLE = "_ASSAY_COMPLETE"
"""In it a shell asks for completions."""

_FAR = "assay.cli.remote"
_NAMES_PROJECT = "assay.names_project"


class LazyGroup(click.Group):
    """A group whose commands are imported when they are asked for."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Note whether a project's folder is named before the command is looked for."""
        ctx.meta[_NAMES_PROJECT] = any(arg == "--project" or arg.startswith("--project=") for arg in args)
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order of the process."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Import the command's module and return the command."""
        if name not in COMMANDS:
            return None
        from assay.cli.through import is_remote

        is_far = is_remote(name, names_project=ctx.meta.get(_NAMES_PROJECT, False))
        module = importlib.import_module(_FAR if is_far else COMMANDS[name][0])
        command = getattr(module, name.replace("-", "_"))
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands from the table alone."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="assay")
def cli() -> None:
    """Take an analytic product from a question to a released, monitored product, and prove every step."""


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code: 0 done, 1 refused or failed, 2 usage, 3 unexpected, 130 stopped."""
    try:
        result: Any = cli.main(args=list(arguments), prog_name="assay", standalone_mode=False, color=_colour())
    except AssayError as error:
        complain(error)
        return error.exit_code
    except click.exceptions.Exit as stop:
        return int(stop.exit_code)
    except click.ClickException as error:
        error.show()
        return 2
    except (KeyboardInterrupt, click.Abort):
        click.echo("Stopped. Nothing half done is visible; run the command again to go on.", err=True)
        return 130
    except BrokenPipeError:
        _print_no_more()
        return 0
    except Exception as error:  # the entry point: everything else is unexpected and says so
        from assay.base.full_disk import is_full_disk

        if isinstance(error, OSError) and is_full_disk(error):
            return _no_room(error)
        if os.environ.get("ASSAY_DEBUG"):
            raise
        click.echo(f"Unexpected: {type(error).__name__}: {error}", err=True)
        click.echo("This is a defect of Assay. Run again with ASSAY_DEBUG=1 for the whole trace.", err=True)
        return 3
    return result if isinstance(result, int) else 0


def _print_no_more() -> None:
    """Let nothing of what waits to be printed be tried again at the end."""
    with suppress(OSError):  # whoever took the standard output's place has no file
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _no_room(error: OSError) -> int:
    """Say that a disk is full, of which nobody said so who wrote to it: where this is printed, or another file."""
    from assay.base.errors import refusal

    _print_no_more()
    where = str(error.filename or "what is printed")
    complain(refusal(where, expected="space on the disk", found="a full disk", hint="Free some space there."))
    return 1


def _colour() -> bool | None:
    """Say no where nobody wants colours (no-color.org); None lets the terminal decide."""
    return False if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb" else None


def main() -> None:
    """Run the command line and leave with its exit code."""
    gc.set_threshold(_YOUNG_OBJECTS)
    if VARIABLE in os.environ:
        from assay.cli.completion import complete

        sys.exit(complete(os.environ[VARIABLE]))
    sys.exit(run(sys.argv[1:]))


_YOUNG_OBJECTS = 100_000
"""Objects made before rubbish is looked for. Python looks at every 700th: while a command loads its modules, which all
stay, that is a sixth of its time (`assay status`, 1.48 s of CPU to 1.26)."""


def complain(error: AssayError) -> None:
    """Print every fault of an error for people."""
    from assay.base.printable import printable

    for fault in error.faults:
        click.echo(printable(fault.where), err=True)
        click.echo(f"  expected  {printable(fault.expected)}", err=True)
        click.echo(f"  found     {printable(fault.found)}", err=True)
        if fault.hint:
            click.echo(f"  {printable(fault.hint)}", err=True)
    if len(error.faults) > 1:
        click.echo(f"{len(error.faults)} faults. Nothing was changed.", err=True)
