"""Read a contract: every fault of the file at once, or the contract as frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from assay.base.errors import Place, raise_faults
from assay.base.reading import Document, Path
from assay.contract.lint import lint_faults
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
from assay.contract.references import Directory, Target, directory_of, follow
from assay.contract.rules import arguments_of, limit_of, metric_of, operators_of, type_of
from assay.contract.shape import shape_faults
from assay.contract.walking import Entry, custom_of, entries, kind_of


@dataclass(frozen=True, slots=True)
class _Source:
    """What a contract is made from: the document, and where references inside it lead."""

    document: Document
    directory: Directory

    def place(self, *path: str | int) -> Place:
        """Say where a part stands."""
        return self.document.place(*path)


def parse_contract(document: Document) -> Contract:
    """Read a contract of the Open Data Contract Standard, v3.0 to v3.2.

    Unknown fields are kept in `Contract.document`; only where one would change what is promised or checked (the
    contract itself, a rule, a relationship) it is refused.

    Raises:
        AssayError: all faults of the file, each at its line.
    """
    raise_faults([*shape_faults(document), *lint_faults(document)])
    root: Entry = document.value
    source = _Source(document, directory_of([entry for _, entry in entries(root, ("schema",))]))
    return Contract(
        id=root["id"],
        version=root["version"],
        api_version=root["apiVersion"],
        name=root.get("name"),
        status=root.get("status"),
        domain=root.get("domain"),
        datasets=tuple(_dataset(source, path, entry) for path, entry in entries(root, ("schema",))),
        sla=tuple(_promise(source, path, entry) for path, entry in entries(root, ("slaProperties",))),
        servers=tuple(_server(source, path, entry) for path, entry in entries(root, ("servers",))),
        custom=custom_of(root),
        document=root,
        file=document.file,
    )


def _dataset(source: _Source, path: Path, entry: Entry) -> Dataset:
    return Dataset(
        name=entry["name"],
        physical_name=entry.get("physicalName"),
        business_name=entry.get("businessName"),
        description=entry.get("description"),
        granularity=entry.get("dataGranularityDescription"),
        tags=tuple(entry.get("tags", ())),
        properties=_properties(source, path, entry),
        quality=_rules(source, path, entry),
        relationships=tuple(
            _relationship(source, place, relationship, relationship["from"])
            for place, relationship in entries(entry, (*path, "relationships"))
        ),
        custom=custom_of(entry),
        place=source.place(*path),
    )


def _properties(source: _Source, path: Path, parent: Entry) -> tuple[Property, ...]:
    return tuple(_property(source, place, entry) for place, entry in entries(parent, (*path, "properties")))


def _property(source: _Source, path: Path, entry: Entry) -> Property:
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
        quality=_rules(source, path, entry),
        relationships=tuple(
            _relationship(source, place, relationship, None)
            for place, relationship in entries(entry, (*path, "relationships"))
        ),
        properties=_properties(source, path, entry),
        items=_property(source, (*path, "items"), entry["items"]) if "items" in entry else None,
        map_key=_property(source, (*path, "map", "key"), sides["key"]) if sides else None,
        map_value=_property(source, (*path, "map", "value"), sides["value"]) if sides else None,
        custom=custom_of(entry),
        place=source.place(*path),
    )


def _rules(source: _Source, path: Path, parent: Entry) -> tuple[QualityRule, ...]:
    return tuple(_rule(source, place, entry) for place, entry in entries(parent, (*path, "quality")))


def _rule(source: _Source, path: Path, entry: Entry) -> QualityRule:
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
        custom=custom_of(entry),
        raw=entry,
        place=source.place(*path),
    )


def _relationship(source: _Source, path: Path, entry: Entry, own: str | list[str] | None) -> Relationship:
    to = _texts(entry["to"])
    targets = _follow(to, source.directory)
    columns = (
        tuple(target.column for target in _follow(_texts(own), source.directory)) if own else (_own(source, path),)
    )
    is_elsewhere = any(target.table is None for target in targets)
    return Relationship(
        columns=columns,
        target=None if is_elsewhere else targets[0].table,
        target_columns=() if is_elsewhere else tuple(target.column for target in targets),
        to=tuple(to),
        custom=custom_of(entry),
        place=source.place(*path),
    )


def _own(source: _Source, path: Path) -> str:
    """Return the name of the property at which a relationship stands, dotted for a field inside a column."""
    names: list[str] = []
    value: Any = source.document.value
    for step in path[:-2]:
        value = value[step]
        if isinstance(value, dict) and step not in {"map"}:
            names.append(str(value.get("name", step)))
    return ".".join(names[1:])  # the first name is the dataset's


def _follow(texts: list[str], directory: Directory) -> list[Target]:
    return [target for target in (follow(text, directory) for text in texts) if isinstance(target, Target)]


def _texts(value: str | list[str] | None) -> list[str]:
    return [value] if isinstance(value, str) else list(value or ())


def _promise(source: _Source, path: Path, entry: Entry) -> SlaProperty:
    return SlaProperty(
        id=entry.get("id"),
        property=entry["property"],
        value=entry["value"],
        unit=entry.get("unit"),
        element=entry.get("element"),
        description=entry.get("description"),
        custom=custom_of(entry),
        raw=entry,
        place=source.place(*path),
    )


def _server(source: _Source, path: Path, entry: Entry) -> Server:
    return Server(
        name=entry["server"],
        type=entry["type"],
        environment=entry.get("environment"),
        settings=entry,
        custom=custom_of(entry),
        place=source.place(*path),
    )
