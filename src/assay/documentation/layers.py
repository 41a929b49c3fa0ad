"""Places for boxes of different heights that lines join: layers from left to right, few crossings, always the same.

After Sugiyama: each box one layer after the last of those that lead to it; a line that passes a layer gets a place
there, so that no box stands in its way; the order within layers follows the middle of the neighbours.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

_SWEEPS = 8
_PASSING = 14.0
_GAP = 18.0


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a box stands: its layer, counted from the left, and its upper edge."""

    layer: int
    top: float


@dataclass(frozen=True, slots=True)
class Layout:
    """Where all boxes stand.

    Attributes:
        boxes: by their names.
        ways: of each line from one box to another, the heights at which it passes the layers between them.
        layers: how many there are.
        height: of everything.
    """

    boxes: Mapping[str, Placed]
    ways: Mapping[tuple[str, str], tuple[float, ...]]
    layers: int
    height: float


def lay_out(heights: Mapping[str, float], joined: Iterable[tuple[str, str]]) -> Layout:
    """Find a place for each box.

    Args:
        heights: of the boxes, by their names.
        joined: from which box to which a line goes; one that goes round in a circle is drawn against the direction.
    """
    pairs = sorted({(one, other) for one, other in joined if one != other})
    levels = _levels(sorted(heights), pairs)
    forward = sorted({(one, other) if levels[one] < levels[other] else (other, one) for one, other in pairs})
    count = max(levels.values(), default=-1) + 1
    rows: list[list[str]] = [[name for name in heights if levels[name] == level] for level in range(count)]
    sizes = dict(heights)
    chains: dict[tuple[str, str], list[str]] = {}
    near: dict[str, list[str]] = {name: [] for name in heights}
    for one, other in forward:
        passing = [f"\0{one}\0{other}\0{level}" for level in range(levels[one] + 1, levels[other])]
        for level, name in enumerate(passing, levels[one] + 1):
            rows[level].append(name)
            sizes[name] = _PASSING
            near[name] = []
        chain = [one, *passing, other]
        for left, right in pairwise(chain):
            near[left].append(right)
            near[right].append(left)
        chains[one, other] = passing
    tops = _tops(_sorted_rows(rows, near), sizes, near)
    boxes = {name: Placed(levels[name], tops[name]) for name in heights}
    ways = {(a, b): _way(chains, tops, a, b) for a, b in pairs}
    return Layout(boxes, ways, count, max((tops[name] + sizes[name] for name in sizes), default=0.0))


def _way(chains: Mapping[tuple[str, str], list[str]], tops: Mapping[str, float], a: str, b: str) -> tuple[float, ...]:
    passing = chains[a, b] if (a, b) in chains else list(reversed(chains[b, a]))
    return tuple(tops[name] + _PASSING / 2 for name in passing)


def _levels(names: Sequence[str], pairs: Sequence[tuple[str, str]]) -> dict[str, int]:
    """Give each box the layer after the last of those that lead to it; circles are cut where they come up."""
    after: dict[str, list[str]] = {name: [] for name in names}
    open_ends = dict.fromkeys(names, 0)
    for one, other in pairs:
        after[one].append(other)
        open_ends[other] += 1
    levels: dict[str, int] = {}
    found = dict.fromkeys(names, 0)
    ready = [name for name in reversed(names) if not open_ends[name]]
    left = iter(names)
    while len(levels) < len(names):
        name = ready.pop() if ready else next(each for each in left if each not in levels)
        if name in levels:
            continue
        levels[name] = found[name]
        for other in after[name]:
            open_ends[other] -= 1
            if other not in levels:
                found[other] = max(found[other], levels[name] + 1)
                if not open_ends[other]:
                    ready.append(other)
    return levels


def _sorted_rows(rows: list[list[str]], near: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """Sort each layer by the middle of its neighbours in the layer before, then in the one after, some times over."""
    layer = {name: level for level, row in enumerate(rows) for name in row}
    for sweep in range(_SWEEPS):
        is_back = sweep % 2 == 1
        place = {name: index / max(len(row) - 1, 1) for row in rows for index, name in enumerate(row)}
        for level in range(len(rows)) if not is_back else reversed(range(len(rows))):
            beside = level + 1 if is_back else level - 1
            keys = {}
            for name in rows[level]:
                found = [place[other] for other in near[name] if layer[other] == beside]
                keys[name] = sum(found) / len(found) if found else place[name]
            rows[level].sort(key=keys.__getitem__)
            place |= {name: index / max(len(rows[level]) - 1, 1) for index, name in enumerate(rows[level])}
    return rows


def _tops(
    rows: Sequence[Sequence[str]], sizes: Mapping[str, float], near: Mapping[str, Sequence[str]]
) -> dict[str, float]:
    """Stack each layer, then move it as a whole and box by box towards the middle of its neighbours."""
    tops: dict[str, float] = {}
    for row in rows:
        top = 0.0
        for name in row:
            tops[name] = top
            top += sizes[name] + _GAP
    for sweep in range(_SWEEPS):
        for row in rows if sweep % 2 == 0 else list(reversed(rows)):
            _pull(row, tops, sizes, near)
    least = min(tops.values(), default=0.0)
    return {name: round(top - least, 1) for name, top in tops.items()}


def _pull(
    row: Sequence[str], tops: dict[str, float], sizes: Mapping[str, float], near: Mapping[str, Sequence[str]]
) -> None:
    """Move the boxes of a layer towards their neighbours; none passes another, none comes too close."""
    wanted = []
    for name in row:
        middles = [tops[other] + sizes[other] / 2 for other in near[name]]
        middle = sum(middles) / len(middles) if middles else tops[name] + sizes[name] / 2
        wanted.append(middle - sizes[name] / 2)
    down, lowest = [], float("-inf")
    for name, top in zip(row, wanted, strict=True):
        down.append(max(top, lowest))
        lowest = down[-1] + sizes[name] + _GAP
    up, highest = [], float("inf")
    for name, top in zip(reversed(row), reversed(wanted), strict=True):
        up.append(min(top, highest - sizes[name] - _GAP if highest < float("inf") else top))
        highest = up[-1]
    for name, one, other in zip(row, down, reversed(up), strict=True):
        tops[name] = (one + other) / 2
