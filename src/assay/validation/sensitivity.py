"""Which columns may be shown: samples and profiles keep to it."""

from __future__ import annotations

from assay.contract.model import Dataset, Property, SemanticType

OPEN = frozenset({"public", "internal"})
"""Classifications that may be shown. Every other that is given hides the values, the unknown ones too."""

SENSITIVE_TAGS = frozenset({"confidential", "pci", "phi", "pii", "restricted", "secret", "sensitive"})
"""Tags that hide the values; on a dataset, those of all columns without a classification of their own."""


def is_sensitive(part: Property, dataset: Dataset) -> bool:
    """Say whether the values of a column are hidden. One without any mark is shown."""
    if part.encrypted_name or _tagged(part.tags):
        return True
    if part.classification is None:
        return _tagged(dataset.tags)
    return part.classification.lower() not in OPEN


def sensitive_columns(dataset: Dataset) -> frozenset[str]:
    """Return the stored names of the columns whose values are hidden."""
    return frozenset(
        part.column
        for part in dataset.properties
        if part.semantic_type is SemanticType.COLUMN and is_sensitive(part, dataset)
    )


def _tagged(tags: tuple[str, ...]) -> bool:
    return any(tag.lower() in SENSITIVE_TAGS for tag in tags)
