"""A contract in plain words: what a stakeholder approves, and what changes for them against an earlier version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from assay.contract.compare import compare_contracts
from assay.contract.effects import Effect
from assay.contract.model import Contract, Dataset, EnumValue, LogicalType, Property
from assay.documentation.promise_words import (
    PromiseWords,
    column_words,
    dataset_words,
    listed,
    plain,
    service_words,
    title_of,
)
from assay.validation.sensitivity import LEVELS, UNKNOWN, Level, level_of

UNIT_CUSTOM = "unit"
"""The customProperty of a column that says in what it is counted."""

TYPE_WORDS: dict[LogicalType, str] = {
    LogicalType.STRING: "text",
    LogicalType.DATE: "date",
    LogicalType.TIMESTAMP: "date and time",
    LogicalType.TIME: "time of day",
    LogicalType.NUMBER: "number",
    LogicalType.INTEGER: "whole number",
    LogicalType.OBJECT: "group of fields",
    LogicalType.ARRAY: "list",
    LogicalType.BOOLEAN: "yes or no",
    LogicalType.MAP: "values by key",
    LogicalType.VECTOR: "list of numbers",
}
LEVEL_WORDS: dict[Level, str] = {
    Level.OPEN: "shown to everybody who takes part",
    Level.UNCLASSIFIED: "confidential: shown to its engineers, validators and owner only",
    Level.CONFIDENTIAL: "confidential: shown to its engineers, validators and owner only",
    Level.RESTRICTED: "restricted: shown to its owner only",
}
EFFECT_WORDS: dict[Effect, str] = {
    Effect.COSMETIC: "only words change",
    Effect.ADDITIVE: "something comes, and nothing there was changes",
    Effect.STANDARD: "something is added or tightened",
    Effect.BREAKING: "what was promised before is changed or dropped",
}


@dataclass(frozen=True, slots=True)
class ColumnWords:
    """One column.

    Attributes:
        name: as it is in the data.
        title: as the business calls it.
        meaning: its description; empty where the author gave none.
        kind: its type in words.
        unit: in what it is counted; empty where nobody said.
        is_key: whether it is part of what names one row.
        is_required: whether it is never empty.
        allowed: the only values it may hold, with their labels; empty where there is no list.
        visibility: who sees its values.
    """

    name: str
    title: str
    meaning: str
    kind: str
    unit: str
    is_key: bool
    is_required: bool
    allowed: tuple[str, ...]
    visibility: str
    promises: tuple[PromiseWords, ...]


@dataclass(frozen=True, slots=True)
class ContractWords:
    """A contract with the one dataset it promises.

    Attributes:
        row: what one row is.
        purpose: what it is for; empty, as ``usage`` and ``limits`` are, where the author said nothing.
        owner: who answers for it: an e-mail, or what the caller says.
        service: promises on when the data is there and how long it is kept.
        promises: on the dataset as a whole; those on one column stand at the column.
    """

    name: str
    title: str
    version: str
    row: str
    purpose: str
    usage: str
    limits: str
    owner: str
    columns: tuple[ColumnWords, ...]
    promises: tuple[PromiseWords, ...]
    service: tuple[PromiseWords, ...]


@dataclass(frozen=True, slots=True)
class ChangeWords:
    """One difference to an earlier contract: the sentence, and what it does to those who read the data."""

    sentence: str
    effect: Effect
    consequence: str


def contract_words(contract: Contract, owner: str) -> ContractWords:
    """Say a contract in plain words.

    Args:
        contract: of one dataset.
        owner: who answers for it, as the product's file says.
    """
    dataset = contract.datasets[0]
    said = contract.document.get("description")
    description: Mapping[str, Any] = said if isinstance(said, dict) else {}
    return ContractWords(
        name=dataset.name,
        title=dataset.business_name or dataset.name,
        version=contract.version,
        row=_row(dataset),
        purpose=plain(description.get("purpose")),
        usage=plain(description.get("usage")),
        limits=plain(description.get("limitations")),
        owner=owner,
        columns=tuple(_column(part, dataset) for part in dataset.properties),
        promises=tuple(dataset_words(dataset)),
        service=tuple(service_words(contract, dataset)),
    )


def contract_changes(old: Contract | None, new: Contract) -> tuple[ChangeWords, ...]:
    """Say what differs from an earlier contract, the gravest first.

    Args:
        old: None where there is no earlier version; then nothing differs, for everything is new.
        new: the present one.
    """
    changes = () if old is None else compare_contracts(old, new)
    graded = sorted(changes, key=lambda change: -list(Effect).index(change.effect))
    return tuple(ChangeWords(change.sentence, change.effect, EFFECT_WORDS[change.effect]) for change in graded)


def _row(dataset: Dataset) -> str:
    """Say what one row is: in the author's words, and by the key."""
    key = listed([title_of(part) for part in dataset.primary_key])
    grain = plain(dataset.granularity)
    if grain and key:
        names = "names it" if len(dataset.primary_key) == 1 else "together name it"
        return f"One row for each: {grain}. {key} {names}."
    if grain or key:
        return f"One row for each: {grain or key}."
    return "The contract does not say what one row is."


def _column(part: Property, dataset: Dataset) -> ColumnWords:
    return ColumnWords(
        name=part.column,
        title=title_of(part),
        meaning=plain(part.description),
        kind=_kind(part),
        unit=plain(part.custom.get(UNIT_CUSTOM)),
        is_key=part.primary_key,
        is_required=part.required or part.primary_key,
        allowed=tuple(_allowed(value) for value in part.enum),
        visibility=_visibility(part, dataset),
        promises=tuple(column_words(part, dataset)),
    )


def _kind(part: Property) -> str:
    if part.logical_type is None:
        return part.physical_type or "not said"
    words = TYPE_WORDS[part.logical_type]
    if part.logical_type is LogicalType.ARRAY and part.items is not None:
        return f"{words} of {_kind(part.items)}"
    zone = part.options.get("defaultTimezone")
    return f"{words}, in {zone}" if zone else words


def _allowed(value: EnumValue) -> str:
    shown = "empty" if value.value is None else str(value.value)
    return f"{shown} ({value.label})" if value.label and value.label != shown else shown


def _visibility(part: Property, dataset: Dataset) -> str:
    level = level_of(part, dataset)
    said = part.classification or ""
    if not said and level is Level.UNCLASSIFIED:
        return f"not classified, and so {LEVEL_WORDS[level]}"
    if said.lower() not in LEVELS and said:
        return f"classified as {said}, which is not known here, and so {LEVEL_WORDS[UNKNOWN]}"
    return LEVEL_WORDS[level]
