"""A lineage as one SVG picture: light and dark, with a title and a description, the same bytes each time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape

from assay.base.printable import printable
from assay.documentation.layers import Layout, lay_out
from assay.documentation.lineage_view import Box, Line, View
from assay.project.lineage_members import Influence, Node

_LETTER = 7.3
"""Width of a letter of the narrow face, at most."""

_LONGEST = 34
_HEAD = 34.0
_ROW = 19.0
_ACROSS = 84.0
_PAD = 16.0
_FOOT = 26.0

_STYLE = """
svg{--ink:#1f2328;--faint:#59636e;--line:#818b98;--box:#fff;--head:#eef1f4;--source:#0969da;--dataset:#1a7f37;\
--step:#818b98;--dashboard:#8250df;--paper:#fff}
@media (prefers-color-scheme:dark){svg{--ink:#f0f6fc;--faint:#9198a1;--line:#7d8590;--box:#0d1117;--head:#1c2128;\
--source:#4493f8;--dataset:#3fb950;--step:#7d8590;--dashboard:#ab7df8;--paper:#0d1117}}
.paper{fill:var(--paper)}
text{font:12px ui-monospace,SFMono-Regular,Menlo,"DejaVu Sans Mono",monospace;fill:var(--ink)}
.kind{font-size:10px;fill:var(--faint)}
.name{font-weight:600}
.box{fill:var(--box);stroke:var(--line)}
.start{stroke:var(--ink);stroke-width:2}
.source{fill:var(--source)}.dataset{fill:var(--dataset)}.step{fill:var(--step)}.dashboard{fill:var(--dashboard)}
path{fill:none;stroke:var(--line);stroke-width:1.4}
.indirect{stroke-dasharray:6 4}.undetermined{stroke-dasharray:1.5 4;stroke-linecap:round}
.tip{fill:var(--line);stroke:none}
"""

_SAID = {
    Influence.DIRECT: "values come from there",
    Influence.INDIRECT: "decides which rows there are",
    Influence.UNDETERMINED: "nobody can tell from the code",
}


@dataclass(frozen=True, slots=True)
class _Frame:
    """How wide each layer is, and where it begins."""

    lefts: tuple[float, ...]
    widths: tuple[float, ...]
    layout: Layout
    boxes: Mapping[str, Box]

    @property
    def width(self) -> float:
        """Of everything, with what stands around it."""
        own = self.lefts[-1] + self.widths[-1] + _PAD if self.lefts else 2 * _PAD
        return max(own, 380.0)


def svg_of(view: View) -> str:
    """Draw what is shown."""
    heights = {box.table.key: _height(box) for box in view.boxes}
    layout = lay_out(heights, [(line.source.table, line.target.table) for line in view.lines])
    frame = _frame(view, layout)
    height = layout.height + 2 * _PAD + _FOOT
    described = _described(view)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {frame.width:.0f} {height:.0f}" '
        f'width="{frame.width:.0f}" height="{height:.0f}" role="img" aria-labelledby="lineage-title lineage-desc">'
    )
    parts = [
        head,
        f'<title id="lineage-title">{_text(view.title)}</title><desc id="lineage-desc">{_text(described)}</desc>',
        f"<style>{_STYLE}</style>",
        '<rect class="paper" width="100%" height="100%"/>',
        *(_line(frame, line) for line in view.lines),
        *(part for box in view.boxes for part in _box(frame, box)),
        *_legend(view, height - _FOOT + 6),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _described(view: View) -> str:
    names = ", ".join(box.table.key for box in view.boxes)
    flows = dict.fromkeys((line.source.table, line.target.table) for line in view.lines)
    more = f" {view.left_out:,} more tables are left out." if view.left_out else ""
    told = "; ".join(f"{one} into {other}" for one, other in flows)
    return f"Tables: {names or 'none'}. Flows: {told or 'none'}.{more}"


def _frame(view: View, layout: Layout) -> _Frame:
    boxes = {box.table.key: box for box in view.boxes}
    widths = [120.0] * layout.layers
    for key, box in boxes.items():
        layer = layout.boxes[key].layer
        longest = max(len(_short(text)) for text in (key, *(node.column for node in box.columns)))
        widths[layer] = max(widths[layer], longest * _LETTER + 28)
    lefts, left = [], _PAD
    for width in widths:
        lefts.append(left)
        left += width + _ACROSS
    return _Frame(tuple(lefts), tuple(widths), layout, boxes)


def _height(box: Box) -> float:
    return _HEAD + (len(box.columns) * _ROW + 6 if box.columns else 0)


def _box(frame: _Frame, box: Box) -> Iterator[str]:
    key = box.table.key
    place = frame.layout.boxes[key]
    x, y, width = frame.lefts[place.layer], place.top + _PAD, frame.widths[place.layer]
    start = " start" if box.is_start else ""
    yield f"<g><title>{_text(key)}, {box.table.kind}</title>"
    yield f'<rect class="box{start}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{_height(box):.1f}" rx="5"/>'
    yield f'<rect class="{box.table.kind}" x="{x:.1f}" y="{y + 4:.1f}" width="4" height="{_HEAD - 8:.1f}" rx="2"/>'
    yield f'<text class="name" x="{x + 12:.1f}" y="{y + 15:.1f}">{_text(_short(key))}</text>'
    yield f'<text class="kind" x="{x + 12:.1f}" y="{y + 28:.1f}">{box.table.kind}</text></g>'
    for number, node in enumerate(box.columns):
        middle = y + _HEAD + number * _ROW + 11
        text = f'<text x="{x + 14:.1f}" y="{middle:.1f}">{_text(_short(node.column))}</text>'
        yield f"<g><title>{_text(node)}</title>{text}</g>"


def _line(frame: _Frame, line: Line) -> str:
    one, other = line.source.table, line.target.table
    start, end = frame.layout.boxes[one], frame.layout.boxes[other]
    is_back = start.layer >= end.layer
    x = frame.lefts[start.layer] + (0 if is_back else frame.widths[start.layer])
    points = [(x, _port(frame, line.source))]
    step = -1 if is_back else 1
    for layer, middle in zip(range(start.layer + step, end.layer, step), frame.layout.ways[one, other], strict=False):
        near, far = frame.lefts[layer], frame.lefts[layer] + frame.widths[layer]
        points += [(far if is_back else near, middle + _PAD), (near if is_back else far, middle + _PAD)]
    goal = (frame.lefts[end.layer] + (frame.widths[end.layer] if is_back else 0), _port(frame, line.target))
    tip = goal[0] + (7 if is_back else -7)
    path = f"M{points[0][0]:.1f} {points[0][1]:.1f}"
    for before, after in zip(points, [*points[1:], (tip, goal[1])], strict=True):
        middle = (before[0] + after[0]) / 2
        path += f"C{middle:.1f} {before[1]:.1f} {middle:.1f} {after[1]:.1f} {after[0]:.1f} {after[1]:.1f}"
    said = f"{line.source} into {line.target}: {_SAID[line.influence]}"
    arrow = f"M{goal[0]:.1f} {goal[1]:.1f}L{tip:.1f} {goal[1] - 3.5:.1f}V{goal[1] + 3.5:.1f}Z"
    return (
        f'<g><title>{_text(said)}</title><path class="{line.influence}" d="{path}"/><path class="tip" d="{arrow}"/></g>'
    )


def _port(frame: _Frame, node: Node) -> float:
    """Return at which height a line meets a box: at the column, or at the head for all of the table."""
    top = frame.layout.boxes[node.table].top + _PAD
    columns = frame.boxes[node.table].columns
    return top + _HEAD + columns.index(node) * _ROW + 7 if node in columns else top + _HEAD / 2


def _legend(view: View, y: float) -> Iterator[str]:
    x = _PAD
    for influence in Influence:
        if any(line.influence is influence for line in view.lines) and influence is not Influence.DIRECT:
            yield f'<path class="{influence}" d="M{x:.1f} {y:.1f}h30"/>'
            yield f'<text class="kind" x="{x + 36:.1f}" y="{y + 3.5:.1f}">{_SAID[influence]}</text>'
            x += 36 + len(_SAID[influence]) * 6.1 + 18
    if view.left_out:
        yield f'<text class="kind" x="{x:.1f}" y="{y + 3.5:.1f}">and {view.left_out:,} more</text>'


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _text(value: object) -> str:
    return escape(printable(value))
