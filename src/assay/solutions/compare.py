"""Compare two versions of a dashboard: what changed, and how deep each change goes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from assay.base.canonical import canonical_json
from assay.lifecycle.gates import ChangeClass
from assay.solutions.dashboard import BigNumber, Chart, Dashboard, DashboardQuery

Difference = tuple[ChangeClass, str]
"""How deep it goes, and a sentence for a stakeholder."""

COSMETIC_KEYS: frozenset[str] = frozenset(
    {"title", "subtitle", "axis", "legend", "description", "height", "width", "cornerRadius"}
)
"""Parts of a Vega-Lite specification that change looks and words, never which number is shown where.

``size``, ``opacity`` and the like are not among them: they are channels, and may show a field.
"""

COLOURS: frozenset[str] = frozenset({"color", "fill", "stroke"})
"""Parts that are a colour where they are a text, and else a channel, of which the colours to choose from are looks."""

PALETTE: frozenset[str] = frozenset({"scheme", "range"})
"""Parts of a channel's scale that say which colours; which value gets which one follows from ``domain``."""

_COSMETIC, _ADDITIVE, _STANDARD = ChangeClass.COSMETIC, ChangeClass.ADDITIVE, ChangeClass.STANDARD


def compare_dashboards(old: Dashboard, new: Dashboard) -> tuple[Difference, ...]:
    """List what differs, in the order in which a reader meets it; empty when the two mean the same."""
    return tuple(_differences(old, new))


def _differences(old: Dashboard, new: Dashboard) -> Iterator[Difference]:
    if old.title != new.title:
        yield _COSMETIC, f"The dashboard is now titled “{new.title}” (it was “{old.title}”)."
    if old.summary != new.summary:
        yield _COSMETIC, "The text below the dashboard's title is written anew."
    for name in sorted(old.queries.keys() | new.queries.keys()):
        yield from _query(name, old.queries.get(name), new.queries.get(name))
    yield from _numbers(old, new)
    yield from _charts(old.charts, new.charts)


def _query(name: str, before: DashboardQuery | None, after: DashboardQuery | None) -> Iterator[Difference]:
    if before is None:
        yield _ADDITIVE, f"The query {name} of the dashboard is new."
    elif after is None:
        yield _STANDARD, f"The query {name} of the dashboard is gone."
    elif before.facts.digest != after.facts.digest:
        from assay.sql.lineage import Likeness, compare_queries  # sqlglot is slow to import

        found = compare_queries(before.sql, after.sql)
        if found.likeness is Likeness.SAME:
            yield _COSMETIC, f"The query {name} of the dashboard is written in another way and asks the same."
        elif found.likeness is Likeness.ADDS_COLUMNS:
            yield _ADDITIVE, f"The query {name} of the dashboard also asks for {', '.join(found.added)}."
        else:
            yield _STANDARD, f"The query {name} of the dashboard asks something else: {found.sentence}."


def _numbers(old: Dashboard, new: Dashboard) -> Iterator[Difference]:
    before, after = [_figure(number) for number in old.numbers], [_figure(number) for number in new.numbers]
    words = [
        [(n.title, n.unit, n.note) for n in numbers if _figure(n) in before] for numbers in (old.numbers, new.numbers)
    ]
    if [figure for figure in after if figure in before] != before:
        yield _STANDARD, "The key figures of the dashboard change."
        return
    for number in new.numbers:
        if _figure(number) not in before:
            yield _ADDITIVE, f"The key figure “{number.title}” is new."
    if words[0] != words[1]:
        yield _COSMETIC, "The words around the key figures change."


def _figure(number: BigNumber) -> tuple[str, str, str, int]:
    return number.query, number.field, number.format, number.digits


def _charts(old: Sequence[Chart], new: Sequence[Chart]) -> Iterator[Difference]:
    """Pair charts that show the same, whatever their titles and order; what is left came, went or is another."""
    left = list(new)
    lost: list[Chart] = []
    pairs: list[tuple[Chart, Chart]] = []
    for before in old:
        same = [after for after in left if _meaning(after) == _meaning(before)]
        if not same:
            lost.append(before)
            continue
        after = next((each for each in same if each.title == before.title), same[0])
        left.remove(after)
        pairs.append((before, after))
    yield from _others(lost, left)
    for before, after in pairs:
        if _looks(before) != _looks(after):
            yield _COSMETIC, f"The chart “{after.title}” looks or reads differently and shows the same."
    kept = [after for _, after in pairs]
    if kept != [after for after in new if after in kept]:
        yield _COSMETIC, "The charts stand in another order."


def _others(lost: Sequence[Chart], came: Sequence[Chart]) -> Iterator[Difference]:
    """Tell of charts without a counterpart: those of one title are one chart that shows something else."""
    titles = {chart.title for chart in lost}
    for before in lost:
        if before.title not in {chart.title for chart in came}:
            yield _STANDARD, f"The chart “{before.title}” is gone."
    for after in came:
        if after.title in titles:
            yield _STANDARD, f"The chart “{after.title}” shows something else."
        else:
            yield _ADDITIVE, f"The chart “{after.title}” is new."


def _meaning(chart: Chart) -> bytes:
    return canonical_json({"query": chart.query, "spec": _without_looks(chart.spec)})


def _looks(chart: Chart) -> bytes:
    return canonical_json([chart.title, chart.note, str(chart.width), dict(chart.spec)])


def _without_looks(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_without_looks(part) for part in value]
    if isinstance(value, dict):
        parts = {key: part for key, part in value.items() if key not in COSMETIC_KEYS and not _is_colour(key, part)}
        bare = {key: _without_looks(_without_palette(part) if key in COLOURS else part) for key, part in parts.items()}
        return {key: _plain_mark(part) if key == "mark" else part for key, part in bare.items()}
    return value


def _plain_mark(mark: Any) -> Any:
    """Return a mark of which nothing but its type is left as its type."""
    return mark["type"] if isinstance(mark, dict) and mark.keys() == {"type"} else mark


def _is_colour(key: str, value: Any) -> bool:
    return key in COLOURS and (isinstance(value, str) or (isinstance(value, dict) and _is_constant(value)))


def _is_constant(channel: dict[str, Any]) -> bool:
    """Whether a channel of colour is one colour for all."""
    return channel.keys() == {"value"} and isinstance(channel["value"], str)


def _without_palette(channel: Any) -> Any:
    if not isinstance(channel, dict) or not isinstance(channel.get("scale"), dict):
        return channel
    scale = {key: part for key, part in channel["scale"].items() if key not in PALETTE}
    rest = {key: part for key, part in channel.items() if key != "scale"}
    return {**rest, "scale": scale} if scale else rest
