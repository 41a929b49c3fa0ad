"""The pictures of docs/python.md: a run of the example's notebook as a page, seen by a browser, light and dark.

    PYTHONPATH=tests .venv/bin/python tests/docs/notebook_page.py

runs it anew in a folder of its own and writes docs/notebook.png and docs/notebook-dark.png.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from html import escape
from pathlib import Path
from typing import Any, Literal

from docs.notebook_run import prepared, run
from house import ROOT

PICTURES: dict[str, tuple[Literal["light", "dark"], str, str]] = {
    "notebook.png": ("light", "title", "query"),
    "notebook-dark.png": ("dark", "edit-said", "lineage"),
}
"""File to the scheme, and the first and the last cell that are seen."""

WIDTH, SCALE = 940, 1.25

_CODE = re.compile("`([^`]+)`")

STYLE = """
:root{color-scheme:light dark;--paper:#fff;--ink:#1f2328;--code:#f4f4f2;--line:#d9d9d6;--faint:#6a737d}
@media (prefers-color-scheme:dark){:root{--paper:#111418;--ink:#e3e6e8;--code:#1b2026;--line:#333a41;--faint:#98a2ab}}
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,"DejaVu Sans",sans-serif}
main{max-width:860px;margin:0 auto;padding:20px 32px 28px}
h1{font-size:24px;margin:8px 0}h2{font-size:19px;margin:22px 0 6px}p{margin:6px 0 10px}
code,pre{font:13px/1.45 "DejaVu Sans Mono",monospace}
.in{background:var(--code);border:1px solid var(--line);border-radius:6px;padding:8px 12px;margin:10px 0 8px}
.in pre{margin:0}
.out{margin:0 0 14px 12px;overflow-x:auto}.out pre{margin:4px 0}
.out table.dataframe{border-collapse:collapse;font-size:13px;border:0}
.out .dataframe :is(th,td){padding:3px 10px;border:0;border-bottom:1px solid var(--line);text-align:right}
"""


def page_of(cells: Iterable[Any]) -> str:
    """Write cells with their outputs as a page."""
    body = "\n".join(part for cell in cells for part in _cell(cell))
    return f"<!doctype html><html lang=en><meta charset=utf-8><style>{STYLE}</style><main>{body}</main></html>"


def _cell(cell: Any) -> Iterator[str]:
    if cell.cell_type == "markdown":
        yield from (_words(text) for text in cell.source.split("\n\n"))
        return
    yield f'<div class="in"><pre>{escape(cell.source)}</pre></div>'
    for output in cell.outputs:
        if output.output_type == "stream":
            yield f'<div class="out"><pre>{escape(output.text)}</pre></div>'
        elif "text/html" in output.data:
            yield f'<div class="out">{output.data["text/html"]}</div>'
        else:
            yield f'<div class="out"><pre>{escape(output.data["text/plain"])}</pre></div>'


def _words(text: str) -> str:
    level = len(text) - len(text.lstrip("#"))
    name = f"h{level}" if level else "p"
    written = _CODE.sub(r"<code>\1</code>", escape(text.lstrip("# ")))
    return f"<{name}>{written}</{name}>"


def between(cells: list[Any], first: str, last: str) -> list[Any]:
    """Return the cells from one to another, both named by their ids."""
    ids = [cell.id for cell in cells]
    return cells[ids.index(first) : ids.index(last) + 1]


def main() -> None:
    """Run the notebook and make the pictures."""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as root, sync_playwright() as playwright:
        os.environ["ASSAY_KEY"] = f"{root}/ada.pem"
        cells = run(prepared(Path(root))).cells
        path = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        for file, (scheme, first, last) in PICTURES.items():
            context = browser.new_context(
                viewport={"width": WIDTH, "height": 600}, device_scale_factor=SCALE, color_scheme=scheme
            )
            page = context.new_page()
            page.set_content(page_of(between(cells, first, last)))
            page.screenshot(path=ROOT / "docs" / file, full_page=True)
        browser.close()


if __name__ == "__main__":
    main()
