"""A contract proposed from what was seen of a table. It holds on what was seen; what it means is for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from assay.base.printable import some
from assay.contract.key_candidates import ENOUGH_ROWS, is_key_name
from assay.contract.model import LogicalType
from assay.contract.observed import ObservedColumn, ObservedTable, Shape
from assay.contract.write import contract_yaml

_MANY = 8
"""Of more columns only the number is said."""

_NUMBERS = frozenset({LogicalType.INTEGER, LogicalType.NUMBER})
_MOMENTS = frozenset({LogicalType.DATE, LogicalType.TIMESTAMP})

_SERVERS = "servers: where the data lies"

LEFT = (
    "description: what the table is for, what each column means",
    "team: who owns it",
    "classification of each column: none is guessed, for a wrong one would show what has to be hidden",
    _SERVERS,
    "service levels: how fresh it has to be, how long it is kept",
    "version and status, once both sides agree",
)
"""What no data tells."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A contract that was proposed.

    Attributes:
        document: the contract as plain values.
        guesses: what was concluded from the data, a sentence each.
        left: what no data tells and people have to say.
    """

    document: Mapping[str, Any]
    guesses: tuple[str, ...]
    left: tuple[str, ...] = LEFT

    def text(self, origin: str) -> str:
        """Write it as YAML, with what is left to do as a comment.

        Args:
            origin: what it was made from, in a few words on one line.
        """
        comments = ["Proposed from " + " ".join(origin.split()) + ".", "It says what was seen. Left to you:"]
        comments += [f"- {words}" for words in self.left]
        return "".join(f"# {comment}\n" for comment in comments) + contract_yaml(self.document)


@dataclass(frozen=True, slots=True)
class Home:
    """Where a table is kept, as far as that is known.

    Attributes:
        servers: entries as a contract has them; empty where nobody knows.
        physical_name: how the table is called there; empty where it is called as the dataset.
    """

    servers: tuple[Mapping[str, Any], ...] = ()
    physical_name: str = ""


_NOWHERE = Home()


def propose_contract(table: ObservedTable, contract_id: str, home: Home = _NOWHERE) -> Proposal:
    """Propose a contract for a table.

    Args:
        table: what was seen of it.
        contract_id: the identity of the contract.
        home: where it is kept.
    """
    dataset: dict[str, Any] = {"name": table.name, "physicalType": "table"}
    if home.physical_name not in ("", table.name):
        dataset = {"name": table.name, "physicalName": home.physical_name, "physicalType": "table"}
    dataset["properties"] = [_property(column, table) for column in table.columns]
    if table.rows:
        dataset["quality"] = [
            {
                "id": f"{table.name}_has_rows",
                "metric": "rowCount",
                "mustBeGreaterThan": 0,
                "dimension": "coverage",
                "description": "A delivery is never empty.",
            }
        ]
    document: dict[str, Any] = {
        "apiVersion": "v3.2.0",
        "kind": "DataContract",
        "id": contract_id,
        "name": table.name,
        "version": "0.1.0",
        "status": "draft",
        **({"servers": [dict(server) for server in home.servers]} if home.servers else {}),
        "schema": [dataset],
    }
    if table.rhythm is not None:
        element = f"{table.name}.{table.rhythm.column}"
        promise = {"id": f"{table.name}_goes_on", "property": "frequency", "value": table.rhythm.rate}
        document["slaProperties"] = [{**promise, "element": element}]
    left = tuple(words for words in LEFT if not (home.servers and words == _SERVERS))
    return Proposal(document, tuple(_guesses(table)), left)


def _property(column: ObservedColumn, table: ObservedTable) -> dict[str, Any]:
    shape, found = column.shape, _shape(column.shape)
    options = {**found.pop("logicalTypeOptions", {}), **(_range(column) if _has_range(column, table) else {})}
    physical = found.pop("physicalType", None)
    inside = {name: found.pop(name) for name in ("properties", "items", "map") if name in found}
    if options:
        found["logicalTypeOptions"] = options
    if physical:
        found["physicalType"] = physical
    if _is_required(column, table):
        found["required"] = True
    if table.key == (shape.name,):
        found["primaryKey"] = True
    elif shape.name in table.key:
        found |= {"primaryKey": True, "primaryKeyPosition": table.key.index(shape.name) + 1}
    if _is_unique(column, table):
        found["unique"] = True
    if column.choices:
        found["enum"] = [{"value": choice} for choice in column.choices]
    return found | inside


def _shape(shape: Shape) -> dict[str, Any]:
    found: dict[str, Any] = {"name": shape.name} if shape.name else {}
    if shape.logical is not None:
        found["logicalType"] = str(shape.logical)
    if shape.has_zone is not None:
        found["logicalTypeOptions"] = {"timezone": shape.has_zone}
    if shape.physical is not None:
        found["physicalType"] = shape.physical
    if shape.properties:
        found["properties"] = [_shape(part) for part in shape.properties]
    if shape.items is not None:
        found["items"] = _shape(shape.items)
    if shape.map_key is not None and shape.map_value is not None:
        found["map"] = {"key": _shape(shape.map_key), "value": _shape(shape.map_value)}
    return found


def _is_required(column: ObservedColumn, table: ObservedTable) -> bool:
    return column.shape.name in table.key or (table.rows >= ENOUGH_ROWS and column.values == table.rows)


def _is_unique(column: ObservedColumn, table: ObservedTable) -> bool:
    """Say whether that no value comes twice is worth a promise: of moments it is mere chance."""
    is_key = table.key == (column.shape.name,)
    return column.is_unique and not is_key and not column.choices and column.shape.logical not in _MOMENTS


def _has_range(column: ObservedColumn, table: ObservedTable) -> bool:
    """Say whether bounds mean anything: those of what only tells rows apart move with every new row."""
    name = column.shape.name
    is_name = column.is_unique or table.key == (name,) or is_key_name(name)
    return column.values >= ENOUGH_ROWS and not (is_name and column.shape.logical in _NUMBERS)


def _range(column: ObservedColumn) -> dict[str, Any]:
    """Return the bounds that were seen; a single value is no range, and tomorrow's date would break an upper bound."""
    if column.minimum == column.maximum:
        return {}
    upper = column.maximum if column.shape.logical in _NUMBERS else None
    ends = {"minimum": column.minimum, "maximum": upper}
    return {name: end for name, end in ends.items() if end is not None}


def _guesses(table: ObservedTable) -> Iterator[str]:
    rows = f"{table.rows:,} rows"
    if table.key:
        yield f"key {', '.join(table.key)}: {rows}, each once"
    else:
        yield f"no key: nothing in {rows} tells them apart" if table.rows >= ENOUGH_ROWS else f"no key: only {rows}"
    picked = {
        "required: no null in": [c for c in table.columns if _is_required(c, table) and c.shape.name not in table.key],
        "unique: no value twice in": [c for c in table.columns if _is_unique(c, table)],
        "accepted values, as they were seen, of": [c for c in table.columns if c.choices],
        "bounds, as they were seen, of": [c for c in table.columns if _has_range(c, table) and _range(c)],
        "without any value:": [c for c in table.columns if table.rows and not c.values],
    }
    for words, columns in picked.items():
        if columns:
            yield f"{words} {some([column.shape.name for column in columns], _MANY)}"
    if table.rhythm is not None:
        yield f"{table.rhythm.rate}: no gap between one {table.rhythm.column} and the next is longer"
