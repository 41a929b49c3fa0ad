"""Importing a contract from another format: its text, and what of the format is not in it. Nothing is recorded."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePath

from assay.base.errors import AssayError, Fault, Place
from assay.base.reading import read_yaml
from assay.base.texts import decoded
from assay.contract.formats.carrying import NotCarried
from assay.contract.formats.dialects import Dialect
from assay.contract.formats.exported import Imported
from assay.contract.formats.foreign import named
from assay.contract.inspection import inspect_contract
from assay.contract.lint_rules import Grade
from assay.contract.write import contract_yaml


class Source(StrEnum):
    """A format that contracts are made from."""

    DBT = "dbt"
    DDL = "ddl"
    JSON_SCHEMA = "json-schema"


@dataclass(frozen=True, slots=True)
class Made:
    """A contract that was made: its text as YAML, and what was not carried."""

    text: str
    not_carried: tuple[NotCarried, ...]


def import_contract(
    content: bytes, file: str, name: str | None, source: Source, schema: str, *, dialect: Dialect,
    select: tuple[str, ...] = (),
) -> Made:  # fmt: skip
    """Make a contract of v3.2.0 from another format.

    Args:
        content: of the file.
        file: the name by which it is shown.
        name: of the contract; None takes the name that the file says, or has.
        source: the format.
        schema: the text of the standard's JSON schema.
        dialect: of the SQL.
        select: which models and sources of a dbt manifest; none takes all of the project itself.

    Raises:
        AssayError: the file cannot be read, or says what no contract can: then nothing is made.
    """
    found = _read(content, file, name or _stem(file), source, dialect, select)
    document = found.document if name is None else {**found.document, **named(name)}
    text = contract_yaml(document)
    findings = inspect_contract(read_yaml(text, "the contract that would be made"), schema)
    faults = [Fault(one.where, one.expected, one.found, one.hint) for one in findings if one.grade is Grade.FAULT]
    if faults:
        hint = f"The contract would not be sound; mend {file} there, and import it again."
        raise AssayError(Fault(Place(file), "what a contract can promise", "what contradicts itself", hint), *faults)
    return Made(text, found.not_carried)


def _read(content: bytes, file: str, name: str, source: Source, dialect: Dialect, select: tuple[str, ...]) -> Imported:
    match source:
        case Source.DBT:
            from assay.contract.formats.dbt_import import import_dbt

            return import_dbt(content, file, name, select)
        case Source.JSON_SCHEMA:
            from assay.contract.formats.json_schema_import import import_json_schema

            return import_json_schema(content, file, name)
        case Source.DDL:
            from assay.contract.formats.ddl_import import import_ddl

            with _quiet_parser():
                return import_ddl(decoded(content, file), file, name, dialect)


@contextmanager
def _quiet_parser() -> Iterator[None]:
    """Keep sqlglot from logging what it does not know: that is told as not carried, or refused."""
    logger = logging.getLogger("sqlglot")
    before = logger.disabled
    logger.disabled = True
    try:
        yield
    finally:
        logger.disabled = before


def _stem(file: str) -> str:
    """Return the name of a file without its folder and endings."""
    return PurePath(file).name.partition(".")[0] or "contract"
