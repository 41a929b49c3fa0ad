"""Read a contract: every fault of the file at once, or the contract as frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from assay.base.errors import raise_faults
from assay.base.reading import Document, Path
from assay.contract.lint import entries, kind_of, lint_faults
from assay.contract.model import (
    Contract,
    Dataset,
    EnumValue,
    Property,
    QualityRule,
    Relationship,
    SemanticType,
    Server,
    SlaProperty,
)
from assay.contract.options import bounds_as_values
from assay.contract.references import Entries, Target, follow
from assay.contract.rules import arguments_of, limit_of, metric_of, operators_of, type_of
from assay.contract.shape import shape_faults

Entry = Mapping[str, Any]


def parse_contract(document: Document) -> Contract:
    """Read a contract of the Open Data Contract Standard, v3.0 to v3.2.

    Unknown fields are kept in `Contract.document`; only where one would change what is promised or checked (the
    contract itself, a rule, a relationship) it is refused.

    Raises:
        AssayError: all faults of the file, each at its line.
    """
    raise_faults([*shape_faults(document), *lint_faults(document)])
    root: Entry = document.value
    return Contract(
        id=root["id"],
        version=root["version"],
        api_version=root["apiVersion"],
        name=root.get("name"),
        status=root.get("status"),
        domain=root.get("domain"),
        datasets=tuple(_dataset(document, path, entry) for path, entry in entries(root, ("schema",))),
        sla=tuple(_promise(document, path, entry) for path, entry in entries(root, ("slaProperties",))),
        servers=tuple(_server(entry) for _, entry in entries(root, ("servers",))),
        custom=_custom(root),
        document=root,
        file=document.file,
    )


def _dataset(document: Document, path: Path, entry: Entry) -> Dataset:
    return Dataset(
        name=entry["name"],
        physical_name=entry.get("physicalName"),
        business_name=entry.get("businessName"),
        description=entry.get("description"),
        granularity=entry.get("dataGranularityDescription"),
        tags=tuple(entry.get("tags", ())),
        properties=_properties(document, path, entry),
        quality=_rules(document, path, entry),
        relationships=tuple(
            _relationship(document, place, relationship, relationship["from"])
            for place, relationship in entries(entry, (*path, "relationships"))
        ),
        custom=_custom(entry),
        place=document.place(*path),
    )


def _properties(document: Document, path: Path, parent: Entry) -> tuple[Property, ...]:
    return tuple(_property(document, place, entry) for place, entry in entries(parent, (*path, "properties")))


def _property(document: Document, path: Path, entry: Entry) -> Property:
    sides: Entry = entry.get("map", {})
    position = entry.get("primaryKeyPosition", -1)
    return Property(
        name=entry.get("name", ""),
        physical_name=entry.get("physicalName"),
        logical_type=kind_of(entry),
        options=bounds_as_values(entry.get("logicalTypeOptions", {})),
        physical_type=entry.get("physicalType"),
        semantic_type=SemanticType(entry.get("semanticType", SemanticType.COLUMN)),
        required=entry.get("required", False),
        unique=entry.get("unique", False),
        primary_key=entry.get("primaryKey", False),
        primary_key_position=position if position > 0 else None,
        enum=tuple(EnumValue(choice["value"], choice.get("label")) for choice in entry.get("enum", ())),
        classification=entry.get("classification"),
        encrypted_name=entry.get("encryptedName"),
        business_name=entry.get("businessName"),
        description=entry.get("description"),
        tags=tuple(entry.get("tags", ())),
        quality=_rules(document, path, entry),
        relationships=tuple(
            _relationship(document, place, relationship, None)
            for place, relationship in entries(entry, (*path, "relationships"))
        ),
        properties=_properties(document, path, entry),
        items=_property(document, (*path, "items"), entry["items"]) if "items" in entry else None,
        map_key=_property(document, (*path, "map", "key"), sides["key"]) if sides else None,
        map_value=_property(document, (*path, "map", "value"), sides["value"]) if sides else None,
        custom=_custom(entry),
        place=document.place(*path),
    )


def _rules(document: Document, path: Path, parent: Entry) -> tuple[QualityRule, ...]:
    return tuple(_rule(document, place, entry) for place, entry in entries(parent, (*path, "quality")))


def _rule(document: Document, path: Path, entry: Entry) -> QualityRule:
    operator = next(iter(operators_of(entry)), None)
    return QualityRule(
        id=entry.get("id"),
        name=entry.get("name"),
        type=type_of(entry),
        metric=metric_of(entry),
        operator=operator,
        value=limit_of(entry, operator) if operator else None,
        unit=entry.get("unit"),
        dimension=entry.get("dimension"),
        severity=entry.get("severity"),
        description=entry.get("description"),
        query=entry.get("query"),
        engine=entry.get("engine"),
        implementation=entry.get("implementation"),
        arguments=arguments_of(entry),
        custom=_custom(entry),
        raw=entry,
        place=document.place(*path),
    )


def _relationship(document: Document, path: Path, entry: Entry, source: str | list[str] | None) -> Relationship:
    datasets: Entries = document.value["schema"]
    to = _texts(entry["to"])
    targets = _follow(to, datasets)
    own = tuple(target.column for target in _follow(_texts(source), datasets)) if source else (_own(document, path),)
    is_elsewhere = any(target.table is None for target in targets)
    return Relationship(
        columns=own,
        target=None if is_elsewhere else targets[0].table,
        target_columns=() if is_elsewhere else tuple(target.column for target in targets),
        to=tuple(to),
        custom=_custom(entry),
        place=document.place(*path),
    )


def _own(document: Document, path: Path) -> str:
    """Return the name of the property at which a relationship stands, dotted for a field inside a column."""
    names: list[str] = []
    value: Any = document.value
    for step in path[:-2]:
        value = value[step]
        if isinstance(value, dict) and step not in {"map"}:
            names.append(str(value.get("name", step)))
    return ".".join(names[1:])  # the first name is the dataset's


def _follow(texts: list[str], datasets: Entries) -> list[Target]:
    return [target for target in (follow(text, datasets) for text in texts) if isinstance(target, Target)]


def _texts(value: str | list[str] | None) -> list[str]:
    return [value] if isinstance(value, str) else list(value or ())


def _promise(document: Document, path: Path, entry: Entry) -> SlaProperty:
    return SlaProperty(
        id=entry.get("id"),
        property=entry["property"],
        value=entry["value"],
        unit=entry.get("unit"),
        element=entry.get("element"),
        description=entry.get("description"),
        custom=_custom(entry),
        raw=entry,
        place=document.place(*path),
    )


def _server(entry: Entry) -> Server:
    return Server(name=entry["server"], type=entry["type"], environment=entry.get("environment"), settings=entry)


def _custom(entry: Entry) -> dict[str, Any]:
    return {str(custom["property"]): custom["value"] for custom in entry.get("customProperties", ())}
