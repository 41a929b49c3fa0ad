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


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        "[" * 100_000 + "]" * 100_000,
        "{a: " * 3_000 + "1" + "}" * 3_000,
        "- " * 5_000 + "x",
        "? " * 3_000 + "a",
        "\n".join(" " * depth + "a:" for depth in range(1_900)),
        "[" * 66 + "]" * 66,
    ],
)
def test_what_is_nested_too_deeply_is_refused_before_it_can_end_the_process(text: str) -> None:
    (fault,) = faults(text)

    assert "expected at most 64 levels" in fault


@pytest.mark.parametrize("wide", ["[" + "[1], " * 3_000 + "]", "a: " + "x" * 5_000, "b: '" + "[" * 3_000 + "'"])
def test_what_is_wide_is_read(wide: str) -> None:
    assert read_yaml(wide, "f.yaml").value


def test_aliases_that_unfold_without_end_are_refused() -> None:
    levels = [f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]" for level in range(1, 12)]
    (fault,) = faults("\n".join(["a0: &a0 x", *levels]))

    assert "expected at most 10,000 values, found more" in fault


def test_aliases_that_unfold_to_little_are_read() -> None:
    assert read_yaml("a: &x [1, 2]\nb: [*x, *x]\n", "f.yaml").value == {"a": [1, 2], "b": [[1, 2], [1, 2]]}


def test_a_file_of_more_than_8_mib_is_refused() -> None:
    assert faults(b"a: " + b"x" * 9_000_000) == ["f.yaml: expected a file of at most 8 MiB, found 8.6 MiB"]


@pytest.mark.parametrize("number", ["1e999", "-1e999"])
def test_a_number_beyond_all_bounds_is_refused(number: str) -> None:
    assert faults(f"a: {number}") == [
        f"f.yaml:1:1: expected a finite number, found {number}. Leave the value out, or quote it to mean the text."
    ]
