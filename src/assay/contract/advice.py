"""What reading lets pass and the lint names: rules that no data can satisfy together (faults), and advice (hints).

A contract with such faults has a clear meaning, a check that always fails, so that reading it refuses nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from assay.base.reading import Document, Path
from assay.contract.contradictions import contradicting_rules, idle_limits
from assay.contract.enums import excluded_values
from assay.contract.fields import API_VERSIONS
from assay.contract.findings import Finding, finding
from assay.contract.lint import rules_of
from assay.contract.patterns import beyond_linear, pattern_problem
from assay.contract.references import Directory, Target, directory_of, follow
from assay.contract.rule_advice import rule_hints
from assay.contract.rules import is_value_of
from assay.contract.services import MEASURED_SLA
from assay.contract.shape import are_texts, is_before_3_1, shown
from assay.contract.walking import ABSENT_CUSTOM, Entry, custom_of, entries, kind_of, properties_inside

_THREE_NUMBERS = re.compile(r"\d+\.\d+\.\d+")

_DEPRECATED: dict[str, str] = {
    "dataProduct": "Name the product under customProperties.",
    "slaDefaultElement": "Name the element at each service level.",
}
"""Fields of the contract that v3.1 deprecated, and where their meaning goes."""


def advice(document: Document) -> Iterator[Finding]:
    """Give what the lint says beyond the faults for which a contract is not read, in the order of the sections."""
    root = document.value if isinstance(document.value, dict) else {}
    directory = directory_of([entry for _, entry in entries(root, ("schema",))])
    yield from _head(document, root)
    yield from _same_but_for_case(document, root, ("schema",), "dataset")
    for path, dataset in entries(root, ("schema",)):
        rules = rules_of(document, path, dataset)
        yield from contradicting_rules(rules)
        for site in rules:
            yield from idle_limits(site)
            yield from rule_hints(site)
        yield from _same_but_for_case(document, dataset, (*path, "properties"), "property")
        for place, entry in properties_inside(dataset, path):
            yield from _property(document, place, entry, directory)
            yield from _same_but_for_case(document, entry, (*place, "properties"), "property")
        for place, relationship in entries(dataset, (*path, "relationships")):
            yield from _relationship(document, place, relationship, None, directory)
    yield from _service_levels(document, root, directory)


def _head(document: Document, root: Entry) -> Iterator[Finding]:
    version, api = root.get("version"), root.get("apiVersion")
    if isinstance(version, str) and not _THREE_NUMBERS.fullmatch(version):
        wanted = "MAJOR.MINOR.PATCH"
        yield finding(document, "version-without-three-numbers", ("version",), expected=wanted, found=shown(version))
    if api in API_VERSIONS[:-1]:
        hint = "Write it anew with `assay contract upgrade`."
        yield finding(
            document, "api-version-old", ("apiVersion",), expected=API_VERSIONS[-1], found=str(api), hint=hint
        )
    if is_before_3_1(document):
        return
    for name, hint in _DEPRECATED.items():
        if name in root:
            wanted = "no field that the standard gave up"
            yield finding(document, "field-deprecated", (name,), expected=wanted, found=f"'{name}'", hint=hint)
    if isinstance(root.get("team"), list):
        hint = "Put the list under 'members'."
        yield finding(document, "field-deprecated", ("team",), expected="a mapping", found="a list", hint=hint)


def _same_but_for_case(document: Document, parent: Entry, path: Path, what: str) -> Iterator[Finding]:
    first: dict[str, str] = {}
    for place, entry in entries(parent, path):
        name = entry.get("name")
        if not isinstance(name, str):
            continue
        other = first.setdefault(name.casefold(), name)
        if other != name:
            wanted, found = f"names of a {what} that differ in more than case", f"'{name}' beside '{other}'"
            yield finding(document, "name-differs-in-case", (*place, "name"), expected=wanted, found=found)


def _property(document: Document, path: Path, entry: Entry, directory: Directory) -> Iterator[Finding]:
    yield from excluded_values(document, path, entry)
    options = entry.get("logicalTypeOptions")
    pattern = options.get("pattern") if isinstance(options, dict) else None
    if isinstance(pattern, str) and not pattern_problem(pattern) and (beyond := beyond_linear(pattern)):
        at, wanted = (*path, "logicalTypeOptions", "pattern"), "a pattern of RE2"
        yield finding(document, "pattern-not-portable", at, expected=wanted, found=beyond)
    yield from _promises_that_clash(document, path, entry)
    for index, example in enumerate(_listed(entry, "examples")):
        if kind_of(entry) and not isinstance(example, dict | list) and not is_value_of(example, kind_of(entry)):
            wanted = f"a value of the type {kind_of(entry)}"
            at = (*path, "examples", index)
            yield finding(document, "example-wrong-type", at, expected=wanted, found=shown(example))
    for place, relationship in entries(entry, (*path, "relationships")):
        yield from _relationship(document, place, relationship, entry, directory)


def _promises_that_clash(document: Document, path: Path, entry: Entry) -> Iterator[Finding]:
    if entry.get("required") is True and custom_of(entry).get(ABSENT_CUSTOM) is True:
        wanted, found = f"either 'required' or '{ABSENT_CUSTOM}'", "both"
        yield finding(document, "absent-but-required", (*path, "required"), expected=wanted, found=found)
    if entry.get("primaryKey") is True and entry.get("required") is False:
        hint = "Write 'required: true', or leave it out."
        wanted = "a part of the key to be required"
        yield finding(
            document, "key-stated-optional", (*path, "required"), expected=wanted, found="required: false", hint=hint
        )
    values = _listed(entry, "enum")
    if entry.get("unique") is True and values:
        wanted, found = "a column that is either unique or a choice", f"unique among {len(values)} values"
        yield finding(document, "unique-among-few", (*path, "unique"), expected=wanted, found=found)


def _relationship(
    document: Document, path: Path, relationship: Entry, own: Entry | None, directory: Directory
) -> Iterator[Finding]:
    to, source = relationship.get("to"), relationship.get("from")
    texts: list[str] = [to] if isinstance(to, str) else to if are_texts(to) and isinstance(to, list) else []
    froms = [source] if isinstance(source, str) else source if are_texts(source) and isinstance(source, list) else []
    sides = [own] * len(texts) if own is not None else [_entry_of(text, directory) for text in froms]
    for index, text in enumerate(texts):
        at = (*path, "to", index) if isinstance(to, list) else (*path, "to")
        if "#" in text:
            wanted = "a reference inside this contract"
            yield finding(document, "relationship-not-followed", at, expected=wanted, found=f"'{text}'")
            continue
        target, mine = _entry_of(text, directory), sides[index] if index < len(sides) else None
        kinds = [kind_of(side) if side is not None else None for side in (mine, target)]
        if all(kinds) and kinds[0] != kinds[1]:
            wanted, found = f"a column of the type {kinds[0]}, as here", f"'{text}' of the type {kinds[1]}"
            yield finding(document, "relationship-types-differ", at, expected=wanted, found=found)


def _entry_of(text: str, directory: Directory) -> Entry | None:
    target = follow(text, directory)
    return target.entry if isinstance(target, Target) else None


def _service_levels(document: Document, root: Entry, directory: Directory) -> Iterator[Finding]:
    first: dict[tuple[str, str, str], int | None] = {}
    for path, promise in entries(root, ("slaProperties",)):
        name, element = str(promise.get("property")), promise.get("element")
        if not isinstance(element, str):
            continue
        line = document.place(*path, "property").line
        before = first.setdefault((name, element, str(promise.get("driver"))), line)
        if before != line:
            found = f"{name} of {element} again (first on line {before})"
            wanted = "each promise once"
            yield finding(document, "service-level-repeated", (*path, "property"), expected=wanted, found=found)
        if name == "latency":
            hint = "Call it freshness where the age of the newest value is meant."
            wanted = "freshness for the age of a column"
            yield finding(
                document, "latency-means-freshness", (*path, "property"), expected=wanted, found=name, hint=hint
            )
        if name in MEASURED_SLA and not _is_column(element, root, directory):
            wanted = "dataset.column of this contract"
            at = (*path, "element")
            yield finding(document, "service-level-element-unknown", at, expected=wanted, found=f"'{element}'")


def _is_column(element: str, root: Entry, directory: Directory) -> bool:
    datasets = [entry for _, entry in entries(root, ("schema",))]
    table, dot, column = element.partition(".")
    if not dot and len(datasets) == 1:
        table, column = str(datasets[0].get("name")), element
    names = [one for one in datasets if table in (one.get("name"), one.get("physicalName"))]
    return any(column in directory.called[id(one)] for one in names)


def _listed(entry: Entry, name: str) -> list[Any]:
    value = entry.get(name)
    return value if isinstance(value, list) else []
