"""Failing rows: a few rows that show why a rule was broken, looked up anew and masked for whoever looks.

They are of persons and of business, so nothing keeps them: statements hold the verdicts alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from assay.actions.home import Home
from assay.actions.workshop import attached
from assay.base.canonical import Digest
from assay.base.errors import AssayError
from assay.base.names import SOURCES, TableRef
from assay.base.roles import Role
from assay.base.snapshots import Manifest, Slot
from assay.contract.model import Contract
from assay.lifecycle.statements import Statement
from assay.validation.checks import Check, Shown, checks_of
from assay.validation.conditions import Outcome, Query
from assay.validation.masking import clearance
from assay.validation.reads import compile_reads
from assay.validation.samples import SampleWish, sample_reads, showing
from assay.validation.sensitivity import Level, column_levels, levels_of, strictest
from assay.validation.verdicts import Verdict


@dataclass(frozen=True, slots=True)
class FailingRows:
    """Rows that break one rule.

    Attributes:
        columns: the key and what the rule is about; of a rule on duplicates also ``rows``, how often they occur.
        rows: a few; in the place of a masked value stands ``(hidden)``.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look at the rows gave.

    Attributes:
        by_check: check id to its rows; rules that count no rows have none.
        missing: why there are none, where they lie elsewhere or cannot be told any more; empty otherwise.
    """

    by_check: Mapping[str, FailingRows]
    missing: str = ""


NOTHING = Looked({})

BROKEN = frozenset({Outcome.WARN, Outcome.FAIL})
"""Verdicts for which there may be rows to show."""


def failing_rows(
    home: Home, said: Statement, verdicts: Sequence[Verdict], contracts: Sequence[Contract], roles: frozenset[Role]
) -> Looked:
    """Look up rows that break the rules of a dataset, in the snapshot on which they were checked.

    Args:
        home: where the snapshot may lie.
        said: the evidence, about one dataset.
        verdicts: what it says of each rule.
        contracts: the one it was checked against first, then others that say what may be seen, see `masks_of`.
        roles: of the viewer.
    """
    cleared = clearance(roles)
    datasets = [contract.datasets[0] for contract in contracts]
    checks = checks_of(contracts[0], datasets[0])
    if cleared is None or not showing(checks, verdicts):
        return NOTHING
    own = TableRef(None, contracts[0].datasets[0].name)
    tables = dict(_tables(home, said, own.name))
    if own not in tables:
        return Looked({}, "the rows lie where they were checked")
    levels = column_levels(datasets, tables[own].columns)
    raised = [level for name, level in levels.items() if level is not levels_of(datasets[0]).get(name.lower())]
    plan = compile_reads([_levelled(check, levels, raised) for check in checks], own, tables[own].columns)
    found: dict[str, FailingRows] = {}
    with attached(home.workshop, tables, _as_of(said)) as engine:
        for read in sample_reads(plan, verdicts, SampleWish(cleared=cleared)):
            try:
                rows = engine.query(read.sql)
            except AssayError:
                continue  # a table beside it is not here any more; the verdict stands without rows
            found[read.check_id] = FailingRows(read.columns, tuple(rows))
    return Looked(found)


def _levelled(check: Check, levels: Mapping[str, Level], raised: Iterable[Level]) -> Check:
    """Give the columns of a sample the levels of all contracts; an author's query may show any column by another name.

    Args:
        check: with the levels of the contract that it was checked by.
        levels: of the columns of the data, by all contracts together.
        raised: of these, the levels that are others than that contract's.
    """
    said = {name.lower(): level for name, level in levels.items()}
    more = [*raised] if isinstance(check.test, Query) else []
    shown = (
        Shown(one.column, strictest([one.level, said.get(one.column.lower(), one.level), *more])) for one in check.shown
    )
    return replace(check, shown=tuple(shown))


def _tables(home: Home, said: Statement, name: str) -> Iterator[tuple[TableRef, Manifest]]:
    """Give what a dataset was checked with, as far as it is here: what is served beside it, its cut, and itself."""
    product = next((m.id.partition(":")[2].partition("/")[0] for m in said.subjects), "")
    served = home.workshop.pointers.get(said.environment or "", product, Slot.CURRENT)
    cut = said.details.get("cut")
    told: dict[TableRef, Any] = {
        TableRef(None, each): digest for each, digest in (served.snapshots if served else {}).items()
    }
    for source, entry in cut.items() if isinstance(cut, Mapping) else ():
        told[TableRef(SOURCES, source)] = entry.get("digest") if isinstance(entry, Mapping) else None
    told[TableRef(None, name)] = said.details.get("snapshot")
    for table, digest in told.items():
        manifest = home.workshop.snapshots.get(Digest(digest)) if isinstance(digest, str) else None
        if manifest is not None:
            yield table, manifest


def _as_of(said: Statement) -> date | None:
    try:
        return date.fromisoformat(str(said.details.get("as_of")))
    except ValueError:
        return None
