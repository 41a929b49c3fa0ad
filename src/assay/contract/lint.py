"""What a contract's parts mean together: names used once, rules, options, references and servers that make sense.

Everything here is tolerant of a wrong shape, which is reported by `shape`: all faults of a file come out together.
"""

from __future__ import annotations

from collections.abc import Iterator

from assay.base.reading import Document, Path
from assay.contract.custom import property_faults
from assay.contract.enums import enum_faults
from assay.contract.findings import Finding, finding
from assay.contract.model import LogicalType
from assay.contract.options import option_faults
from assay.contract.references import Directory, directory_of
from assay.contract.relationships import column_relationship_faults, relationship_faults
from assay.contract.rules import Site, rule_faults
from assay.contract.services import server_faults, service_level_faults
from assay.contract.walking import ABSENT_CUSTOM, Entry, custom_of, entries, kind_of, properties_inside


def lint_faults(document: Document) -> Iterator[Finding]:
    """Give every fault that the form alone does not show, in the order of the sections."""
    root = document.value if isinstance(document.value, dict) else {}
    directory = directory_of([entry for _, entry in entries(root, ("schema",))])
    yield from _once(document, root, ("schema",), "name", "dataset")
    yield from _once(document, root, ("schema",), "id", "dataset")
    for path, dataset in entries(root, ("schema",)):
        yield from _dataset(document, path, dataset, directory)
    for one in property_faults({name: root.get(name) for name in ("schema", "slaProperties")}, ()):
        yield finding(document, "own-rule-malformed", one.path, expected=one.expected, found=one.found, hint=one.hint)
    yield from _once(document, root, ("slaProperties",), "id", "service level")
    for path, promise in entries(root, ("slaProperties",)):
        yield from service_level_faults(document, path, promise)
    yield from _once(document, root, ("servers",), "server", "server")
    for path, server in entries(root, ("servers",)):
        yield from server_faults(document, path, server)


def rules_of(document: Document, path: Path, dataset: Entry) -> list[Site]:
    """List the quality rules of a dataset, its own and those of its properties, each with what is around it."""
    columns = frozenset(str(entry.get("name")) for _, entry in entries(dataset, (*path, "properties")))
    rules = [Site(document, at, rule, None, columns) for at, rule in entries(dataset, (*path, "quality"))]
    for place, entry in properties_inside(dataset, path):
        rules += [Site(document, at, rule, kind_of(entry), None) for at, rule in entries(entry, (*place, "quality"))]
    return rules


def _once(document: Document, parent: Entry, path: Path, key: str, what: str) -> Iterator[Finding]:
    first: dict[str, Path] = {}
    for place, entry in entries(parent, path):
        value = entry.get(key)
        if not isinstance(value, str):
            continue
        if value in first:
            line = document.place(*first[value], key).line
            found = f"'{value}' again (first on line {line})"
            rule = "id-repeated" if key == "id" else f"{what}-name-repeated"
            yield finding(document, rule, (*place, key), expected=f"each {what} {key} once", found=found)
        first.setdefault(value, place)


def _dataset(document: Document, path: Path, dataset: Entry, directory: Directory) -> Iterator[Finding]:
    inside = list(properties_inside(dataset, path))
    for place, entry in inside:
        yield from _property(document, place, entry, directory)
    for place, parent in [(path, dataset), *inside]:
        yield from _once(document, parent, (*place, "properties"), "name", "property")
        yield from _once(document, parent, (*place, "properties"), "id", "property")
    rules = rules_of(document, path, dataset)
    yield from _rule_ids(rules)
    for site in rules:
        yield from rule_faults(site)
    yield from relationship_faults(document, path, dataset, directory)


def _rule_ids(rules: list[Site]) -> Iterator[Finding]:
    """Results are kept under a rule's id, so a dataset may use one only once, whichever property it stands at."""
    first: dict[str, Site] = {}
    for site in rules:
        rule_id = site.rule.get("id")
        if not isinstance(rule_id, str):
            continue
        if rule_id in first:
            found = f"'{rule_id}' again (first on line {site.document.place(*first[rule_id].path, 'id').line})"
            yield site.finding("rule-id-repeated", "id", expected="each rule id once in a dataset", found=found)
        first.setdefault(rule_id, site)


def _property(document: Document, path: Path, entry: Entry, directory: Directory) -> Iterator[Finding]:
    kind = kind_of(entry)
    options = entry.get("logicalTypeOptions")
    if isinstance(options, dict):
        yield from option_faults(document, (*path, "logicalTypeOptions"), options, kind)
    if kind is LogicalType.MAP and "map" not in entry:
        wanted = "the field 'map' with 'key' and 'value'"
        yield finding(document, "map-missing", (*path, "map"), expected=wanted, found="nothing")
    if entry.get("primaryKey") is True and custom_of(entry).get(ABSENT_CUSTOM) is True:
        wanted = "a part of the key to be there"
        yield finding(document, "key-may-be-absent", (*path, "primaryKey"), expected=wanted, found=f"'{ABSENT_CUSTOM}'")
    yield from enum_faults(document, path, entry)
    yield from column_relationship_faults(document, path, entry, directory)
