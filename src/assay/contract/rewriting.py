"""A text changed where its meaning changes, and nowhere else: comments and layout of all other lines stay."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

import yaml

from assay.base.errors import AssayError
from assay.base.reading import Document, read_yaml
from assay.contract.write import contract_yaml

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_UNPRINTABLE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")  # JSON lets them stand, and YAML does not
_COMMENT = re.compile(r"(?:^|(?<=\s))#.*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A text after a change.

    Attributes:
        text: reads as the new value.
        lost: the comments that stood where it had to be written anew.
    """

    text: str
    lost: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Edit:
    """Lines from ``start`` up to, without, ``end`` become others."""

    start: int
    end: int
    lines: tuple[str, ...]


class _Whole(Exception):
    """It cannot be changed line by line, so that what is around it is written anew."""


def rewritten(document: Document, text: str, value: Mapping[str, Any]) -> Rewritten:
    """Change a text so that it reads as another value.

    Args:
        document: what the text reads as now.
        text: the file's, without a byte order mark.
        value: what it shall read as.
    """
    if _same(document.value, value):
        return Rewritten(text, ())
    new = _by_lines(document, text, value) or _anew(text, value)
    before, after = (Counter(map(str.rstrip, _COMMENT.findall(one))) for one in (text, new))
    return Rewritten(new, tuple((before - after).elements()))


def _by_lines(document: Document, text: str, value: Mapping[str, Any]) -> str | None:
    """Change the lines that have to; None where that does not read as the new value."""
    lines = text.splitlines(keepends=True)
    end = "\r\n" if "\r\n" in text else "\n"
    loader = _Loader(text)
    try:
        edits = list(_mapping(loader.get_single_node(), lines, document.value, value))
    except _Whole:
        return None
    finally:
        loader.dispose()
    for edit in sorted(edits, key=_from_below):
        lines[edit.start : edit.end] = [f"{line}{end}" for line in edit.lines]
    new = "".join(lines)
    try:
        return new if _same(read_yaml(new, document.file).value, value) else None
    except AssayError:
        return None


def _from_below(edit: _Edit) -> tuple[int, bool, int]:
    """Order edits so that none moves the lines of a later one; of two put in at one place the inner comes first."""
    indent = len(edit.lines[0]) - len(edit.lines[0].lstrip()) if edit.lines else 0
    return -edit.start, edit.start == edit.end, indent


def _anew(text: str, value: Mapping[str, Any]) -> str:
    if text.lstrip().startswith("{"):
        written = json.dumps(value, indent=2, ensure_ascii=False) + "\n"
        return _UNPRINTABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", written)
    return contract_yaml(value)


def _same(one: Any, other: Any) -> bool:
    """Say whether two values are equal, the order of fields and the types of numbers included."""
    return json.dumps(one, ensure_ascii=False) == json.dumps(other, ensure_ascii=False)


def _mapping(node: yaml.Node, lines: list[str], old: Any, new: Mapping[str, Any]) -> Iterator[_Edit]:
    """Give the edits that turn a block mapping into another one."""
    if not isinstance(node, yaml.MappingNode) or node.flow_style or not node.value:
        raise _Whole
    entries = [(key, child) for key, child in node.value]
    spans = [(key.start_mark.line, _end(child)) for key, child in entries]
    if len({start for start, _ in spans}) < len(spans):
        raise _Whole
    before, after = list(old), list(new)
    for operation, i1, i2, j1, j2 in SequenceMatcher(a=before, b=after, autojunk=False).get_opcodes():
        if operation == "equal":
            for position in range(i1, i2):
                name = before[position]
                if not _same(old[name], new[name]):
                    yield from _entry(entries[position], spans[position], lines, name, old[name], new[name])
        else:
            added = {name: new[name] for name in after[j1:j2]}
            yield _swapped(entries, spans, lines, (i1, i2), added)


def _swapped(
    entries: list[tuple[yaml.Node, yaml.Node]],
    spans: list[tuple[int, int]],
    lines: list[str],
    gone: tuple[int, int],
    added: Mapping[str, Any],
) -> _Edit:
    """Put entries in the place of others; with nothing in the place of the first, a list's dash moves on."""
    first, last = gone
    column = entries[0][0].start_mark.column
    lead = lines[spans[0][0]][:column]
    pad = " " * column
    written = _written(added, pad)
    if first == last:  # only added: after the entry before
        if first == 0:
            raise _Whole
        at = spans[first - 1][1]
        return _Edit(at, at, written)
    start, end = spans[first][0], spans[last - 1][1]
    if first > 0 or not lead.strip():
        return _Edit(start, end, written)
    if not written:
        if last == len(entries):
            raise _Whole
        end = spans[last][0] + 1
        written = (pad + lines[spans[last][0]][column:].rstrip("\r\n"),)
    return _Edit(start, end, (lead + written[0][column:], *written[1:]))


def _entry(
    entry: tuple[yaml.Node, yaml.Node], span: tuple[int, int], lines: list[str], name: str, old: Any, new: Any
) -> Iterator[_Edit]:
    """Give the edits that change the value of one entry: inside where that can be, else the entry is written anew."""
    key, child = entry
    try:
        inside = list(_inside(child, lines, old, new))
    except _Whole:
        column = key.start_mark.column
        written = _written({name: new}, " " * column)
        comment = _COMMENT.search(lines[span[0]]) if span[1] == span[0] + 1 and len(written) == 1 else None
        tail = f"  {comment[0].rstrip()}" if comment and isinstance(child, yaml.ScalarNode) else ""
        lead = lines[span[0]][:column]
        yield _Edit(*span, (lead + written[0][column:] + tail, *written[1:]))
    else:
        yield from inside


def _inside(node: yaml.Node, lines: list[str], old: Any, new: Any) -> Iterator[_Edit]:
    if isinstance(old, dict) and isinstance(new, dict) and new:
        yield from _mapping(node, lines, old, new)
        return
    if not (isinstance(old, list) and isinstance(new, list) and len(old) == len(new)):
        raise _Whole
    if not isinstance(node, yaml.SequenceNode) or node.flow_style:
        raise _Whole
    for child, one, other in zip(node.value, old, new, strict=True):
        if not _same(one, other):
            yield from _item(child, lines, one, other)


def _item(node: yaml.Node, lines: list[str], old: Any, new: Any) -> Iterator[_Edit]:
    """Give the edits that change an item of a list; a mapping that cannot be changed inside is written anew."""
    try:
        inside = list(_inside(node, lines, old, new))
    except _Whole:
        start, column = node.start_mark.line, node.start_mark.column
        lead = lines[start][:column]
        if not (isinstance(new, dict) and new and lead.strip() == "-"):
            raise
        written = _written(new, " " * column)
        yield _Edit(start, _end(node), (lead + written[0][column:], *written[1:]))
    else:
        yield from inside


def _written(value: Mapping[str, Any], pad: str) -> tuple[str, ...]:
    if not value:
        return ()
    return tuple(f"{pad}{line}" if line else "" for line in contract_yaml(value).rstrip("\n").split("\n"))


def _end(node: Any) -> int:
    """Return the line after the last one on which something of a node stands."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _end(last[1] if isinstance(last, tuple) else last)
    begin: int = node.start_mark.line
    mark = node.end_mark
    return max(int(mark.line) + int(mark.column > 0), begin + 1)
