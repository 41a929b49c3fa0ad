"""`assay contract infer`: a contract proposed from what the rows of files show."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from assay.base.errors import Fault, Place, WrongUsage, refusal
from assay.base.names import NAME, check_name
from assay.base.printable import printable
from assay.cli.door import write_file
from assay.cli.output import count

if TYPE_CHECKING:
    from assay.actions.contract_infer import Inferred

_OTHER = re.compile(r"[^a-z0-9]+")


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILES...")
@click.option("--name", metavar="NAME", help="Of the dataset [default: that of the file, or of its folder].")
@click.option("--id", "contract_id", metavar="ID", help="Of the contract [default: the dataset's name].")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
    help="Write it there [default: the terminal].",
)  # fmt: skip
@click.option("--no-values", is_flag=True, help="Write no accepted values and no bounds: both are values of rows.")
@click.option("--force", is_flag=True, help="Write over a file that is there.")
def infer(
    files: tuple[str, ...], name: str | None, contract_id: str | None, output: Path | None, no_values: bool, force: bool
) -> None:
    """Propose a contract for Parquet, CSV or JSON files of one table, from what their rows show.

    FILES are files or patterns (*, **). What was concluded, and what is left to you, is said beside it.
    """
    if output is not None and output.exists() and not force:
        hint = "Name another file, or write over it with --force."
        raise refusal(str(output), expected="a file that is not there yet", found="one that is", hint=hint)
    from assay.actions.contract_infer import infer_contract
    from assay.wiring_files import open_desk

    paths = _found(files)
    dataset = check_name(name, "dataset", "--name") if name is not None else _name_of(paths)
    engine = open_desk(None, None).engine(paths)
    try:
        done = infer_contract(engine, paths, dataset, contract_id or dataset, with_values=not no_values)
    finally:
        engine.close()
    named = ", ".join(Path(file).name if Path(file).is_absolute() else file for file in files)
    text = done.proposal.text(f"{count(done.table.rows, 'row')} of {printable(named)}")
    if output is None:
        click.echo(text, nl=False)
    else:
        write_file(output, text.encode())
    _tell(done, output)


def _found(files: Sequence[str]) -> tuple[str, ...]:
    """Return the files that are named, each once."""
    from assay.wiring_files import find_files

    found: dict[Path, str] = {}
    for pattern in files:
        paths = find_files(pattern)
        if not paths:
            raise WrongUsage(Fault(Place(pattern), "files", "none that match"))
        for path in paths:
            found.setdefault(Path(path).resolve(), path)
    return tuple(found.values())


def _name_of(paths: Sequence[str]) -> str:
    """Make a name of a file's; of several, of their folder's."""
    from assay.base.file_forms import unpacked

    first = Path(paths[0])
    stem = Path(unpacked(first.name)).stem if len(paths) == 1 else first.resolve().parent.name
    name = _OTHER.sub("_", stem.lower()).strip("_")
    name = name if name[:1].isalpha() else f"table_{name}"
    name = name[:63].strip("_")
    if not NAME.fullmatch(name):
        hint = "Name it with --name."
        raise WrongUsage(Fault(Place(paths[0]), "a name to make the dataset's name of", repr(stem), hint))
    return name


def _tell(done: Inferred, output: Path | None) -> None:
    """Say beside the contract what was concluded, and what was not."""
    from assay.contract.infer import LEFT

    kept = [f"{name} stays text: {reason}" for name, reason in done.table.texts.items()]
    click.echo("Concluded from the data:", err=True)
    for words in (*done.proposal.guesses, *kept):
        click.echo(printable(f"  {words}"), err=True)
    click.echo("Left to you:", err=True)
    for words in LEFT:
        click.echo(f"  {words}", err=True)
    if output is not None:
        click.echo(printable(f"{output} is written. Look at it: assay contract show {output}"), err=True)
