"""What dbt made of a project, as the steps and tests of products: tables are named as steps name them.

What dbt can do and a step cannot is refused here by name: what is no query, what reaches outside, what nobody takes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from assay.base.canonical import canonical_json
from assay.base.errors import AssayError, Fault, Place
from assay.base.names import NAME, SOURCES, TableRef, parse_table_ref
from assay.project.dbt import FORMAT, DbtTest, fault_as_json, faults_at
from assay.project.files import DbtEntry
from assay.sql.quoting import identifier, text_literal
from assay.workflow.steps import as_compiled

_MATERIALIZED = frozenset({"view", "table", "incremental", "seed"})
_EPHEMERAL = "ephemeral"
_PACKAGES = "dbt_packages"
_WHERE = re.compile(r"\((?P<file>[^\s()]+\.(?:sql|yml|yaml|py|csv|md))\)")
_LINE = re.compile(r"\bline (\d+)")
_MOST_CHARACTERS = 400
_DBT_DEPS = re.compile(r"\bdbt deps\b")

Raw = Mapping[str, Any]


@dataclass(slots=True)
class _Part:
    """What one product gets, as JSON values."""

    faults: list[dict[str, Any]] = field(default_factory=list)
    steps: list[dict[str, Any]] = field(default_factory=list)
    tests: list[dict[str, Any]] = field(default_factory=list)


def translate(raw: Raw, entries: Mapping[str, DbtEntry], files: Mapping[str, bytes], version: str) -> dict[str, bytes]:
    """Make the compiled file of each product that takes models from a dbt project.

    Args:
        raw: what `assay.base.ports.DbtRunner` answered.
        entries: what each product takes, by product; all from this project.
        files: of the dbt project, relative to its folder.
        version: of dbt and its adapter.

    Returns:
        by product, the content of its compiled file.
    """
    folder = next(iter(entries.values())).project
    if raw["errors"]:
        faults = [fault_as_json(dbt_fault(error["text"], error["file"], folder, files)) for error in raw["errors"]]
        return {product: _content(_Part(faults=faults), version) for product in entries}
    translation = _Translation(raw, entries, folder, files)
    return {product: _content(translation.part(product), version) for product in entries}


def failed(faults: tuple[Fault, ...], products: Mapping[str, DbtEntry]) -> dict[str, bytes]:
    """Make compiled files that say why nothing was compiled; each fault stands at ``dbt.project``."""
    return {product: _content(_Part(faults=list(faults_at("project", *faults))), "") for product in products}


def _content(part: _Part, version: str) -> bytes:
    return canonical_json({
        "format": FORMAT, "dbt": version, "faults": part.faults, "steps": part.steps, "tests": part.tests,
    })  # fmt: skip


def dbt_fault(text: str, file: str | None, folder: str, files: Mapping[str, bytes]) -> Fault:
    """Turn what dbt says of an error into a fault: the file and the line where it tells them, and its words.

    Args:
        text: what it said.
        file: the file of the node at which it happened, ``PACKAGE:PATH``; None where it names none itself.
        folder: of the dbt project.
        files: of the dbt project, to find the file that is meant.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    named = next((match["file"] for match in _WHERE.finditer(text)), None)
    path = _found(named, files) or _found(file.partition(":")[2] if file else None, files)
    if path is None:  # in its YAML it names the file without more: "Error reading shop: models/schema.yml"
        path = next((one for one in sorted(files, key=len, reverse=True) if one in text and "/" in one), None)
    line = _LINE.search(text)
    place = Place(f"{folder}/{path or 'dbt_project.yml'}", int(line[1]) if line and path else None)
    words = "; ".join(lines)
    if len(words) > _MOST_CHARACTERS:
        words = f"{words[: _MOST_CHARACTERS // 2]} ... {words[-_MOST_CHARACTERS // 2 :]}"
    return Fault(place, "a dbt project that compiles", words, _hint(text))


def _hint(text: str) -> str:
    if _DBT_DEPS.search(text):
        return f"There is no network here: run dbt deps there, and commit {_PACKAGES}."
    if "asks the clock" in text:
        return "A step that depends on the day asks for it in SQL: $as_of, the logical date."
    if "asks a database" in text:
        return "Say in the project what the macro would ask for: the columns, the values."
    if "Env var required" in text:
        return "No environment reaches dbt here: give env_var a default, or use var."
    return ""


def _found(path: str | None, files: Mapping[str, bytes]) -> str | None:
    """Find a file that dbt names relative to its package."""
    if path is None:
        return None
    if path in files:
        return path
    return next((one for one in sorted(files) if one.startswith(f"{_PACKAGES}/") and one.endswith(f"/{path}")), None)


class _Translation:
    def __init__(self, raw: Raw, entries: Mapping[str, DbtEntry], folder: str, files: Mapping[str, bytes]) -> None:
        self._nodes: Mapping[str, Any] = raw["nodes"]
        self._raw = raw
        self._entries = entries
        self._folder = folder
        self._files = files
        self._takers: dict[str, list[str]] = {}
        for product, chosen in sorted(raw["selected"].items()):
            for node in chosen:
                if self._nodes[node]["materialized"] != _EPHEMERAL:
                    self._takers.setdefault(node, []).append(product)
        self._by_relation = {
            tuple(part.lower() for part in node["relation"]): name
            for name, node in self._nodes.items()
            if node["relation"] and node["kind"] in {"model", "seed", "snapshot"}
        }
        self._sources = {
            tuple(part.lower() for part in source["relation"]): source["name"] for source in raw["sources"].values()
        }

    def part(self, product: str) -> _Part:
        """Return what one product gets."""
        part = _Part()
        part.faults += faults_at("project", *self._hooks())
        part.faults += faults_at("select", *self._selection(product))
        own = [name for name, takers in sorted(self._takers.items()) if product in takers]
        for name in own:
            refused = list(self._refused(self._nodes[name]))
            part.faults += map(fault_as_json, refused)
            if not refused:
                self._add_step(part, name, product)
        for name, node in sorted(self._nodes.items()):
            if node["kind"] == "test" and node["sql"] is not None:
                self._add_test(part, name, node, product, set(own))
        return part

    def _place(self, node: Raw) -> str:
        """Return the path of a node's file, relative to the Assay project."""
        package, _, path = str(node["file"]).partition(":")
        inside = path if package == self._raw["package"] else f"{_PACKAGES}/{package}/{path}"
        return f"{self._folder}/{inside}"

    def _hooks(self) -> Iterator[Fault]:
        for name, node in sorted(self._nodes.items()):
            if node["kind"] == "operation":
                hint = "Take it out: a build runs queries and nothing beside them."
                yield Fault(Place(self._folder), "a dbt project without on-run-start and on-run-end", name, hint)

    def _selection(self, product: str) -> Iterator[Fault]:
        entry = self._entries[product]
        if not self._raw["selected"][product]:
            hint = f"Ask: dbt ls --select {' '.join(entry.select)}"
            yield Fault(Place(""), "selectors that choose models", f"none by {' '.join(entry.select)}", hint)
        for name, takers in sorted(self._takers.items()):
            if len(takers) > 1 and product in takers[1:]:
                found = f"{self._nodes[name]['name']} ({self._place(self._nodes[name])}), which {takers[0]} takes too"
                hint = f"Exclude it in one of them and read it as {takers[0]}.{self._nodes[name]['name']}."
                yield Fault(Place(""), "models that belong to one product", found, hint)

    def _refused(self, node: Raw) -> Iterator[Fault]:
        where = Place(self._place(node))
        if not NAME.fullmatch(node["name"]):
            hint = "The name is written in lower-case letters, digits and _; an alias names nothing here."
            yield Fault(where, "the name of a step", repr(node["name"]), hint)
        if node["kind"] == "snapshot":
            hint = "A step keeps no history of its own: exclude it, and write what it keeps as a model of its inputs."
            yield Fault(where, "a model or a seed", f"the dbt snapshot {node['name']}", hint)
        elif node["language"] != "sql":
            hint = f"Exclude it, and write it as products/PRODUCT/workflow/{node['name']}.py."
            yield Fault(where, "a model in SQL", f"a model in {node['language']}", hint)
        elif node["materialized"] not in _MATERIALIZED:
            expected = "a materialization as view, table, incremental or ephemeral"
            yield Fault(where, expected, str(node["materialized"]), "Each step is a snapshot, whatever it is in dbt.")
        elif node["strategy"] == "microbatch":
            yield Fault(where, "a model that is one query", "the incremental strategy microbatch", "Use another one.")
        if node["hooks"]:
            hint = "Take it out: a build runs queries and nothing beside them."
            yield Fault(where, "a model without hooks", f"the hook {' '.join(node['hooks'][0].split())[:80]}", hint)
        if node["header"]:
            yield Fault(where, "a model without sql_header", "one", "A step is one query.")

    def _add_step(self, part: _Part, name: str, product: str) -> None:
        node = self._nodes[name]
        sql = self._seed(node) if node["kind"] == "seed" else self._renamed(part, node, str(node["sql"] or ""), product)
        if sql is not None:
            part.steps.append({"name": node["name"], "file": self._place(node), "sql": sql})

    def _seed(self, node: Raw) -> str | None:
        rows = node["rows"]  # none where there are hooks, which are refused: then nothing was loaded
        return seed_sql(rows["columns"], rows["values"]) if rows else None

    def _add_test(self, part: _Part, name: str, node: Raw, product: str, own: set[str]) -> None:
        said = node["test"]
        tested = [said["attached"]] if said["attached"] else list(node["reads"])
        on = [self._nodes[one]["name"] for one in tested if one in own]
        if not on:
            return
        sql = self._renamed(part, node, node["sql"], product)
        if sql is not None:
            test = DbtTest(
                name=node["name"],
                file=self._place(node),
                on=tuple(on),
                sql=sql,
                measure=said["fail_calc"],
                severity=said["severity"].lower(),
                error_if=said["error_if"],
                warn_if=said["warn_if"],
                description=node["description"],
            )
            part.tests.append(test.as_json())

    def _renamed(self, part: _Part, node: Raw, sql: str, product: str) -> str | None:
        """Name the tables of a compiled query as steps do; None when that cannot be, and the faults are noted."""
        from assay.sql.renaming import Relation, rename_tables  # with sqlglot, only where something was compiled

        faults: dict[str, Fault] = {}
        where = self._place(node)

        def name_of(relation: Relation) -> TableRef | None:
            found = self._by_relation.get(relation)
            if found is None:
                return self._source(relation, product)
            takers, other = self._takers.get(found, ()), self._nodes[found]
            if takers:
                return TableRef(None if product in takers else takers[0], other["name"])
            hint = f"Take it into one: +{node['name']} in dbt.select takes all that it reads."
            what = f"{other['name']} ({self._place(other)}), which no product takes"
            faults[found] = Fault(Place(where), "models that read what a product takes", what, hint)
            return None

        try:
            renamed = rename_tables(sql, as_compiled(where), name_of)
        except AssayError as error:
            part.faults += map(fault_as_json, error.faults)
            return None
        part.faults += map(fault_as_json, faults.values())
        return None if faults else renamed.strip() + "\n"

    def _source(self, relation: tuple[str, str, str], product: str) -> TableRef | None:
        name = self._sources.get(relation)
        if name is None:
            return None
        named = self._entries[product].sources.get(name)
        if named is None:
            return TableRef(SOURCES, name.rpartition(".")[2].lower())
        table = parse_table_ref(named)
        return TableRef(None, table.name) if table.schema == product else table


def seed_sql(columns: list[list[str]], values: list[list[str | None]]) -> str:
    """Write the rows of a seed as a query; they are one text in it, for a parser takes its time over each value.

    Args:
        columns: name and type of each.
        values: rows, each value as DuckDB writes it as text; None for NULL.
    """
    cells = text_literal(json.dumps(values, ensure_ascii=False))
    selected = ",\n".join(
        f"    CAST(cells[{number}] AS {kind}) AS {identifier(name)}" for number, (name, kind) in enumerate(columns, 1)
    )
    return f"SELECT\n{selected}\nFROM (SELECT unnest(from_json({cells}, '[[\"VARCHAR\"]]')) AS cells)\n"
