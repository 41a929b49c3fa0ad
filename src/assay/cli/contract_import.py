"""`assay contract import`: a contract from another format, and what of that a contract cannot hold."""

from __future__ import annotations

from pathlib import Path

import click

from assay.base.errors import Fault, Place, WrongUsage
from assay.cli.contract_export import DIALECTS
from assay.cli.door import read_file
from assay.cli.not_carried import tell_outcome, with_outcome

SOURCES = ("dbt", "ddl", "json-schema")
_WHATS = {"dbt": "a manifest of dbt", "ddl": "SQL", "json-schema": "a JSON schema"}


@click.command(name="import")
@click.argument("path", type=click.Path(path_type=Path), metavar="FILE")
@click.option("--from", "source", type=click.Choice(SOURCES), required=True, help="The format.")
@click.option("--dialect", type=click.Choice(DIALECTS), help="Of SQL, for ddl [default: duckdb].")
@click.option(
    "--select", "select", multiple=True, metavar="NAME",
    help="A model, seed, snapshot or SOURCE.TABLE; may come more than once [default: the whole project].",
)  # fmt: skip
@click.option("--name", metavar="NAME", help="Of the contract [default: the project's name, or the file's].")
@with_outcome
def import_(
    path: Path, source: str, dialect: str | None, select: tuple[str, ...], name: str | None, out: Path | None,
    force: bool, lost: str,
) -> int:  # fmt: skip
    """Make a contract of v3.2.0 from dbt's manifest.json, CREATE TABLE statements or a JSON schema.

    It is one contract with a dataset for each model, table or object, a draft that passes the lint; what it cannot hold
    is listed on standard error.
    """
    from assay.actions.contract_import import Source, import_contract
    from assay.connectors.contract_schema import load_contract_schema
    from assay.contract.formats.dialects import Dialect

    if dialect is not None and source != "ddl":
        raise WrongUsage(Fault(Place("--dialect"), "ddl as the format", source))
    if select and source != "dbt":
        raise WrongUsage(Fault(Place("--select"), "dbt as the format", source))
    made = import_contract(
        read_file(path, _WHATS[source]),
        str(path),
        name,
        Source(source),
        load_contract_schema(),
        dialect=Dialect(dialect or "duckdb"),
        select=select,
    )
    tell_outcome(made.text, made.not_carried, lost, out, force=force)
    return 0
