"""Which fields the sections of a contract have, as literal tables. Source: the standard's v3.2.0 text and JSON schema.

Fields whose inside means nothing to us (price, support, team members) are only held to their outer type.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from assay.contract.model import LogicalType, Metric, Operator, RuleType, SemanticType

API_VERSIONS = ("v3.0.0", "v3.0.1", "v3.0.2", "v3.1.0", "v3.2.0")
DIMENSIONS = ("accuracy", "completeness", "conformity", "consistency", "coverage", "timeliness", "uniqueness")
_SYNONYMS = ("ac", "cp", "cf", "cs", "cv", "tm", "uq")  # of the dimensions, in the standard's text


class Kind(StrEnum):
    """What a field holds, in the words of an error."""

    TEXT = "a text"
    FLAG = "true or false"
    WHOLE = "a whole number"
    SCALAR = "a single value"
    ANYTHING = "anything"
    MAPPING = "a mapping"
    LIST = "a list"
    TEXTS = "a list of texts"
    TEXT_OR_MAPPING = "a text or a mapping"
    TEXT_OR_TEXTS = "a text or a list of texts"
    LIST_OR_MAPPING = "a list or a mapping"


@dataclass(frozen=True, slots=True)
class Field:
    """What may stand in a field.

    Attributes:
        kind: of the value.
        section: the table for the mapping, or for each mapping of the list; empty where we do not look inside.
        choices: the only values; empty means all.
    """

    kind: Kind
    section: str = ""
    choices: tuple[str, ...] = ()


_TEXT = Field(Kind.TEXT)
_FLAG = Field(Kind.FLAG)
_WHOLE = Field(Kind.WHOLE)
_LIST = Field(Kind.LIST)
_TEXTS = Field(Kind.TEXTS)
_ANYTHING = Field(Kind.ANYTHING)

_NOTES = {
    "id": _TEXT,
    "tags": _TEXTS,
    "authoritativeDefinitions": Field(Kind.LIST, "definition"),
    "customProperties": Field(Kind.LIST, "custom"),
}

_ELEMENT = {
    **_NOTES,
    "name": _TEXT,
    "physicalName": _TEXT,
    "physicalType": _TEXT,
    "description": _TEXT,
    "businessName": _TEXT,
    "synonyms": _LIST,
    "deprecated": _ANYTHING,
    "quality": Field(Kind.LIST, "rule"),
}

_PROPERTY = {
    **_ELEMENT,
    "primaryKey": _FLAG,
    "primaryKeyPosition": _WHOLE,
    "logicalType": Field(Kind.TEXT, choices=tuple(LogicalType)),
    "logicalTypeOptions": Field(Kind.MAPPING),
    "required": _FLAG,
    "unique": _FLAG,
    "semanticType": Field(Kind.TEXT, choices=tuple(SemanticType)),
    "partitioned": _FLAG,
    "partitionKeyPosition": _WHOLE,
    "classification": _TEXT,
    "encryptedName": _TEXT,
    "transformSourceObjects": _TEXTS,
    "transformLogic": _TEXT,
    "transformDescription": _TEXT,
    "examples": _LIST,
    "enum": Field(Kind.LIST, "enum value"),
    "criticalDataElement": _FLAG,
    "relationships": Field(Kind.LIST, "property relationship"),
    "properties": Field(Kind.LIST, "property"),
    "items": Field(Kind.MAPPING, "item"),
    "map": Field(Kind.MAPPING, "map"),
}

_RELATIONSHIP = {
    "id": _TEXT,
    "type": Field(Kind.TEXT, choices=("foreignKey",)),
    "to": Field(Kind.TEXT_OR_TEXTS),
    "description": _TEXT,
    "customProperties": Field(Kind.LIST, "custom"),
}

SECTIONS: dict[str, dict[str, Field]] = {
    "contract": {
        **_NOTES,
        "version": _TEXT,
        "apiVersion": Field(Kind.TEXT, choices=API_VERSIONS),
        "kind": Field(Kind.TEXT, choices=("DataContract",)),
        "name": _TEXT,
        "tenant": _TEXT,
        "status": _TEXT,
        "servers": Field(Kind.LIST, "server"),
        "dataProduct": _TEXT,
        "description": Field(Kind.MAPPING),
        "domain": _TEXT,
        "context": Field(Kind.TEXT_OR_MAPPING),
        "schema": Field(Kind.LIST, "dataset"),
        "support": _LIST,
        "price": Field(Kind.MAPPING),
        "team": Field(Kind.LIST_OR_MAPPING),
        "roles": Field(Kind.LIST, "role"),
        "slaDefaultElement": _TEXT,
        "slaProperties": Field(Kind.LIST, "service level"),
        "contractCreatedTs": _TEXT,
    },
    "dataset": {
        **_ELEMENT,
        "logicalType": Field(Kind.TEXT, choices=("object",)),
        "dataGranularityDescription": _TEXT,
        "properties": Field(Kind.LIST, "property"),
        "relationships": Field(Kind.LIST, "dataset relationship"),
        "context": Field(Kind.TEXT_OR_MAPPING),
    },
    "property": _PROPERTY,
    "item": _PROPERTY,
    "map": {"key": Field(Kind.MAPPING, "item"), "value": Field(Kind.MAPPING, "item")},
    "enum value": {**_NOTES, "value": Field(Kind.SCALAR), "label": _TEXT, "description": _TEXT},
    "dataset relationship": {**_RELATIONSHIP, "from": Field(Kind.TEXT_OR_TEXTS)},
    "property relationship": _RELATIONSHIP,
    "rule": {
        **_NOTES,
        "name": _TEXT,
        "description": _TEXT,
        "type": Field(Kind.TEXT, choices=tuple(RuleType)),
        "metric": Field(Kind.TEXT, choices=tuple(Metric)),
        "rule": _TEXT,
        "arguments": Field(Kind.MAPPING),
        "unit": _TEXT,
        "dimension": Field(Kind.TEXT, choices=(*DIMENSIONS, *_SYNONYMS)),
        "severity": _TEXT,
        "method": _TEXT,
        "businessImpact": _TEXT,
        "schedule": _TEXT,
        "scheduler": _TEXT,
        "query": _TEXT,
        "engine": _TEXT,
        "implementation": Field(Kind.TEXT_OR_MAPPING),
        **dict.fromkeys(Operator, _ANYTHING),  # of their values the linter says more than a kind could
    },
    "service level": {
        **_NOTES,
        "property": _TEXT,
        "value": Field(Kind.SCALAR),
        "valueExt": Field(Kind.SCALAR),
        "unit": _TEXT,
        "element": _TEXT,
        "driver": _TEXT,
        "description": _TEXT,
        "schedule": _TEXT,
        "scheduler": _TEXT,
    },
    "server": {
        **_NOTES,
        "server": _TEXT,
        "type": _TEXT,
        "description": _TEXT,
        "environment": _TEXT,
        "roles": Field(Kind.LIST, "role"),
    },
    "role": {**_NOTES, "role": _TEXT, "description": _TEXT, "access": _TEXT},
    "custom": {"id": _TEXT, "property": _TEXT, "value": _ANYTHING, "description": _TEXT, "vendor": _TEXT},
    "definition": {"id": _TEXT, "url": _TEXT, "type": _TEXT, "description": _TEXT},
}
"""Section to its fields, by name."""

REQUIRED: dict[str, tuple[str, ...]] = {
    "contract": ("version", "apiVersion", "kind", "id"),
    "dataset": ("name",),
    "property": ("name",),
    "map": ("key", "value"),
    "enum value": ("value",),
    "dataset relationship": ("from", "to"),
    "property relationship": ("to",),
    "service level": ("property", "value"),
    "server": ("server", "type"),
    "role": ("role",),
    "custom": ("property", "value"),
    "definition": ("url", "type"),
}
"""What may not be missing. A null is a value only where the kind is a single value or anything."""

CLOSED = frozenset({"contract", "rule", "dataset relationship", "property relationship"})
"""Where an unknown field would change what is promised or checked and is refused. Elsewhere it is kept."""

OPEN_BEFORE_3_1 = frozenset({"rule"})
"""Sections that v3.0 did not close (there, ``validValues`` stood in the rule itself)."""

SERVER_FIELDS: dict[str, tuple[str, ...]] = {
    "api": ("location",),
    "athena": ("schema",),
    "azure": ("location", "format"),
    "bigquery": ("project", "dataset"),
    "clickhouse": ("host", "port", "database"),
    "cloudsql": ("host", "port", "database", "schema"),
    "custom": (),
    "databricks": ("catalog", "schema"),
    "db2": ("host", "port", "database"),
    "denodo": ("host", "port"),
    "dremio": ("host", "port"),
    "duckdb": ("database",),
    "glue": ("account", "database"),
    "hive": ("host", "database"),
    "impala": ("host", "database"),
    "informix": ("host", "database"),
    "kafka": ("host",),
    "kinesis": (),
    "local": ("path", "format"),
    "mysql": ("host", "port", "database"),
    "oracle": ("host", "port", "serviceName"),
    "postgres": ("host", "port", "database", "schema"),
    "postgresql": ("host", "port", "database", "schema"),
    "presto": ("host",),
    "pubsub": ("project",),
    "redshift": ("database", "schema"),
    "s3": ("location",),
    "sftp": ("location",),
    "snowflake": ("account", "database", "schema"),
    "sqlserver": ("host", "database", "schema"),
    "synapse": ("host", "port", "database"),
    "trino": ("host", "port", "catalog", "schema"),
    "vertica": ("host", "port", "database", "schema"),
    "zen": ("host", "database"),
}
"""Server type to the fields it cannot do without."""
