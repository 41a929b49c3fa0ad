"""`assay shell`: a prompt over an environment, or statements from standard input."""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import click

from assay.actions.environments import DEV, QA
from assay.actions.home import Home
from assay.actions.make import product_named
from assay.actions.prompt import Prompt, open_prompt
from assay.actions.query import Answer
from assay.base.errors import AssayError
from assay.base.printable import printable
from assay.base.texts import decoded
from assay.cli.door import with_home
from assay.cli.main import complain
from assay.cli.output import answer_table, as_json, count, line, table
from assay.cli.shell_history import Typing
from assay.sql.statements import split_statements

_HISTORY = "shell_history"
_MORE = "   ...> "

HELP = (
    ("SELECT ...;", "a query in DuckDB's SQL, over as many lines as it needs, ended by ;"),
    ("DESCRIBE TABLE;", "its columns; SUMMARIZE TABLE; looks at its values"),
    (".tables", "what can be asked: name, rows, columns"),
    (".help", "this"),
    (".quit", "the end; Ctrl-D too. Ctrl-C ends a query, or takes back what is typed"),
)


def _as_text(answer: Answer) -> None:
    answer_table(answer.columns, answer.rows)


def _as_json(answer: Answer) -> None:
    as_json(answer.records())


def _as_csv(answer: Answer) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow([column.name for column in answer.columns])
    writer.writerows(answer.rows)


_FORMS: Mapping[str, Callable[[Answer], None]] = {"text": _as_text, "json": _as_json, "csv": _as_csv}


@click.command()
@click.argument("product", required=False)
@click.option("--env", "environment", type=click.Choice([DEV, QA]), default=DEV, show_default=True, help="Where.")
@click.option("-o", "--output", "form", type=click.Choice(list(_FORMS)), default="text", help="For people or machines.")
@click.option(
    "--limit", type=click.IntRange(min=0), metavar="ROWS",
    help="At most so many rows of each answer [default: 50 at a terminal, all of them from standard input].",
)  # fmt: skip
@with_home
def shell(home: Home, product: str | None, environment: str, form: str, limit: int | None) -> int:
    """Ask what an environment serves in SQL, statement after statement; nothing can be changed from here.

    Tables are named as in steps: sources.NAME, DATASET, PRODUCT.DATASET. With PRODUCT its datasets and its sources
    come before those of others of the same name. Without a terminal, statements are read from standard input.
    """
    if product is not None:
        product_named(home.project, product)
    with open_prompt(home.workshop, environment, tuple(home.project.products), product) as prompt:
        show = _FORMS[form]
        if sys.stdin.isatty():
            return _typed(prompt, environment, show, 50 if limit is None else limit)
        return _scripted(prompt, show, limit)


def _scripted(prompt: Prompt, show: Callable[[Answer], None], limit: int | None) -> int:
    """Run what stands on standard input; the first statement that fails ends it.

    Raises:
        AssayError: it fails.
    """
    statements, rest = split_statements(decoded(sys.stdin.buffer.read(), "query", "Send it as UTF-8."))
    for sql in (*statements, *([rest] if rest else [])):
        answer, _ = prompt.ask(sql, limit)
        show(answer)
    return 0


def _typed(prompt: Prompt, environment: str, show: Callable[[Answer], None], limit: int) -> int:
    """Take what somebody types, until they go."""
    names = [str(name) for name in prompt.tables]
    line(f"{environment}: {count(len(names), 'table')}, to be read only. .help says more, .quit ends.")
    with Typing(_history(), names) as typing:
        typed, is_cancelled = "", False
        while True:
            try:
                if is_cancelled:
                    is_cancelled = False
                    click.echo("Cancelled.")
                said = typing.ask(_MORE if typed else f"{environment}> ")
                if typed or not said.strip().startswith("."):
                    typed = _run(prompt, f"{typed}\n{said}" if typed else said, show, limit)
                elif not _told(said.strip().rstrip(";"), prompt):
                    return 0
            except KeyboardInterrupt:  # wherever it comes: no more is done here, for a second one may follow at once
                typed, is_cancelled = "", True
            except EOFError:
                click.echo()
                return 0


def _run(prompt: Prompt, typed: str, show: Callable[[Answer], None], limit: int) -> str:
    """Run the statements that are at their end, and return what is still being typed."""
    try:
        statements, rest = split_statements(typed)
    except AssayError:  # a string or a comment goes on in the next line
        return typed
    for sql in statements:
        try:
            answer, is_more = prompt.ask(sql, limit)
            show(answer)
            if is_more:
                line(f"Only the first {count(limit, 'row')}; start with --limit for more.")
        except AssayError as error:
            complain(error)
            return ""
    return rest


def _told(word: str, prompt: Prompt) -> bool:
    """Do what a word with a dot asks; False when it asks to end."""
    if word in {".quit", ".exit"}:
        return False
    if word == ".tables":
        listed = sorted(prompt.tables.items(), key=lambda each: (each[0].schema or "", each[0].name))
        rows = [(str(name), f"{of.rows:,}", ", ".join(c.name for c in of.columns)) for name, of in listed]
        table([[printable(cell) for cell in row] for row in rows], ("table", "rows", "columns"))
    else:
        if word != ".help":
            line(printable(f"There is no {word}."))
        table(HELP)
    return True


def _history() -> Path:
    """Return where lines are remembered: beside this user's key, for all projects."""
    from assay.wiring import default_key

    return default_key().parent / _HISTORY
