"""A whole contract for people: its words, the tables beside them, and last of all whatever no sentence says."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from assay.contract.formats.carrying import Part
from assay.contract.formats.constraints import FIELDS
from assay.contract.formats.contract_cargo import columns_of, contract_cargo, custom_part, datasets_of, only
from assay.contract.model import Contract, Dataset, Property
from assay.documentation.contract_words import UNIT_CUSTOM, ContractWords, contract_words
from assay.documentation.promise_words import PromiseWords, plain

FACTS: dict[str, str] = {
    "version": "Version",
    "status": "Status",
    "domain": "Domain",
    "tenant": "Tenant",
    "id": "Id",
    "contractCreatedTs": "Created",
}
"""Field of a contract to what people call it."""

TABLES: dict[str, str] = {
    "team": "Team",
    "roles": "Access",
    "support": "Support",
    "authoritativeDefinitions": "Links",
    "price": "Price",
    "servers": "Places",
}
"""Section of a contract to the title of its table."""

PURPOSES = ("purpose", "usage", "limitations")
SAID_OF_COLUMNS = ("physicalName", "businessName", "description", "logicalType", "required", "primaryKey",
                   "primaryKeyPosition", "unique")  # fmt: skip
"""Fields of a property that its words say."""

SAID_OPTIONS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minLength", "maxLength", "pattern",
                "multipleOf", "minItems", "maxItems", "uniqueItems", "defaultTimezone")  # fmt: skip
"""Options of a property that are promises, or part of its type in words."""

SAID_OF_SERVICE = ("property", "value", "unit", "element", "description")
SAFE_LINKS = ("https://", "http://", "mailto:")
"""How an address begins that may be followed; any other is a text."""


@dataclass(frozen=True, slots=True)
class Table:
    """Entries of one section: a row each; cells are empty where an entry has no such field."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class DatasetAccount:
    """One dataset: its words, and what stands beside them."""

    words: ContractWords
    description: str
    stored_as: str


@dataclass(frozen=True, slots=True)
class ContractAccount:
    """A contract, whole.

    Attributes:
        title: its name, or its id where it has none.
        facts: what it is called to its value.
        purpose: what it is for; empty, as ``usage`` and ``limits`` are, where the author said nothing.
        service: what is promised of when the data is there.
        others: path to value of everything that no sentence and no table says.
    """

    title: str
    facts: tuple[tuple[str, str], ...]
    purpose: str
    usage: str
    limits: str
    datasets: tuple[DatasetAccount, ...]
    service: tuple[PromiseWords, ...]
    tables: tuple[Table, ...]
    others: tuple[tuple[str, str], ...]


def contract_account(contract: Contract) -> ContractAccount:
    """Say a contract whole: what its words do not say stands among the others, so that nothing is dropped."""
    root = contract_cargo(contract, {}, "").root
    parts = list(datasets_of(root, contract))
    datasets = tuple(_dataset(part, said, contract) for part, said in parts)
    facts = [(title, plain(root.give(name))) for name, title in FACTS.items() if plain(root.at(name).value)]
    if root.at("tags").value:
        facts.append(("Tags", ", ".join(root.give("tags"))))
    root.take("name")
    purposes = [plain(root.at("description", name).value) for name in PURPOSES]
    for name, said in zip(PURPOSES, purposes, strict=True):
        root.at("description").take(*[name] * bool(said))
    for level in root.each("slaProperties") if datasets else ():
        level.take(*SAID_OF_SERVICE)
    tables = tuple(_table(root.at(name), title) for name, title in TABLES.items() if root.at(name).value)
    service = [one for dataset in datasets for one in dataset.words.service]
    return ContractAccount(
        title=contract.name or (contract.id if len(datasets) != 1 else datasets[0].words.title),
        facts=tuple(facts),
        purpose=purposes[0],
        usage=purposes[1],
        limits=purposes[2],
        datasets=datasets,
        service=tuple(dict.fromkeys(service)),
        tables=tables,
        others=tuple((path, value_text(value)) for path, value in root.cargo.rest()),
    )


def value_text(value: Any) -> str:
    """Write a value for people in one line: a text as it is, anything else as JSON."""
    return " ".join(value.split()) if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def is_link(text: str) -> bool:
    """Say whether a text is an address that a page may let people follow."""
    return text.lower().startswith(SAFE_LINKS)


def _dataset(part: Part, said: Dataset, contract: Contract) -> DatasetAccount:
    part.take("name", "businessName", "description", "dataGranularityDescription", "physicalName")
    _take_rules(part)
    for place, column in columns_of(part, said):
        _take_column(place, column)
    return DatasetAccount(
        words=contract_words(only(contract, said), ""),
        description=plain(said.description),
        stored_as=said.physical_name or "",
    )


def _take_column(part: Part, said: Property) -> None:
    if not (said.physical_name and said.business_name):
        part.take("name")
    part.take(*SAID_OF_COLUMNS, *([] if said.logical_type else ["physicalType"]))
    part.at("logicalTypeOptions").take(*SAID_OPTIONS)
    for choice in part.each("enum"):
        choice.take("value", "label")
    unit = custom_part(part, UNIT_CUSTOM)
    if unit is not None:
        unit.take("property", "value")
    _take_rules(part)


def _take_rules(part: Part) -> None:
    """Mark what the sentences of rules and relationships say; queries and marks beside them stand among the others."""
    for rule in part.each("quality"):
        rule.take(*FIELDS, "description", "arguments", "validValues")
    for one in part.each("relationships"):
        one.take("from", "to", "type")


def _table(part: Part, title: str) -> Table:
    """Write a section as a table; of a team its members, and what is said of it beside them as its first row."""
    part.take_whole()
    entries = list(_entries(part.value))
    header = tuple(dict.fromkeys(name for entry in entries for name in entry))
    rows = tuple(tuple(value_text(entry[name]) if name in entry else "" for name in header) for entry in entries)
    return Table(title, header, rows)


def _entries(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, list):
        yield from (entry if isinstance(entry, dict) else {"value": entry} for entry in value)
    elif isinstance(value, dict):
        about = {name: one for name, one in value.items() if name != "members"}
        yield from [about] if about else []
        yield from _entries(value.get("members") or [])
