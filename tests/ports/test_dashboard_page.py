"""The rendered page of the example works in a real browser, without a network, for everybody."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest

from assay.base.canonical import digest_text
from assay.base.reading import read_yaml
from assay.base.snapshots import Column
from assay.connectors.page_scripts import load_scripts
from assay.solutions.dashboard import Dashboard, parse_dashboard
from assay.solutions.render import PageContext, render_page
from assay.solutions.rows import QueryRows
from ports.browser import COMMAND, Browser
from ports.flights import ONTIME, STEP, built

HOSTILE = "</script><script>alert(1)</script><!-- & \u2028 <b>bold</b>"

pytestmark = [pytest.mark.needs(COMMAND), pytest.mark.timeout(180)]


@pytest.fixture(scope="module")
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    with built(STEP.read_text()) as connection:
        yield connection


def answers(dashboard: Dashboard, database: duckdb.DuckDBPyConnection) -> dict[str, QueryRows]:
    found = {}
    for name, query in dashboard.queries.items():
        relation = database.sql(query.sql)
        types = zip(relation.columns, relation.types, strict=True)
        found[name] = QueryRows(tuple(Column(column, str(kind)) for column, kind in types), relation.fetchall())
    return found


def render(dashboard: Dashboard, data: dict[str, QueryRows], banner: str | None = None) -> str:
    context = PageContext(
        environment="qa",
        product="ontime",
        product_title="On-time departures",
        version="1.0.0",
        digest=digest_text("solution"),
        as_of=date(2014, 1, 1),
        snapshots={"ontime_daily": digest_text("daily"), "carrier_month": digest_text("monthly")},
        built_at=datetime(2026, 11, 20, 6, 0, tzinfo=UTC),
        banner=banner,
    )
    return render_page(dashboard, data, load_scripts(), context)


@pytest.fixture(scope="module")
def page(database: duckdb.DuckDBPyConnection, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = ONTIME / "solutions" / "delays.dashboard.yaml"
    dashboard = parse_dashboard(read_yaml(path.read_bytes(), path.name), "delays")
    target = tmp_path_factory.mktemp("page") / "delays.html"
    target.write_text(render(dashboard, answers(dashboard, database)), encoding="utf-8")
    return target


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with Browser(zone="America/Los_Angeles") as browser:  # west of Greenwich, where days are easily shown one too early
        yield browser


DRAWN = "[...document.querySelectorAll('[data-chart]')].every(chart => chart.dataset.state)"


def opened(browser: Browser, page: Path, width: int = 1280, scheme: str = "light") -> Browser:
    browser.resize(width, 900)
    browser.prefer(scheme)
    browser.open(page)
    browser.wait_for(f"document.readyState === 'complete' && {DRAWN}")
    return browser


def test_four_charts_draw_and_the_page_asks_and_complains_of_nothing(browser: Browser, page: Path) -> None:
    opened(browser, page)

    assert (
        browser.run("[...document.querySelectorAll('[data-chart]')].map(chart => chart.dataset.state)") == ["drawn"] * 4
    )
    assert browser.run("document.querySelectorAll('[data-chart] svg').length") == 4
    assert (
        browser.run("document.querySelectorAll('[data-chart]')[2].querySelectorAll('.mark-rect.role-mark path').length")
        == 365
    )
    assert browser.complaints == []
    assert browser.requests == [page.as_uri()]


def test_a_script_of_another_hash_does_not_run_and_that_shows(browser: Browser, page: Path, tmp_path: Path) -> None:
    """The test above would see it: this page is refused by its own policy."""
    tampered = tmp_path / "tampered.html"
    tampered.write_text(
        page.read_text(encoding="utf-8").replace('"use strict";\n  const page', '"use strict" ;\n  const page')
    )

    browser.open(tampered)
    browser.wait_for("document.readyState === 'complete'")

    assert browser.run("document.querySelectorAll('[data-chart] svg').length") == 0
    assert any("Content Security Policy" in complaint for complaint in browser.complaints)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 768, 1280])
def test_nothing_is_wider_than_the_screen(browser: Browser, page: Path, width: int, scheme: str) -> None:
    opened(browser, page, width, scheme)

    assert browser.run("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
    assert (
        browser.run(
            "[...document.querySelectorAll('.scroll')].filter(place => place.scrollWidth > place.clientWidth).length"
        )
        == 0
    )


def test_charts_are_drawn_again_when_light_becomes_dark(browser: Browser, page: Path) -> None:
    opened(browser, page)
    label = "document.querySelector('[data-chart] .role-axis-label text').getAttribute('fill')"
    muted = "getComputedStyle(document.documentElement).getPropertyValue('--muted').trim()"
    assert browser.run(label) == browser.run(muted)
    light = browser.run(label)

    browser.prefer("dark")
    browser.wait_for(f"{muted} !== '{light}' && {label} === {muted}")


def test_a_day_is_that_of_the_data_wherever_the_browser_runs(browser: Browser, page: Path) -> None:
    opened(browser, page)
    browser.run("document.querySelectorAll('.chart')[2].scrollIntoView({block: 'center'})")
    first = "document.querySelectorAll('.chart')[2].querySelector('.mark-rect.role-mark path').getBoundingClientRect()"
    x, y = browser.run(f"(() => {{ const r = {first}; return [r.x + r.width / 2, r.y + r.height / 2] }})()")

    browser.point_at(x, y)
    browser.point_at(x + 1, y)
    browser.wait_for("document.getElementById('vg-tooltip-element')?.classList.contains('visible')")

    assert "Tuesday, 1 January 2013" in browser.run("document.getElementById('vg-tooltip-element').innerText")


def test_every_chart_has_a_name_and_its_numbers_as_a_table(browser: Browser, page: Path) -> None:
    opened(browser, page)

    assert browser.run("[...document.querySelectorAll('[role=img]')].every(chart => chart.ariaLabel.length > 10)")
    assert browser.run("[...document.querySelectorAll('.card table')].map(table => table.rows.length - 1)") == [
        36, 24, 365, 179,
    ]  # fmt: skip
    assert browser.run("[...document.querySelectorAll('h1, h2')].map(heading => heading.tagName).join(' ')").startswith(
        "H1 H2 H2 H2 H2"
    )


def test_the_page_says_what_it_is(browser: Browser, page: Path) -> None:
    text = opened(browser, page).run("document.body.innerText")

    for said in (
        "QA",
        "Data as of 1 January 2014",
        "version 1.0.0",
        "20 November 2026, 06:00 UTC",
        "336,776",
        "76.5\u202f%",
    ):
        assert said in text


def test_hostile_text_in_titles_and_data_is_only_text(browser: Browser, tmp_path: Path) -> None:
    board = {
        "title": HOSTILE,
        "queries": {"q": "select name, n from ontime_daily"},
        "charts": [
            {
                "title": HOSTILE,
                "query": "q",
                "spec": {
                    "mark": "bar",
                    "encoding": {
                        "x": {"field": "name", "type": "nominal", "title": HOSTILE},
                        "y": {"field": "n", "type": "quantitative"},
                    },
                },
            }
        ],
    }
    import json

    dashboard = parse_dashboard(read_yaml(json.dumps(board), "board.yaml"), "board")
    rows = QueryRows((Column("name", "VARCHAR"), Column("n", "INTEGER")), [(HOSTILE, 1)])
    hostile = tmp_path / "hostile.html"
    hostile.write_text(render(dashboard, {"q": rows}, banner=HOSTILE), encoding="utf-8")

    opened(browser, hostile)

    assert browser.complaints == []
    assert browser.run("document.querySelector('h1').textContent") == HOSTILE
    assert browser.run("document.querySelector('td').textContent") == HOSTILE
    assert browser.run("document.querySelectorAll('b').length") == 0
    assert browser.run("document.querySelectorAll('[data-chart] svg').length") == 1
