"""Contracts as files: lint, show, compare, write anew as v3.2.0. No project is needed for it."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from assay.actions.lint import Linted, is_refused, lint_contracts
from assay.base.errors import WrongUsage, refusal
from assay.base.printable import printable
from assay.cli.contract_diff import diff
from assay.cli.contract_export import export
from assay.cli.contract_import import import_
from assay.cli.contract_infer import infer
from assay.cli.door import read_file, write_file
from assay.cli.output import as_json, count, heading, line, table
from assay.connectors.contract_schema import load_contract_schema
from assay.contract.lint_rules import LINT_RULES, Grade
from assay.documentation.lint_results import finding_json, lint_github
from assay.project.layout import CONTRACT
from assay.stores.worktree import find_project

if TYPE_CHECKING:
    from assay.validation.checks import Check

_COLOURS: dict[Grade, str] = {Grade.FAULT: "red", Grade.HINT: "yellow"}
_WHAT = "a contract"

_FORM = click.option(
    "-o", "--output", "form", type=click.Choice(["text", "json", "github"]), default="text",
    help="For people, machines, or annotations in GitHub Actions.",
)  # fmt: skip


@click.group()
def contract() -> None:
    """Lint contracts, show what one promises, compare two versions, upgrade, infer, export and import one."""


contract.add_command(diff)
contract.add_command(export)
contract.add_command(import_)
contract.add_command(infer)


@contract.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[FILE|FOLDER]...")
@_FORM
@click.option("--strict", is_flag=True, help="Refuse for hints too.")
@click.option("--faults", "faults_only", is_flag=True, help="Leave the hints out.")
@click.option("--explain", "rule", metavar="RULE", help="Say what a rule means, and nothing else.")
@click.option(
    "--project", envvar="ASSAY_PROJECT", type=click.Path(path_type=Path), metavar="DIR",
    help="Whose contracts, where no file is named [default: the nearest one above].",
)  # fmt: skip
def lint(
    paths: tuple[Path, ...], form: str, strict: bool, faults_only: bool, rule: str | None, project: Path | None
) -> int:
    """Find every fault of contracts, and give hints; exit code 1 if there is a fault.

    Without a name: all contracts (*.odcs.yaml) of the project.
    """
    if rule is not None:
        _explain(rule)
        return 0
    linted = lint_contracts(_contracts(paths, project), load_contract_schema())
    if faults_only and not strict:
        linted = tuple(_without_hints(one) for one in linted)
    if form == "json":
        as_json({one.file: [finding_json(found) for found in one.findings] for one in linted})
    elif form == "github":
        for said in lint_github([found for one in linted for found in one.findings]):
            click.echo(said)
    else:
        _show(linted)
    return 1 if is_refused(linted, strict=strict) else 0


@contract.command()
@click.argument("path", type=click.Path(path_type=Path), metavar="FILE")
def show(path: Path) -> None:
    """Say in words what a contract promises: every check, and what happens when it is broken."""
    from assay.base.reading import read_yaml
    from assay.contract.parse import parse_contract
    from assay.validation.checks import checks_of

    said = parse_contract(read_yaml(read_file(path, _WHAT), _shown(path)))
    line(
        printable(f"{said.name or said.id}, version {said.version}" + (f", {said.status}" if said.status else "")),
        bold=True,
    )
    for dataset in said.datasets:
        checks = checks_of(said, dataset)
        counts = f"{count(len(dataset.properties), 'column')}, {count(len(checks), 'check')}"
        heading(printable(f"{dataset.name}: {counts}"))
        if dataset.granularity:
            line(printable(f"One row for each: {dataset.granularity}"), indent=2)
        table([(printable(check.sentence), _consequence(check)) for check in checks], ("promise", "if broken"))


@contract.command()
@click.argument("path", type=click.Path(path_type=Path), metavar="FILE")
@click.option("--write", is_flag=True, help="Change the file; without it the changes are shown only.")
def upgrade(path: Path, write: bool) -> None:
    """Write a contract of v3.0 or v3.1 anew as v3.2.0, with its comments wherever its lines can stay."""
    from assay.actions.upgrade import upgrade_contract

    done = upgrade_contract(read_file(path, _WHAT), _shown(path))
    if done.before == done.after:
        line(f"{_shown(path)} is of v3.2.0 already; nothing to do.")
        return
    for said in difflib.unified_diff(
        done.before.splitlines(), done.after.splitlines(), _shown(path), "as v3.2.0", n=1, lineterm=""
    ):
        click.secho(printable(said), fg={"+": "green", "-": "red"}.get(said[:1]))
    heading(count(len(done.steps), "change"))
    for place, sentence in done.steps:
        line(printable(f"line {place.line}: {sentence}"), indent=2)
    if done.lost:
        line(
            f"{count(len(done.lost), 'comment')} could not be kept: {printable('; '.join(done.lost))}", colour="yellow"
        )
    if write:
        write_file(path, done.after.encode())
        line(f"{_shown(path)} is written.")
    else:
        line("Nothing is written yet; --write does it.")


def _consequence(check: Check) -> str:
    from assay.validation.conditions import Unverified

    if isinstance(check.test, Unverified):
        return printable(f"{check.test.outcome}, not tested: {check.test.reason}")
    return str(check.severity)


def _explain(rule: str) -> None:
    if rule not in LINT_RULES:
        near = difflib.get_close_matches(rule, LINT_RULES, n=3)
        hint = f"Near to it: {', '.join(near)}." if near else f"There are {', '.join(LINT_RULES)}."
        raise WrongUsage(*refusal("--explain", expected="the name of a rule", found=printable(rule), hint=hint).faults)
    line(f"{rule} ({LINT_RULES[rule].grade})", bold=True)
    line(LINT_RULES[rule].meaning, indent=2)


def _contracts(paths: Sequence[Path], project: Path | None) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """Give the files that are meant, each with what reads it; a file that two arguments name comes once."""
    roots = paths or [find_project((project or Path.cwd()).resolve())]
    found = dict.fromkeys(file for root in roots for file in (_inside(root) if root.is_dir() else [root]))
    for file in found:
        yield _shown(file), partial(read_file, file, _WHAT)


def _inside(folder: Path) -> list[Path]:
    """List the contracts in a folder, without those in hidden ones; if there is none, the folder, which is none."""
    found = sorted(
        path
        for path in folder.rglob(f"*{CONTRACT}")
        if not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )
    return found or [folder]


def _shown(path: Path) -> str:
    """Return the name by which a file is shown: from the current folder where it lies in it."""
    here = Path.cwd()
    return str(path.resolve().relative_to(here)) if path.resolve().is_relative_to(here) else str(path)


def _without_hints(linted: Linted) -> Linted:
    return Linted(linted.file, tuple(one for one in linted.findings if one.grade is Grade.FAULT))


def _show(linted: Sequence[Linted]) -> None:
    """Print each finding under its place; places are not wrapped, so that a terminal can open them."""
    for one in linted:
        for found in one.findings:
            click.echo(f"{printable(found.where)}: ", nl=False)
            click.secho(f"{found.grade} ", nl=False, fg=_COLOURS[found.grade])
            click.secho(found.rule, bold=True)
            line(printable(f"expected {found.expected}, found {found.found}"), indent=2)
            if found.hint:
                line(printable(found.hint), indent=2)
    counts = ", ".join(count(sum(one.count(grade) for one in linted), grade) for grade in Grade)
    line(f"{count(len(linted), 'contract')}: {counts}.", bold=True)
    if any(one.findings for one in linted):
        line("What a rule means: assay contract lint --explain RULE")
