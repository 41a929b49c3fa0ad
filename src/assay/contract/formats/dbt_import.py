"""Models and sources of a dbt manifest as a contract: a dataset for each, with what dbt's own data tests promise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from assay.base.errors import raise_faults
from assay.contract.formats.carrying import NotCarried, Part
from assay.contract.formats.dbt_import_columns import add_constraint, by_stored_name, columns_of, of_meta, resolve
from assay.contract.formats.dbt_import_tests import add_test
from assay.contract.formats.dbt_manifest import project_name, read_manifest, selected, shape_faults
from assay.contract.formats.dbt_words import OF_CONTRACT
from assay.contract.formats.dialects import Dialect
from assay.contract.formats.exported import Imported
from assay.contract.formats.foreign import foreign_cargo, new_contract, without_nothing
from assay.contract.formats.json_schema_export import STRICT

IGNORED = frozenset(
    {
        "database", "schema", "resource_type", "package_name", "path", "original_file_path", "unique_id", "fqn",
        "checksum", "config", "docs", "patch_path", "build_path", "unrendered_config", "created_at",
        "config_call_dict", "unrendered_config_call_dict", "relation_name", "raw_code", "doc_blocks",
        "language", "refs", "sources", "metrics", "functions", "depends_on", "compiled_path", "compiled",
        "compiled_code", "extra_ctes_injected", "extra_ctes", "_pre_injected_sql", "contract", "access",
        "version", "latest_version", "defer_relation", "primary_key", "group", "deferred", "root_path",
        "quoting", "source_name", "source_description", "loader", "source_meta", "loaded_at_field",
        "loaded_at_query", "event_time", "external", "file_key_name", "attached_node", "column_name", "quote",
        "_extra", "unrendered_database", "unrendered_schema", "warn_unenforced", "warn_unsupported",
        "materialized", "enabled", "store_failures", "store_failures_as", "alias", "time_spine",
    }
)  # fmt: skip
"""Fields of the manifest about how and where something is built, not about what its data is."""

REASONS = {
    "freshness": "it is measured when dbt loads; a contract promises it by a column of its own",
    "deprecation_date": "a contract says it of itself as a whole",
    "raw_sql": "a query is no part of a contract",
}


def import_dbt(content: bytes, file: str, name: str, select: tuple[str, ...] = ()) -> Imported:
    """Make a contract from a manifest.

    Args:
        content: ``manifest.json``, which dbt writes into ``target``.
        file: the name to show in errors.
        name: of the contract, where the manifest does not say one.
        select: names of models, ``source.table``, or unique ids; none takes all of the project itself.

    Raises:
        AssayError: no JSON, no manifest of a known version, or nothing of that name.
    """
    manifest = read_manifest(content, file)
    found = selected(manifest, file, select)
    about = {**found, **_tests_of(manifest, found)}
    raise_faults(shape_faults(about, file))
    cargo = foreign_cargo(
        about, IGNORED, frozenset({*about, "columns", "config", "meta"}), REASONS, "a contract has no place for it"
    )
    dialect = _dialect(manifest)
    datasets = {unique_id: _dataset(cargo.root.at(unique_id), dialect) for unique_id in found}
    _tell_apart(datasets, found)
    names = {unique_id: dataset["name"] for unique_id, dataset in datasets.items()}
    for part in (cargo.root.at(unique_id) for unique_id in about if unique_id not in found):
        dataset = datasets[part.value["attached_node"]]
        add_test(part, dataset, by_stored_name(dataset), frozenset(names.values()))
    loose = tuple(resolve({dataset["name"]: dataset for dataset in datasets.values()}))
    head = _head(found)
    entries = [_settled(dataset) for dataset in datasets.values()]
    document = new_contract(head.pop("name", None) or project_name(manifest) or name, entries)
    return Imported({**document, **head, "schema": entries}, (*cargo.left(), *loose, *_loose_tests(manifest, found)))


def _tests_of(manifest: Mapping[str, Any], found: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Return the data tests of the relations; tests of a column are no part of it in a manifest."""
    tests = ((key, node) for key, node in manifest.get("nodes", {}).items() if isinstance(node, dict))
    return {
        key: node
        for key, node in tests
        if node.get("resource_type") == "test" and isinstance(node.get("test_metadata"), dict)
        and str(node.get("attached_node")) in found
    }  # fmt: skip


def _loose_tests(manifest: Mapping[str, Any], found: Mapping[str, Any]) -> Iterator[NotCarried]:
    """Give the tests that are queries of their own and read one of the relations."""
    for key, node in manifest.get("nodes", {}).items():
        if isinstance(node, dict) and node.get("resource_type") == "test" and not node.get("test_metadata"):
            depends = node.get("depends_on")
            reads = depends.get("nodes") if isinstance(depends, dict) else None
            if isinstance(reads, list) and any(str(one) in found for one in reads):
                yield NotCarried(
                    f"/{key}", str(node.get("name")), "it is a query of dbt's; write it as a rule of type sql"
                )


def _dataset(part: Part, dialect: Dialect | None) -> dict[str, Any]:
    node = part.value
    stored = part.give("identifier") or (node.get("alias") if node.get("resource_type") != "source" else None)
    part.take("name")
    tags, meta = of_meta(part, "dataset")
    is_strict = (node.get("contract") or {}).get("enforced") is True
    custom = [*meta.pop("customProperties", []), *([{"property": STRICT, "value": True}] if is_strict else [])]
    dataset = {
        "name": node["name"],
        "physicalName": stored if isinstance(stored, str) and stored != node["name"] else None,
        "description": part.give("description"),
        "tags": tags,
        **meta,
        "customProperties": custom,
        "properties": columns_of(part, dialect),
    }
    columns = by_stored_name(dataset)
    for constraint in part.each("constraints"):
        add_constraint(constraint, dataset, columns, constraint.value.get("columns") or [])
    for name, column in part.named("columns").items():
        for constraint in column.each("constraints"):
            add_constraint(constraint, dataset, columns, [name])
    return dataset


def _tell_apart(datasets: Mapping[str, dict[str, Any]], found: Mapping[str, Mapping[str, Any]]) -> None:
    """Rename what comes after another of its name: a contract knows its datasets by their names."""
    seen: set[str] = set()
    for unique_id, dataset in datasets.items():
        name = dataset["name"]
        if name in seen:
            owner = found[unique_id].get("source_name") or found[unique_id].get("package_name") or "other"
            dataset |= {"name": f"{owner}_{name}", "physicalName": dataset["physicalName"] or name}
        seen.add(dataset["name"])


def _settled(dataset: dict[str, Any]) -> dict[str, Any]:
    """A key of one column is unique by being the key."""
    key = [entry for entry in dataset["properties"] if entry.get("primaryKey")]
    if len(key) == 1:
        key[0].pop("unique", None)
    dataset["properties"] = [without_nothing(entry) for entry in dataset["properties"]]
    return without_nothing(dataset)


def _head(found: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return what all relations say of the contract that they were exported from."""
    said = []
    for node in found.values():
        meta = {**(node.get("meta") or {}), **((node.get("config") or {}).get("meta") or {})}
        said.append(meta.get("contract"))
    if not said or not isinstance(said[0], dict) or any(one != said[0] for one in said):
        return {}
    return {name: said[0][name] for name in OF_CONTRACT if isinstance(said[0].get(name), str)}


def _dialect(manifest: Mapping[str, Any]) -> Dialect | None:
    adapter = manifest["metadata"].get("adapter_type")
    return Dialect(adapter) if adapter in tuple(Dialect) else None
