"""The whole look at a contract: every fault and every hint, in the order of the file."""

from __future__ import annotations

from assay.base.reading import Document
from assay.contract.advice import advice
from assay.contract.conformance import standard_findings
from assay.contract.findings import Finding
from assay.contract.lint import lint_faults
from assay.contract.lint_rules import Grade
from assay.contract.shape import shape_faults


def inspect_contract(document: Document, schema: str) -> tuple[Finding, ...]:
    """Find everything that there is to say of a contract.

    Args:
        document: the contract.
        schema: the text of the standard's JSON schema of v3.2.0.

    Returns:
        Faults and hints by where they stand. Where a fault stands, no hint is given on the same thing.
    """
    own = [*shape_faults(document), *lint_faults(document), *advice(document)]
    faults = [one for one in own if one.grade is Grade.FAULT]
    beside = list(standard_findings(document, schema, faults))
    places = {one.where for one in (*faults, *beside)}
    hints = [one for one in own if one.grade is Grade.HINT and one.where not in places]
    return tuple(sorted([*faults, *beside, *hints], key=_order))


def _order(one: Finding) -> tuple[int, int, str, str]:
    return one.where.line or 0, one.where.column or 0, one.rule, one.expected
