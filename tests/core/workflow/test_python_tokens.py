from __future__ import annotations

import json
from pathlib import Path

import pytest

from assay.workflow.python_tokens import python_digest

GOLDEN = json.loads((Path(__file__).parent / "digests.json").read_text(encoding="utf-8"))

SOURCE = """\
def f(x):
    if x:
        return f"{x!r:>{10}} {{}}"  # note
    return '''a
b'''
"""


@pytest.mark.parametrize("entry", GOLDEN, ids=lambda entry: entry["python"][:30])
def test_a_digest_stays_what_it_was_when_it_was_written_down_by_any_python(entry: dict[str, str]) -> None:
    """The golden digests were written by Python 3.11; 3.12 and later read f-strings in parts and must agree."""
    assert python_digest(entry["python"]) == entry["digest"]


@pytest.mark.parametrize(
    "same",
    [
        SOURCE.replace("  # note", ""),
        SOURCE.replace("def", "# first\n\n\ndef").replace("    return '", "\n    # last\n    return '"),
        SOURCE.replace("    ", "\t"),
        SOURCE.replace("    ", "  "),
        SOURCE.replace("\n", "\r\n"),
        SOURCE.rstrip("\n"),
        "\ufeff" + SOURCE,
        SOURCE.replace("f(x)", "f( x )").replace("!r:", "!r:"),
    ],
)
def test_comments_blank_lines_and_the_width_of_indentation_do_not_count(same: str) -> None:
    assert python_digest(same) == python_digest(SOURCE)


@pytest.mark.parametrize(
    "other",
    [
        SOURCE.replace("x!r", "y!r"),
        SOURCE.replace(" {{}}", "  {{}}"),
        SOURCE.replace("'''a\nb'''", "'''a b'''"),
        SOURCE.replace("    return '''", "        return '''"),
        SOURCE.replace("if x", "if not x"),
        SOURCE.replace('f"', 'rf"'),
    ],
)
def test_whatever_python_sees_counts(other: str) -> None:
    assert python_digest(other) != python_digest(SOURCE)


def test_a_form_feed_ends_no_line() -> None:
    assert python_digest("\x0cx = f'{y}'\n") == python_digest("x = f'{y}'\n")
