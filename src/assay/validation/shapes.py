"""From types of DuckDB to what a contract says of a column's type, all that is inside included."""

from __future__ import annotations

from collections.abc import Mapping

from assay.base.snapshots import Column
from assay.contract.model import LogicalType
from assay.contract.observed import Shape
from assay.validation.nested_types import element_of, fields_of, sides_of
from assay.validation.types import Family, family, is_physical, scale_of

_LOGICAL: Mapping[Family, LogicalType] = {
    Family.TEXT: LogicalType.STRING,
    Family.UUID: LogicalType.STRING,
    Family.INTEGER: LogicalType.INTEGER,
    Family.DECIMAL: LogicalType.NUMBER,
    Family.FLOAT: LogicalType.NUMBER,
    Family.BOOLEAN: LogicalType.BOOLEAN,
    Family.DATE: LogicalType.DATE,
    Family.TIMESTAMP: LogicalType.TIMESTAMP,
    Family.TIMESTAMP_TZ: LogicalType.TIMESTAMP,
    Family.TIME: LogicalType.TIME,
    Family.LIST: LogicalType.ARRAY,
    Family.STRUCT: LogicalType.OBJECT,
    Family.MAP: LogicalType.MAP,
}
"""Of a JSON document nothing is said: what it holds is known value by value only."""

_NESTED = frozenset({Family.LIST, Family.STRUCT, Family.MAP})


def shape_of(column: Column) -> Shape:
    """Return what a contract says of a column's type."""
    kind = family(column.type)
    logical = LogicalType.INTEGER if scale_of(column.type) == 0 else _LOGICAL.get(kind)
    fields, element, sides = fields_of(column.type) or {}, element_of(column.type), sides_of(column.type)
    is_nested = kind in _NESTED
    if is_nested and not (fields or element or sides):
        logical = None  # a name inside that nobody can read back
    return Shape(
        name=column.name,
        logical=logical,
        physical=column.type if not is_nested and is_physical(column.type, column.type) else None,
        has_zone={Family.TIMESTAMP: False, Family.TIMESTAMP_TZ: True}.get(kind),
        properties=tuple(shape_of(Column(name, inside)) for name, inside in fields.items()),
        items=shape_of(Column("", element)) if element else None,
        map_key=shape_of(Column("", sides[0])) if sides else None,
        map_value=shape_of(Column("", sides[1])) if sides else None,
    )
