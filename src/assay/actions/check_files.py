"""Checking files by a contract, without any project: what the contract promises of the data that somebody names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from assay.actions.examining import Examinee, examine
from assay.actions.file_desk import FileDesk, refuse_touched
from assay.actions.file_tables import attach_files, promised_types
from assay.actions.past_numbers import subject_of
from assay.actions.reading_session import TableFiles
from assay.base.canonical import Digest
from assay.base.errors import Fault, Place, WrongUsage
from assay.base.file_forms import FileForm
from assay.base.names import TableRef
from assay.contract.model import Contract, Dataset
from assay.documentation.evidence_results import DatasetResult, sample_of
from assay.validation.checks import Check, checks_of
from assay.validation.rule_sql import sql_of_rules
from assay.validation.samples import SampleWish
from assay.validation.selection import Selection, select_checks

if TYPE_CHECKING:
    from assay.base.ports import Engine, PartResults


class HeldResults:
    """The `PartResults` port that keeps what it is told to itself until it is known to be true."""

    def __init__(self, memory: PartResults) -> None:
        """Stand before a memory."""
        self._memory = memory
        self._held: dict[Digest, dict[str, Any]] = {}

    def get(self, part: Digest) -> Mapping[str, Any]:
        """Return what is known of a part, by name."""
        return {**self._memory.get(part), **self._held.get(part, {})}

    def put(self, part: Digest, values: Mapping[str, Any]) -> None:
        """Hold it."""
        self._held.setdefault(part, {}).update(values)

    def pass_on(self) -> None:
        """Let the memory have it."""
        for part, values in self._held.items():
            self._memory.put(part, values)
        self._held.clear()


def datasets_with_data(contract: Contract, data: Mapping[TableRef, Sequence[str]]) -> tuple[Dataset, ...]:
    """Return the datasets of a contract for which there is data, in the contract's order.

    Raises:
        WrongUsage: there is none for any.
    """
    found = tuple(dataset for dataset in contract.datasets if TableRef(None, dataset.name) in data)
    if not found:
        names = ", ".join(dataset.name for dataset in contract.datasets) or "none"
        hint = f"Datasets of {contract.file}: {names}. Name the data as --data NAME=FILES."
        given = ", ".join(str(table) for table in data) or "none"
        raise WrongUsage(Fault(Place(contract.file), "data of one of its datasets", f"data of {given}", hint))
    return found


def check_files(
    desk: FileDesk, contract: Contract, data: Mapping[TableRef, Sequence[str]], selection: Selection, now: datetime,
    wish: SampleWish, *, is_explained: bool,
) -> Iterator[DatasetResult]:  # fmt: skip
    """Check every dataset of a contract for which there is data.

    Args:
        desk: where files are looked at.
        contract: by which they are checked.
        data: table to its files, Parquet, CSV or JSON; those of other tables are what rules compare with.
        selection: which rules.
        now: against which ages are measured, with a time zone.
        wish: which failing rows are wanted.
        is_explained: whether it is told where each verdict comes from.

    Raises:
        AssayError: a file is not there or not what its name says; the files of one table have different columns; a file
            was touched while it was read, so that nobody knows of what the verdicts would speak.
    """
    promised = [(dataset, checks_of(contract, dataset)) for dataset in datasets_with_data(contract, data)]
    wanted = {id(check) for check in select_checks([one for _, checks in promised for one in checks], selection)}
    everything = [path for paths in data.values() for path in paths]
    engine = desk.engine(everything)
    try:
        stamps = {path: desk.stamp(path) for path in everything}
        files = {table: _files(engine, desk, table, paths, contract) for table, paths in data.items()}
        attached = {table: found.digests for table, found in files.items()}
        for dataset, checks in promised:
            own = files[TableRef(None, dataset.name)]
            chosen = [check for check in checks if id(check) in wanted]
            examinee = Examinee(own, attached, subject_of(contract.id, dataset.name))
            held = HeldResults(desk.memory)
            examined = examine(engine, chosen, examinee, held, now, wish)
            refuse_touched(desk, stamps)
            held.pass_on()
            yield DatasetResult(
                contract=contract.id,
                version=contract.version,
                file=contract.file,
                dataset=dataset.name,
                rows=examined.explained.rows,
                verdicts=examined.verdicts,
                checks={check.id: check for check in chosen},
                samples={check_id: sample_of(rows) for check_id, rows in examined.samples.items() if rows},
                not_run=len(checks) - len(chosen),
                explained=examined.explained if is_explained else None,
            )
    finally:
        engine.close()


def rules_of_files(
    desk: FileDesk, contract: Contract, data: Mapping[TableRef, Sequence[str]], selection: Selection
) -> dict[str, tuple[tuple[Check, ...], Mapping[str, tuple[str, ...]]]]:
    """Return the rules of every dataset for which there is data, each with its queries; none is run.

    Raises:
        AssayError: a file is not there or not what its name says.
    """
    promised = [(dataset, checks_of(contract, dataset)) for dataset in datasets_with_data(contract, data)]
    wanted = {id(check) for check in select_checks([one for _, checks in promised for one in checks], selection)}
    found = {}
    engine = desk.engine([path for paths in data.values() for path in paths])
    try:
        for dataset, checks in promised:
            table = TableRef(None, dataset.name)
            columns = attach_files(engine, table, data[table], promised_types(dataset)).columns
            chosen = tuple(check for check in checks if id(check) in wanted)
            found[dataset.name] = (chosen, sql_of_rules(chosen, table, columns))
    finally:
        engine.close()
    return found


def _files(engine: Engine, desk: FileDesk, table: TableRef, paths: Sequence[str], contract: Contract) -> TableFiles:
    """Attach the files of a table; of what had to be written anew nothing is remembered."""
    found = attach_files(engine, table, paths, promised_types(contract.find(str(table))))
    digests = desk.digests(paths) if found.form is FileForm.PARQUET else None
    return TableFiles(table, found.columns, found.paths, digests)
