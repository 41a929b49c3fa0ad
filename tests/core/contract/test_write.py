"""Writing contracts back: what was written is read as it was, by readers of YAML 1.1 and of YAML 1.2."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion

from assay.base.reading import read_yaml
from assay.contract.rewriting import rewritten
from assay.contract.write import contract_yaml

OFFICIAL = Path(__file__).parents[2] / "fixtures" / "odcs"

PLAIN = """no on y 012 0o17 1e3 1_000 12:30:45 2026-03-12 null ~ = << ' " %a @a `a .5 +1 0x1f -.inf .NaN !a &a *a ? - :
[a] {a} a,b --- ... 1. 0b11 1:30 2026-03-12T08:00:00Z é 😀"""
"""Texts without spaces that one reader or the other may take for something else."""

SPACED = ["", "- a", "a: b", " a", "a ", "# a", "a #b", "a\nb", "a\nb\n", "\n", "a\n\nb", "a\n b", "\ta", "a\tb\nc"]
ODD = ["\x85", "\u2028", "\ufeff", "\x07", "x" * 200]

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30) | st.sampled_from(PLAIN.split() + SPACED + ODD)
NUMBERS = st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=12,
)
DOCUMENTS = st.dictionaries(TEXTS, VALUES, max_size=4)


def exact(value: Any) -> str:
    """Tell values apart to the order of fields and the kinds of numbers."""
    return json.dumps(value)


@given(DOCUMENTS)
@example({"a": 1e20, "b": -0.0, "c": 1e-7, "d": 5e-324})
def test_what_is_written_is_read_as_it_was(value: dict[str, Any]) -> None:
    assert exact(read_yaml(contract_yaml(value), "c.yaml").value) == exact(value)


@given(DOCUMENTS)
def test_a_reader_of_yaml_1_1_reads_the_same(value: dict[str, Any]) -> None:
    assert exact(yaml.safe_load(contract_yaml(value))) == exact(value)


@given(DOCUMENTS, DOCUMENTS)
def test_a_text_that_is_changed_reads_as_the_new_value(old: dict[str, Any], new: dict[str, Any]) -> None:
    text = contract_yaml(old)
    document = read_yaml(text, "c.yaml")

    assert exact(read_yaml(rewritten(document, text, new).text, "c.yaml").value) == exact(new)


@given(DOCUMENTS)
def test_a_text_whose_meaning_does_not_change_stays_as_it_is(value: dict[str, Any]) -> None:
    text = "# head\n" + contract_yaml(value) + "# tail\n"

    assert rewritten(read_yaml(text, "c.yaml"), text, value).text == text


TEXT = """\
# Head.
apiVersion: v3.0.2  # the version
kind: DataContract

schema:
  # The table.
  - name: t  # its name
    tags: [a, b]
    quality:
      - rule: rowCount  # how many
        mustBe: 1
      # Another.
      - {rule: rowCount, mustBe: 2}
    description: >-
      folded
      text
  - name: u
# Tail.
"""


def changed(*steps: tuple[list[str | int], Any]) -> tuple[str, tuple[str, ...]]:
    """Set or remove values by their path in TEXT, and return the text and what was lost."""
    document = read_yaml(TEXT, "c.yaml")
    value = json.loads(json.dumps(document.value))
    for (*path, last), new in steps:
        parent = value
        for step in path:
            parent = parent[step]
        if new is None:
            del parent[last]
        else:
            parent[last] = new
    done = rewritten(document, TEXT, value)
    return done.text, done.lost


@pytest.mark.parametrize(
    ("path", "new", "line", "written"),
    [
        (["apiVersion"], "v3.2.0", 2, "apiVersion: v3.2.0  # the version"),
        (["schema", 0, "tags"], ["c"], 8, "    tags:"),
        (["schema", 0, "quality", 0, "mustBe"], 3, 11, "        mustBe: 3"),
        (["schema", 0, "quality", 0, "rule"], None, 10, "      - mustBe: 1"),
        (["schema", 1, "id"], "i", 18, "    id: i"),
        (["schema", 0, "description"], "new", 14, "    description: new"),
    ],
)
def test_only_the_line_that_means_it_changes(path: list[str | int], new: Any, line: int, written: str) -> None:
    text, _ = changed((path, new))
    rest = set(text.splitlines()) - set(TEXT.splitlines())

    assert text.splitlines()[line - 1] == written
    assert written in rest
    assert text.startswith("# Head.\n")
    assert text.endswith("# Tail.\n")


def test_comments_of_what_is_written_anew_are_named() -> None:
    _, lost = changed((["schema", 0, "quality"], []))

    assert lost == ("# how many", "# Another.")


def test_nothing_is_lost_where_only_values_change() -> None:
    assert changed((["apiVersion"], "v3.2.0"), (["schema", 0, "quality", 1, "mustBe"], 7))[1] == ()


def test_line_ends_of_windows_stay() -> None:
    text = "a: 1\r\nb: 2\r\n"

    assert rewritten(read_yaml(text, "c.yaml"), text, {"a": 1, "b": 3}).text == "a: 1\r\nb: 3\r\n"


def test_json_stays_json() -> None:
    text = '{"a": 1, "b": [1, 2]}'

    assert json.loads(rewritten(read_yaml(text, "c.yaml"), text, {"a": 2, "b": [1, 2]}).text) == {"a": 2, "b": [1, 2]}


def test_a_text_with_aliases_is_written_out() -> None:
    text = "a: &x [1, 2]\nb: *x\n"
    done = rewritten(read_yaml(text, "c.yaml"), text, {"a": 3, "b": [1, 2]})

    assert read_yaml(done.text, "c.yaml").value == {"a": 3, "b": [1, 2]}


@pytest.mark.parametrize("path", sorted((OFFICIAL / "valid").glob("*.yaml")), ids=lambda path: path.name)
def test_an_official_example_is_written_without_loss(path: Path) -> None:
    value = read_yaml(path.read_bytes(), path.name).value

    assert exact(read_yaml(contract_yaml(value), path.name).value) == exact(value)


def test_what_is_written_looks_like(snapshot: SnapshotAssertion) -> None:
    value = {
        "version": "1.0.0",
        "schema": [
            {"name": "no", "enum": [{"value": "012"}, {"value": 12}, {"value": "1e3"}, {"value": 1e20}], "empty": {}},
            {"description": "Two\nlines\n", "date": "2026-03-12", "time": "12:30:45", "tags": [], "null": None},
        ],
    }

    assert contract_yaml(value) == snapshot
