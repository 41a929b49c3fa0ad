"""Checking: every rule of a product's contracts against what was built, each with a verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from assay.actions.workshop import Workshop, attached
from assay.base.canonical import Digest
from assay.base.errors import AssayError
from assay.base.names import TableRef
from assay.base.ports import Engine
from assay.base.snapshots import Manifest
from assay.lifecycle.statements import Result
from assay.project.model import Product
from assay.validation.checks import checks_of
from assay.validation.conditions import Outcome
from assay.validation.profile import Profile, profile_sql, read_profile
from assay.validation.reads import ReadPlan, compile_reads, split
from assay.validation.samples import sample_reads
from assay.validation.sensitivity import sensitive_columns
from assay.validation.verdicts import Verdict, judge, worst


@dataclass(frozen=True, slots=True)
class Checked:
    """What the rules of a dataset's contract say of a snapshot.

    Attributes:
        content: the order-independent digest of its rows.
        profile: numbers about each column, to say where two builds differ; of sensitive columns no values.
        samples: failing rows by check, each as column to value; never written into statements.
    """

    snapshot: Digest
    rows: int
    content: Digest
    profile: Profile
    verdicts: tuple[Verdict, ...]
    samples: Mapping[str, Sequence[Mapping[str, Any]]]
    cut: Mapping[str, Mapping[str, Any]]
    as_of: str

    @property
    def result(self) -> Result:
        """The worst verdict; rules that are skipped do not count, and nothing at all to test is an error."""
        return _RESULTS[worst(self.verdicts)]

    @property
    def counts(self) -> dict[str, int]:
        """How many rules came out how."""
        outcomes = [str(verdict.outcome) for verdict in self.verdicts]
        return {outcome: outcomes.count(outcome) for outcome in dict.fromkeys(outcomes)}

    def as_details(self) -> dict[str, Any]:
        """Return what a statement says of it: numbers and verdicts, no value of any row."""
        return {
            "snapshot": self.snapshot,
            "rows": self.rows,
            "content": self.content,
            "profile": self.profile.as_json(),
            "verdicts": self.counts,
            "rules": [verdict.as_json() for verdict in self.verdicts],
            "cut": {name: dict(entry) for name, entry in self.cut.items()},
            "as_of": self.as_of,
        }


_RESULTS: dict[Outcome, Result] = {
    Outcome.PASS: Result.PASS,
    Outcome.WARN: Result.WARN,
    Outcome.FAIL: Result.FAIL,
    Outcome.ERROR: Result.ERROR,
    Outcome.SKIP: Result.ERROR,
}


def check_product(
    workshop: Workshop, product: Product, snapshots: Mapping[str, Manifest],
    sources: Mapping[TableRef, Manifest], as_of: date, now: datetime, only: str | None = None,
) -> dict[str, Checked]:  # fmt: skip
    """Check every rule of every dataset, each read once.

    Args:
        workshop: where the snapshots are.
        product: whose datasets, by whose contracts.
        snapshots: what was built, by dataset.
        sources: the cut it was built from.
        as_of: its logical date.
        now: against which ages are measured.
        only: one dataset; None for all.
    """
    tables = {**{TableRef(None, name): manifest for name, manifest in snapshots.items()}, **sources}
    cut = {
        table.name: {"digest": manifest.digest, "files": [file.digest for file in manifest.files]}
        for table, manifest in sources.items()
    }
    checked = {}
    with attached(workshop, tables, as_of) as engine:
        for name in product.datasets:
            if only in (None, name):
                manifest = snapshots[name]
                verdicts, samples = _verdicts(engine, product, name, manifest, now)
                content = engine.content(workshop.snapshots.paths(manifest))
                profile = _profile(engine, product, name, manifest)
                checked[name] = Checked(
                    manifest.digest, manifest.rows, content, profile, verdicts, samples, cut, as_of.isoformat()
                )
    return checked


def _profile(engine: Engine, product: Product, name: str, manifest: Manifest) -> Profile:
    hidden = sensitive_columns(product.contracts[name].datasets[0])
    sql = profile_sql(TableRef(None, name), manifest.columns, hidden)
    return read_profile(manifest.columns, engine.query(sql)[0])


def _verdicts(
    engine: Engine, product: Product, name: str, manifest: Manifest, now: datetime
) -> tuple[tuple[Verdict, ...], dict[str, Sequence[Mapping[str, Any]]]]:
    contract = product.contracts[name]
    checks = checks_of(contract, contract.datasets[0])
    plan = compile_reads(checks, TableRef(None, name), manifest.columns)
    verdicts = judge(plan, _read(engine, plan), now)
    samples: dict[str, Sequence[Mapping[str, Any]]] = {}
    for read in sample_reads(plan, verdicts):
        rows = _asked(engine, read.sql)
        if not isinstance(rows, str):
            samples[read.check_id] = [dict(zip(read.columns, row, strict=True)) for row in rows]
    return verdicts, samples


def _read(engine: Engine, plan: ReadPlan) -> dict[str, Sequence[Sequence[Any]] | str]:
    """Run the reads; one that fails is split, so that a broken rule breaks no other."""
    results: dict[str, Sequence[Sequence[Any]] | str] = {}
    for read in plan.reads:
        results[read.id] = _asked(engine, read.sql)
        if isinstance(results[read.id], str):
            results |= {part.id: _asked(engine, part.sql) for part in split(read)}
    return results


def _asked(engine: Engine, sql: str) -> Sequence[Sequence[Any]] | str:
    try:
        return engine.query(sql)
    except AssayError as error:
        return "; ".join(fault.found for fault in error.faults)
