"""Comparing two tables of files, without any project: by the key of a contract, where somebody names one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from assay.actions.compare import compare_tables
from assay.actions.compared_tables import CompareWish, Table, TableFile, eyes_of, with_key
from assay.actions.file_desk import refuse_touched
from assay.actions.file_tables import attach_files, promised_types
from assay.base.names import TableRef
from assay.comparison.results import Comparison
from assay.validation.sensitivity import OWN_FILES, WRITTEN_DOWN

if TYPE_CHECKING:
    from assay.actions.file_desk import FileDesk
    from assay.actions.workshop import Progress
    from assay.contract.model import Dataset


def compare_files(
    desk: FileDesk, files: tuple[tuple[str, Sequence[str]], tuple[str, Sequence[str]]], dataset: Dataset | None,
    wish: CompareWish, progress: Progress, *, for_file: bool,
) -> Comparison:  # fmt: skip
    """Compare two tables of files.

    Args:
        desk: where files are looked at.
        files: before and after, each with a name for it.
        dataset: what a contract says of them; None where there is none.
        wish: how; without a key, that of the contract counts.
        progress: told how far it is.
        for_file: whether the answer is written where many read it.

    Raises:
        AssayError: a file is not there, or not what its name says; the wish names what is not there; or a file was
            touched while it was read, so that nobody knows of what the comparison would speak.
    """
    contracts = (dataset,) if dataset else ()
    everything = [path for _, paths in files for path in paths]
    engine = desk.engine(everything)
    try:
        stamps = {path: desk.stamp(path) for path in everything}
        tables = []
        for number, (name, paths) in enumerate(files, 1):
            found = attach_files(engine, TableRef(None, f"read_{number}"), paths, promised_types(dataset))
            digests = desk.digests(paths) or (None,) * len(paths)
            known = digests if tuple(paths) == found.paths else (None,) * len(paths)  # written anew: other files
            listed = zip(found.paths, known, strict=True)
            tables.append(
                Table(name, found.columns, tuple(TableFile(p, engine.describe(p)[1], digest) for p, digest in listed))
            )
        columns = [*tables[0].columns, *tables[1].columns]
        eyes = eyes_of(contracts, columns, WRITTEN_DOWN if for_file else OWN_FILES, wish.eyes.limit)
        own = with_key(replace(wish, eyes=eyes), contracts)
        compared = compare_tables(engine, tables[0], tables[1], own, progress)
        refuse_touched(desk, stamps)
        return compared
    finally:
        engine.close()
