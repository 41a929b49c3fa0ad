"""Checking: every rule of a product's contracts against what was built, each with a verdict."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from assay.actions.examining import Examined, Examinee, examine
from assay.actions.past_numbers import subject_of
from assay.actions.reading_session import TableFiles
from assay.actions.workshop import Workshop, attached
from assay.base.canonical import Digest
from assay.base.names import TableRef
from assay.base.ports import Engine
from assay.base.snapshots import ContentSums, Manifest, Slot
from assay.contract.model import RuleType
from assay.lifecycle.statements import Result
from assay.project.model import Product
from assay.validation.checks import checks_of
from assay.validation.conditions import Outcome
from assay.validation.explaining import Explained
from assay.validation.parts import parts_of, value_name
from assay.validation.profile import Profile, profile_sql, read_profile
from assay.validation.samples import A_FEW, SampleWish
from assay.validation.sensitivity import hidden_columns
from assay.validation.verdicts import Verdict, worst


@dataclass(frozen=True, slots=True)
class Checked:
    """What the rules of a dataset's contract say of a snapshot.

    Attributes:
        content: the order-independent digest of its rows.
        profile: numbers about each column, to say where two builds differ; of sensitive columns no values.
        samples: failing rows by check, each as column to value; never written into statements.
        explained: where each verdict came from; no part of what is signed.
    """

    snapshot: Digest
    rows: int
    content: Digest
    profile: Profile
    verdicts: tuple[Verdict, ...]
    samples: Mapping[str, Sequence[Mapping[str, Any]]]
    cut: Mapping[str, Mapping[str, Any]]
    as_of: str
    explained: Explained

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
    samples: SampleWish = A_FEW,
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
        samples: which failing rows are wanted.
    """
    own = {TableRef(None, name): manifest for name, manifest in snapshots.items()}
    tables = {**dict(_elsewhere(workshop, product)), **own, **sources}
    cut = {
        table.name: {"digest": manifest.digest, "files": [file.digest for file in manifest.files]}
        for table, manifest in sources.items()
    }
    checked = {}
    with attached(workshop, tables, as_of) as engine:
        for name in product.datasets:
            if only in (None, name):
                manifest = snapshots[name]
                found = _examined(workshop, engine, product, name, tables, now, samples)
                checked[name] = Checked(
                    snapshot=manifest.digest,
                    rows=manifest.rows,
                    content=_content(workshop, engine, manifest),
                    profile=_profile(engine, product, name, manifest),
                    verdicts=found.verdicts,
                    samples=found.samples,
                    cut=cut,
                    as_of=as_of.isoformat(),
                    explained=found.explained,
                )
    return checked


def _elsewhere(workshop: Workshop, product: Product) -> Iterator[tuple[TableRef, Manifest]]:
    """Give the product's datasets of other environments that a rule names, where they are kept here."""
    named = {
        rule.implementation.get("environment")
        for contract in product.contracts.values()
        for dataset in contract.datasets
        for rule in dataset.quality
        if rule.type is RuleType.CUSTOM and isinstance(rule.implementation, Mapping)
    }
    for pointer in workshop.pointers.all():
        if pointer.product == product.name and pointer.environment in named and pointer.slot is not Slot.CANDIDATE:
            for name, digest in pointer.snapshots.items():
                manifest = workshop.snapshots.get(digest)
                if manifest is not None:
                    yield TableRef(pointer.environment, name), manifest


def _profile(engine: Engine, product: Product, name: str, manifest: Manifest) -> Profile:
    hidden = hidden_columns(product.contracts[name].datasets[0], manifest.columns)
    sql = profile_sql(TableRef(None, name), manifest.columns, hidden)
    return read_profile(manifest.columns, engine.query(sql)[0])


def _content(workshop: Workshop, engine: Engine, manifest: Manifest) -> Digest:
    """Return the digest of a snapshot's rows; of files that were read before their sums are remembered."""
    files = manifest.files
    paths = workshop.snapshots.paths(manifest)
    name = value_name("content", engine.version, manifest.columns)
    sums = ContentSums()
    for part in parts_of([file.rows for file in files], [file.digest for file in files]):
        assert part.digest is not None
        known = workshop.results.get(part.digest).get(name)
        found = ContentSums(*known) if known else engine.content([paths[file] for file in part.files])
        if not known:
            workshop.results.put(part.digest, {name: [found.rows, found.lower, found.upper]})
        sums += found
    return sums.digest(manifest.columns)


def _examined(
    workshop: Workshop, engine: Engine, product: Product, name: str, tables: Mapping[TableRef, Manifest], now: datetime,
    wish: SampleWish,
) -> Examined:  # fmt: skip
    contract = product.contracts[name]
    manifest = tables[TableRef(None, name)]
    digests = {table: tuple(file.digest for file in found.files) for table, found in tables.items()}
    own = TableRef(None, name)
    files = TableFiles(own, manifest.columns, workshop.snapshots.paths(manifest), digests[own])
    checks = checks_of(contract, product.tested(name))
    examinee = Examinee(files, digests, subject_of(contract.id, name))
    return examine(engine, checks, examinee, workshop.results, now, wish)
