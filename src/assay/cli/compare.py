"""`assay compare`: two environments, releases, versions, snapshots or files, by key, with what moved and from where."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from assay.base.errors import Fault, Place, WrongUsage
from assay.cli.through import refuse_remote

if TYPE_CHECKING:
    from assay.actions.compare import CompareWish
    from assay.actions.compared_places import Place as ComparedPlace
    from assay.comparison.pairing import Tolerance
    from assay.comparison.results import Comparison
    from assay.contract.model import Dataset

_FILES = (".parquet", ".csv", ".tsv", ".json", ".ndjson", ".jsonl", ".gz", ".zst")
_TOLERANCE = re.compile(r"(?:(?P<column>.+)=)?(?P<number>\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)(?P<percent>%?)", re.DOTALL)
_MOST_SAMPLES = 1000
_LINE_ANEW = "\r\033[K"


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
@click.option("--samples", type=click.IntRange(0, _MOST_SAMPLES), default=3, show_default=True, metavar="N",
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
    if _is_files(before) != _is_files(after):
        raise WrongUsage(Fault(Place("compare"), "two patterns of files, or two places", "one of each"))
    if _is_files(before):
        if datasets or product or node or is_same_cut:
            raise WrongUsage(
                Fault(Place("compare"), "two patterns of files", "a dataset, product, node or cut as well")
            )
        found = [(after, _files(before, after, contract, wish, progress, for_file=is_read_by_many))]
    else:
        if contract:
            raise WrongUsage(Fault(Place("--contract"), "files to compare", "places, whose contracts are known"))
        if project is None:
            refuse_remote("compare")
        where = (product, node, project, person_key)
        found = _places(
            (before, after), where, datasets, wish, progress, is_read_by_many=is_read_by_many, is_same_cut=is_same_cut
        )
    _tell(found, form, out)
    return int(is_strict and any(not one.is_identical for _, one in found))


def _files(
    before: str,
    after: str,
    contract: Path | None,
    wish: CompareWish,
    progress: Callable[[str], None],
    *,
    for_file: bool,
) -> Comparison:
    from assay.wiring_files import find_files, open_desk, open_digests

    named = []
    for pattern in (before, after):
        paths = find_files(pattern)
        if not paths:
            raise WrongUsage(Fault(Place(pattern), "files", "none that match"))
        named.append((pattern, paths))
    sizes = [{Path(path).stat().st_size for path in paths} for _, paths in named]
    digests = open_digests(None) if sizes[0] & sizes[1] else None  # of other sizes, no file of one side is in the other
    if digests is not None:
        digests.begin([path for _, paths in named for path in paths])
    from assay.actions.compare_files import compare_files

    dataset = _dataset(contract) if contract else None
    return compare_files(open_desk(None, digests), (named[0], named[1]), dataset, wish, progress, for_file=for_file)


def _dataset(file: Path) -> Dataset:
    from assay.base.reading import read_yaml
    from assay.cli.door import read_file
    from assay.contract.parse import parse_contract

    found = parse_contract(read_yaml(read_file(file, "a contract"), str(file))).datasets
    if len(found) != 1:
        names = ", ".join(one.name for one in found) or "none"
        raise WrongUsage(Fault(Place(str(file)), "a contract of one dataset", names))
    return found[0]


def _places(
    names: tuple[str, str], where: tuple[str | None, Path | None, Path | None, Path | None], datasets: Sequence[str],
    wish: CompareWish, progress: Callable[[str], None], *, is_read_by_many: bool, is_same_cut: bool,
) -> list[tuple[str, Comparison]]:  # fmt: skip
    from assay.actions.compare_places import compare_places
    from assay.actions.compared_places import place_named
    from assay.wiring import open_home, open_node
    from assay.wiring_files import open_desk

    product, node, project, person_key = where
    home = open_home(project, person_key)
    production = open_node(node).workshop if node else None
    places: list[ComparedPlace] = [place_named(home, name, product, production) for name in names]
    if is_same_cut:
        from assay.actions.make import product_meant
        from assay.actions.same_cut import on_cut_of

        places[0] = on_cut_of(home, places[0], places[1], product_meant(home.project, product), progress)
    engine = open_desk(None, None).engine
    return list(
        compare_places(home, engine, (places[0], places[1]), datasets, wish, progress, for_file=is_read_by_many)
    )


def _wish(
    key: str | None, tolerances: Sequence[str], ignored: Sequence[str], renamed: Sequence[str],
    dimensions: Sequence[str], measures: Sequence[str], samples: int,
) -> CompareWish:  # fmt: skip
    from assay.actions.compare import CompareWish
    from assay.comparison.breakdowns import BreakdownWish
    from assay.comparison.pairing import PairingWish
    from assay.comparison.queries import Eyes

    pairing = PairingWish(
        key=tuple(_listed(key)) if key else (),
        renamed=dict(_renaming(text) for text in renamed),
        ignored=frozenset(ignored),
        tolerances=dict(_tolerance(text) for text in tolerances),
    )
    breakdown = BreakdownWish(tuple(measures), tuple(tuple(_listed(names)) for names in dimensions))
    return CompareWish(pairing, breakdown, Eyes({}, limit=samples))


def _listed(names: str) -> Iterable[str]:
    return (name.strip() for name in names.split(",") if name.strip())


def _renaming(text: str) -> tuple[str, str]:
    old, equals, new = text.partition("=")
    if not (old and equals and new):
        raise WrongUsage(Fault(Place(f"--renamed {text}"), "OLD=NEW", "another form"))
    return old, new


def _tolerance(text: str) -> tuple[str, Tolerance]:
    from assay.comparison.pairing import Tolerance

    found = _TOLERANCE.fullmatch(text.strip())
    if found is None:
        hint = "--tolerance 0.01, --tolerance amount=0.01 or --tolerance amount=1%"
        raise WrongUsage(Fault(Place(f"--tolerance {text}"), "a number that is not below 0", "another form", hint))
    number = float(found["number"])
    return found["column"] or "", Tolerance(share=number / 100) if found["percent"] else Tolerance(number)


def _is_files(name: str) -> bool:
    """Say whether a name is of files: it looks like one, or is there; a place is called otherwise."""
    return name.lower().endswith(_FILES) or any(sign in name for sign in "*?[/\\") or Path(name).is_file()


def _progress(*, is_quiet: bool) -> Callable[[str], None]:
    def tell(text: str) -> None:
        if not is_quiet and sys.stderr.isatty():
            click.echo(f"{_LINE_ANEW}{text} ...", nl=False, err=True)

    return tell


def _tell(found: Sequence[tuple[str, Comparison]], form: str, out: Path | None) -> None:
    from assay.cli.compare_text import show

    if sys.stderr.isatty():
        click.echo(_LINE_ANEW, nl=False, err=True)
    if form == "text" and out is None:
        for number, (name, one) in enumerate(found):
            if number:
                click.echo()
            show(name, one)
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
