"""Compare two versions of a dashboard: what changed, and whether only words and looks did."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from assay.base.canonical import canonical_json
from assay.solutions.dashboard import Chart, Dashboard

Difference = tuple[bool, str]
"""Whether it is cosmetic, and a sentence for a stakeholder."""

COSMETIC_KEYS: frozenset[str] = frozenset(
    {"title", "subtitle", "axis", "legend", "description", "height", "width", "cornerRadius"}
)
"""Parts of a Vega-Lite specification that change looks and words, never which number is shown where.

``size``, ``opacity`` and the like are not among them: they are channels, and may show a field.
"""


def compare_dashboards(old: Dashboard, new: Dashboard) -> tuple[Difference, ...]:
    """List what differs, in the order in which a reader meets it; empty when the two mean the same."""
    return tuple(_differences(old, new))


def _differences(old: Dashboard, new: Dashboard) -> Iterator[Difference]:
    if old.title != new.title:
        yield True, f"The dashboard is now titled “{new.title}” (it was “{old.title}”)."
    if old.summary != new.summary:
        yield True, "The text below the dashboard's title is written anew."
    for name in sorted(old.queries.keys() | new.queries.keys()):
        before, after = old.queries.get(name), new.queries.get(name)
        if before is None or after is None or before.facts.digest != after.facts.digest:
            yield False, f"The query {name} of the dashboard {_word(before, after)}."
    yield from _numbers(old, new)
    yield from _charts(old, new)


def _numbers(old: Dashboard, new: Dashboard) -> Iterator[Difference]:
    before = [(n.query, n.field, n.format, n.digits) for n in old.numbers]
    after = [(n.query, n.field, n.format, n.digits) for n in new.numbers]
    if before != after:
        yield False, "The key figures of the dashboard change."
    elif [(n.title, n.unit, n.note) for n in old.numbers] != [(n.title, n.unit, n.note) for n in new.numbers]:
        yield True, "The words around the key figures change."


def _charts(old: Dashboard, new: Dashboard) -> Iterator[Difference]:
    if len(old.charts) != len(new.charts):
        yield False, f"The dashboard has {len(new.charts)} charts (it had {len(old.charts)})."
        return
    for before, after in zip(old.charts, new.charts, strict=True):
        if _meaning(before) != _meaning(after):
            yield False, f"The chart “{after.title}” shows something else."
        elif (before.title, before.note, before.width) != (after.title, after.note, after.width) or canonical_json(
            dict(before.spec)
        ) != canonical_json(dict(after.spec)):
            yield True, f"The chart “{after.title}” looks or reads differently and shows the same."


def _meaning(chart: Chart) -> bytes:
    return canonical_json({"query": chart.query, "spec": _without_looks(chart.spec)})


def _without_looks(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_without_looks(part) for part in value]
    if isinstance(value, dict):
        return {key: _without_looks(part) for key, part in value.items() if key not in COSMETIC_KEYS}
    return value


def _word(before: object, after: object) -> str:
    if before is None:
        return "is new"
    return "is gone" if after is None else "asks something else"
