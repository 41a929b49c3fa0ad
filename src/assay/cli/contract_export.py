"""`assay contract export`: a contract in another format, and what of it that format cannot hold."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from assay.base.errors import Fault, Place, WrongUsage
from assay.cli.door import read_file, refuse_existing, write_new
from assay.cli.not_carried import tell_lost, tell_outcome, with_outcome
from assay.cli.output import line

if TYPE_CHECKING:
    from assay.actions.contract_export import Wish

FORMATS = ("dbt", "ddl", "json-schema", "html", "markdown")
DIALECTS = ("duckdb", "postgres", "redshift", "athena", "hive", "spark")
"""The same as the enumerations have, which would cost every command their import; a test compares them."""

_WITH_DIALECT = ("ddl", "dbt")


@click.command()
@click.argument("path", type=click.Path(path_type=Path), metavar="CONTRACT")
@click.option("--to", "to", type=click.Choice(FORMATS), required=True, help="The format.")
@click.option(
    "--dialect", type=click.Choice(DIALECTS), help="Of SQL, for ddl and dbt [default: duckdb; dbt: the physical types]."
)
@click.option(
    "--as", "form", type=click.Choice(["models", "sources"]), help="What datasets are in dbt [default: models]."
)
@click.option("--dataset", metavar="NAME", help="This one only [default: all].")
@with_outcome
def export(
    path: Path, to: str, dialect: str | None, form: str | None, dataset: str | None, out: Path | None, force: bool,
    lost: str,
) -> int:  # fmt: skip
    """Write a contract in another format; what that cannot hold is listed on standard error.

    With -o and a folder that is there: a file for each dataset.
    """
    from assay.actions.contract_export import export_contract, export_each, merged

    wish = _wish(to, dialect, form)
    content = read_file(path, "a contract")
    if out is not None and out.is_dir() and dataset is None:
        each = list(export_each(content, str(path), wish))
        _write_all(out, [(name, exported.text) for name, exported in each], force=force)
        tell_lost(merged([exported for _, exported in each]), lost)
        return 0
    exported = export_contract(content, str(path), wish, dataset)
    tell_outcome(exported.text, exported.not_carried, lost, out, force=force)
    return 0


def _wish(to: str, dialect: str | None, form: str | None) -> Wish:
    from assay.actions.contract_export import Format, Wish
    from assay.contract.formats.dbt_words import As
    from assay.contract.formats.dialects import Dialect

    if dialect is not None and to not in _WITH_DIALECT:
        raise WrongUsage(Fault(Place("--dialect"), "ddl or dbt as the format", to))
    if form is not None and to != "dbt":
        raise WrongUsage(Fault(Place("--as"), "dbt as the format", to))
    texts = None
    if to == Format.HTML:
        from assay.cli.page_texts import page_texts
        from assay.documentation.contract_page import PAGE, PARTS

        texts = page_texts(PAGE, PARTS)
    return Wish(Format(to), Dialect(dialect) if dialect else None, As(form or "models"), texts)


def _write_all(folder: Path, texts: list[tuple[str, str]], *, force: bool) -> None:
    """Write files into a folder: none where one of them is there and may not be written over."""
    for name, _ in texts:
        refuse_existing(folder / name, force=force)
    for name, text in texts:
        write_new(folder / name, text, force=force)
        line(f"{folder / name} is written.")
