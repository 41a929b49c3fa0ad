"""A lineage as text for Mermaid, which code hosts and wikis draw. Nodes are numbered: charts are called anything."""

from __future__ import annotations

from collections.abc import Iterator

from assay.documentation.lineage_view import Box, View
from assay.project.lineage_members import Influence, Node, TableKind

_ARROWS = {Influence.DIRECT: "-->", Influence.INDIRECT: "-.->", Influence.UNDETERMINED: "-. ? .->"}
_SHAPES = {
    TableKind.SOURCE: ('[("', '")]'),
    TableKind.DATASET: ('["', '"]'),
    TableKind.STEP: ('("', '")'),
    TableKind.DASHBOARD: ('{{"', '"}}'),
}
"""Before and after the name of a table: a drum for what is received, a box for a dataset, round for a step."""

MOST_LINES = 400
"""Mermaid itself refuses more than 500."""


def mermaid_of(view: View) -> str:
    """Write what is shown as a Mermaid flowchart, from left to right."""
    return "".join(f"{line}\n" for line in _lines(view))


def _lines(view: View) -> Iterator[str]:
    ids: dict[Node, str] = {}
    yield "flowchart LR"
    yield f"    accTitle: {_plain(view.title)}"
    for number, box in enumerate(view.boxes):
        yield from _box(box, f"t{number}", ids)
    shown = view.lines[:MOST_LINES]
    for line in shown:
        ends = [ids.get(node, ids[Node(node.table)]) for node in (line.source, line.target)]
        yield f"    {ends[0]} {_ARROWS[line.influence]} {ends[1]}"
    if view.left_out or len(shown) < len(view.lines):
        yield f"    %% and {view.left_out:,} more tables, {len(view.lines) - len(shown):,} more lines"


def _box(box: Box, name: str, ids: dict[Node, str]) -> Iterator[str]:
    ids[Node(box.table.key)] = name
    if not box.columns:
        before, after = _SHAPES[box.table.kind]
        yield f"    {name}{before}{_quoted(box.table.key)}{after}"
        return
    yield f'    subgraph {name}["{_quoted(box.table.key)}"]'
    for number, node in enumerate(box.columns):
        ids[node] = f"{name}c{number}"
        yield f'        {ids[node]}["{_quoted(node.column)}"]'
    yield "    end"


def _quoted(text: str) -> str:
    """Write a text so that it ends no quotes and is no markup: Mermaid reads ``#NN;`` as a character."""
    return "".join(f"#{ord(letter)};" if letter in '"<>&#`{}[]|\\' else letter for letter in _plain(text))


def _plain(text: str) -> str:
    return " ".join(text.split())
