"""A contract as a properties file of dbt (``schema.yml``, version 2): models, or the tables of a source."""

from __future__ import annotations

from typing import Any

from assay.contract.formats.carrying import Part
from assay.contract.formats.contract_cargo import (
    columns_of,
    contract_cargo,
    custom_part,
    datasets_of,
    relationships_of,
    rules_of,
)
from assay.contract.formats.dbt_tests import NO_TEST, Columns, column_tests, ref_of
from assay.contract.formats.dbt_words import META, NAME_META, OF_CONTRACT, As, is_plain, safe
from assay.contract.formats.dialects import Dialect
from assay.contract.formats.exported import Exported
from assay.contract.formats.json_schema_export import STRICT
from assay.contract.formats.sql_types import logical_of, read_type, stored_type, written_type
from assay.contract.model import Contract, Dataset, Property, SemanticType
from assay.contract.write import contract_yaml

REASONS: dict[str, str] = {
    "quality": "a data test has no place for what is beside it",
    "logicalTypeOptions": NO_TEST,
    "slaProperties": NO_TEST,
    "servers": "dbt knows places by its profile",
}
"""Field to why dbt does not say it; where there is a better reason, it is said instead."""

OTHERWISE = "dbt has no place for it"
KEY_UNTESTED = "dbt core has no test of a key of several columns"


def export_dbt(contract: Contract, form: As, dialect: Dialect | None) -> Exported:
    """Write a contract as a properties file.

    Args:
        contract: as it was read.
        form: whether its datasets are built there, or come from outside.
        dialect: in which types are written; None takes physical types as they are, and DuckDB's where there is none.
    """
    cargo = contract_cargo(contract, REASONS, OTHERWISE)
    root = cargo.root
    columns = {(one.name, inner.name): inner.column for one in contract.datasets for inner in one.properties}
    entries = [_dataset(part, said, root, form, dialect, columns) for part, said in datasets_of(root, contract)]
    described = root.at("description")
    if form is As.MODELS:
        return _written({"models": entries}, cargo.left())
    source: dict[str, Any] = {"name": safe(contract.name or contract.id)}
    root.take("name" if contract.name else "id")
    if isinstance(described.at("purpose").value, str):
        source["description"] = safe(described.give("purpose"))
    return _written({"sources": [source | {"tables": entries}]}, cargo.left())


def _written(body: dict[str, Any], left: Any) -> Exported:
    return Exported(contract_yaml({"version": 2, **body}), left)


def _dataset(
    part: Part, said: Dataset, root: Part, form: As, dialect: Dialect | None, columns: Columns
) -> dict[str, Any]:
    part.take("name")
    entry: dict[str, Any] = {"name": safe(said.name)}
    if said.description:
        entry["description"] = safe(part.give("description"))
    config = _config(part, {"contract": _meta(root, OF_CONTRACT)})
    if said.physical_name and form is As.SOURCES:
        entry["identifier"] = safe(part.give("physicalName"))
    elif said.physical_name:
        config["alias"] = safe(part.give("physicalName"))
    strict = custom_part(part, STRICT) or custom_part(root, STRICT)
    if form is As.MODELS and strict is not None and strict.value.get("value") is True:
        config["contract"] = {"enforced": True}
        strict.take("property", "value")
    entry["config"] = config
    constraints = _constraints(part, said, columns) if form is As.MODELS else []
    entry |= {"constraints": constraints} if constraints else {}
    for place, _ in rules_of(part, said):
        place.leave_whole(NO_TEST)
    is_single = len(said.primary_key) == 1
    entry["columns"] = []
    for place, inner in columns_of(part, said):
        if inner.semantic_type is SemanticType.COLUMN:
            entry["columns"].append(
                _column(place, inner, dialect, columns, is_only_key=is_single and inner.primary_key)
            )
            _take_key(place, inner, form, is_single=is_single)
        else:
            place.leave_whole("it is computed from the columns and stored nowhere")
    return entry


def _take_key(part: Part, said: Property, form: As, *, is_single: bool) -> None:
    """A key of one column is tested; one of several is declared, where the table is built."""
    if said.primary_key and (is_single or form is As.MODELS):
        part.take("primaryKey", "primaryKeyPosition")
    elif said.primary_key:
        part.leave(KEY_UNTESTED, "primaryKey", "primaryKeyPosition")


def _column(
    part: Part, said: Property, dialect: Dialect | None, columns: Columns, *, is_only_key: bool
) -> dict[str, Any]:
    part.take("physicalName" if said.physical_name else "name")
    entry: dict[str, Any] = {"name": safe(said.column)}
    if not is_plain(said.column):
        entry["quote"] = True
    if said.description:
        entry["description"] = safe(part.give("description"))
    entry["data_type"] = _data_type(part, said, dialect)
    meta = {NAME_META: part.give("name")} if said.physical_name else {}
    config = _config(part, meta)
    if config:
        entry["config"] = config
    tests = column_tests(part, said, columns, is_only_key=is_only_key)
    return entry | ({"data_tests": tests} if tests else {})


def _data_type(part: Part, said: Property, dialect: Dialect | None) -> str:
    stored = stored_type(said)
    if dialect is None and said.physical_type:
        part.take("physicalType")
        known = read_type(said.physical_type)
        if known is not None and logical_of(known) is said.logical_type:
            part.take("logicalType")
        else:
            part.leave("the data type that is stored is all that dbt knows", "logicalType")
        return str(safe(said.physical_type))
    written = written_type(stored, dialect or Dialect.DUCKDB)
    back = read_type(written, None if dialect in {None, Dialect.DUCKDB} else dialect)
    if back is not None and logical_of(back) is said.logical_type:
        part.take("logicalType")
    if said.physical_type and back == read_type(said.physical_type):
        part.take("physicalType")
    return written


def _config(part: Part, meta: dict[str, Any]) -> dict[str, Any]:
    """Return tags, and what is words alone, which dbt keeps and shows."""
    config: dict[str, Any] = {}
    if part.at("tags").value:
        config["tags"] = safe(part.give("tags"))
    meta = safe({name: value for name, value in meta.items() if value}) | _meta(part, META)
    return config | ({"meta": meta} if meta else {})


def _meta(part: Part, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: safe(part.give(name)) for name in names if part.at(name).value not in (None, "", [], {}, False)}


def _constraints(part: Part, said: Dataset, columns: Columns) -> list[dict[str, Any]]:
    """Return the keys as constraints, which dbt applies where the model's contract is enforced."""
    key = [safe(one.column) for one in said.primary_key]
    found: list[dict[str, Any]] = [{"type": "primary_key", "columns": key}] if key else []
    own = {one.name: one.column for one in said.properties}
    for place, one in relationships_of(part, said):
        to = ref_of(one.target) if one.target else None
        if to is None or not set(one.columns) <= own.keys():
            place.leave_whole(NO_TEST)
            continue
        place.take("from", "to", "type")
        found.append({
            "type": "foreign_key", "columns": [safe(own[name]) for name in one.columns], "to": to,
            "to_columns": [columns.get((str(one.target), name), name) for name in one.target_columns],
        })  # fmt: skip
    return found
