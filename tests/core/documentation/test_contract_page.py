"""A contract for people, as a page and as Markdown: everything is in it, and no text of it becomes markup."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from assay.documentation.contract_account import is_link
from assay.documentation.contract_markdown import contract_markdown, escaped
from assay.documentation.contract_page import contract_page
from core.contract.formats.documents import contract_of, leaves
from core.contract.formats.test_official import read
from core.contract.formats.writers import TEXTS
from core.documentation.test_evidence_page import Page

FULL = Path(__file__).parents[2] / "fixtures" / "odcs" / "valid" / "all_full-example.odcs.yaml"
NASTY = "<script>alert(1)</script> | <b>x</b> [a](javascript:alert(1)) `c` {{ 7 * 7 }} \" onload='x' &amp;"


def nasty_everywhere() -> dict[str, Any]:
    """Return the fullest example with that text in every field that holds words."""
    names = frozenset({
        "description", "businessName", "purpose", "usage", "limitations", "label", "tenant", "domain", "username",
        "channel", "url", "transformLogic", "classification", "role", "dataGranularityDescription", "encryptedName",
        "status", "tool", "businessImpact",
    })  # fmt: skip
    text = json.dumps(dict(read(FULL).document))
    document: dict[str, Any] = json.loads(text)

    def change(value: Any) -> None:
        for step in list(value) if isinstance(value, dict) else range(len(value)):
            if isinstance(value[step], dict | list):
                change(value[step])
            elif step in names and isinstance(value[step], str):
                value[step] = NASTY

    change(document)
    document["tags"] = [NASTY]
    return document


def test_the_page_is_whole_and_runs_and_fetches_nothing() -> None:
    text = contract_page(contract_of(nasty_everywhere()), TEXTS)
    found = Page(text)

    assert found.open == []
    assert not {"script", "link", "img", "iframe", "object", "form", "b"} & set(found.tags)
    assert not any(name.startswith("on") for name in found.attributes)
    assert "javascript:" not in " ".join(re.findall(r'href="([^"]*)"', text))
    assert NASTY in " ".join(found.said.split())


def test_its_policy_allows_its_own_style_and_nothing_else() -> None:
    text = contract_page(read(FULL), TEXTS)
    style = re.search("(?s)<style>(.*)</style>", text)
    assert style is not None
    digest = b64encode(sha256(style[1].encode()).digest()).decode()

    assert f"default-src &#39;none&#39;; style-src &#39;sha256-{digest}&#39;;" in text
    assert "prefers-color-scheme: dark" in style[1]


@pytest.mark.parametrize(
    "text", ["javascript:alert(1)", "data:text/html,x", " https://x", "JAVASCRIPT:x", "//x", "ftp://x"]
)
def test_only_addresses_of_the_web_and_of_mail_are_links(text: str) -> None:
    assert not is_link(text)
    assert is_link("HTTPS://example.org")
    assert is_link("mailto:a@example.org")


def test_no_text_is_markdown_or_html() -> None:
    text = contract_markdown(contract_of(nasty_everywhere()))
    bare = re.sub(r"\\[\\`*_\[\]|~<>#]", "", text)

    assert not re.search(r"[<>`\[\]]", bare)
    assert all(line.count("|") == bare.splitlines()[number].count("|") for number, line in enumerate(bare.splitlines()))
    assert escaped("- a\nb") == "\\- a b"
    assert escaped("1. a") == "1. a"


def test_every_row_of_a_table_has_as_many_cells_as_its_header() -> None:
    bare = re.sub(r"\\.", "", contract_markdown(contract_of(nasty_everywhere())))
    tables = re.findall(r"(?:^\|.*\n)+", bare, re.MULTILINE)

    assert tables
    assert all(len({line.count("|") for line in table.splitlines()}) == 1 for table in tables)


@pytest.mark.parametrize("text", ["page", "markdown"])
def test_every_text_of_a_contract_is_there(text: str) -> None:
    contract = read(FULL)
    said = (
        Page(contract_page(contract, TEXTS)).said if text == "page" else contract_markdown(contract).replace("\\", "")
    )
    words = " ".join(said.split())
    silent = {
        "apiVersion",
        "kind",
        "logicalType",
        "type",
        "metric",
        "method",
        "severity",
        "unit",
        "property",
        "classification",
    }
    texts = {" ".join(str(value).split()) for path, value in leaves(dict(contract.document))
             if isinstance(value, str) and path[-1] not in silent and "relationships" not in path}  # fmt: skip

    assert {one for one in texts if one.lower() not in words.lower()} == set()
