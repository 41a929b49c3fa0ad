"""What a notebook shows is one element, safe whatever the data hold, and without anything from elsewhere."""

from __future__ import annotations

import base64
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from assay.base.snapshots import Column
from assay.documentation.blocks import Grid, Line
from assay.documentation.notebook import FILES, STYLE, Notebook
from house import PACKAGE

TEXTS = {name: (PACKAGE / "documentation" / "templates" / name).read_text() for name in FILES}
NOTEBOOK = Notebook(TEXTS)
NASTY = st.text(st.sampled_from("<>&\"'/={}%#!-;:() \n\\abscriptonerrorimg"), max_size=40)
OURS = {"div", "style", "p", "table", "thead", "tbody", "tr", "th", "td"}


class Tags(HTMLParser):
    """Collects the elements of a page, and their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


@given(NASTY, NASTY, NASTY)
def test_texts_are_never_markup(title: str, name: str, value: str) -> None:
    blocks = NOTEBOOK.blocks(title, [Line(value), Grid(((name, value),), (name, value))])
    rows = NOTEBOOK.rows(title, [Column(name, "VARCHAR"), Column("n", "INTEGER")], [(value, 1), (None, None)])

    for found in (Tags(blocks), Tags(rows)):
        assert found.tags <= OURS
        assert found.attributes <= {"class", "scope", "title", "tabindex", "role", "aria-label"}


def test_numbers_stand_right_and_nothing_for_what_is_missing() -> None:
    html = NOTEBOOK.rows("t", [Column("n", "DECIMAL(5,2)"), Column("t", "VARCHAR")], [(1, "a"), (None, None)])

    assert '<th scope="col" title="DECIMAL(5,2)" class="number">n</th>' in html
    assert '<tr><td class="number"></td><td class="short"></td></tr>' in html


def test_a_picture_stands_by_itself() -> None:
    html = NOTEBOOK.picture("A & B", '<svg xmlns="http://www.w3.org/2000/svg"><style>p{}</style></svg>')

    _, _, source = html.partition("base64,")
    assert base64.b64decode(source.partition('"')[0]).startswith(b"<svg")
    assert "<svg" not in html
    assert '<img alt="A &amp; B"' in html


def test_the_style_touches_nothing_outside_and_has_no_colour_for_text() -> None:
    rules = [rule for rule in TEXTS[STYLE].replace("\n", " ").split("}") if rule.strip()]
    selectors = [one.strip() for rule in rules for one in rule.partition("{")[0].split(",")]

    assert [one for one in selectors if not one.startswith(".assay-shown")] == []
    assert "url(" not in TEXTS[STYLE]
    assert {part.split(";")[0].strip() for part in TEXTS[STYLE].split(" color:")[1:]} <= {"var(--muted)", "inherit"}
