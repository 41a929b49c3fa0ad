"""YAML is read by the core schema of YAML 1.2, every value has its place, and every fault its line."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict

from assay.base.canonical import canonical_json
from assay.base.errors import AssayError, Place
from assay.base.reading import read_as, read_yaml

_TEXT = st.text(st.characters(max_codepoint=0xFFFF, exclude_categories=["Cs", "Cc", "Cn"]))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(1 - 2**53, 2**53 - 1) | _TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abcxyz", min_size=1), inner, max_size=4),
    max_leaves=12,
)


def faults(text: str | bytes) -> list[str]:
    with pytest.raises(AssayError) as caught:
        read_yaml(text, "f.yaml")
    return [str(fault) for fault in caught.value.faults]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"), ("yes", "yes"), ("on", "on"), ("null", None), ("~", None), ("", None), ("true", True),
        ("012", 12), ("0o14", 12), ("0x0c", 12), ("1_000", "1_000"), ("12:30", "12:30"), ("1.5", 1.5), ("1e3", 1000.0),
        ("2013-01-01", "2013-01-01"), ("'12'", "12"), ('"true"', "true"), (".5", 0.5), ("-7", -7), ("!tag 5", 5),
    ],
)  # fmt: skip
def test_a_plain_scalar_is_what_the_core_schema_says(text: str, value: Any) -> None:
    found = read_yaml(f"x: {text}", "f.yaml").value["x"]

    assert (found, type(found)) == (value, type(value))


@given(JSON)
def test_what_is_canonical_json_is_read_as_the_same_value(value: Any) -> None:
    assert read_yaml(canonical_json(value), "f.json").value == value


def test_every_value_has_the_place_of_its_key() -> None:
    document = read_yaml("a:\n  b: 1\n  c:\n    - 2\n    - d: 3\n", "f.yaml")

    assert document.place("a", "c", 1, "d") == Place("f.yaml", 5, 7)
    assert document.place("a", "c", 0) == Place("f.yaml", 4, 7)
    assert document.place("a", "nothing", "there") == Place("f.yaml", 1, 1)


def test_duplicate_keys_are_refused_all_at_once_with_the_line_of_the_first() -> None:
    assert faults("a: 1\nb:\n  c: 1\n  c: 2\na: 3\n") == [
        "f.yaml:4:3: expected each key once, found 'c' again (first on line 3). Keep one of them.",
        "f.yaml:5:1: expected each key once, found 'a' again (first on line 1). Keep one of them.",
    ]


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("a: [1, 2\nb: 3\n", "f.yaml:2"),
        ("a: 1\n---\nb: 2\n", "f.yaml:2"),
        ("a:\n  <<: {b: 1}\n", "f.yaml:2:3"),
        ("[1]: 2\n", "f.yaml:1:1"),
        ("a: .nan\n", "f.yaml:1"),
        ("a: &x [*x]\n", "f.yaml:1"),
        (b"a: 1\nb: \xff\n", "f.yaml:2"),
    ],
)
def test_what_has_no_single_reading_is_refused_at_its_line(text: str | bytes, where: str) -> None:
    assert all(fault.startswith(where) for fault in faults(text))


def test_a_byte_order_mark_and_windows_line_ends_do_not_matter() -> None:
    assert read_yaml(b"\xef\xbb\xbfa: 1\r\nb: x\r\n", "f.yaml").value == {"a": 1, "b": "x"}


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str
    size: int = 0


def test_all_faults_of_a_file_of_ours_come_together_each_at_its_line() -> None:
    with pytest.raises(AssayError) as caught:
        read_as(_File, read_yaml("size: big\ncolour: red\n", "f.yaml"))

    assert sorted(str(fault) for fault in caught.value.faults) == [
        "f.yaml:1:1: expected a valid integer, found 'big'",
        "f.yaml:1:1: expected the field 'name', found nothing",
        "f.yaml:2:1: expected only fields that this file knows, found 'colour'. Known here: name, size.",
    ]
