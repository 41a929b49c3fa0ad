"""What a contract's parts mean together: names used once, rules, options, references and servers that make sense.

Everything here is tolerant of a wrong shape, which is reported by `shape`: all faults of a file come out together.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from typing import Any

from assay.base.errors import Fault
from assay.base.reading import Document, Path
from assay.contract.durations import parse_duration
from assay.contract.fields import SERVER_FIELDS
from assay.contract.model import LogicalType
from assay.contract.options import option_faults
from assay.contract.references import Target, follow
from assay.contract.rules import Site, is_value_of, rule_faults
from assay.contract.shape import are_texts, is_text, shown

Entry = Mapping[str, Any]

MEASURED_SLA = frozenset({"freshness", "latency", "retention"})
"""Promises on service that are measured on the data when they name an element."""


def lint_faults(document: Document) -> Iterator[Fault]:
    """Give every fault that the form alone does not show, in the order of the sections."""
    root = document.value if isinstance(document.value, dict) else {}
    datasets = [entry for _, entry in entries(root, ("schema",))]
    yield from _once(document, root, ("schema",), "name", "dataset")
    yield from _once(document, root, ("schema",), "id", "dataset")
    for path, dataset in entries(root, ("schema",)):
        yield from _dataset(document, path, dataset, datasets)
    yield from _once(document, root, ("slaProperties",), "id", "service level")
    for path, promise in entries(root, ("slaProperties",)):
        yield from _promise(document, path, promise)
    yield from _once(document, root, ("servers",), "server", "server")
    for path, server in entries(root, ("servers",)):
        yield from _server(document, path, server)


def entries(parent: Entry, path: Path) -> Iterator[tuple[Path, Entry]]:
    """Give the mappings of a list, each with its path; the list is the field that ends ``path``."""
    listed = parent.get(str(path[-1]))
    for index, entry in enumerate(listed if isinstance(listed, list) else []):
        if isinstance(entry, dict):
            yield (*path, index), entry


def kind_of(entry: Entry) -> LogicalType | None:
    """Return a property's logical type; None where there is none or it does not exist."""
    text = entry.get("logicalType")
    return LogicalType(text) if text in tuple(LogicalType) else None


def _once(document: Document, parent: Entry, path: Path, key: str, what: str) -> Iterator[Fault]:
    first: dict[str, Path] = {}
    for place, entry in entries(parent, path):
        value = entry.get(key)
        if not isinstance(value, str):
            continue
        if value in first:
            line = document.place(*first[value], key).line
            found = f"'{value}' again (first on line {line})"
            yield document.fault(*place, key, expected=f"each {what} {key} once", found=found)
        first.setdefault(value, place)


def _dataset(document: Document, path: Path, dataset: Entry, datasets: list[Entry]) -> Iterator[Fault]:
    columns = frozenset(str(entry.get("name")) for _, entry in entries(dataset, (*path, "properties")))
    rules = [Site(document, at, rule, None, columns) for at, rule in entries(dataset, (*path, "quality"))]
    for place, entry in _properties(dataset, path):
        rules += [Site(document, at, rule, kind_of(entry), None) for at, rule in entries(entry, (*place, "quality"))]
        yield from _property(document, place, entry, datasets)
    for place, parent in [(path, dataset), *_properties(dataset, path)]:
        yield from _once(document, parent, (*place, "properties"), "name", "property")
        yield from _once(document, parent, (*place, "properties"), "id", "property")
    yield from _rule_ids(rules)
    for site in rules:
        yield from rule_faults(site)
    for place, relationship in entries(dataset, (*path, "relationships")):
        yield from _relationship(document, place, relationship, dataset, datasets)


def _properties(parent: Entry, path: Path) -> Iterator[tuple[Path, Entry]]:
    """Give every property inside, at any depth."""
    direct = list(entries(parent, (*path, "properties")))
    items, sides = parent.get("items"), parent.get("map")
    if isinstance(items, dict):
        direct.append(((*path, "items"), items))
    if isinstance(sides, dict):
        direct += [((*path, "map", side), entry) for side, entry in sides.items() if isinstance(entry, dict)]
    for place, entry in direct:
        yield place, entry
        yield from _properties(entry, place)


def _rule_ids(rules: list[Site]) -> Iterator[Fault]:
    """Results are kept under a rule's id, so a dataset may use one only once, whichever property it stands at."""
    first: dict[str, Site] = {}
    for site in rules:
        rule_id = site.rule.get("id")
        if not isinstance(rule_id, str):
            continue
        if rule_id in first:
            found = f"'{rule_id}' again (first on line {site.document.place(*first[rule_id].path, 'id').line})"
            yield site.fault("id", expected="each rule id once in a dataset", found=found)
        first.setdefault(rule_id, site)


def _property(document: Document, path: Path, entry: Entry, datasets: list[Entry]) -> Iterator[Fault]:
    kind = kind_of(entry)
    options = entry.get("logicalTypeOptions")
    if isinstance(options, dict):
        yield from option_faults(document, (*path, "logicalTypeOptions"), options, kind)
    if kind is LogicalType.MAP and "map" not in entry:
        yield document.fault(*path, expected="the field 'map' with 'key' and 'value'", found="nothing")
    yield from _enum(document, (*path, "enum"), entry, kind)
    for place, relationship in entries(entry, (*path, "relationships")):
        if isinstance(relationship.get("to"), list) and len(relationship["to"]) != 1:
            hint = "A key of several columns stands at the dataset, with 'from' and 'to'."
            found = shown(relationship["to"])
            yield document.fault(*place, "to", expected="one reference for one column", found=found, hint=hint)
        yield from _references(document, place, relationship, "to", datasets)


def _enum(document: Document, path: Path, entry: Entry, kind: LogicalType | None) -> Iterator[Fault]:
    if entry.get("enum") == []:
        yield document.fault(*path, expected="at least one value in 'enum'", found="an empty list")
    seen: list[Any] = []
    for place, choice in entries(entry, path):
        value = choice.get("value")
        if "value" in choice and not is_value_of(value, kind):
            yield document.fault(*place, "value", expected=f"a value of the type {kind}", found=shown(value))
        if any(value == other and type(value) is type(other) for other in seen):
            yield document.fault(*place, "value", expected="each value once", found=f"{value!r} again")
        seen.append(value)


def _relationship(
    document: Document, path: Path, relationship: Entry, dataset: Entry, datasets: list[Entry]
) -> Iterator[Fault]:
    sides = [relationship.get(side) for side in ("from", "to")]
    counts = [len(side) if are_texts(side) else 0 for side in sides if isinstance(side, str | list)]
    if len(counts) == 2 and counts[0] != counts[1]:
        found = " and ".join(f"{count} columns" if count else "a single one" for count in counts)
        yield document.fault(*path, "to", expected="as many columns in 'to' as in 'from'", found=found)
    for target in (yield from _references(document, path, relationship, "from", datasets)):
        if target.table != dataset.get("name"):
            wanted = f"columns of {dataset.get('name')} in 'from'"
            yield document.fault(*path, "from", expected=wanted, found=f"a column of {target.table}")
    targets = yield from _references(document, path, relationship, "to", datasets)
    if len({target.table for target in targets}) > 1:
        tables = ", ".join(sorted({str(target.table) for target in targets}))
        yield document.fault(*path, "to", expected="columns of one table", found=f"columns of {tables}")


def _references(
    document: Document, path: Path, relationship: Entry, side: str, datasets: list[Entry]
) -> Generator[Fault, None, list[Target]]:
    """Follow the references of one side; yield what is wrong with them and return the targets."""
    written: Any = relationship.get(side)
    texts: list[str] = [written] if is_text(written) else written if are_texts(written) else []
    targets: list[Target] = []
    for index, text in enumerate(texts):
        target = follow(text, datasets)
        if isinstance(target, Target):
            targets.append(target)
            continue
        place = (*path, side, index) if isinstance(written, list) else (*path, side)
        hint = "Write dataset.property, or sources.table.column for what is received."
        yield document.fault(*place, expected="a property that exists", found=f"'{text}': {target}", hint=hint)
    return targets


def _promise(document: Document, path: Path, promise: Entry) -> Iterator[Fault]:
    if str(promise.get("property")) not in MEASURED_SLA or not is_text(promise.get("element")):
        return
    if "value" not in promise:
        return  # named already as missing
    unit = promise.get("unit")
    if parse_duration(promise.get("value"), unit if is_text(unit) else None) is None:
        found = f"{shown(promise.get('value'))} {unit or 'without a unit'}"
        hint = "Units are s, min, h, d, w, mo and y; or write ISO 8601, as P1D."
        yield document.fault(*path, "value", expected="a span of time", found=found, hint=hint)


def _server(document: Document, path: Path, server: Entry) -> Iterator[Fault]:
    kind = server.get("type")
    if not isinstance(kind, str):
        return
    if kind not in SERVER_FIELDS:
        hint = "Another system has 'type: custom'."
        wanted = f"one of {', '.join(SERVER_FIELDS)}"
        yield document.fault(*path, "type", expected=wanted, found=f"'{kind}'", hint=hint)
    for name in SERVER_FIELDS.get(kind, ()):
        if server.get(name) is None:
            yield document.fault(*path, expected=f"the field '{name}' of a server of type {kind}", found="nothing")
