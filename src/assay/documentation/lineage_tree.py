"""A lineage as a tree of lines: what is met twice is told once, and what is too much is counted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from assay.base.printable import printable
from assay.project.lineage import Lineage, Reach
from assay.project.lineage_members import Edge, Influence, Node

MOST_CHILDREN = 20
"""So many are listed below one; a reader of more asks for one of them."""

MOST_LINES = 200
"""Nobody reads more of a tree."""

_DEEPEST = 12
_LEAST_ROOM = 20
_WORDS = {Influence.DIRECT: "", Influence.INDIRECT: "decides about rows", Influence.UNDETERMINED: "undetermined"}


def trees_of(lineage: Lineage, up: Reach | None, down: Reach | None, width: int) -> Iterator[tuple[str, list[str]]]:
    """Write what lies upstream, and what lies downstream.

    Args:
        lineage: of the project.
        up: what lies upstream; None where nobody asked.
        down: what lies downstream; None where nobody asked.
        width: how many columns a line may have.

    Returns:
        for each that was asked for its title, empty where there is one only, and its lines.
    """
    is_both = up is not None and down is not None
    for title, nothing, reach in (
        ("Comes from", "Nothing lies upstream of it.", up),
        ("Goes into", "Nothing reads it.", down),
    ):
        if reach is not None:
            lines = [printable(text) for text in tree_of(lineage, reach, width)] if reach.nodes else [nothing]
            yield title if is_both else "", lines


@dataclass(slots=True)
class _Writing:
    lineage: Lineage
    reach: Reach
    width: int
    most: int
    told: set[Node] = field(default_factory=set)


def tree_of(lineage: Lineage, reach: Reach, width: int, most: int = MOST_CHILDREN) -> Iterator[str]:
    """Write what lies upstream or downstream as a tree.

    Args:
        lineage: of the project.
        reach: what is written; each start is a root.
        width: how many columns a line may have.
        most: how many are listed below one, and how many roots.
    """
    writing = _Writing(lineage, reach, width, most)
    lines = _roots(writing)
    yield from islice(lines, MOST_LINES)
    if next(lines, None) is not None:
        left = len(reach.edges) - len(writing.told)
        yield f"... and {left:,} more: ask for one of them, or for -o json."


def _roots(writing: _Writing) -> Iterator[str]:
    starts = [node for node in writing.reach.starts if not _is_nothing(writing, node)]
    for node in starts[: writing.most]:
        yield _cut(f"{node}{_kind(writing.lineage, node)}", writing.width)
        writing.told.add(node)
        yield from _below(writing, node, "", 1)
    if len(starts) > writing.most:
        yield f"... and {len(starts) - writing.most:,} more"


def _below(writing: _Writing, node: Node, indent: str, depth: int) -> Iterator[str]:
    edges = [edge for edge in writing.reach.edges.get(node, ()) if not _is_nothing(writing, edge[0])]
    if edges and (depth > _DEEPEST or len(indent) > writing.width - _LEAST_ROOM):
        yield f"{indent}└─ ... and what lies behind: ask for {edges[0][0]}"
        return
    listed = edges if len(edges) <= writing.most + 1 else edges[: writing.most]
    for place, edge in enumerate(listed):
        is_last = place == len(edges) - 1
        yield from _line(writing, node, edge, indent, is_last=is_last, depth=depth)
    if len(edges) > len(listed):
        yield f"{indent}└─ ... and {len(edges) - len(listed):,} more"


def _line(writing: _Writing, above: Node, edge: Edge, indent: str, *, is_last: bool, depth: int) -> Iterator[str]:
    node, influence = edge
    is_again = node in writing.told
    leads_on = any(not _is_nothing(writing, other) for other, _ in writing.reach.edges.get(node, ()))
    notes = [_kind(writing.lineage, node).strip(), "" if node.is_rows or above.is_rows else _WORDS[influence]]
    notes += ["see above" if is_again and leads_on else ""]
    note = ", ".join(text for text in notes if text)
    start = f"{indent}{'└─ ' if is_last else '├─ '}"
    room = writing.width - len(start) - (len(note) + 2 if note else 0)
    yield f"{start}{_cut(str(node), max(room, _LEAST_ROOM))}{f'  {note}' if note else ''}"
    if not is_again:
        writing.told.add(node)
        yield from _below(writing, node, f"{indent}{'   ' if is_last else '│  '}", depth + 1)


def _is_nothing(writing: _Writing, node: Node) -> bool:
    """Whether a node says nothing: which rows there are in what is read as it is, or what was told of them above."""
    return node.is_rows and (node in writing.told or not _tells(writing, node))


def _tells(writing: _Writing, node: Node) -> bool:
    """Whether anything but rows lies behind which rows there are; looked up once, for such chains are long."""
    seen: set[Node] = set()
    waiting = [node]
    while waiting:
        each = waiting.pop()
        if not each.is_rows:
            return True
        if each not in seen:
            seen.add(each)
            waiting += [other for other, _ in writing.reach.edges.get(each, ())]
    return False


def _kind(lineage: Lineage, node: Node) -> str:
    return f"  {lineage.tables[node.table].kind}" if node.is_whole else ""


def _cut(text: str, room: int) -> str:
    return text if len(text) <= room else f"{text[: room - 1]}…"
