"""Comparing versions: the rows of a dataset, released and candidate, built on one cut of the sources."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from assay.actions.build import build_on_cut
from assay.actions.checking import Checked, check_product
from assay.actions.compare import compare_tables
from assay.actions.compared_tables import CompareWish, key_on_both, table_of
from assay.actions.workshop import Progress, Workshop, attached, sources_in
from assay.base.canonical import Digest
from assay.base.names import TableRef
from assay.base.snapshots import Cut, Manifest
from assay.comparison import queries as ask
from assay.comparison.pairing import PairingWish
from assay.comparison.queries import BEFORE, DIFFERING, Eyes
from assay.contract.model import Contract
from assay.lifecycle.statements import GOOD
from assay.project.model import Product
from assay.project.step_changes import DataEvidence
from assay.sql.writing import any_of
from assay.validation.checks import checks_of
from assay.validation.conditions import BadRows, Outcome
from assay.validation.expressions import bad_row
from assay.validation.samples import SampleWish
from assay.validation.scope import Scope, Uncompilable
from assay.validation.sensitivity import WRITTEN_DOWN

_BROKEN = TableRef(None, "broken_before")
_NONE = Eyes({}, WRITTEN_DOWN, limit=0)


def compare_versions(
    workshop: Workshop, versions: tuple[Product, Product], payloads: tuple[Digest | None, Digest | None], cut: Cut,
    as_of: date, now: datetime, progress: Progress,
) -> dict[str, DataEvidence]:  # fmt: skip
    """Build two versions of a product on one cut and compare the rows of the datasets that both have.

    No pointer moves, and what was built before is taken from there.

    Args:
        workshop: where both are built.
        versions: the released one and the candidate.
        payloads: what they were read from; None for the working tree.
        cut: the sources, which are kept here.
        as_of: the logical date of both.
        now: against which ages are measured where rules are checked.
        progress: told what is being done.

    Raises:
        AssayError: a version reads what the cut does not have, or a build fails.
    """
    sources = sources_in(workshop, cut)
    made = [
        build_on_cut(workshop, version, sources, as_of, payload, progress).snapshots
        for version, payload in zip(versions, payloads, strict=True)
    ]
    shared = [name for name in versions[0].datasets if name in versions[1].contracts]
    found = {}
    for name in shared:
        progress(f"comparing {name} with the released version")
        found[name] = _rows_of(workshop, versions[1].contracts[name], made[0][name], made[1][name], as_of)
        if found[name] is DataEvidence.ONLY_REPAIRED:
            checked = check_product(
                workshop, versions[1], made[1], sources, as_of, now, only=name, samples=SampleWish(limit=0)
            )
            found[name] = _if_good(versions[1].contracts[name], checked[name])
    return found


def _if_good(contract: Contract, checked: Checked) -> DataEvidence:
    """Let rows count as repaired if the dataset passes, and no row of it so much as warns."""
    of_rows = {check.id for check in checks_of(contract, contract.datasets[0]) if isinstance(check.test, BadRows)}
    is_clean = all(v.outcome is Outcome.PASS for v in checked.verdicts if v.check_id in of_rows)
    return DataEvidence.ONLY_REPAIRED if is_clean and checked.result in GOOD else DataEvidence.DIFFERENT


def _rows_of(workshop: Workshop, contract: Contract, before: Manifest, after: Manifest, as_of: date) -> DataEvidence:
    """Say how the rows of two snapshots compare; of repaired ones, not yet whether none breaks a rule now."""
    if before.digest == after.digest:
        return DataEvidence.IDENTICAL
    wish = CompareWish(PairingWish(key_on_both(contract.datasets, before, after)), eyes=_NONE)
    with attached(workshop, {BEFORE: before}, as_of) as engine:
        one, other = (table_of(workshop, manifest, manifest.dataset) for manifest in (before, after))
        found = compare_tables(engine, one, other, wish)
        if any(pair.is_retyped for pair in found.pairing.pairs):
            return DataEvidence.DIFFERENT  # two types may have values that look equal in neither
        if found.is_equal:
            return DataEvidence.IDENTICAL
        if not found.pairing.key or found.after.only or found.before.repeated or found.after.repeated:
            return DataEvidence.DIFFERENT
        broken = list(_broken(contract, before))
        if not broken:
            return DataEvidence.DIFFERENT
        engine.attach(BEFORE, workshop.snapshots.paths(before))
        engine.attach(ask.AFTER, workshop.snapshots.paths(after))
        engine.keep(DIFFERING, ask.differing(found.pairing, ""))
        engine.keep(_BROKEN, ask.keys_where(found.pairing, any_of(broken)))
        good = engine.query(ask.count_beside(found.pairing, _BROKEN))[0][0]
    return DataEvidence.DIFFERENT if good else DataEvidence.ONLY_REPAIRED


def _broken(contract: Contract, snapshot: Manifest) -> Iterator[str]:
    """Give the conditions of rows that break a rule of the contract; rules on more than a row are none of these."""
    scope = Scope(BEFORE, snapshot.columns)
    for check in checks_of(contract, contract.datasets[0]):
        if isinstance(check.test, BadRows):
            try:
                yield f"({bad_row(check.test.condition, scope)})"
            except Uncompilable:
                continue  # it had no verdict then either
