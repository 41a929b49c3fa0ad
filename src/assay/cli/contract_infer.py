"""`assay contract infer`: a contract proposed from what the rows of files or tables show."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from assay.base.errors import Fault, Place, WrongUsage
from assay.base.names import NAME, check_name
from assay.base.printable import printable
from assay.cli.door import refuse_existing, write_new
from assay.cli.output import count
from assay.cli.through import refuse_remote

if TYPE_CHECKING:
    from assay.actions.contract_infer import Inferred
    from assay.actions.infer_tables import Origin

_OTHER = re.compile(r"[^a-z0-9]+")
_ENDINGS = (".parquet", ".csv", ".tsv", ".json", ".ndjson", ".jsonl", ".gz", ".zst")


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILES...")
@click.option("--table", "tables", multiple=True, metavar="NAME", help="Of a database or a place; may be repeated.")
@click.option("--name", metavar="NAME", help="Of the dataset [default: that of the file, its folder, or the table].")
@click.option("--id", "contract_id", metavar="ID", help="Of the contract [default: the dataset's name].")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), metavar="FILE",
    help="Write it there; of tables also a folder, a file for each [default: the terminal].",
)  # fmt: skip
@click.option("--no-values", is_flag=True, help="Write no accepted values and no bounds: both are values of rows.")
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@click.option("--product", metavar="NAME", help="Of a place: whose datasets [default: the only product].")
@click.option("--project", envvar="ASSAY_PROJECT", type=click.Path(path_type=Path), metavar="DIR",
              help="Of a place: the project's folder [default: the nearest one above with an assay.yaml].")  # fmt: skip
def infer(
    files: tuple[str, ...], tables: tuple[str, ...], name: str | None, contract_id: str | None, output: Path | None,
    no_values: bool, force: bool, product: str | None, project: Path | None,
) -> None:  # fmt: skip
    """Propose a contract for Parquet, CSV or JSON files of one table, or for tables, from what their rows show.

    FILES are files or patterns (*, **); or one file of DuckDB or SQLite, one address of PostgreSQL
    (postgresql://USER@HOST:PORT/DATABASE, the password in PGPASSWORD or as '${NAME}'), or one place (dev, qa, prod,
    R-0001, PRODUCT@VERSION, cut:NAME), with --table for each table that is meant. What was concluded, and what is left
    to you, is said beside it.
    """
    from assay.wiring_tables import is_database, open_database_tables

    wish = Wish(name, contract_id, output, with_values=not no_values, is_forced=force)
    if len(files) == 1 and is_database(files[0]):
        with open_database_tables(files[0]) as origin:
            _infer_tables(origin, tables, wish)
    elif len(files) == 1 and _is_place(files[0]):
        _infer_tables(_place(files[0], product, project), tables, wish)
    elif tables:
        raise WrongUsage(Fault(Place("--table"), "one database or place", "files, which are one table"))
    else:
        _infer_files(files, wish)


@dataclass(frozen=True, slots=True)
class Wish:
    """What whoever asks wants of the contracts: their names, where they go, and how much they say."""

    name: str | None
    contract_id: str | None
    output: Path | None
    with_values: bool
    is_forced: bool


def _infer_files(files: Sequence[str], wish: Wish) -> None:
    if wish.output is not None and wish.output.is_dir():
        raise WrongUsage(Fault(Place(str(wish.output)), "a file to write", "a folder"))
    if wish.output is not None:
        refuse_existing(wish.output, force=wish.is_forced)  # before anything is read
    from assay.actions.contract_infer import infer_contract
    from assay.wiring_files import open_desk

    paths = _found(files)
    dataset = check_name(wish.name, "dataset", "--name") if wish.name is not None else _name_of(paths)
    engine = open_desk(None, None).engine(paths)
    try:
        done = infer_contract(engine, paths, dataset, wish.contract_id or dataset, with_values=wish.with_values)
    finally:
        engine.close()
    named = ", ".join(Path(file).name if Path(file).is_absolute() else file for file in files)
    _write(done, named, wish.output, wish)


def _infer_tables(origin: Origin, named: Sequence[str], wish: Wish) -> None:
    from assay.actions.infer_tables import infer_tables, tables_meant
    from assay.wiring_files import open_desk

    tables = tables_meant(origin, named)
    if len(tables) > 1 and (wish.name or wish.contract_id):
        raise WrongUsage(Fault(Place("--name, --id"), "one table", f"{len(tables)}, which have names of their own"))
    if len(tables) > 1 and (wish.output is None or not wish.output.is_dir()):
        hint = "Make one first; each table gets a file in it."
        raise WrongUsage(Fault(Place("-o"), f"a folder for the contracts of {len(tables)} tables", "none", hint))
    names = {table: wish.name or _spelled(re.split(r"[./]", table)[-1], table) for table in tables}
    for name in names.values():
        check_name(name, "dataset", "--name")
    twice = sorted({name for name in names.values() if list(names.values()).count(name) > 1})
    if twice:
        hint = "Ask for them one by one, with --name."
        raise WrongUsage(Fault(Place("--table"), "tables of different names", f"several called {twice[0]}", hint))
    outputs = {table: _output(wish.output, name) for table, name in names.items()}
    for output in outputs.values():
        if output is not None:
            refuse_existing(output, force=wish.is_forced)
    wanted = {table: (name, wish.contract_id or name) for table, name in names.items()}
    done = list(infer_tables(origin, wanted, open_desk(None, None).engine, with_values=wish.with_values))
    for table, one in done:
        _write(one, f"{origin.shown}, {table}", outputs[table], wish)


def _output(output: Path | None, name: str) -> Path | None:
    return output / f"{name}.odcs.yaml" if output is not None and output.is_dir() else output


def _write(done: Inferred, origin: str, output: Path | None, wish: Wish) -> None:
    text = done.proposal.text(f"{count(done.table.rows, 'row')} of {printable(origin)}")
    if output is None:
        click.echo(text, nl=False)
    else:
        write_new(output, text, force=wish.is_forced)
    _tell(done, output)


def _is_place(name: str) -> bool:
    """Say whether a name is of a place with datasets; a file of that name comes first."""
    from assay.actions.compared_places import is_place_name

    is_file = any(sign in name for sign in "*?[/\\") or name.lower().endswith(_ENDINGS)
    return is_place_name(name) and not is_file and not Path(name).exists()


def _place(name: str, product: str | None, project: Path | None) -> Origin:
    from assay.actions.compared_places import place_named
    from assay.actions.infer_tables import origin_of_place
    from assay.wiring import open_home

    if project is None:
        refuse_remote("contract infer")
    return origin_of_place(place_named(open_home(project), name, product))


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
    return _spelled(stem, paths[0])


def _spelled(stem: str, where: str) -> str:
    """Return a text as a name of a dataset."""
    name = _OTHER.sub("_", stem.lower()).strip("_")
    name = name if name[:1].isalpha() else f"table_{name}"
    name = name[:63].strip("_")
    if not NAME.fullmatch(name):
        hint = "Name it with --name."
        raise WrongUsage(Fault(Place(where), "a name to make the dataset's name of", repr(stem), hint))
    return name


def _tell(done: Inferred, output: Path | None) -> None:
    """Say beside the contract what was concluded, and what was not."""
    kept = [f"{name} stays text: {reason}" for name, reason in done.table.texts.items()]
    click.echo("Concluded from the data:", err=True)
    for words in (*done.proposal.guesses, *kept):
        click.echo(printable(f"  {words}"), err=True)
    click.echo("Left to you:", err=True)
    for words in done.proposal.left:
        click.echo(f"  {words}", err=True)
    if output is not None:
        click.echo(printable(f"{output} is written. Look at it: assay contract show {output}"), err=True)
