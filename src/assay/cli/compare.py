"""`assay compare`: two environments, releases, versions, snapshots or files, by key, with what moved and from where."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from assay.base.errors import Fault, Place, WrongUsage
from assay.cli.output import rewrite
from assay.cli.through import refuse_remote
from assay.cli.validation_options import MOST_SAMPLES
from assay.wiring_compare import PlacesWish, are_files, compare_named_files, compare_named_places, compare_wish

if TYPE_CHECKING:
    from assay.actions.compared_tables import CompareWish
    from assay.comparison.results import Comparison


@click.command()
@click.argument("before", metavar="BEFORE")
@click.argument("after", metavar="AFTER")
@click.argument("datasets", nargs=-1, metavar="[DATASET]...")
@click.option("--on", "key", metavar="COLUMNS", help="The key, parted by commas [default: the contract's].")
@click.option("--tolerance", "tolerances", multiple=True, metavar="[COLUMN=]N[%]", help="So far numbers may be apart.")
@click.option("--ignore", "ignored", multiple=True, metavar="COLUMN", help="Do not compare a column.")
@click.option("--renamed", multiple=True, metavar="OLD=NEW", help="A column has got another name.")
@click.option("--by", "dimensions", multiple=True, metavar="COLUMNS", help="Where measures moved: by these columns.")
@click.option("--measure", "measures", multiple=True, metavar="MEASURE", help="rows, sum(COLUMN) or mean(COLUMN).")
@click.option("--contract", type=click.Path(path_type=Path), metavar="FILE", help="Of files: says key and secrets.")
@click.option("--product", metavar="NAME", help="Whose datasets [default: the only product].")
@click.option("--node", type=click.Path(path_type=Path), metavar="DIR", help="The node that keeps production's data.")
@click.option("--same-cut", "is_same_cut", is_flag=True, help="Build BEFORE on the sources of AFTER first.")
@click.option("--samples", type=click.IntRange(0, MOST_SAMPLES), default=3, show_default=True, metavar="N",
              help="Rows that are shown of each kind of difference.")  # fmt: skip
@click.option("-o", "--output", "form", type=click.Choice(["text", "json", "html"]), default="text", show_default=True,
              help="text and html for people, json for machines.")  # fmt: skip
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write it to a file.")
@click.option("--exit-code", "is_strict", is_flag=True, help="Exit with 1 if anything differs.")
@click.option("--project", envvar="ASSAY_PROJECT", type=click.Path(path_type=Path), metavar="DIR",
              help="The project's folder [default: the nearest one above with an assay.yaml].")  # fmt: skip
@click.option("--key", "person_key", envvar="ASSAY_KEY", type=click.Path(path_type=Path), metavar="FILE",
              help="Your private key [default: key.pem in the configuration folder].")  # fmt: skip
def compare(
    before: str, after: str, datasets: tuple[str, ...], key: str | None, tolerances: tuple[str, ...],
    ignored: tuple[str, ...], renamed: tuple[str, ...], dimensions: tuple[str, ...], measures: tuple[str, ...],
    contract: Path | None, product: str | None, node: Path | None, is_same_cut: bool, samples: int, form: str,
    out: Path | None, is_strict: bool, project: Path | None, person_key: Path | None,
) -> int:  # fmt: skip
    """Compare two tables: what differs in rows, cells, columns and sums.

    BEFORE and AFTER are environments (dev, qa, prod, released, candidate), releases (R-0001), versions
    (PRODUCT@VERSION), pinned cuts (cut:NAME), snapshots (sha256:...), or patterns of Parquet, CSV or JSON files.
    DATASET is one of theirs, or sources/NAME for a source as it was in their cuts; without one, all datasets are
    compared.
    """
    wish = _wish(key, tolerances, ignored, renamed, dimensions, measures, samples)
    is_read_by_many = form != "text" or out is not None
    progress = _progress(is_quiet=is_read_by_many)
    places = PlacesWish(datasets, product, node, is_same_cut)
    if are_files(before, after, places, has_contract=contract is not None):
        one = compare_named_files(before, after, contract, wish, progress, for_file=is_read_by_many)
        found = [(after, one)]
    else:
        if project is None:
            refuse_remote("compare")
        from assay.wiring import open_home

        home = open_home(project, person_key)
        found = compare_named_places(home, before, after, places, wish, progress, for_file=is_read_by_many)
    _tell(found, form, out)
    return int(is_strict and any(not one.is_identical for _, one in found))


def _wish(
    key: str | None, tolerances: Sequence[str], ignored: Sequence[str], renamed: Sequence[str],
    dimensions: Sequence[str], measures: Sequence[str], samples: int,
) -> CompareWish:  # fmt: skip
    names = dict(_renaming(text) for text in renamed)
    apart = dict(_apart(text) for text in tolerances)
    by = [tuple(_listed(text)) for text in dimensions]
    return compare_wish(tuple(_listed(key)) if key else (), apart, names, ignored, by, measures, samples)


def _apart(text: str) -> tuple[str, str]:
    """Part a tolerance into its column, empty for all, and how far; without a column it is read as a whole."""
    column, _, number = text.strip().rpartition("=")
    return (column, number) if column else ("", text)


def _listed(names: str) -> Iterable[str]:
    return (name.strip() for name in names.split(",") if name.strip())


def _renaming(text: str) -> tuple[str, str]:
    old, equals, new = text.partition("=")
    if not (old and equals and new):
        raise WrongUsage(Fault(Place(f"--renamed {text}"), "OLD=NEW", "another form"))
    return old, new


def _progress(*, is_quiet: bool) -> Callable[[str], None]:
    def tell(text: str) -> None:
        if not is_quiet:
            rewrite(f"{text} ...")

    return tell


def _tell(found: Sequence[tuple[str, Comparison]], form: str, out: Path | None) -> None:
    rewrite()
    if form == "text" and out is None:
        from assay.cli.output import show
        from assay.documentation.comparison_blocks import comparison_blocks

        for number, (name, one) in enumerate(found):
            if number:
                click.echo()
            show(comparison_blocks(name, one))
        return
    content = _written(found, form)
    if out is None:
        click.echo(content, nl=False)
        return
    from assay.cli.door import write_file

    write_file(out, content.encode())
    click.echo(f"written to {out}")


def _written(found: Sequence[tuple[str, Comparison]], form: str) -> str:
    import json

    if form == "html":
        from assay.cli.page_texts import page_texts
        from assay.documentation.comparison_page import PAGE, PARTS, comparison_page

        return comparison_page(found, datetime.now(UTC), page_texts(PAGE, PARTS))
    if form == "json":
        from assay.comparison.results import as_json

        whole = {name: as_json(one) for name, one in found}
        return json.dumps(whole, indent=2, ensure_ascii=False, default=str) + "\n"
    raise WrongUsage(Fault(Place("--out"), "-o json or -o html", "text, which is for the terminal"))
