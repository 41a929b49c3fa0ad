"""A properties file as dbt's manifest has it, for dbt itself is no dependency of ours.

Written after the schema of the manifest, version 12, that dbt publishes: models and sources with their columns, and a
node for each data test, whose arguments stand under `test_metadata.kwargs` and whose model is `attached_node`. What is
about building only is left out or empty.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import yaml

VERSION = "https://schemas.getdbt.com/dbt/manifest/v12.json"
PROJECT = "shop"

_BUILT = frozenset({"alias", "checksum", "raw_code", "language", "depends_on", "constraints", "contract"})
"""Fields of what dbt builds, which a source does not have."""

Plain = dict[str, Any]


def manifest_of(text: str, *, adapter: str = "duckdb", project: str | None = PROJECT) -> bytes:
    """Return `target/manifest.json` as dbt would write it for a properties file."""
    said = yaml.load(text, Loader=yaml.CSafeLoader)
    nodes: Plain = {}
    sources: Plain = {}
    for entry in said.get("models", []):
        unique_id = f"model.{PROJECT}.{entry['name']}"
        nodes[unique_id] = _relation(entry, unique_id, "model")
        nodes |= dict(_tests(entry, unique_id))
    for source in said.get("sources", []):
        for entry in source["tables"]:
            unique_id = f"source.{PROJECT}.{source['name']}.{entry['name']}"
            relation = {"source_name": source["name"], "identifier": entry.get("identifier", entry["name"])}
            made = _relation(entry, unique_id, "source") | relation | {"source_description": "", "loader": ""}
            sources[unique_id] = {name: value for name, value in made.items() if name not in _BUILT}
            nodes |= dict(_tests(entry, unique_id))
    metadata = {"dbt_schema_version": VERSION, "adapter_type": adapter, "project_name": project}
    body = {"metadata": metadata, "nodes": nodes, "sources": sources}
    rest = (
        "macros", "docs", "exposures", "metrics", "groups", "selectors", "disabled", "parent_map", "child_map",
        "group_map", "saved_queries", "semantic_models", "unit_tests", "functions",
    )  # fmt: skip
    return json.dumps(body | {name: {} for name in rest}).encode()


def _base(unique_id: str, name: str, kind: str) -> Plain:
    return {
        "database": "shop", "schema": "main", "name": name, "resource_type": kind, "package_name": PROJECT,
        "path": "schema.yml", "original_file_path": "models/schema.yml", "unique_id": unique_id,
        "fqn": unique_id.split(".")[1:], "alias": name, "checksum": {"name": "sha256", "checksum": ""},
        "created_at": 1.0, "raw_code": "", "language": "sql", "depends_on": {"macros": [], "nodes": []},
    }  # fmt: skip


def _relation(entry: Plain, unique_id: str, kind: str) -> Plain:
    config = entry.get("config", {})
    enforced = config.get("contract", {}).get("enforced", False)
    base = _base(unique_id, entry["name"], kind) | {"alias": config.get("alias", entry["name"])}
    return base | {
        "config": {"enabled": True, "materialized": "view", "severity": None, **config},
        "tags": config.get("tags", []),
        "meta": config.get("meta", {}),
        "description": plain(entry.get("description", "")),
        "columns": {column["name"]: _column(column) for column in entry["columns"]},
        "constraints": entry.get("constraints", []),
        "contract": {"enforced": enforced, "alias_types": True, "checksum": None},
    }


def _column(column: Plain) -> Plain:
    config = column.get("config", {})
    return {
        "name": column["name"],
        "description": plain(column.get("description", "")),
        "meta": config.get("meta", {}),
        "data_type": column.get("data_type"),
        "constraints": column.get("constraints", []),
        "quote": column.get("quote"),
        "config": {"meta": config.get("meta", {}), "tags": config.get("tags", [])},
        "tags": config.get("tags", []),
        "granularity": None,
        "doc_blocks": [],
    }


def _tests(entry: Plain, unique_id: str) -> Iterator[tuple[str, Plain]]:
    for column in entry["columns"]:
        for number, test in enumerate(column.get("data_tests", [])):
            name, body = next(iter(test.items())) if isinstance(test, dict) else (test, {})
            test_id = f"test.{PROJECT}.{name}_{entry['name']}_{column['name']}.{number}"
            model = f"{{{{ get_where_subquery(ref('{entry['name']}')) }}}}"
            kwargs = {**body.get("arguments", {}), "column_name": column["name"], "model": model}
            config = {
                "severity": "ERROR",
                "warn_if": "!= 0",
                "error_if": "!= 0",
                "fail_calc": "count(*)",
                **body.get("config", {}),
            }
            yield (
                test_id,
                _base(test_id, test_id.split(".")[2], "test")
                | {
                    "config": {"enabled": True, "materialized": "test", "where": None, "limit": None, **config},
                    "description": plain(body.get("description", "")),
                    "test_metadata": {"name": name, "kwargs": kwargs, "namespace": None},
                    "column_name": column["name"],
                    "attached_node": unique_id,
                    "file_key_name": f"models.{entry['name']}",
                },
            )


def plain(text: str) -> str:
    """Return a text as Jinja gives it back."""
    import jinja2

    return jinja2.Template(text, keep_trailing_newline=True).render() if "{" in text else text
