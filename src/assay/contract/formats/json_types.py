"""Types between contracts and JSON Schema (draft 2020-12), as literal tables that export and import both read.

Sources: the drafts of JSON Schema 2020-12, core and validation; the format registry of OpenAPI for sizes of numbers.
"""

from __future__ import annotations

from assay.contract.model import LogicalType

DRAFT = "https://json-schema.org/draft/2020-12/schema"

LOCAL_TIMESTAMP = r"^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(\.\d+)?$"
LOCAL_TIME = r"^\d{2}:\d{2}:\d{2}(\.\d+)?$"
"""Moments without an offset, for which JSON Schema has no format."""

KINDS: dict[LogicalType, str] = {
    LogicalType.STRING: "string",
    LogicalType.DATE: "string",
    LogicalType.TIMESTAMP: "string",
    LogicalType.TIME: "string",
    LogicalType.NUMBER: "number",
    LogicalType.INTEGER: "integer",
    LogicalType.BOOLEAN: "boolean",
    LogicalType.OBJECT: "object",
    LogicalType.MAP: "object",
    LogicalType.ARRAY: "array",
    LogicalType.VECTOR: "array",
}
"""Logical type to JSON's."""

ANY_BUT_NULL = ("string", "number", "boolean", "object", "array")

MOMENTS: dict[LogicalType, str] = {
    LogicalType.DATE: "date",
    LogicalType.TIMESTAMP: "date-time",
    LogicalType.TIME: "time",
}
"""Logical type to the format of its texts; timestamps and times have an offset there."""

ISO_FORMATS = frozenset(
    {"yyyy-MM-dd", "yyyy-MM-dd'T'HH:mm:ssXXX", "yyyy-MM-dd'T'HH:mm:ss.SSSXXX", "HH:mm:ssXXX", "ISO8601", "ISO 8601"}
)
"""Formats of moments, as contracts write them, of which JSON Schema's are a form."""

SIZES: dict[str, str] = {
    "i8": "int8", "i16": "int16", "i32": "int32", "i64": "int64", "u8": "uint8", "u16": "uint16", "u32": "uint32",
    "u64": "uint64", "f32": "float", "f64": "double",
}  # fmt: skip
"""Format of a contract's numbers to the name that OpenAPI's registry has for it."""

BOUNDS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")
OPTIONS: dict[str, tuple[str, ...]] = {
    "string": ("minLength", "maxLength", "pattern"),
    "number": BOUNDS,
    "integer": BOUNDS,
    "array": ("minItems", "maxItems", "uniqueItems"),
    "object": ("minProperties", "maxProperties"),
}
"""JSON's type to the options of a contract that are keywords of the same name."""

WORDS: dict[str, str] = {"description": "description", "businessName": "title", "examples": "examples"}
"""Field of a property to the keyword that says it."""
