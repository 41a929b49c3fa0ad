"""`assay validate`: a release in QA, or a contract on files that somebody names, without any project."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from assay.base.errors import AssayError, Fault, Place, WrongUsage
from assay.cli.through import refuse_remote
from assay.cli.validation_options import Wish, with_outputs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from assay.base.names import TableRef
    from assay.contract.model import Contract
    from assay.validation.checks import Check

_CONTRACTS = (".yaml", ".yml", ".json")


@click.command()
@click.argument("target", required=False, metavar="[RELEASE | CONTRACT]")
@click.option("--data", multiple=True, metavar="[TABLE=]FILES", help="Files of a dataset: Parquet, CSV, JSON.")
@click.option("--explain", is_flag=True, help="Say where each verdict comes from, and what was read.")
@click.option(
    "--state",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Where is remembered what was read of files [default: the project's .assay, else a cache].",
)
@click.option("--cut", metavar="NAME", help="Of a release: build it on this cut [default: what the sources hold now].")
@click.option("--anew", is_flag=True, help="Use nothing that was remembered, and remember nothing.")
@with_outputs
@click.option(
    "--project",
    envvar="ASSAY_PROJECT",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="The project's folder [default: the nearest one above with an assay.yaml].",
)
@click.option(
    "--key",
    envvar="ASSAY_KEY",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Your private key [default: key.pem in the configuration folder].",
)
def validate(
    target: str | None, data: tuple[str, ...], explain: bool, state: Path | None, cut: str | None, anew: bool,
    wish: Wish, project: Path | None, key: Path | None,
) -> int:  # fmt: skip
    """Check every rule: of a release's payload, built in QA, or of a contract on files.

    The exit code is 1 if any rule fails, or could not be evaluated.
    """
    if target is not None and target.lower().endswith(_CONTRACTS):
        if cut is not None:
            raise WrongUsage(Fault(Place("--cut"), "a release", f"the contract {target}"))
        return _check_files(Path(target), data, wish, state, is_explained=explain, is_anew=anew)
    if data or state:
        hint = "assay validate flights.odcs.yaml --data 'flights/*.parquet'"
        raise WrongUsage(Fault(Place("validate"), "a contract's file beside --data", target or "none", hint))
    if project is None:
        refuse_remote("validate")
    from assay.cli.validation import validate_release_in_qa
    from assay.wiring import open_home

    return validate_release_in_qa(open_home(project, key), target, wish, cut, is_explained=explain, is_anew=anew)


def _check_files(
    file: Path, data: tuple[str, ...], wish: Wish, state: Path | None, *, is_explained: bool, is_anew: bool
) -> int:
    from assay.wiring_files import open_desk, open_digests, open_samples

    digests = None if is_anew else open_digests(state)
    named = [_named(entry) for entry in data]
    if digests is not None and not wish.sql:
        digests.begin([path for _, _, paths in named for path in paths])  # on another processor, while much is loaded
    from assay.actions.check_files import check_files, rules_of_files
    from assay.base.reading import read_yaml
    from assay.cli.door import read_file
    from assay.cli.validation_outputs import keep, tell
    from assay.contract.parse import parse_contract
    from assay.validation.samples import SampleWish
    from assay.validation.sensitivity import OWN_FILES

    contract = parse_contract(read_yaml(read_file(file, "a contract"), str(file)))
    files = _data_of(contract, named)
    now = datetime.now(UTC)
    desk = open_desk(state, digests)
    if wish.sql:
        return _show_sql(rules_of_files(desk, contract, files, wish.selection))
    samples = SampleWish(wish.samples, wish.cleared(OWN_FILES))
    store = open_samples(state) if wish.keeps else None
    results = list(check_files(desk, contract, files, wish.selection, now, samples, is_explained=is_explained))
    code = tell(results, wish, now)
    _tell_untested(contract, files)
    if store is not None:
        keep(store, results, wish, now)
    return code


def _tell_untested(contract: Contract, files: Mapping[TableRef, Sequence[str]]) -> None:
    """Name the datasets without data, beside the results: what is not tested is never passed over."""
    from assay.base.names import TableRef
    from assay.base.printable import printable
    from assay.cli.output import count
    from assay.validation.checks import checks_of

    for dataset in contract.datasets:
        if TableRef(None, dataset.name) not in files:
            rules = count(len(checks_of(contract, dataset)), "rule")
            click.echo(printable(f"{dataset.name}: no data was named for it; none of {rules} was run"), err=True)


def _show_sql(rules: Mapping[str, tuple[Sequence[Check], Mapping[str, Sequence[str]]]]) -> int:
    from assay.cli.validation_text import show_sql

    for name, (checks, queries) in rules.items():
        show_sql(name, checks, queries)
    return 0


def _named(entry: str) -> tuple[str, str | None, tuple[str, ...]]:
    """Find the files that an entry names; return it with its table, None where none is named, and the files."""
    from assay.wiring_files import find_files

    name, equals, pattern = entry.partition("=")
    paths = find_files(pattern if equals else entry)
    if not paths:
        raise WrongUsage(Fault(Place(f"--data {entry}"), "files", "none that match"))
    return entry, name if equals else None, paths


def _data_of(
    contract: Contract, named: Sequence[tuple[str, str | None, Sequence[str]]]
) -> Mapping[TableRef, tuple[str, ...]]:
    """Say which table the files are of; without one the contract's only dataset is meant."""
    from assay.base.names import parse_table_ref

    found: dict[TableRef, tuple[str, ...]] = {}
    seen: set[tuple[TableRef, Path]] = set()
    for entry, name, paths in named:
        if name is None and len(contract.datasets) != 1:
            names = ", ".join(dataset.name for dataset in contract.datasets)
            raise WrongUsage(Fault(Place(f"--data {entry}"), "TABLE=FILES", "no table", f"The contract has {names}."))
        try:
            table = parse_table_ref(contract.datasets[0].name if name is None else name)
        except AssayError as error:
            said = [Fault(Place(f"--data {entry}"), fault.expected, fault.found) for fault in error.faults]
            raise WrongUsage(*said) from error
        for path in paths:
            real = (table, Path(path).resolve())
            if real in seen:
                raise WrongUsage(Fault(Place(f"--data {entry}"), "each file of a table once", f"{path} again"))
            seen.add(real)
        found[table] = (*found.get(table, ()), *paths)
    return found
