"""A page holds all it needs, says what it is, and lets no text become markup or script."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion

from assay.base.canonical import digest_text
from assay.base.errors import AssayError
from assay.base.reading import read_yaml
from assay.base.snapshots import Column
from assay.connectors.page_scripts import load_scripts
from assay.solutions.dashboard import Chart, Dashboard, Width, parse_dashboard
from assay.solutions.render import PageAssets, PageContext, render_page
from assay.solutions.rows import QueryRows

BOARD = {
    "title": "Sales",
    "summary": "How much.",
    "queries": {"totals": "select sum(cents) as cents from daily", "by_day": "select day, cents from daily"},
    "numbers": [{"title": "Sold", "query": "totals", "field": "cents", "unit": "cents", "note": "in all shops"}],
    "charts": [{"title": "By day", "query": "by_day", "note": "Each day.", "spec": {"mark": "line"}}],
}
DATA = {
    "totals": QueryRows((Column("cents", "BIGINT"),), [(1234,)]),
    "by_day": QueryRows((Column("day", "DATE"), Column("cents", "BIGINT")), [(date(2013, 1, 31), 7), (None, None)]),
}
ASSETS = PageAssets(load_scripts().template, "body { margin: 0 }", "draw()", ("library()",))
CONTEXT = PageContext(
    environment="prod",
    product="sales",
    product_title="Sales of the town",
    version="1.2.0",
    digest=digest_text("solution"),
    as_of=date(2013, 12, 31),
    snapshots={"daily": digest_text("daily")},
    built_at=datetime(2026, 11, 20, 7, 5, tzinfo=timezone(timedelta(hours=1))),
)


def board(**changes: object) -> Dashboard:
    return parse_dashboard(read_yaml(json.dumps({**BOARD, **changes}), "board.dashboard.yaml"), "board")


class Page(HTMLParser):
    """What a browser would take from a page: its elements, and the text of each script and style."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.raw: list[tuple[dict[str, str | None], str]] = []
        self.policy = ""
        self._open: dict[str, str | None] | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self._open = {"tag": tag, **dict(attrs)} if tag in {"script", "style"} else None
        if dict(attrs).get("http-equiv") == "Content-Security-Policy":
            self.policy = str(dict(attrs)["content"])

    def handle_data(self, data: str) -> None:
        if self._open is not None:
            self.raw.append((self._open, data))
            self._open = None


def sha256(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def test_the_page_of_a_dashboard(snapshot: SnapshotAssertion) -> None:
    assert render_page(board(), DATA, ASSETS, CONTEXT) == snapshot


def test_the_same_arguments_give_the_same_page() -> None:
    assert render_page(board(), DATA, ASSETS, CONTEXT) == render_page(
        board(), dict(reversed(DATA.items())), ASSETS, CONTEXT
    )


def test_the_policy_allows_the_scripts_and_the_style_of_the_page_and_nothing_else() -> None:
    page = Page(render_page(board(), DATA, ASSETS, CONTEXT))
    scripts = [text for attributes, text in page.raw if attributes["tag"] == "script" and "type" not in attributes]
    style = next(text for attributes, text in page.raw if attributes["tag"] == "style")

    assert scripts == ["library()", "draw()"]
    assert "default-src 'none'" in page.policy
    assert "unsafe" not in page.policy
    assert set(re.findall(r"'sha256-([^']+)'", page.policy)) == {sha256(text) for text in [*scripts, style]}


def test_a_page_names_nothing_outside_itself() -> None:
    html = render_page(board(), DATA, load_scripts(), CONTEXT)

    assert re.findall(r"<[a-z]+[^>]*\s(?:src|action|data-src)=|<link|@import|url\(", html.split("<script")[0]) == []
    assert re.findall(r'href="([^"]*)"', html.split("<script")[0]) == ["#charts"]


def test_a_banner_stands_above_everything() -> None:
    plain = render_page(board(), DATA, ASSETS, CONTEXT)
    warned = render_page(board(), DATA, ASSETS, replace(CONTEXT, banner="Unreviewed"))

    assert 'class="banner" role="note">Unreviewed<' in warned
    assert 'role="note"' not in plain


def showing(text: str) -> str:
    """Render a page on which a text stands wherever a text can stand."""
    chart = Chart(text, "by_day", {"mark": "bar", "title": text}, text, Width.HALF)
    dashboard = replace(board(), title=text, summary=text, charts=(chart,))
    data = {**DATA, "by_day": QueryRows((Column(text, "VARCHAR"),), [(text,)])}
    context = replace(CONTEXT, environment=text, product_title=text, banner=text, snapshots={text: digest_text(text)})
    return render_page(dashboard, data, ASSETS, context)


HARMLESS = Page(showing("harmless"))


@settings(max_examples=50)
@given(
    text=st.text(min_size=1)
    | st.sampled_from(["</script>", "<!--", "]]>", "'\"><img src=x onerror=alert(1)>", "\u2028"])
)
def test_no_text_becomes_markup_or_script(text: str) -> None:
    page = Page(showing(text))

    assert page.elements == HARMLESS.elements
    assert page.policy == HARMLESS.policy
    embedded = next(json.loads(raw) for attributes, raw in page.raw if attributes.get("id") == "page-data")
    assert embedded["data"]["by_day"] == {"columns": [text], "rows": [[text]]}


@pytest.mark.parametrize("script", ["'</script>'", "x = 1 <!-- y", "'</SCRIPT>'"])
def test_a_script_that_would_end_its_element_is_refused(script: str) -> None:
    with pytest.raises(AssayError, match="a script that can stand inside a page"):
        render_page(board(), DATA, PageAssets(ASSETS.template, "", "", (script,)), CONTEXT)


def test_a_query_without_an_answer_is_refused() -> None:
    with pytest.raises(AssayError, match="expected the rows of every query, found none of by_day"):
        render_page(board(), {"totals": DATA["totals"]}, ASSETS, CONTEXT)


def test_the_vendored_scripts_are_those_that_their_list_names() -> None:
    from importlib.resources import files

    vendor = files("assay.solutions") / "vendor"
    listed = re.findall(r"^\| `([^`]+)` .* ([\d,]+) \| `([0-9a-f]{64})` \|$", (vendor / "README.md").read_text(), re.M)

    assert [name for name, _, _ in listed] == ["vega.min.js", "vega-lite.min.js", "vega-embed.min.js"]
    for name, size, digest in listed:
        content = (vendor / name).read_bytes()
        assert (f"{len(content):,}", hashlib.sha256(content).hexdigest()) == (size, digest)


TEXT_ON = [
    ("ink", "paper"),
    ("ink", "card"),
    ("muted", "paper"),
    ("muted", "card"),
    ("accent", "card"),
    ("bad", "card"),
    ("chip", "chip-paper"),
    ("good", "good-paper"),
]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), TEXT_ON)
def test_text_can_be_read_in_light_and_dark(scheme: str, text: str, ground: str) -> None:
    """Contrast of at least 4.5 (WCAG 2.2, success criterion 1.4.3)."""
    light, dark = load_scripts().style.split(":root {")[1:3]
    colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", light if scheme == "light" else dark))

    assert contrast(colours[text], colours[ground]) >= 4.5


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_marks_can_be_told_from_their_ground(scheme: str) -> None:
    """Contrast of at least 2.5 for the first four colours of categories: marks are large, and each has its table."""
    light, dark = load_scripts().style.split(":root {")[1:3]
    part = light if scheme == "light" else dark
    card = re.search(r"--card: (#[0-9a-f]{6})", part)
    category = re.search(r"--category: ([#0-9a-f,]+);", part)
    assert card is not None
    assert category is not None

    assert min(contrast(colour, card[1]) for colour in category[1].split(",")[:4]) >= 2.5


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
