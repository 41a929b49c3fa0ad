"""Results: what checking gave, in the form in which every door shows it."""

from __future__ import annotations

from assay.actions.checking import Checked
from assay.contract.model import Contract, Dataset
from assay.documentation.evidence_results import DatasetResult, sample_of
from assay.validation.checks import checks_of


def result_of(contract: Contract, dataset: Dataset, checked: Checked, *, is_explained: bool) -> DatasetResult:
    """Return what the rules of a dataset gave.

    Args:
        contract: by which it was checked.
        dataset: which of the contract's.
        checked: what checking gave; rules without a verdict were not run.
        is_explained: whether it is told where each verdict comes from.
    """
    checks = {check.id: check for check in checks_of(contract, dataset)}
    return DatasetResult(
        contract=contract.id,
        version=contract.version,
        file=contract.file,
        dataset=dataset.name,
        rows=checked.rows,
        verdicts=checked.verdicts,
        checks=checks,
        samples={check_id: sample_of(rows) for check_id, rows in checked.samples.items() if rows},
        not_run=len(checks.keys() - {verdict.check_id for verdict in checked.verdicts}),
        explained=checked.explained if is_explained else None,
    )
