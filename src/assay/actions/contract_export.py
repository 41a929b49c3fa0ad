"""Exporting a contract: the text in another format, and what of the contract is not in it. Nothing is recorded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from assay.base.errors import Fault, Place, WrongUsage, refusal
from assay.base.reading import read_yaml
from assay.contract.formats.carrying import NotCarried
from assay.contract.formats.contract_cargo import only
from assay.contract.formats.dbt_words import As
from assay.contract.formats.dialects import Dialect
from assay.contract.formats.exported import Exported
from assay.contract.model import Contract
from assay.contract.parse import parse_contract

if TYPE_CHECKING:
    from assay.documentation.evidence_page import PageTexts


class Format(StrEnum):
    """A format that contracts are written in."""

    DBT = "dbt"
    DDL = "ddl"
    JSON_SCHEMA = "json-schema"
    HTML = "html"
    MARKDOWN = "markdown"


ENDINGS: dict[Format, str] = {
    Format.DBT: ".yml",
    Format.DDL: ".sql",
    Format.JSON_SCHEMA: ".schema.json",
    Format.HTML: ".html",
    Format.MARKDOWN: ".md",
}
"""Format to the end of a file's name."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is wanted.

    Attributes:
        dialect: None where nobody said: DuckDB's tables, and dbt's types as the contract has them.
        form: what datasets are in dbt.
        texts: what the page is made of; only HTML asks for them.
    """

    format: Format
    dialect: Dialect | None = None
    form: As = As.MODELS
    texts: PageTexts | None = None


def export_contract(content: bytes, file: str, wish: Wish, dataset: str | None = None) -> Exported:
    """Write a contract in another format.

    Args:
        content: of the contract's file.
        file: the name by which it is shown.
        wish: the format, and how it is to be written.
        dataset: the only one that is wanted; None takes all.

    Raises:
        AssayError: the contract has faults, or no such dataset.
    """
    contract = parse_contract(read_yaml(content, file))
    if dataset is not None:
        contract = _narrowed(contract, dataset)
    return WRITERS[wish.format](contract, wish)


def export_each(content: bytes, file: str, wish: Wish) -> Iterator[tuple[str, Exported]]:
    """Write each dataset of a contract for itself.

    Returns:
        The name of a file for each, and what it holds.

    Raises:
        AssayError: the contract has faults, or a dataset's name is none of a file.
    """
    contract = parse_contract(read_yaml(content, file))
    for dataset in contract.datasets:
        if "/" in dataset.name or "\\" in dataset.name or dataset.name.startswith("."):
            raise refusal(file, expected="names of datasets that are names of files", found=repr(dataset.name))
        yield dataset.name + ENDINGS[wish.format], WRITERS[wish.format](only(contract, dataset), wish)


def _narrowed(contract: Contract, name: str) -> Contract:
    dataset = contract.find(name)
    if dataset is None:
        known = ", ".join(one.name for one in contract.datasets) or "none"
        raise WrongUsage(Fault(Place("--dataset"), f"a dataset of the contract ({known})", repr(name)))
    return only(contract, dataset)


def _dbt(contract: Contract, wish: Wish) -> Exported:
    from assay.contract.formats.dbt_export import export_dbt

    return export_dbt(contract, wish.form, wish.dialect)


def _ddl(contract: Contract, wish: Wish) -> Exported:
    from assay.contract.formats.ddl_export import export_ddl

    return export_ddl(contract, wish.dialect or Dialect.DUCKDB)


def _json_schema(contract: Contract, wish: Wish) -> Exported:
    from assay.contract.formats.json_schema_export import export_json_schema

    return export_json_schema(contract)


def _html(contract: Contract, wish: Wish) -> Exported:
    from assay.documentation.contract_page import contract_page

    assert wish.texts is not None
    return Exported(contract_page(contract, wish.texts), ())


def _markdown(contract: Contract, wish: Wish) -> Exported:
    from assay.documentation.contract_markdown import contract_markdown

    return Exported(contract_markdown(contract), ())


WRITERS: dict[Format, Callable[[Contract, Wish], Exported]] = {
    Format.DBT: _dbt,
    Format.DDL: _ddl,
    Format.JSON_SCHEMA: _json_schema,
    Format.HTML: _html,
    Format.MARKDOWN: _markdown,
}
"""Format to what writes it; pages have a last part for everything that no sentence says, and so lose nothing."""


def merged(each: list[Exported]) -> tuple[NotCarried, ...]:
    """Return what several exports of one contract do not carry, each thing once."""
    return tuple(dict.fromkeys(one for exported in each for one in exported.not_carried))
