"""The fingerprint of a step: all on which its rows depend, in one number. The same fingerprint, the same rows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from assay.base.canonical import Digest, digest_value
from assay.base.names import TableRef
from assay.sql.parse import AS_OF
from assay.workflow.steps import Step


def fingerprint(product: str, step: Step, versions: Mapping[TableRef, Digest], as_of: date) -> Digest:
    """Return the fingerprint of a step over given versions of its inputs.

    Args:
        product: whose step it is, for the snapshot that it makes says so.
        step: what is done.
        versions: the snapshot of (at least) each table that it reads.
        as_of: the logical date; it counts only where the step asks for it.
    """
    return digest_value(
        {
            "dataset": f"{product}/{step.name}",
            "step": step.digest,
            "inputs": {str(table): versions[table] for table in step.reads},
            "parameters": {AS_OF: as_of.isoformat()} if step.uses_as_of else {},
        }
    )
