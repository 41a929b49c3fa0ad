"""One static page of a dashboard: everything inside it, nothing asked of a network, nothing evaluated from text."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from jinja2 import Environment, StrictUndefined

from assay.base.canonical import Digest, short
from assay.base.errors import refusal
from assay.solutions.dashboard import BigNumber, Chart, Dashboard
from assay.solutions.rows import QueryRows, chart_value, figure, is_number, shown

_ENDS_SCRIPT = ("</script", "<!--")


@dataclass(frozen=True, slots=True)
class PageAssets:
    """What every page is made of.

    Attributes:
        template: Jinja2, with autoescape.
        style: CSS.
        mount: the script that draws the charts, run last.
        libraries: the scripts it stands on, in the order in which they run.
    """

    template: str
    style: str
    mount: str
    libraries: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PageContext:
    """What a page says of itself.

    Attributes:
        digest: the solution's, with what it reads.
        as_of: the logical date of the data.
        snapshots: dataset to the snapshot that was read.
        built_at: when the page was made, in UTC.
        banner: a warning above everything; None for none.
    """

    environment: str
    product: str
    product_title: str
    version: str
    digest: Digest
    as_of: date
    snapshots: Mapping[str, Digest]
    built_at: datetime
    banner: str | None = None


def render_page(dashboard: Dashboard, data: Mapping[str, QueryRows], assets: PageAssets, context: PageContext) -> str:
    """Render a dashboard as one HTML page. The same arguments give the same bytes.

    Args:
        dashboard: as it was read.
        data: the rows of every query, by its name.
        assets: template, style and scripts.
        context: what the page says of itself.

    Raises:
        AssayError: a query has no rows object, or a script would end its own element.
    """
    missing = [name for name in dashboard.queries if name not in data]
    if missing:
        raise refusal(dashboard.file, expected="the rows of every query", found=f"none of {', '.join(missing)}")
    scripts = [_embeddable(script) for script in (*assets.libraries, assets.mount)]
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["short"] = short
    return environment.from_string(assets.template).render(
        dashboard=dashboard,
        context=context,
        as_of=_long_date(context.as_of),
        built_at=f"{_long_date(context.built_at.astimezone(UTC))}, {context.built_at.astimezone(UTC):%H:%M} UTC",
        built_at_iso=f"{context.built_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        snapshots=sorted(context.snapshots.items()),
        numbers=[_number(number, data[number.query]) for number in dashboard.numbers],
        charts=[_chart(chart, data[chart.query]) for chart in dashboard.charts],
        data_json=_data_json(dashboard, data),
        style=assets.style,
        scripts=scripts,
        policy=_policy(assets.style, scripts),
    )


def _number(number: BigNumber, answer: QueryRows) -> dict[str, str]:
    row = dict(zip(answer.names, answer.rows[0], strict=True)) if answer.rows else {}
    return {
        "title": number.title,
        "text": figure(number, row.get(number.field)),
        "unit": number.unit,
        "note": number.note,
    }


def _chart(chart: Chart, answer: QueryRows) -> dict[str, Any]:
    columns = [
        {"heading": name.replace("_", " "), "is_number": any(is_number(row[index]) for row in answer.rows)}
        for index, name in enumerate(answer.names)
    ]
    rows = [[{"text": shown(value), "is_number": is_number(value)} for value in row] for row in answer.rows]
    return {"title": chart.title, "note": chart.note, "width": str(chart.width), "columns": columns, "rows": rows}


def _data_json(dashboard: Dashboard, data: Mapping[str, QueryRows]) -> str:
    """Write what the charts need as JSON that can stand inside a script element."""
    drawn = sorted({chart.query for chart in dashboard.charts})
    value = {
        "charts": [{"title": chart.title, "query": chart.query, "spec": chart.spec} for chart in dashboard.charts],
        "data": {
            name: {
                "columns": data[name].names,
                "rows": [[chart_value(value) for value in row] for row in data[name].rows],
            }
            for name in drawn
        },
    }
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True, allow_nan=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _embeddable(script: str) -> str:
    for ending in _ENDS_SCRIPT:
        if ending in script.lower():
            raise refusal("page script", expected="a script that can stand inside a page", found=repr(ending))
    return script


def _policy(style: str, scripts: list[str]) -> str:
    """Write the Content-Security-Policy: the scripts and the style of this page by their hashes, and nothing else."""
    allowed = " ".join(dict.fromkeys(_hash(script) for script in scripts))
    return (
        f"default-src 'none'; script-src {allowed}; style-src {_hash(style)}; img-src data: blob:; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(content: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"


def _long_date(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
